"""A figure of matplotlib's as HTML, in the ink of the page around it and no wider than the page.

What is shown is SVG: its background is clear, its ink is currentColor, and the panels of a figure (its
subfigures) stand below each other where the page is narrow. One panel or two are drawn twice, for a wide page
and for a narrow one, and the page's width decides which is seen. A page that takes no SVG (feedback,
JupyterLab before a notebook is trusted) drops `hidden` too, and so shows the same figure as a PNG on white.
"""

import base64
import contextlib
import hashlib
import io
import re
from collections.abc import Iterator
from html import escape
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure, SubFigure
from matplotlib.transforms import BboxBase

from course_lib.palette import PAPER_INK

PIXELS = 100  # to an inch, where there is room
PANEL = (3.2, 2.7)  # inches: letters of 10 points have 11 pixels where JupyterLab has 257 on a phone
WIDE = {1: (9.0, 3.4), 2: (9.6, 3.0)}  # so many of them, where they have a wide page to themselves
STACKED = (9.0, PANEL[1])  # each of those that stand below each other on a wide page, too
ONE_PICTURE = "one picture"  # the gid of their figure: its panels have one axis across, and stay together
# Of that, what a panel has at least, so that it is read, before the next one stands below it; and at most.
LEAST, MOST = 0.8, 1.3
LEANING = 0.3  # of ink in coloured words


def html(figure: Figure, alt: str, width: int | None = None, caption: str = "", attributes: str = "") -> str:
    """The figure with its text alternative and a caption below it. width: in CSS pixels, if not its own."""
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError("A figure needs a text alternative: plots.show(figure, alt='what is to be seen').")
    said = escape(alt, quote=True)
    layout, panels, png = _panels(figure, width)
    return (
        f'<figure {attributes} style="margin:.5em 0">'
        f'<img hidden alt="{said}" src="data:image/png;base64,{png}">'
        f'<div role="img" aria-label="{said}" style="{layout}">{panels}</div>'
        f"{f'<figcaption>{escape(caption)}</figcaption>' if caption else ''}</figure>"
    )


def words(colour: Any) -> dict[str, Any]:
    """How a text of this colour is drawn, as arguments of matplotlib's.

    Words need more contrast than lines: their colour leans towards the ink, and on a page towards its ink.
    """
    leaning = (1 - LEANING) * np.array(to_rgb(colour)) + LEANING * np.array(to_rgb(PAPER_INK))
    return {"color": leaning, "gid": to_hex(colour)}


@contextlib.contextmanager
def _placed(figure: Figure) -> Iterator[None]:
    """All parts of the figure have their places, in the size it has.

    matplotlib would find them for each picture anew, and draw it once more for that.
    """
    canvas, engine = figure.canvas, figure.get_layout_engine()
    FigureCanvasSVG(figure)  # whose letters have their true widths
    if engine:
        engine.execute(figure)
    with mpl.rc_context({"figure.autolayout": False, "figure.constrained_layout.use": False}):
        figure.set_layout_engine(None)
    yield
    figure.set_layout_engine(engine)
    figure.set_canvas(canvas)


def _tight(figure: Figure) -> BboxBase:
    """All that is drawn, in inches."""
    return figure.get_tightbbox().padded(mpl.rcParams["savefig.pad_inches"])


def _png(figure: Figure) -> str:
    file = io.BytesIO()
    # The same numbers give the same bytes: no date, no version.
    said, room = {"Software": None}, _tight(figure)
    figure.savefig(file, format="png", dpi=150, bbox_inches=room, facecolor="white", metadata=said)
    return base64.b64encode(file.getvalue()).decode()


def _panels(figure: Figure, width: int | None) -> tuple[str, str, str]:
    """How the figure's panels stand on a page, as CSS; the panels, each as SVG; the whole figure as PNG."""
    if figure.get_gid() == ONE_PICTURE or tuple(figure.get_size_inches()) == WIDE.get(len(figure.subfigs)):
        return _wide_or_narrow(figure)
    with _placed(figure):
        (places, parts), png = _drawn(figure), _png(figure)
    own = places[0][2] / 72 * PIXELS
    if not figure.subfigs:
        layout = f"max-width:{width or round(own)}px"
    else:
        columns = len({round(x) for x, *_ in places})
        layout = f"{_beside_or_below(own, columns)};max-width:{MOST * own * columns:.0f}px"
    return layout, _named_apart("".join(map(_svg, places, parts))), png


def _beside_or_below(own: float, columns: int) -> str:
    """Panels of this width in so many columns, in fewer where they could not be read."""
    least = f"min(100%, max({LEAST * own:.0f}px, 100%/{columns} - 1px))"
    return f"display:grid;grid-template-columns:repeat(auto-fill, minmax({least}, 1fr))"


