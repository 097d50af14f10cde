"""Lectures' figures in a browser: in the ink of the page, light or dark, and legible on a phone."""

import nbformat
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from jupyterlab_page import PATIENCE, jupyterlab, new_page, open_notebook, run_all, student_course
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_notebook, new_output
from playwright.sync_api import expect

from course_lib import plots, themed
from course_lib.jupyter.live import ALONE
from course_lib.scene import Axis, Heat, Line, Panel, Scene, Text

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE * 1000)

SMALLEST = 11  # pixels of a letter's height, as fonts are measured
PAGES = {"light": ("#1a1a1a", "#fff"), "dark": ("#e6e6e6", "#111")}
# A letter's outline is drawn in hundredths of its font's size; an exponent is smaller than its font.
FONTS = """figure => [...figure.querySelectorAll("use[href*='DejaVu']:not([transform*='scale'])")]
  .filter(letter => letter.ownerSVGElement.clientWidth)
  .map(letter => letter.getScreenCTM())
  .map(at => 100 * Math.sqrt(Math.abs(at.a * at.d - at.b * at.c)))"""
INKS = """figure => [...new Set([...figure.querySelectorAll("g[style*='fill: currentColor'] use")]
  .map(letter => getComputedStyle(letter).fill))]"""
PLACES = (
    """figure => [...figure.querySelectorAll("svg")].map(panel => panel.getBoundingClientRect().toJSON())"""
)
SOURCE = """
from course_lib import plots
from course_lib.scene import Axis, Line, Panel, Scene

line = Line([0, 1], [0, 1], "#6932ff", "Adam")
panels = [Panel(t, Axis("x", (0, 1)), Axis("y", (0, 1)), (line,)) for t in "ABC"]
plots.show(plots.draw(Scene(tuple(panels), "", "")), "three lines that go up")
"""


def three_panels():
    line = Line([0, 0.5, 1], [0, 1, 0.2], "#6932ff", "Adam")
    return (
        Panel("A", Axis("x", (0, 1)), Axis("y (nats)", (0, 1)), (line, Text(0.5, 0.5, "words"))),
        Panel("B", Axis("x", (0, 1)), Axis("y", (0.1, 1), log=True), (line,)),
        Panel("C", Axis("x", (0, 1)), Axis("y", (0, 1)), (Heat([[0, 1], [0.5, 0.2]], ("1", "2")),)),
    )


def three():
    return plots.draw(Scene(three_panels(), "", ""))


def pair():
    line = Line([0, 1], [0, 1], "#6932ff", "Adam")
    panels = [Panel(title, Axis("x", (0, 1)), Axis("y", (0, 1)), (line,)) for title in "AB"]
    return plots.draw(Scene(tuple(panels), "", ""))


def figures():
    return {
        "panels": three(),
        "curves": plots.curves(
            {"Adam": [1.0, 0.1], "a long name": [1.0, 0.5]}, x_label="x", y_label="y", log_y=True
        ),
        "pair": pair(),
        "stacked": plots.draw(Scene(three_panels()[:2], "", "", stacked=True)),
        "tiles": plots.pictures(np.arange(80.0).reshape(2, 10, 2, 2), np.full((2, 10), "3, not 8")),
    }


@pytest.fixture(scope="module")
def body():
    return "".join(themed.html(figure, f"words on {name}") for name, figure in figures().items())


@pytest.fixture
def opened(browser, body):
    pages = []

    def page_of(theme, width):
        page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
        pages.append(page)
        ink, paper = PAGES[theme]
        page.set_content(
            f"<!doctype html><html lang='en'><title>t</title><body style='color:{ink};background:{paper}'>"
            f"<main><h1>t</h1>{body}</main>"
        )
        return page

    yield page_of
    for page in pages:
        page.context.close()


@pytest.mark.parametrize("theme", PAGES)
def test_a_figures_ink_is_the_pages_own_and_its_ground_is_clear(opened, theme):
    page = opened(theme, 1366)
    expected = page.evaluate("getComputedStyle(document.body).color")
    for figure in page.locator("figure").all():
        assert figure.evaluate(INKS) == [expected]
        assert figure.locator("svg [style*='fill: #ffffff']").count() == 0
        expect(figure.locator("img")).to_be_hidden()
    assert [rule["id"] for rule in Axe().run(page).response["violations"]] == []


def test_panels_stand_beside_each_other_where_there_is_room_and_else_below(opened):
    for width, rows in ((1366, 1), (390, 3)):
        page = opened("dark", width)
        places = page.locator("figure").first.evaluate(PLACES)
        assert len(places) == 3 and len({place["y"] for place in places}) == rows
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        tiles = page.locator("figure").last.evaluate(PLACES)
        assert len(tiles) == 20 and (len({place["y"] for place in tiles}) == 2) == (width == 1366)


@pytest.mark.parametrize("room", [257, 358, 416, 640, 719, 719.5, 720, 720.5, 900, 1100])
def test_a_panel_that_is_alone_has_the_pages_width_and_is_seen_once(opened, room):
    page = opened("light", 1366)
    figure = page.locator("figure").nth(1)
    figure.evaluate("(figure, room) => (figure.style.width = `${room}px`)", room)
    seen = [place for place in figure.evaluate(PLACES) if place["width"] > 0]
    assert len(seen) == 1 and all(
        place["height"] == 0 for place in figure.evaluate(PLACES) if place not in seen
    )
    assert seen[0]["width"] == pytest.approx(room if room >= 720 else min(room, 416), abs=1)
    assert figure.bounding_box()["height"] == pytest.approx(seen[0]["height"], abs=1)
    assert min(figure.evaluate(FONTS)) >= SMALLEST - 1e-3


