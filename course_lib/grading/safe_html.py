"""What is kept of what a student wrote and displayed: of a size, and harmless in pages that others look at.

Pages of feedback and of formgrader are made of it, outside of the sandbox. The submission itself stays as it
is; what is left out of the graded notebook is said there.
"""

import re
from dataclasses import dataclass
from typing import Any

from course_lib import texts
from course_lib.grading import rendering
from course_lib.grading.formulas import mathml
from course_lib.grading.rendering import IMAGES

say = texts.beside(__file__)

MOST_KEPT = 2_000_000  # characters of a notebook's outputs and attachments, as they are kept
MOST_OUTPUTS = 200  # of a cell; beyond them, only those that decide a score
MOST_DECISIVE = 10
DECISIVE = ("error", "execute_result")
MOST_TEXT = 100_000  # characters of an output
MOST_LINES = 1_000  # as nbgrader's LimitOutput
MOST_TOLD = 20  # attachments that are left out
MOST_SHORT = 500  # characters of one for which there was no room
# Rendering is done outside of the sandbox, and its time grows with the square of the length.
MOST_MARKDOWN = 20_000  # characters of a cell
MOST_HTML = 200_000  # characters of an output in HTML, without its pictures
MOST_TAGS, MOST_TAG = 3_000, 5_000  # in it, and characters of each
DEEPEST = 50  # tags in tags
MOST_COLOURS = 1_000  # changes of colour in a text
MOST_CODE, MOST_LINE = 100_000, 2_000  # characters of a code cell, and of a line in it

_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_NAME = re.compile(r"[\w.-]{1,100}")
_DATA = re.compile(r"data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*")
_FORMULA = re.compile(r"\s*(\${1,2})([^$]+)\1\s*")


@dataclass
class Room:
    """How much of a notebook's outputs and attachments can still be kept, in characters."""

    left: int = MOST_KEPT


# What was written


def markdown(
    source: str, attachments: dict[str, Any], room: Room | None = None
) -> tuple[str, dict[str, Any]]:
    """A Markdown cell's source and attachments, harmless in every page of nbconvert's.

    As they were written, where nothing in them could do harm; else as HTML that was cleaned.
    """
    if len(source) > MOST_MARKDOWN:
        return say("unshown"), {}
    kept, left_out = _attachments(attachments, room or Room())
    told = "".join(f"\n\n{say('no-picture', name=name)}" for name in left_out[:MOST_TOLD])
    made = rendering.rendered(source + told, kept)
    if made.is_same:
        return source + told, kept
    # One line, and so one block of HTML, which no renderer of Markdown looks into.
    return rendering.shielded(made.plain.replace("\n", "&#10;")) + f"\n\n{say('cleaned')}", {}


def _attachments(given: dict[str, Any], room: Room) -> tuple[dict[str, Any], list[str]]:
    """The pictures among them, and the names of those that cannot be shown, or for which there is no room."""
    kept, left_out = {}, []
    for name, bundle in given.items():
        if type(name) is not str or not _NAME.fullmatch(name):
            continue
        bundle = bundle if type(bundle) is dict else {}
        size = sum(len(text) for mime in IMAGES if (text := _whole(bundle.get(mime))))
        pictures = {}
        if size <= room.left:
            room.left -= size  # whatever it is: to look at it is the work
            pictures = _pictures(bundle, whole=True)
        if pictures:
            kept[name] = pictures
        else:
            left_out.append(name)
    return kept, left_out


def raw(source: str) -> str:
    """A raw cell as Markdown that shows it as text: nbconvert would put it into the page as it is."""
    return markdown("\n".join("    " + line for line in source.splitlines()), {})[0]


def code(source: str) -> str:
    """The source of a code cell, of a length that can be coloured in reasonable time."""
    lines = [line if len(line) <= MOST_LINE else line[:MOST_LINE] + say("cut") for line in source.split("\n")]
    text = "\n".join(lines)
    return text if len(text) <= MOST_CODE else text[:MOST_CODE] + "\n#" + say("cut")


# What was displayed


