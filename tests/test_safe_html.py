"""What a student wrote does nothing in the pages of feedback and formgrader, and is still readable there."""

import base64
import io
import json
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from PIL import Image

from course_lib.grading import rendering, safe_html


def picture(size=(2, 2), kind="PNG"):
    file = io.BytesIO()
    Image.new("1" if kind == "PNG" else "L", size).save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


PICTURE = picture()
MATHML = """math menclose mfrac mi mn mo mover mpadded mphantom mroot mrow mspace msqrt mstyle msub msubsup
msup mtable mtd mtext mtr munder munderover"""
ACTIVE = "annotation-xml base embed form iframe input link maction meta mglyph object script style svg"


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
        is_formula = tag in MATHML.split()
        if tag in ACTIVE.split():
            found.append(tag)
        for name, value in attributes.items():
            plain = re.sub(r"[\s\x00-\x20]", "", value or "").lower()
            if name.startswith("on") or name == "srcdoc" or (name == "style" and not is_formula):
                found.append(name)
            protocol = re.match(r"(javascript|vbscript|data|file|blob):", plain)
            picture = tag == "img" and plain.startswith("data:image/")
            if name in ("href", "src") and protocol and not picture:
                found.append(plain[:30])
            if is_formula and name in ("href", "src", "class", "id"):
                found.append(name)
    return found


def by_nbconvert(source, attachments=None):
    """What nbconvert's own filter, and so a course whose settings do not name ours, makes of what is kept."""
    kept, pictures = safe_html.markdown(source, attachments or {})
    return MarkdownWithMath(renderer=IPythonRenderer(escape=False, attachments=pictures)).render(kept)


def by_filter(source, attachments=None):
    """What our filter makes of what was handed in, as where nbgrader itself graded."""
    cell = SimpleNamespace(get=lambda name, default: attachments or {})
    return rendering.markdown2html({"cell": cell}, source)


def by_both(source, attachments=None):
    """What our filter makes of what is kept."""
    kept, pictures = safe_html.markdown(source, attachments or {})
    return by_filter(kept, pictures)


WAYS = pytest.mark.parametrize("rendered", [by_nbconvert, by_filter, by_both])


def typeset(html):
    """The text in which MathJax looks for formulas."""
    soup = BeautifulSoup(html, "html.parser")
    for ignored in soup.select(".tex2jax_ignore, pre, code"):
        ignored.decompose()
    return soup.get_text()


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


@WAYS
@pytest.mark.parametrize("source", ATTACKS)
def test_markdown_does_nothing(source, rendered):
    assert active(rendered(source)) == []


@pytest.mark.parametrize("source", ATTACKS)
def test_nothing_invisible_is_put_in(source):
    """Whoever copies code from feedback gets the code."""
    kept, _ = safe_html.markdown(source, {})
    assert not re.search("[\u200b-\u200f\u2060\ufeff]", kept + by_filter(source))


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
    good = {"a.png": {"image/png": PICTURE}, "b.jpg": {"image/jpeg": picture(kind="JPEG")}}
    for rendered in (by_nbconvert, by_both):
        html = rendered("![a](attachment:a.png) ![b](attachment:b.jpg)", good)
        assert f"data:image/png;base64,{PICTURE}" in html and "data:image/jpeg;base64," in html
    bad = [
        {"a.png": {'image/png" onerror="alert(1)': PICTURE}},
        {"a.png": {"image/png": 'x" onerror="alert(1)'}},
        {"a.png": {"image/png": base64.b64encode(b"\x89PNG....").decode()}},
        {"a.png": {"image/png": base64.b64encode(base64.b64decode(PICTURE)[:-30]).decode()}},
        {"a.png": {"image/png": picture((20_000, 20_000))}},
        {"a.png": {"image/jpeg": PICTURE}},
        {"a.png": {"image/svg+xml": "PHN2Zz4="}},
        {"a.png": {"text/html": "PHNjcmlwdD4="}},
        {"a.png": "x"},
        {"a.png": 5},
        {"a.png": ["x"]},
        {"\ud800": {"image/png": PICTURE}},
        {7: {"image/png": PICTURE}},
    ]
    for attachments in bad:
        _, kept = safe_html.markdown("![a](attachment:a.png)", attachments)
        assert kept == {}
        for rendered in (by_nbconvert, by_both):
            html = rendered("![a](attachment:a.png)", attachments)
            assert active(html) == [] and "<img" not in html


