"""What a person wrote, as HTML that does nothing in the page that it is put into.

Markdown and HTML are cleaned when they are HTML, by a parser that reads as browsers do: what is not on a
short list of tags and attributes goes, so nothing runs, styles, or is fetched from elsewhere. `markdown2html`
is the filter of that name for nbconvert's templates, formgrader's and feedback's among them.
"""

import base64
import builtins
import io
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape
from html.parser import HTMLParser
from keyword import kwlist
from typing import Any

import nh3
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from PIL import Image

from course_lib import texts
from course_lib.grading.formulas import mathml, source

say = texts.beside(__file__)

MOST_KEPT = 500  # rendered cells: an assignment's own, and the students' of late
MOST_PIXELS = 25_000_000  # of a picture: whoever looks at it needs four bytes for each
Image.MAX_IMAGE_PIXELS = None  # it would warn at more than three times as many
MOST_FORMULAS = 500  # in a text; each beginning is looked for an end
IMAGES = ("image/png", "image/jpeg")
MACROS = re.compile(
    r"\\(?:href|url|style|class|cssId|data|require|csname|unicode|bbox|mmlToken|includegraphics)(?![A-Za-z])"
)
_OPENERS = re.compile(r"\\\\[(\[]|\\begin\{|\$")
_PICTURE = re.compile(r"data:(image/(?:png|jpeg|gif));base64,([A-Za-z0-9+/=\s]*)")
_TAGS = """
blockquote br caption dd del details div dl dt figcaption figure hr img li ol p pre ul h1 h2 h3 h4 h5 h6
col colgroup table tbody td tfoot th thead tr
a abbr b code em i ins kbd mark q s samp small span strong sub summary sup u var
"""
ATTRIBUTES = {
    "*": {"title"},
    "a": {"href"},
    "details": {"open"},
    "img": {"alt", "src"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
# What is coloured in Python, and the class that it gets. What is not closed goes on to the end, so that
# each character is looked at once.
_PYTHON = re.compile(
    r"(?P<c>\#[^\n]*)"
    r"|(?P<s>(?:\b[bfruBFRU]{1,2})?(?:\"{3}(?:\\.|[^\\])*?(?:\"{3}|\Z)|'{3}(?:\\.|[^\\])*?(?:'{3}|\Z)"
    r"|\"(?:\\.|[^\"\\\n])*\"?|'(?:\\.|[^'\\\n])*'?))"
    r"|(?P<m>\b\d[\w.]*)"
    r"|(?P<f>(?<=\bdef )\w+|(?<=\bclass )\w+|^[ \t]*@[\w.]+)"
    rf"|(?P<k>\b(?:{'|'.join(kwlist)})\b)"
    rf"|(?P<b>\b(?:{'|'.join(name for name in dir(builtins) if name[0].islower())})\b)",
    re.MULTILINE | re.DOTALL,
)


# HTML


def _attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src":
        picture = _PICTURE.fullmatch(value)  # nothing is fetched from elsewhere
        return value if picture and is_picture(picture[2], picture[1]) else None
    if tag == "a" and name == "href":
        return None if re.sub(r"[\x00-\x20]", "", value).lower().startswith("data:") else value
    return value


_CLEANER = nh3.Cleaner(
    tags=set(_TAGS.split()),
    clean_content_tags={"script", "style"},
    attributes=ATTRIBUTES,
    attribute_filter=_attribute,
    allowed_classes={"span": set(_PYTHON.groupindex)},
    link_rel=None,
    url_schemes={"http", "https", "mailto", "data"},
)
_ATTRIBUTES = r'((?: [a-z]+="[^"]*")*)'
_TAG = re.compile(rf"<(/?)([a-z0-9]+){_ATTRIBUTES}>")
_IMG = re.compile(rf"<img{_ATTRIBUTES}>")
_CORNER = re.compile(rf"<th{_ATTRIBUTES}>\s*</th>")
_NO_TEXT = re.compile(rf"<a{_ATTRIBUTES}>\s*</a>")
_TABLE = re.compile(rf"(<table{_ATTRIBUTES}>)")
_DEFINITION = re.compile(r"<(/?)d[dlt]>")


def clean(html: str) -> str:
    """HTML without all that is not on the lists, whatever it was, for eyes, ears, mouse and keyboard."""
    return _accessible(_cleaned(html))


def _cleaned(html: str) -> str:
    return _CLEANER.clean(html.encode("utf-8", "replace").decode())


def _accessible(made: str) -> str:
    """Clean HTML with words for each picture and link, and the keyboard's way into what may be too wide."""
    if "<li" in made or "<ul" in made or "<ol" in made:
        made = _with_lists(made)
    made = _IMG.sub(_picture, made)
    made = _NO_TEXT.sub(_link, made)
    made = _CORNER.sub(r"<td\1></td>", made)  # a table's empty corner heads nothing
    made = _DEFINITION.sub(r"<\1div>", made)  # some stand outside of a list
    made = _TABLE.sub(r'<div class="wide" tabindex="0">\1', made).replace("</table>", "</table></div>")
    return made.replace("<pre>", '<pre tabindex="0">')


def _with_lists(made: str) -> str:
    """Clean HTML in which lists consist of items, and items are in lists."""
    ends: list[tuple[str, str]] = []  # of what is open: its name, and what closes it

    def fitted(tag: re.Match[str]) -> str:
        is_end, name, _ = tag.groups()
        if name in ("br", "col", "hr", "img"):
            return tag[0]
        if is_end:
            return ends.pop()[1]
        is_in_list = bool(ends) and ends[-1][0] in ("ol", "ul")
        if name == "li" and not is_in_list:
            ends.append(("div", "</div>"))
            return "<div>"
        wrapped = is_in_list and name != "li"
        ends.append((name, f"</{name}>{'</li>' * wrapped}"))
        return "<li>" * wrapped + tag[0]

    return _TAG.sub(fitted, made)


def _picture(img: re.Match[str]) -> str:
    attributes = img[1]
    if ' src="' not in attributes:
        return say("no-picture")
    return f"<img{attributes}>" if ' alt="' in attributes else f'<img alt="{say("picture")}"{attributes}>'


def _link(link: re.Match[str]) -> str:
    target = re.search(r' href="([^"]*)"', link[1])
    return f"<a{link[1]}>{target[1]}</a>" if target else ""


def is_picture(content: str, mime: str, whole: bool = False) -> bool:
    """Whether base64 is a picture of that type, of a size to look at. whole: and all of it can be decoded."""
    try:
        data = base64.b64decode(re.sub(r"\s", "", content), validate=True)
        with Image.open(io.BytesIO(data), formats=[mime.removeprefix("image/")]) as image:
            if image.width * image.height > MOST_PIXELS:
                return False
            if whole:
                image.load()
    except Exception:  # PIL says no in many ways
        return False
    return True


def shielded(html: str) -> str:
    """Clean HTML in which MathJax, where a page has it, looks for no formulas."""
    return f'<div class="tex2jax_ignore">{html}</div>'


def as_text(text: str) -> str:
    """A text as HTML that shows it as it is."""
    return f'<pre tabindex="0">{escape(text)}</pre>'


# Code


@lru_cache(MOST_KEPT)
def python(source: str) -> str:
    """Python as HTML, coloured by spans of the classes c, s, m, f, k, b."""
    parts, end = [], 0
    for found in _PYTHON.finditer(source):
        parts.append(escape(source[end : found.start()], quote=False))
        parts.append(f'<span class="{found.lastgroup}">{escape(found[0], quote=False)}</span>')
        end = found.end()
    return "".join([*parts, escape(source[end:], quote=False)])


# Markdown


class _Renderer(IPythonRenderer):
    """nbconvert's, but formulas become MathML, and a picture that did not come along becomes a link.

    differs: whether nbconvert's own would do something else, which could do harm.
    """

    def __init__(self, attachments: Mapping[str, Any]) -> None:
        super().__init__(escape=False, exclude_anchor_links=True, attachments=dict(attachments))
        self.differs = False
        self._mark = secrets.token_hex(16)
        self._formulas: list[tuple[str, bool]] = []

    def _set_aside(self, latex: str, display: bool) -> str:
        # Cleaning would take MathML out. In an attribute this place could not stay as it is.
        self._formulas.append((latex, display))
        return self._place(len(self._formulas) - 1)

    def _place(self, number: int | str) -> str:
        return f'<span title="{self._mark}-{number}"></span>'

    def with_formulas(self, html: str, as_written: bool = False) -> str:
        make = source if as_written else mathml
        return re.sub(self._place(r"(\d+)"), lambda place: make(*self._formulas[int(place[1])]), html)

    def block_math(self, body: str) -> str:
        return self._set_aside(body, True)

    def inline_math(self, body: str) -> str:
        return self._set_aside(body, False)

    def latex_environment(self, name: str, body: str) -> str:
        return self._set_aside(rf"\begin{{{name}}}{body}\end{{{name}}}", True)

    def block_code(self, code: str, info: str | None = None) -> str:
        language = (info or "").strip().lower()
        self.differs |= language.startswith("mermaid")
        shown = python(code) if language.startswith(("python", "py", "ipython")) else escape(code)
        return f"<pre><code>{shown}</code></pre>\n"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        name = url.removeprefix("attachment:")
        if (name != url and _shown(self.attachments.get(name))) or _PICTURE.fullmatch(url):
            return super().image(text, url, title)
        self.differs = True
        return self.link(text or escape(url), url, title)

    def task_list_item(self, text: str, checked: bool = False) -> str:
        """A form's field would have no label."""
        mark = "☑ " if checked else "☐ "
        return f"<li>{text.replace('<p>', f'<p>{mark}', 1) if text.startswith('<p>') else mark + text}</li>\n"


def _shown(bundle: Any) -> bool:
    """Whether an attachment is a picture that can be shown."""
    return isinstance(bundle, dict) and any(type(bundle.get(mime)) is str for mime in IMAGES)


@dataclass(frozen=True)
class Rendered:
    """Markdown as clean HTML.

    html      with formulas as MathML
    plain     with formulas as they were written; cleaning it again takes nothing away
    is_same   whether nbconvert and MathJax, left alone, show the same and do no harm
    """

    html: str
    plain: str
    is_same: bool


def rendered(source: str, attachments: Mapping[str, Any]) -> Rendered:
    """Markdown, whatever it is; what cannot be rendered is shown as it is."""
    return _render(source, attachments) if attachments else _remembered(source)


@lru_cache(MOST_KEPT)
def _remembered(source: str) -> Rendered:
    return _render(source, {})


def _render(source: str, attachments: Mapping[str, Any]) -> Rendered:
    renderer = _Renderer(attachments)
    try:
        if len(_OPENERS.findall(source)) > MOST_FORMULAS:
            raise ValueError("too many formulas")
        made = MarkdownWithMath(renderer).render(source)
    except Exception:  # the parsers of Markdown and of a hundred languages, at what somebody wrote
        return Rendered(as_text(source), as_text(source), False)
    cleaned = _cleaned(made)
    is_same = not (
        renderer.differs or _Events(made).seen != _Events(cleaned).seen or MACROS.search(unescape(source))
    )
    page = _accessible(cleaned)
    return Rendered(renderer.with_formulas(page), renderer.with_formulas(page, as_written=True), is_same)


class _Events(HTMLParser):
    """What HTML consists of, however it is written."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[Any] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, sorted((name, value or "") for name, value in attrs)))

    def handle_data(self, data: str) -> None:
        if self.seen and type(self.seen[-1]) is str:
            data = self.seen.pop() + data
        self.seen.append(data)

    def handle_comment(self, data: str) -> None:
        self.seen.append(("?", data))

    handle_decl = handle_pi = unknown_decl = handle_comment  # type: ignore[assignment]


@pass_context
def markdown2html(context: Context, source: str) -> str:
    """nbconvert's filter of this name, made harmless: `c.HTMLExporter.filters` in nbgrader_config.py."""
    return shielded(rendered(source, context.get("cell", {}).get("attachments", {})).html)