@pytest.mark.parametrize(
    ("room", "panels"), [(257, 2), (416, 2), (520, 2), (767, 2), (768, 1), (900, 1), (1100, 1), (1248, 1)]
)
def test_two_panels_have_the_pages_width_and_are_seen_once(opened, room, panels):
    """On a wide page both are one picture; on a narrow one they are two, below each other on a phone."""
    page = opened("light", 1366)
    figure = page.locator("figure").nth(2)
    figure.evaluate("(figure, room) => (figure.style.width = `${room}px`)", room)
    seen = [place for place in figure.evaluate(PLACES) if place["width"] > 0]
    assert len(seen) == panels
    rows = len({place["y"] for place in seen})
    assert rows == (2 if room < 512 else 1)
    across = max(place["right"] for place in seen) - min(place["x"] for place in seen)
    assert across == pytest.approx(room, abs=1)
    down = max(place["bottom"] for place in seen) - min(place["y"] for place in seen)
    assert figure.bounding_box()["height"] == pytest.approx(down, abs=1)
    assert min(figure.evaluate(FONTS)) >= SMALLEST - 1e-3


@pytest.mark.parametrize("room", [257, 416, 640, 720, 1100])
def test_stacked_panels_stay_one_picture(opened, room):
    page = opened("light", 1366)
    figure = page.locator("figure").nth(3)
    figure.evaluate("(figure, room) => (figure.style.width = `${room}px`)", room)
    [seen] = [place for place in figure.evaluate(PLACES) if place["width"] > 0]
    assert seen["width"] == pytest.approx(room if room >= 720 else min(room, 416), abs=1)
    assert min(figure.evaluate(FONTS)) >= SMALLEST - 1e-3


@pytest.mark.parametrize("width", [1366, 390])
def test_letters_are_large_enough_to_read(opened, width):
    page = opened("light", width)
    for figure in page.locator("figure").all():
        sizes = figure.evaluate(FONTS)
        assert len(sizes) > 10 and min(sizes) >= SMALLEST


def test_in_jupyterlab_a_figure_follows_the_theme_stands_in_for_a_lost_widget_and_is_a_picture_before_trust(
    browser, tmp_path
):
    course = student_course(tmp_path)
    meta = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    shown = new_output("display_data", {"text/html": themed.html(three(), "words"), "text/plain": "x"})
    lost = {"application/vnd.jupyter.widget-view+json": {"model_id": 32 * "0", "version_major": 2}}
    still = f"{ALONE}{themed.html(three(), 'words', attributes='data-still-of=x')}"
    outputs = [new_output("display_data", lost), new_output("display_data", {"text/html": still})]
    again = new_notebook(cells=[new_code_cell("1", outputs=outputs)], metadata=meta)
    (tmp_path / "data").mkdir()
    NotebookNotary(data_dir=str(tmp_path / "data")).sign(again)  # as whoever ran it has saved it
    nbformat.write(again, course / "notebooks/again.ipynb")
    for name, cell in (("live", new_code_cell(SOURCE)), ("foreign", new_code_cell("1", outputs=[shown]))):
        nbformat.write(new_notebook(cells=[cell], metadata=meta), course / f"notebooks/{name}.ipynb")
    with jupyterlab(course) as address:
        page = new_page(browser)
        open_notebook(page, address, "notebooks/live.ipynb")
        run_all(page)
        figure = page.locator("figure")
        expect(figure.locator("svg").last).to_be_visible()
        inks = []
        for theme in ("JupyterLab Light", "JupyterLab Dark"):
            page.get_by_role("menuitem", name="Settings", exact=True).click()
            page.get_by_text("Theme", exact=True).click()
            page.get_by_text(theme, exact=True).click()
            page.wait_for_selector(f'body[data-jp-theme-name="{theme}"]', state="attached")
            page.wait_for_function(
                """dark => {
                  const [r] = getComputedStyle(document.querySelector("figure")).color.match(/[\\d.]+/g);
                  return (r > 128) === dark;
                }""",
                arg="Dark" in theme,
            )
            [ink] = figure.evaluate(INKS)
            inks.append(ink)
            assert ink == figure.evaluate("figure => getComputedStyle(figure).color")
            expect(figure.locator("img")).to_be_hidden()
        assert len(set(inks)) == 2
        page.keyboard.press("Control+b")  # the file browser would leave no room
        page.set_viewport_size({"width": 390, "height": 844})
        page.wait_for_function("document.querySelector('figure').getBoundingClientRect().right < 390")
        assert len({place["y"] for place in figure.evaluate(PLACES)}) == 3
        assert min(figure.evaluate(FONTS)) >= SMALLEST

        page.set_viewport_size({"width": 1366, "height": 900})
        open_notebook(page, address, "notebooks/again.ipynb")
        expect(page.locator("figure svg").last).to_be_visible()
        expect(page.get_by_text("Error displaying widget")).to_be_attached()
        expect(page.get_by_text("Error displaying widget")).to_be_hidden()
        open_notebook(page, address, "notebooks/foreign.ipynb")
        expect(figure.locator("img")).to_be_visible()
        assert figure.locator("svg").count() == 0
        page.close()