@pytest.mark.parametrize("content", [picture((20_000, 20_000)), "iVBORw0K", picture(kind="JPEG")])
def test_a_picture_that_cannot_be_looked_at_is_none(content):
    html = f'<img src="data:image/png;base64,{content}">'
    for data in ({"text/html": html}, {"image/png": content}):
        kept = safe_html.outputs([{"output_type": "display_data", "data": data}])
        assert content not in json.dumps(kept)
    assert content not in by_both(html)


def test_attachments_share_the_notebooks_room_and_what_is_left_out_is_said():
    room = safe_html.Room(len(PICTURE) + 10)
    attachments = {"a.png": {"image/png": PICTURE}, "b.png": {"image/png": PICTURE}}
    source, kept = safe_html.markdown("![a](attachment:a.png) ![b](attachment:b.png)", attachments, room)
    html = by_nbconvert(source, kept)
    assert "<code>b.png</code>: left out" in html and "a.png" not in html
    assert room.left == 10


MACROS = ["href", "style", "class", "cssId", "require", "data", "url", "unicode", "mmlToken"]


@WAYS
@pytest.mark.parametrize(
    "written",
    [
        r"$\{}{{javascript:alert(1)}}{{x}}$",
        r"$$\{}{{javascript:alert(1)}}{{x}}$$",
        r"\begin{{align}}\{}{{x}}{{y}}\end{{align}}",
        r"$\def\x{{\{}}}\x{{javascript:alert(1)}}{{x}}$",
        "&dollar;&bsol;{}{{javascript:alert(1)}}{{x}}&dollar;",
        "$&#92;{}{{x}}{{y}}$",
        "&#x24;&#x5c;{}{{x}}{{y}}&#36;",
        r"<b>$\{}{{x}}{{y}}$</b>",
    ],
)
def test_formulas_make_no_links_and_no_attributes(written, rendered):
    for macro in MACROS:
        html = rendered(written.format(macro))
        assert rf"\{macro}" not in typeset(html) and active(html) == []


def test_formulas_in_html_are_not_looked_for():
    html = r"<p>$\href{javascript:alert(1)}{x}$ $&#92;href{x}{y}$</p>"
    kept = safe_html.outputs([{"output_type": "display_data", "data": {"text/html": html}}])
    assert typeset(kept[0]["data"]["text/html"]).strip() == ""


HONEST = "a < b, **x<y**, `f(x) <T>`, $\\frac{1}{2} < \\theta$, [l](https://a.b/c), data: 3\n\n- [ ] to do\n"


@WAYS
def test_honest_markdown_reads_as_it_was_written(rendered):
    seen = rendered(HONEST)
    for part in (
        "a &lt; b",
        "<strong>x&lt;y</strong>",
        "<code>f(x) &lt;T&gt;</code>",
        'href="https://a.b/c"',
    ):
        assert part in seen
    assert "data: 3" in seen and ('type="checkbox"' in seen or "☐ to do" in seen)
    assert (r"\frac{1}{2}" in seen) if rendered is by_nbconvert else "<mfrac>" in seen


def test_honest_markdown_is_kept_as_it_was_written():
    for source in (
        HONEST,
        "# A\n\n| a |\n|---|\n| 1 |\n\n```python\nx < 1\n```\n\nterm\n: text\n",
        "a<br>b &amp; c",
    ):
        assert safe_html.markdown(source, {}) == (source, {})


def test_what_is_taken_out_is_said():
    for source in ("<script>1</script>", "![x](https://a.example/x.png)", "<font color=red>x</font>"):
        assert "left out of this cell" in by_nbconvert(source)


@pytest.mark.parametrize(
    "source", ["<script>alert(1)</script>\n**x**", "$$\n<b onclick=x>\n$$", "a\x0b<b onclick=x>"]
)
def test_a_raw_cell_is_shown_as_text(source):
    kept = safe_html.raw(source)
    html = MarkdownWithMath(renderer=IPythonRenderer(escape=False)).render(kept)
    assert active(html) == [] and "<strong>" not in html and "<b" not in html
    assert BeautifulSoup(html, "html.parser").get_text().split() == source.split()


