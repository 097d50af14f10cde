"""The web book as it is served: pages for everybody, links that hold, explorers that compute in the page."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urljoin

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import expect
from pyodide_release import release
from served import served

from course_lib import notebooks

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "dist" / "book"
PATIENCE = 90_000  # milliseconds, on a busy machine
HEAVIEST = 1.5e6  # bytes of a page before its pictures
# The key that sets a slider, or a choice in a list, to another value than it has.
ELSEWHERE = """each => each.options
  ? (each.selectedIndex ? "ArrowUp" : "ArrowDown")
  : (each.value === each.max ? "ArrowLeft" : "ArrowRight")"""
# Whether the explorers are drawn that the page begins to draw, which it does some way below the window too.
DRAWN = """() => [...document.querySelectorAll(".living")]
  .filter((each) => each.getBoundingClientRect().top <= innerHeight + 800)
  .every((each) => each.querySelector("canvas[data-drawn]"))"""
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
BLACK = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((_, i) => i % 4 === 3 && data[i] === 255 && data[i - 1] + data[i - 2] + data[i - 3] < 30);
}"""  # whether a canvas has black ink
COMPUTED = ".control:not(:has(.play)) :is(input[type=range], select)"

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def address():
    """Where the book is served, below a folder, as a code host does it."""
    command = [sys.executable, "book", "--release", str(release())]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    with served(SITE) as found:
        yield found


@pytest.fixture(scope="module")
def pages(address) -> dict[str, BeautifulSoup]:
    """The pages that readers come to, by their addresses within the book."""
    paths = [path for path in sorted(SITE.rglob("*.html")) if "_static" not in path.parts]
    return {
        path.relative_to(SITE).as_posix(): BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in paths
    }


def test_all_that_the_course_says_has_a_page(pages):
    notebooks = [*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("notebooks/claims/*.ipynb")]
    notebooks += ROOT.glob("assignments/*/*.ipynb")
    documents = [*notebooks, *ROOT.glob("docs/*.md")]
    assert {path.relative_to(ROOT).with_suffix(".html").as_posix() for path in documents} <= pages.keys()
    assert {"index.html", "search.html", "api/optimizers.html", "api/losses.html"} <= pages.keys()


def test_links_lead_to_what_is_there(pages):
    ids = {name: {element["id"] for element in page.find_all(id=True)} for name, page in pages.items()}
    dead = []
    for name, page in pages.items():
        for link in page.find_all("a", href=True):
            target, _, place = urljoin(f"/{name}", link["href"]).partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            path = unquote(target).lstrip("/") or "index.html"
            if not (SITE / path).is_file() or (place and unquote(place) not in ids[path]):
                dead.append((name, link["href"]))
    assert len(ids) > 30 and dead == []


def test_a_page_is_light_before_its_pictures(pages):
    for name, page in pages.items():
        bare = BeautifulSoup(str(page), "html.parser")
        for picture in bare.find_all("svg"):
            picture.decompose()
        assert len(str(bare).encode()) < HEAVIEST, name


def test_no_formula_is_left_as_it_was_typed(pages):
    for name, page in pages.items():
        shown = [math for math in page.find_all("math") if math.get_text()]
        assert page.select("code:-soup-contains('$$')") == [], name
        assert shown or not re.match(r"notebooks/0[1-7]", name), name


