"""What a student wrote, made harmless for pages that others look at: feedback and formgrader.

Both render Markdown with nbconvert, which lets raw HTML and any link through. A character without width,
put where a tag, a link's protocol or a macro would begin, makes them text, inside code and outside of it.
The submission itself stays as it is.
"""

import base64
import binascii
import re
from html.parser import HTMLParser
from typing import Any

from bleach.sanitizer import ALLOWED_TAGS, Cleaner
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

NOTHING = "\N{ZERO WIDTH SPACE}"
MOST_OUTPUTS = 200  # of a cell; beyond them, only those that decide a score
MOST_DECISIVE = 10
DECISIVE = ("error", "execute_result")
MOST_TEXT = 100_000  # characters of an output
MOST_LINES = 1_000  # as nbgrader's LimitOutput
MOST_IMAGE = 4 * 2**20
# Rendering is done outside of the sandbox, and its time grows with the square of the length.
MOST_MARKDOWN = 20_000  # characters of a cell
MOST_HTML = 200_000  # characters of an output in HTML, without its pictures
MOST_TAGS, MOST_TAG = 3_000, 5_000  # in it, and characters of each
DEEPEST = 50  # tags in tags
MOST_COLOURS = 1_000  # changes of colour in a text
MOST_CODE, MOST_LINE = 100_000, 2_000  # characters of a code cell, and of a line in it
CUT = " … the rest was left out …"
UNSHOWN = "*This cell cannot be shown here; the submission has it as it was handed in.*"

_BETWEEN = r"[\s\x00-\x20]*"
_PROTOCOLS = "|".join(_BETWEEN.join(word) for word in ("javascript", "vbscript", "data", "file"))
_PROTOCOL = re.compile(rf"({_PROTOCOLS})({_BETWEEN}\\?:)", re.IGNORECASE)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_ENTITY = re.compile(r"&(?=#|colon|tab|newline)", re.IGNORECASE)
_MACROS = "href|url|style|class|cssId|data|require|csname|unicode|bbox|mmlToken|includegraphics"
_MACRO = re.compile(rf"\\(?=(?:{_MACROS})(?![A-Za-z]))")
# A picture from elsewhere would be fetched by whoever opens the page: only one that came along is shown.
_PICTURE = re.compile(r"!(?=\[(?![^\[\]]*\]\(attachment:))")
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_ATTACHMENT = re.compile(r"attachment(?=\\?:([^)\s\"'>]*))")
_NAME = re.compile(r"[\w.-]{1,100}")
IMAGES = ("image/png", "image/jpeg")
_IMAGE_SOURCE = re.compile(r"data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:")
_LINK = re.compile(r"https?://|#|mailto:")