def test_outputs_keep_text_pictures_and_plain_html():
    html = "<table onclick='x'><tr><td style='x'>1</td></tr></table><script>x</script><a href='file:x'>l</a>"
    figure = f"<figure><img alt='a' src='data:image/png;base64,{PICTURE}'><img src='https://spy.example/x.png'></figure>"
    given = [
        {"output_type": "stream", "name": "stdout", "text": ["a", "b"]},
        {
            "output_type": "display_data",
            "data": {"text/plain": "p", "text/html": html + figure, "image/png": PICTURE},
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
    kept = safe_html.outputs(flood, safe_html.Room(10**9))
    assert len(kept) == safe_html.MOST_OUTPUTS
    assert all(len(output["text"]) < 110_000 and output["text"].count("\n") < 1010 for output in kept)
    wide = safe_html.outputs([{"output_type": "stream", "text": "x" * 40_000_000}])
    assert len(wide[0]["text"]) < 110_000 and "left out" in wide[0]["text"]


def test_the_outputs_of_a_notebook_are_bounded_and_what_decides_a_score_is_kept():
    room = safe_html.Room()
    text = {"output_type": "stream", "name": "stdout", "text": "x" * 90_000}
    value = {"output_type": "execute_result", "data": {"text/plain": "1.5"}}
    error = {"output_type": "error", "ename": "E", "evalue": "v" * 90_000, "traceback": ["t" * 90_000] * 100}
    cells = [safe_html.outputs([*[text] * 50, error, value], room) for _ in range(20)]
    assert len(json.dumps(cells)) < 1.1 * safe_html.MOST_KEPT
    for cell in cells:
        assert [one["output_type"] for one in cell[-2:]] == ["error", "execute_result"]
        assert cell[-1]["data"] == {"text/plain": "1.5"}
    assert cells[-1][0]["text"] == safe_html.say("no-room") and len(cells[-1]) == 3


@pytest.mark.parametrize(
    ("before", "opened", "again"),
    [
        ("<p></x>", "<b title={}></x>", "<p></x>a"),
        ("<div>", "<i title={}></x>", "<p></x>a"),
        ("<ul>", "<u title={}></x>", "<li></x>a"),
        ("", "<a href=#{}><b title={}></x></x>", "<h1></x>a</h1>"),
    ],
)
def test_what_would_grow_by_being_cleaned_is_left_out(before, opened, again):
    number = 900
    bomb = before + "".join(opened.format(n, n) for n in range(number)) + again * number
    room = safe_html.Room()
    given = [{"output_type": "display_data", "data": {"text/html": bomb, "text/plain": "p"}}] * 200
    kept = safe_html.outputs(given, room)
    assert all(output.get("data", {"text/plain": "p"}) == {"text/plain": "p"} for output in kept)
    assert len(json.dumps(kept)) < 100_000


def test_markdown_and_formulas_that_are_displayed_are_shown():
    given = [
        {"output_type": "display_data", "data": {"text/markdown": ["**x**", " $y$"], "text/plain": "<M>"}},
        {
            "output_type": "display_data",
            "data": {"text/latex": r"$\displaystyle \frac{1}{2}$", "text/plain": "1/2"},
        },
        {
            "output_type": "display_data",
            "data": {"text/latex": r"$\href{javascript:x}{y}$", "text/plain": "y"},
        },
    ]
    soft, half, link = (output["data"]["text/html"] for output in safe_html.outputs(given))
    assert "<strong>x</strong>" in soft and "<math>" in soft and "<mfrac>" in half
    assert active(link) == [] and "<code>" in link


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
@WAYS
def test_no_picture_is_fetched(source, rendered):
    assert not [tag for tag, _ in Page(rendered(source)).tags if tag == "img"]


def test_a_picture_that_came_along_is_shown():
    for rendered in (by_nbconvert, by_filter, by_both):
        html = rendered("see ![a b](attachment:a.png)", {"a.png": {"image/png": PICTURE}})
        assert "img" in dict(Page(html).tags)


def test_a_large_table_is_shown_and_what_would_take_hours_is_not():
    # As pandas writes it.
    row = "<tr>\n      <th>59</th>\n" + "      <td>0.123456</td>\n" * 20 + "    </tr>\n"
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