def outputs(given: Any, room: Room | None = None) -> list[dict[str, Any]]:
    """A cell's outputs as nbformat 4 has them, whatever was given; harmless in a page, and within the room.

    What decides a score is kept in any case, if only its beginning.
    """
    room = room or Room()
    known = [output for output in given if type(output) is dict] if type(given) is list else []
    decisive = [output for output in known[MOST_OUTPUTS:] if output.get("output_type") in DECISIVE]
    cleaned: list[dict[str, Any]] = []
    is_told = False
    for output in known[:MOST_OUTPUTS] + decisive[:MOST_DECISIVE]:
        one = _output(output, room)
        if one is None:
            continue
        if (size := _size(one)) > room.left:
            if is_told and one["output_type"] not in DECISIVE:
                continue
            one, is_told = _short(one), True
            size = _size(one)
        room.left -= size
        cleaned.append(one)
    return cleaned


def _size(output: dict[str, Any]) -> int:
    texts = [output.get("text", ""), output.get("evalue", ""), *output.get("traceback", [])]
    return sum(map(len, [*texts, *output.get("data", {}).values()]))


def _short(output: dict[str, Any]) -> dict[str, Any]:
    """An output for which there is no room."""
    kind = output["output_type"]
    if kind == "error":
        told = output["evalue"][:MOST_SHORT]
        return output | {"evalue": told, "traceback": [f"{output['ename']}: {told}", say("no-room")]}
    if kind == "execute_result":
        return output | {"data": {"text/plain": output["data"]["text/plain"][:MOST_SHORT]}}
    return {"output_type": "stream", "name": "stdout", "text": say("no-room")}


def _output(output: dict[str, Any], room: Room) -> dict[str, Any] | None:
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
    data = _data(output.get("data"), room)
    shown = {"output_type": kind, "data": data, "metadata": {}}
    return shown | ({"execution_count": None} if kind == "execute_result" else {})


def _data(bundle: Any, room: Room) -> dict[str, str]:
    """The parts of a display that are text, pictures or harmless HTML."""
    bundle = bundle if type(bundle) is dict else {}
    data = {"text/plain": _text(bundle.get("text/plain", ""))}
    data |= _pictures(bundle)
    if html := _html(bundle, room):
        data["text/html"] = rendering.shielded(html)
    return data


def _html(bundle: dict[str, Any], room: Room) -> str | None:
    """What of a display is HTML, Markdown or one formula, as clean HTML; None where there is none to show."""
    if room.left <= 0:
        return None
    if (given := _whole(bundle.get("text/html"))) is not None:
        given = _without_drawings(given)
        if not _is_modest(given):
            return None
        made = rendering.clean(given)
        # What is not closed is opened again in each paragraph: a few lines could become millions.
        if len(made) > 2 * len(given) + 1_000:
            room.left -= len(made)  # that is the work it was
            return None
        return made
    if (given := _whole(bundle.get("text/markdown"))) is not None and len(given) <= MOST_MARKDOWN:
        return rendering.rendered(given, {}).html
    if (given := _whole(bundle.get("text/latex"))) and (formula := _FORMULA.fullmatch(given[:MOST_MARKDOWN])):
        return mathml(formula[2], True)
    return None


def _whole(value: Any) -> str | None:
    """A text or a list of lines as one text; None for what is neither."""
    lines = value if type(value) is list else [value]
    return "".join(lines) if all(type(line) is str for line in lines) else None


def _pictures(bundle: dict[str, Any], whole: bool = False) -> dict[str, str]:
    """The pictures of a display or an attachment, in base64. whole: only if all of it can be decoded."""
    pictures = {}
    for mime in IMAGES:
        content = _whole(bundle.get(mime))
        if content is not None and len(content) <= MOST_KEPT:
            content = re.sub(r"\s", "", content)
            if rendering.is_picture(content, mime, whole):
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
    return text + "\n" + say("cut").strip() if cut else text


def _without_drawings(html: str) -> str:
    """HTML without its SVG, which cleaning would take out in any case, piece by piece."""
    *drawings, rest = html.split("</svg>")
    return "".join(part.partition("<svg")[0] for part in drawings) + rest


def _is_modest(html: str) -> bool:
    """Whether it has so few tags, so short and so few of them in each other, that it is parsed at once."""
    html = _DATA.sub("", html)
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
