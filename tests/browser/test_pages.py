"""Pages of feedback and of the class summary in a browser: by light and by dark, on a desk and in a hand."""

import base64
import io
import json
import re
from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_lib import themed
from course_lib.checks import check
from course_lib.grading import feedback, rendering, safe_html
from course_lib.grading.gradebook import Scores
from course_lib.grading.summary import class_summary

pytestmark = pytest.mark.browser

MARKDOWN = r"""
# A title, and below it a part of a part

### Which has a formula: $\hat m_t = \frac{m_t}{1 - \beta_1^t}$

$$\begin{aligned}
\theta_{t+1} &= \theta_t - \eta \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon} \cdot 10000000000000000000000 \\
J(\theta) &= \sum_i \lVert x_i \rVert
\end{aligned}$$

One that cannot be shown: $\nosuchmacro{x}$. A [link](https://example.org/a), <https://example.org/b>, [](https://example.org/c).

| optimiser | | a name that is long and goes on |
|---|---|---|
| `Adam` | 1.2345678 | 0.00000001 |

- [ ] to do
- [x] done

> A quotation

term
: its meaning

```python
class Adam(Base):  # a comment that is so long that no telephone shows it in one line: it has to be moved
    def step(self, theta: float = 1e-3) -> "str":
        return f"{theta}"
```

![a picture](attachment:a.png) ![](https://spy.example/a.png)
"""
HTML = """
<h4>A head</h4><li>astray</li><ul><ul><li>a</li></ul><b>b</b></ul>
<table><tr><th></th><th>a</th></tr><tr><th>0</th><td>1</td></tr></table>
<img src="https://spy.example/b.png"><img src="data:image/png;base64,{}"><a href="https://example.org"></a>
<details><summary>more</summary>of it</details><font color="yellow">pale</font><input type="checkbox">
<pre>{}</pre>
"""
TERMINAL = "".join(f"\x1b[{n}mcolour {n}\x1b[0m " for n in [*range(30, 38), *range(90, 98), *range(40, 48)])
TERMINAL += "\x1b[38;5;226mpale\x1b[0m \x1b[38;2;250;250;250mpaler\x1b[0m \x1b[1mbold\x1b[0m"


def picture() -> str:
    figure = Figure(figsize=(12, 2))
    figure.subplots().plot([1, 2], [2, 1])
    file = io.BytesIO()
    figure.savefig(file)
    return base64.b64encode(file.getvalue()).decode()


class WrongAdam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr = lr

    def step(self, theta, gradient):
        return theta - self.lr * gradient


def outputs() -> list[dict]:
    image = picture()
    figure = Figure()
    figure.subplots().plot([1, 2])
    shown = [
        {"text/html": HTML.format(image, "x" * 300)},
        {"text/html": themed.html(figure, "A line that goes up")},
        {"image/png": image, "text/plain": "<Figure>"},
        {"text/latex": r"$\displaystyle \int_0^1 x\, dx$"},
        {"text/plain": "x " * 200},
    ]
    return [
        {"output_type": "stream", "name": "stdout", "text": TERMINAL + "\n" + "1 " * 300},
        {"output_type": "stream", "name": "stderr", "text": "a warning"},
        *({"output_type": "display_data", "data": data} for data in shown),
        {
            "output_type": "error",
            "ename": "ValueError",
            "evalue": "no",
            "traceback": ["\x1b[31mValueError\x1b[39m: no " + "y" * 300],
        },
    ]


def graded_cell(name, kind, source, make=new_code_cell, **more):
    own = {"grade_id": name, "grade": False, "solution": False, "task": False} | dict.fromkeys(kind, True)
    return make(source, metadata={"nbgrader": own}, **more)


@pytest.fixture(scope="module")
def feedback_page() -> str:
    """A page that holds everything: what it says is cleaned as when it is graded."""
    source, attachments = safe_html.markdown(MARKDOWN, {"a.png": {"image/png": picture()}})
    report = check("adam", WrongAdam).bundle(8.0)
    report["text/html"] = rendering.shielded(report["text/html"])
    cells = [
        new_markdown_cell(MARKDOWN.replace("attachment:", "")),
        new_markdown_cell(source, attachments=attachments),
        graded_cell("answer", ["solution"], "x = 1  # " + "long " * 60),
        graded_cell("tests", ["grade"], "check('adam', Adam)", outputs=safe_html.outputs(outputs())),
        graded_cell("report", ["grade"], "1", outputs=[new_output("display_data", report)]),
        graded_cell("essay", ["grade", "solution"], "Because $x$.", new_markdown_cell),
        graded_cell("task", ["task"], "Draw.", new_markdown_cell),
    ]
    names = ["tests", "report", "essay", "task"]
    scores = Scores(3.0, 8.0, 1.0, dict.fromkeys(names, (1.0, 2.0)) | {"task": (None, 2.0)})
    said = "Well **done**: $x^2$, [see](https://example.org)"
    scores.comments.update(answer=said, essay=None, task="Nice")
    return feedback.page("02_adaptive_optimizers", json.dumps(new_notebook(cells=cells)), scores)


@pytest.fixture(scope="module")
def summary_page() -> str:
    score = {"max": 8.0, "verified": True, "title": "A mistake that is told in a long sentence, as they are"}
    about = [
        {"auto": 8.0, "outcome": "score", "reason": "", "diagnosis": None},
        {"auto": 2.0, "outcome": "score", "reason": "", "diagnosis": "no-correction"},
        {"auto": 0.0, "outcome": "zero", "reason": "It did not end. " * 9, "diagnosis": None},
        {"auto": None, "outcome": "none", "reason": "There is no notebook.", "diagnosis": None},
    ]
    results = [
        {
            "student": f"student-{n}",
            "notes": ["a cell was put back"],
            "scores": {"unit": {"adam": score | one}},
        }
        for n, one in enumerate(about)
    ]
    return class_summary(results).html("unit")


LOOKS = {f"{scheme}-{width}": (scheme, width) for scheme, width in product(["light", "dark"], [1366, 390])}


@pytest.fixture(scope="module", params=LOOKS)
def look(request, browser):
    """A window of a size, by light or by dark; and the addresses that its pages asked for."""
    scheme, width = LOOKS[request.param]
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    yield context, asked
    context.close()


@pytest.mark.parametrize("which", ["feedback_page", "summary_page"])
def test_a_page_is_for_everybody(request, look, tmp_path, which):
    """Axe-core objects to nothing; nothing is cut off at the side, or asked of another host."""
    context, asked = look
    path = tmp_path / "page.html"
    path.write_text(request.getfixturevalue(which), encoding="utf-8")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(path.as_uri())
    violations = Axe().run(page).response["violations"]
    assert [(rule["id"], rule["impact"], rule["nodes"][0]["html"]) for rule in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [address for address in asked if not re.match("file:|data:", address)] == []
    assert said == []
    page.close()


def test_formulas_are_shown(look, tmp_path, feedback_page):
    context, _ = look
    path = tmp_path / "page.html"
    path.write_text(feedback_page, encoding="utf-8")
    page = context.new_page()
    page.goto(path.as_uri())
    measured = "[...document.querySelectorAll('math')].map(math => math.getBoundingClientRect().height)"
    heights = page.evaluate(measured)
    assert len(heights) >= 5 and min(heights) > 5
    assert page.get_by_text(r"$\nosuchmacro{x}$").count() == 2
    page.close()