def markdown(source: str, attachments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A Markdown cell's source and attachments, harmless when rendered by nbconvert."""
    if len(source) > MOST_MARKDOWN:
        return UNSHOWN, {}
    kept = {}
    for name, bundle in attachments.items():
        pictures = _pictures(bundle) if type(bundle) is dict else {}
        if type(name) is str and _NAME.fullmatch(name) and pictures:
            kept[name] = pictures
    source = _PICTURE.sub("!" + NOTHING, source)
    source = _TAG.sub("<" + NOTHING, source)
    source = _ENTITY.sub("&" + NOTHING, source)
    source = _PROTOCOL.sub(rf"\1{NOTHING}\2", source)
    source = formulas(source)
    source = _ATTACHMENT.sub(lambda m: m[0] if m[1] in kept else m[0] + NOTHING, source)
    return (source, kept) if _is_harmless(source, kept) else (UNSHOWN, {})


def formulas(text: str) -> str:
    """A text in which MathJax finds no macro that makes links, styles or attributes."""
    return _MACRO.sub(lambda m: "\\" + NOTHING, text)


def raw(source: str) -> str:
    """A raw cell as Markdown that shows it as text: nbconvert would put it into the page as it is."""
    lines = "\n".join("    " + line for line in source.splitlines())
    return markdown(lines, {})[0]


def code(source: str) -> str:
    """The source of a code cell, of a length that can be coloured in reasonable time."""
    lines = [line if len(line) <= MOST_LINE else line[:MOST_LINE] + CUT for line in source.split("\n")]
    text = "\n".join(lines)
    return text if len(text) <= MOST_CODE else text[:MOST_CODE] + "\n#" + CUT


def outputs(given: Any) -> list[dict[str, Any]]:
    """A cell's outputs as nbformat 4 has them, whatever was given; harmless in a page."""
    known = [output for output in given if type(output) is dict] if type(given) is list else []
    decisive = [output for output in known[MOST_OUTPUTS:] if output.get("output_type") in DECISIVE]
    cleaned = []
    for output in known[:MOST_OUTPUTS] + decisive[:MOST_DECISIVE]:
        one = _output(output)
        if one is not None:
            cleaned.append(one)
    return cleaned


def _output(output: dict[str, Any]) -> dict[str, Any] | None:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": _text(output.get("text"))}
    if kind == "error":
        traceback = output.get("traceback")
        lines = traceback[:100] if type(traceback) is list else []
        return {
            "output_type": "error",
            "ename": _text(output.get("ename"))[:200],
            "evalue": _text(output.get("evalue")),
            "traceback": [_text(line) for line in lines],
        }
    if kind not in ("display_data", "execute_result"):
        return None
    data = _data(output.get("data"))
    shown = {"output_type": kind, "data": data, "metadata": {}}
    return shown | ({"execution_count": None} if kind == "execute_result" else {})


def _data(bundle: Any) -> dict[str, str]:
    """The parts of a display that are text, pictures or harmless HTML."""
    bundle = bundle if type(bundle) is dict else {}
    data = {"text/plain": _text(bundle.get("text/plain", ""))}
    data |= _pictures(bundle)
    html = bundle.get("text/html")
    if html is not None and _is_modest(html := _text(html, MOST_IMAGE)):
        data["text/html"] = formulas(_cleaner().clean(html))
    return data


def _pictures(bundle: dict[str, Any]) -> dict[str, str]:
    pictures = {}
    for mime in IMAGES:
        content = bundle.get(mime)
        content = (
            "".join(content) if type(content) is list and all(type(c) is str for c in content) else content
        )
        if type(content) is str and len(content) <= MOST_IMAGE:
            content = re.sub(r"\s", "", content)
            try:
                base64.b64decode(content, validate=True)
            except (binascii.Error, ValueError):
                continue
            pictures[mime] = content
    return pictures


def _text(value: Any, most: int = MOST_TEXT) -> str:
    """A text or a list of lines, cut to size, that can be written as UTF-8."""
    lines = value if type(value) is list else [value]
    text = "".join(line for line in lines if type(line) is str)
    cut = len(text) > most
    text = text[:most]
    if text.count("\n") > MOST_LINES:
        text, cut = "\n".join(text.split("\n")[:MOST_LINES]), True
    if text.count("\x1b") > MOST_COLOURS:
        text = _COLOUR.sub("", text).replace("\x1b", "")
    text = text.encode("utf-8", "replace").decode()
    return text + "\n" + CUT.strip() if cut else text


def _is_modest(html: str) -> bool:
    """Whether it has so few tags, so short and so few of them in each other, that it is parsed at once."""
    html = _IMAGE_SOURCE.sub("", html)
    if html.count("<") > MOST_TAGS or len(html) > MOST_HTML:
        return False
    if any(len(tag.partition(">")[0]) > MOST_TAG for tag in html.split("<")):
        return False
    depth = 0
    for end, tag in re.findall(r"<(/?)([A-Za-z]+)", html):
        if tag.lower() not in ("br", "hr", "img"):
            depth = max(0, depth + (-1 if end else 1))
        if depth > DEEPEST:
            return False
    return True


def _attribute(tag: str, name: str, value: str) -> bool:
    if tag == "img" and name == "src":
        return bool(_IMAGE_SOURCE.fullmatch(value))  # nothing is fetched from elsewhere
    if tag == "a" and name == "href":
        return bool(_LINK.match(value))
    return name in ("alt", "title", "colspan", "rowspan", "scope")


BLOCKS = {
    "br",
    "caption",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "hr",
    "img",
    "p",
    "pre",
}
TABLES = {"table", "tbody", "td", "tfoot", "th", "thead", "tr"}
WORDS = {"s", "small", "span", "sub", "summary", "sup", "u"}
TAGS = ALLOWED_TAGS | BLOCKS | TABLES | WORDS | {f"h{n}" for n in range(1, 7)}


def _cleaner() -> Cleaner:
    return Cleaner(
        tags=TAGS, attributes=_attribute, protocols={"http", "https", "mailto", "data"}, strip=True
    )


class _Watch(HTMLParser):
    """Whether a rendered page has anything in it that Markdown alone does not make."""

    harmful = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS | {"input"}:
            self.harmful = True
        for name, value in attributes:
            value = re.sub(r"[\s\x00-\x20]", "", value or "").lower()
            if name.startswith("on") or name in ("style", "srcdoc", "formaction"):
                self.harmful = True
            if name == "src" and not value.startswith("data:image/"):
                self.harmful = True
            if name in ("href", "src") and _SCHEME.match(value):
                self.harmful |= not value.startswith(("http:", "https:", "mailto:", "data:image/"))

    def handle_decl(self, decl: str) -> None:
        self.harmful = True

    def unknown_decl(self, data: str) -> None:
        self.harmful = True

    def handle_pi(self, data: str) -> None:
        self.harmful = True


def _is_harmless(source: str, attachments: dict[str, Any]) -> bool:
    """Whether nbconvert can render it, and what comes of it."""
    watch = _Watch(convert_charrefs=True)
    try:
        watch.feed(
            MarkdownWithMath(renderer=IPythonRenderer(escape=False, attachments=attachments)).render(source)
        )
        watch.close()
    except Exception:  # what cannot be rendered would stop the page of feedback
        return False
    return not watch.harmful