@pytest.mark.parametrize(("scheme", "width", "turn"), [("light", 1366, 0), ("dark", 390, 1)])
def test_pages_are_for_everybody(browser, address, pages, scheme, width, turn):
    """Nothing is cut off, or asked of another host; axe-core finds nothing serious or moderate.

    It takes seconds for a long page, so it sees every page once: one light and wide, the next of its folder
    dark and narrow.
    """
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    asked, said = [], []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("console", lambda message: said.append(message.text))
    for number, name in enumerate(pages):
        page.goto(address + name)
        page.wait_for_function(DRAWN)
        page.evaluate(FRAMES)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        if number % 2 != turn:
            continue
        found = [rule for rule in Axe().run(page).response["violations"] if rule["impact"] != "minor"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == [], name
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    assert said == []
    context.close()


def test_each_explorer_computes_in_the_page(browser, address, pages):
    """A control is moved, and the answer is another picture; no page asks another host for it."""
    context = browser.new_context(viewport={"width": 1366, "height": 900})
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    moved = 0
    for name in [name for name, each in pages.items() if each.select(".living")]:
        page.goto(address + name)
        for living in page.locator(".living").all():
            living.scroll_into_view_if_needed()
            canvas = living.locator("canvas[data-drawn]")
            canvas.wait_for()
            assert living.locator("figure").is_hidden()
            before = canvas.get_attribute("data-drawn")
            control = living.locator(f":is({COMPUTED}):visible").last.element_handle()
            control.focus()
            page.keyboard.press(control.evaluate(ELSEWHERE))
            expect(canvas).not_to_have_attribute("data-drawn", before, timeout=PATIENCE)
            expect(living.locator(".loading")).to_be_hidden(timeout=PATIENCE)
            assert control.evaluate("each => each === document.activeElement"), name
            moved += 1
    assert moved >= 30
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    context.close()


def test_without_scripts_the_figures_stand(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}notebooks/02_adaptive_optimizers.html")
    figures = page.locator(".living figure")
    assert figures.count() == 2
    for figure in figures.all():
        assert figure.is_visible() and figure.locator("svg").first.bounding_box()["width"] > 200
    assert page.locator("math").first.bounding_box()["height"] > 5
    context.close()


def test_without_python_an_explorer_says_so_and_still_plays(browser, address):
    context = browser.new_context()
    context.route("**/pyodide/**", lambda route: route.abort())
    page = context.new_page()
    page.goto(address)
    living = page.locator(".living")
    living.locator("canvas[data-drawn]").wait_for()
    living.locator(".play").click()
    steps = living.locator('[data-name="steps"] input[type=range]')
    expect(steps).not_to_have_value("100")
    living.locator(f":is({COMPUTED}):visible").last.press("ArrowRight")
    expect(living.locator(".loading")).to_contain_text("could not compute", timeout=PATIENCE)
    context.close()


def test_on_paper_ink_is_black_and_nothing_is_there_to_press(browser, address):
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(address)
    canvas = page.locator(".living canvas[data-drawn]")
    canvas.wait_for()
    assert not canvas.evaluate(BLACK)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert canvas.evaluate(BLACK)
    page.emulate_media(media="print")
    for pressed in (".living .controls", ".sidebar-drawer", ".skip-to-content", ".back-to-top"):
        expect(page.locator(pressed)).to_be_hidden()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not canvas.evaluate(BLACK)
    context.close()


def test_on_a_phone_the_keyboard_sees_where_it_is(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(address)
    for _ in range(6):
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_be_in_viewport()
        assert page.locator(":focus").evaluate("each => getComputedStyle(each).outlineStyle") != "none"
    assert page.locator(".sidebar-drawer :focus").count() == 1
    page.locator("#forget").focus()
    expect(page.locator(".sidebar-drawer")).not_to_be_in_viewport()
    context.close()


def test_answers_and_pages_read_are_remembered_here_until_forgotten(browser, address):
    context = browser.new_context()
    page = context.new_page()
    lecture = f"{address}notebooks/01_gradient_descent.html"
    page.goto(lecture)
    answer = page.locator(".course-quiz input").first
    answer.check()
    page.locator(".related-pages").scroll_into_view_if_needed()
    mine = page.locator(".sidebar-tree .current-page .read")
    expect(mine).to_have_count(1)
    page.reload()
    expect(answer).to_be_checked()
    expect(mine).to_have_count(1)
    page.goto(address)
    page.get_by_role("button", name="Forget it").click()
    page.locator(".related-pages").scroll_into_view_if_needed()  # what is remembered now begins anew
    page.evaluate(FRAMES)
    page.goto(lecture)
    expect(answer).not_to_be_checked()
    expect(mine).to_have_count(0)
    context.close()


def test_what_is_looked_for_is_found(browser, address):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}search.html?q=bias+correction")
    expect(page.locator("#search-results li a").first).to_be_visible(timeout=PATIENCE)
    assert page.locator('#search-results a[href*="02_adaptive_optimizers"]').count()
    context.close()


def test_a_page_offers_its_notebook(pages):
    for name, page in pages.items():
        if name.startswith(("notebooks/", "assignments/")):
            [link] = page.select(".ways a[download]")
            offered = SITE / unquote(urljoin(f"/{name}", link["href"])).lstrip("/")
            there = ROOT / Path(name).with_suffix(".ipynb")
            cells, own = (notebooks.read(path).cells for path in (offered, there))
            assert [cell.id for cell in cells] == [cell.id for cell in own]
            assert [c.source for c in cells if c.cell_type == "code"] == [
                c.source for c in own if c.cell_type == "code"
            ]
