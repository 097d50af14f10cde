"""What a student wrote does nothing in the pages of feedback and formgrader, and is still readable there."""

import base64
import json
import re
from html.parser import HTMLParser

import pytest
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from course_lib.grading import safe_html

PICTURE = base64.b64encode(b"\x89PNG....").decode()


class Page(HTMLParser):
    """All start tags of a page with their attributes."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))


def active(html):
    """What in a page would run, or reach outside."""
    found = []
    for tag, attributes in Page(html).tags:
        if tag in (
            "script",
            "iframe",
            "object",
            "embed",
            "style",
            "link",
            "meta",
            "base",
            "form",
            "svg",
            "math",
        ):
            found.append(tag)
        for name, value in attributes.items():
            plain = re.sub(r"[\s\x00-\x20]", "", value or "").lower()
            if name.startswith("on") or name in ("style", "srcdoc"):
                found.append(name)
            protocol = re.match(r"(javascript|vbscript|data|file|blob):", plain)
            picture = tag == "img" and plain.startswith("data:image/")
            if name in ("href", "src") and protocol and not picture:
                found.append(plain[:30])
    return found


def rendered(source, attachments=None):
    """What nbconvert, and so nbgrader, makes of the Markdown that is kept."""
    kept, pictures = safe_html.markdown(source, attachments or {})
    return MarkdownWithMath(renderer=IPythonRenderer(escape=False, attachments=pictures)).render(kept)


ATTACKS = [
    "<script>alert(1)</script>",
    "a <script\n>alert(1)</script> b",
    "<img src=x onerror=alert(1)>",
    "<ScRiPt>alert(1)</sCrIpT>",
    "<svg/onload=alert(1)>",
    "<!--><script>alert(1)</script>-->",
    "<?php x ?><iframe src=javascript:alert(1)>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "# <img src=x onerror=alert(1)>",
    "> <b onclick=alert(1)>x</b>",
    "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](javascript&colon;alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](&#x6a;avascript&#58;alert(1))",
    "[a](java&Tab;script:alert(1))",
    "[a](javascript\\:alert(1))",
    "[a](<javascript:alert(1)>)",
    "[a](< java\tscript:alert(1)>)",
    "[a](\x01javascript:alert(1))",
    "[a]: javascript:alert(1)\n\n[a]",
    "[a]: <javascript:alert(1)> 'x'\n\n[b][a]",
    "<javascript:alert(1)>",
    "[a](data:text/html,<script>alert(1)</script>)",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:msgbox(1)) [b](file:///etc/passwd) [c](blob:x)",
    '![x](x" onerror="alert(1))',
    '[x](y "t" onmouseover="alert(1)")',
    "```mermaid\n<img src=x onerror=alert(1)>\n```",
    '```x" onload="alert(1)\ncode\n```',
    "$</script><script>alert(1)</script>$",
    "$$\\begin{x}<img src=x onerror=alert(1)>\\end{x}$$",
    "`<script>alert(1)</script>",
    "``` \n</code></pre><script>alert(1)</script>",
    "![a](attachment:a.png)",
    "![a](attachment\\:a.png)",
]


@pytest.mark.parametrize("source", ATTACKS)
def test_markdown_does_nothing(source):
    assert active(rendered(source)) == []


def test_the_attacks_would_do_something_otherwise():
    plain = MarkdownWithMath(renderer=IPythonRenderer(escape=False))
    effective = 0
    for source in ATTACKS:
        try:
            effective += bool(active(plain.render(source)))
        except Exception:  # a missing attachment stops the page: an effect too
            effective += 1
    assert effective >= 24


def test_attachments_are_pictures_or_nothing():
    good = {"a.png": {"image/png": PICTURE}}
    assert f"data:image/png;base64,{PICTURE}" in rendered("![a](attachment:a.png)", good)
    bad = [
        {"a.png": {'image/png" onerror="alert(1)': PICTURE}},
        {"a.png": {"image/png": 'x" onerror="alert(1)'}},
        {"a.png": {"image/svg+xml": "PHN2Zz4="}},
        {"a.png": {"text/html": "PHNjcmlwdD4="}},
        {"a.png": "x"},
        {7: {"image/png": PICTURE}},
    ]
    for attachments in bad:
        assert active(rendered("![a](attachment:a.png)", attachments)) == []


@pytest.mark.parametrize("macro", ["href", "style", "class", "cssId", "require", "data", "url"])
def test_formulas_make_no_links_and_no_attributes(macro):
    assert rf"\{macro}" not in rendered(rf"$\{macro}{{javascript:alert(1)}}{{x}}$")
    assert rf"\{macro}" not in safe_html.formulas(rf"\{macro}{{x}}")


def test_honest_markdown_reads_as_it_was_written():
    source = (
        "a < b, **x<y**, `f(x) <T>`, $\\frac{1}{2} < \\theta$, [l](https://a.b/c), data: 3\n\n- [ ] to do\n"
    )
    seen = rendered(source).replace(safe_html.NOTHING, "")
    for part in (
        "a &lt; b",
        "<strong>x&lt;y</strong>",
        "<code>f(x) &lt;T&gt;</code>",
        r"\frac{1}{2}",
        "https://a.b/c",
    ):
        assert part in seen
    assert "data: 3" in seen and 'type="checkbox"' in seen


def test_a_raw_cell_is_shown_as_text():
    kept = safe_html.raw("<script>alert(1)</script>\n**x**")
    html = MarkdownWithMath(renderer=IPythonRenderer(escape=False)).render(kept)
    assert active(html) == [] and "<strong>" not in html and "alert(1)" in html


def test_outputs_keep_text_pictures_and_plain_html():
    html = "<table onclick='x'><tr><td style='x'>1</td></tr></table><script>x</script><a href='file:x'>l</a>"
    picture = f"<figure><img alt='a' src='data:image/png;base64,{PICTURE}'><img src='https://spy.example/x.png'></figure>"
    given = [
        {"output_type": "stream", "name": "stdout", "text": ["a", "b"]},
        {
            "output_type": "display_data",
            "data": {"text/plain": "p", "text/html": html + picture, "image/png": PICTURE},
        },
        {
            "output_type": "execute_result",
            "data": {"text/plain": "3.5"},
            "execution_count": 2,
            "metadata": {"x": 1},
        },
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t", 3]},
    ]
    kept = safe_html.outputs(given)
    assert [output["output_type"] for output in kept] == [output["output_type"] for output in given]
    assert kept[0]["text"] == "ab" and kept[2]["data"] == {"text/plain": "3.5"}
    shown = kept[1]["data"]["text/html"]
    assert (
        active(shown) == [] and "<td>1</td>" in shown and f"base64,{PICTURE}" in shown and "spy" not in shown
    )


@pytest.mark.parametrize(
    "given",
    [
        None,
        "x",
        [None, 3, "x", {}, []],
        [{"output_type": "stream", "text": {"a": 1}}],
        [
            {
                "output_type": "display_data",
                "data": {"application/javascript": "alert(1)", "text/latex": "<script>"},
            }
        ],
        [{"output_type": "display_data", "data": {"image/svg+xml": "<svg onload=x>", "image/png": "!!"}}],
        [{"output_type": "error", "ename": ["E"], "evalue": None, "traceback": "x"}],
        [{"output_type": "execute_result", "data": ["x"]}],
        [{"output_type": "stream", "text": "\ud800"}],
    ],
)
def test_outputs_of_any_shape_become_outputs_or_nothing(given):
    kept = safe_html.outputs(given)
    json.dumps(kept).encode()
    for output in kept:
        for mime, content in output.get("data", {}).items():
            assert mime in ("text/plain", "text/html", "image/png", "image/jpeg") and active(content) == []


def test_outputs_are_cut_to_size():
    flood = [{"output_type": "stream", "name": "stdout", "text": "x\n" * 10**6}] * 1000
    kept = safe_html.outputs(flood)
    assert len(kept) == safe_html.MOST_OUTPUTS
    assert all(len(output["text"]) < 110_000 and output["text"].count("\n") < 1010 for output in kept)
    wide = safe_html.outputs([{"output_type": "stream", "text": "x" * 40_000_000}])
    assert len(wide[0]["text"]) < 110_000 and "left out" in wide[0]["text"]


@pytest.mark.parametrize(
    "source",
    [
        "![a](http://a.example/x.png)",
        "![a][b]\n\n[b]: http://a.example/x.png",
        "[![a](//a.example/x.png)](http://a.example)",
        "![attachment:a](/logout)",
        "![a](  /logout)",
        "!\\[a](x.png)",
    ],
)
def test_no_picture_is_fetched(source):
    assert not [tag for tag, _ in Page(rendered(source)).tags if tag == "img"]


def test_a_picture_that_came_along_is_shown():
    assert "img" in dict(
        Page(rendered("see ![a b](attachment:a.png)", {"a.png": {"image/png": PICTURE}})).tags
    )


def test_macros_with_attributes_are_text():
    for name in ("mmlToken", "href", "style", "class"):
        for behind in ("{", "[", "_", "1", " "):
            assert f"\\{name}" not in safe_html.formulas(f"$\\{name}{behind}x$")
    assert safe_html.formulas(r"\classes \styled \hrefs") == r"\classes \styled \hrefs"


def test_a_large_table_is_shown_and_what_would_take_hours_is_not():
    row = (
        "<tr>\n      <th>59</th>\n" + "      <td>0.123456</td>\n" * 20 + "    </tr>\n"
    )  # as pandas writes it
    table = f"<table><tbody>{row * 61}</tbody></table>"
    assert (
        "<table"
        in safe_html.outputs([{"output_type": "display_data", "data": {"text/html": table}}])[0]["data"][
            "text/html"
        ]
    )
    for html in ("<b>" * 500_000, "<b " + "a " * 300_000 + ">", "<a><b></x></x>" * 50_000):
        shown = safe_html.outputs(
            [{"output_type": "display_data", "data": {"text/html": html, "text/plain": "x"}}]
        )
        assert shown[0]["data"] == {"text/plain": "x"}
