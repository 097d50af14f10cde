"""A figure on a page: in its ink, whoever takes SVG; as a picture where that is taken out."""

import base64
import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from course_lib import plots, surfaces, themed
from course_lib.grading import safe_html
from course_lib.palette import COLOURS, PAPER_INK
from course_lib.scene import Axis, Line, Panel, Scene


def paths():
    path = np.random.default_rng(0).normal(size=(2000, 2)).cumsum(axis=0)
    return plots.gallery({name: (surfaces.himmelblau(), path) for name in ("one", "two")})


def plain():
    """As a student might draw it, with matplotlib's own defaults."""
    figure, axes = plt.subplots()
    axes.plot([1, 2], "k-")
    axes.set_title("a title")
    plt.close(figure)
    return figure


def stacked():
    panel = Panel("a title", Axis("x", (0, 1)), Axis("y", (0, 1)), (Line([0, 1], [0, 1], label="a line"),))
    return plots.draw(Scene((panel, panel), "", "", stacked=True))


FIGURES = {"paths": paths, "plain": plain, "stacked": stacked}


@pytest.fixture(params=FIGURES)
def html(request):
    return themed.html(FIGURES[request.param](), "words")


def test_all_ink_is_the_pages_and_nothing_reaches_beyond_the_figure(html):
    drawn = html[html.index("<svg") :]
    assert drawn.count("currentColor") > 10
    assert not re.findall(rf"{PAPER_INK}|#000000|fill: #ffffff", drawn)
    assert "<style" not in drawn and "<metadata" not in drawn and "xmlns" not in drawn


def test_what_a_figure_refers_to_lies_in_it_and_no_two_figures_share_a_name():
    names = []
    for make in FIGURES.values():
        html = themed.html(make(), "words")
        own = re.findall(r' id="([^"]+)"', html)
        asked = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', html)
        assert own and asked and {one or other for one, other in asked} <= set(own)
        names += set(own)
    assert len(set(names)) == len(names)


def test_words_lean_from_their_colour_to_the_pages_ink():
    html = themed.html(plots.curves({"Adam": [1.0, 0.0]}, x_label="x", y_label="y"), "words")
    assert f"color-mix(in srgb, {COLOURS['Adam']} 70%, currentColor)" in html


def test_where_svg_is_taken_out_the_same_figure_is_a_picture_on_white_with_its_words(html):
    assert len(html) > 15_000
    shown = {"output_type": "display_data", "data": {"text/html": html, "text/plain": "x"}}
    [kept] = safe_html.outputs([shown])
    left = kept["data"]["text/html"]
    assert left.count("<img") == 1 and 'alt="words"' in left and "hidden" not in left
    assert not re.findall(r"<svg|<path|<g|style=", left)
    png = base64.b64decode(re.search(r'src="data:image/png;base64,([^"]+)"', left)[1])
    assert Image.open(io.BytesIO(png)).convert("RGB").getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("a<svg><path d='M0 0'/></svg>b<svg></svg>c", "abc"),
        ("a</svg>b<svg>c", "ab<svg>c"),
        ("<svg><svg></svg>a</svg>", "a"),
        (200_000 * "<svg>", 200_000 * "<svg>"),
        (200_000 * "<svg>" + "</svg>a", "a"),
    ],
)
def test_drawings_are_left_out_and_what_is_not_closed_stays(given, left):
    assert safe_html._without_drawings(given) == left