def _wide_or_narrow(figure: Figure) -> tuple[str, str, str]:
    """The whole figure for a wide page and its panels for a narrow one, of which the other has no width."""
    count = len(figure.subfigs) or 1
    (wide, high), own = figure.get_size_inches(), PANEL[0] * PIXELS
    least = LEAST * wide * PIXELS
    with _placed(figure):
        parts = [part for panel in _drawn(figure)[1] for part in panel]
        png = _png(figure)
    across = f"clamp(0px, (100% - {least - 0.01:g}px) * 1e6, 100%)"
    whole = _svg((0.0, 0.0, 72 * wide, 72 * high), parts, across)
    figure.set_size_inches(PANEL[0] * count, PANEL[1] if figure.subfigs else high)
    with _placed(figure):
        panels = "".join(map(_svg, *_drawn(figure)))
    figure.set_size_inches(wide, high)
    across = f"clamp(0px, ({least:g}px - 100%) * 1e6, min(100%, {MOST * own * count:g}px))"
    narrow = f'<div style="{_beside_or_below(own, count)};width:{across}">{panels}</div>'
    layout = f"display:grid;grid-template-columns:100%;max-width:{MOST * wide * PIXELS:g}px"
    return layout, _named_apart(whole) + _named_apart(narrow), png


def _drawn(figure: Figure) -> tuple[list[tuple[float, ...]], list[list[Any]]]:
    """Where each panel stands in the figure, and its parts in SVG; the whole figure, where it has none."""
    file = io.StringIO()
    tight = None if figure.subfigs or figure.get_gid() == ONE_PICTURE else _tight(figure)
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "course"}):
        figure.savefig(file, format="svg", transparent=True, bbox_inches=tight, metadata={"Date": None})
    root = ElementTree.fromstring(file.getvalue())
    _, _, across, down = map(float, root.attrib["viewBox"].split())
    panels = _bare(root) or root.findall("g")
    places = [_place(figure, panel, down) for panel in figure.subfigs] or [(0.0, 0.0, across, down)]
    parts = [[panel] for panel in panels]
    parts[0] += [part for part in root.iter("defs") if part.find("clipPath") is not None]
    return places, parts


def _named_apart(drawn: str) -> str:
    """Names hold in a whole page: those of this drawing shall be no other's."""
    mark = hashlib.sha256(drawn.encode()).hexdigest()[:10]
    for before in (' id="', ' href="#', "url(#"):
        drawn = drawn.replace(before, f"{before}{mark}-")
    return drawn


def _place(figure: Figure, panel: SubFigure, down: float) -> tuple[float, ...]:
    """Left, top, width and height of a panel, in points."""
    x, y, wide, high = (72 / figure.dpi * side for side in panel.bbox.bounds)
    return x, down - y - high, wide, high


def _svg(view: tuple[float, ...], parts: list[Any], across: str = "100%") -> str:
    joined = "".join(ElementTree.tostring(part, encoding="unicode") for part in parts)
    seen = " ".join(f"{round(side, 2) + 0.0:g}" for side in view)
    style = f"width:{across};overflow:visible;fill:currentColor;stroke-linejoin:round"
    return f'<svg viewBox="{seen}" style="{style}">{joined}</svg>'


def _bare(root: ElementTree.Element) -> list[ElementTree.Element]:
    """Leave of matplotlib's SVG what a page has a use for, in the page's ink; return the subfigures in it."""
    panels = []
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.text = element.tail = None
        element.attrib = {name.rpartition("}")[2]: value for name, value in element.attrib.items()}
        for name, value in element.attrib.items():
            element.attrib[name] = _short(value) if name == "d" else _in_ink(value)
        if element.tag == "g":
            name = element.attrib.pop("id", "")
            if name.startswith("subfigure"):
                panels.append(element)
            if name.startswith(("#", "currentColor")):
                _lean(element, name)
    return panels


def _short(numbers: str) -> str:
    """A path to a hundredth of a point."""
    return re.sub(r"(\.\d\d)\d+", r"\1", " ".join(numbers.split()))


def _in_ink(value: str) -> str:
    return re.sub(rf"{PAPER_INK}|#000000", "currentColor", value)


def _lean(text: ElementTree.Element, colour: str) -> None:
    """Words of a colour lean towards the page's ink; their rim is what they are seen on."""
    share = f"{100 - 100 * LEANING:.0f}%"
    for element in text.iter():
        if "style" in element.attrib:
            style = element.attrib["style"].replace("#ffffff", "var(--jp-layout-color0, Canvas)")
            element.attrib["style"] = re.sub(
                r"fill: #\w+", f"fill: color-mix(in srgb, {colour} {share}, currentColor)", style
            )
