"""The course without a server: in JupyterLite a lecture, its explorer and checks run in the browser alone."""

import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from jupyterlab_page import ROOT, UNCORRECTED_ADAM, open_notebook, run, run_all, write
from playwright.sync_api import expect
from pyodide_release import release
from served import served

from course_lib import notebooks

UNIT = "02_adaptive_optimizers"
LECTURE = f"notebooks/{UNIT}.ipynb"
ASSIGNMENT = f"assignments/{UNIT}/{UNIT}.ipynb"
SITE = ROOT / "dist" / "lite"
LINK = re.compile(r"\]\(([^()\s#]+)(?:#[^()\s]*)?\)")
PATIENCE = 90_000  # milliseconds, on a busy machine
LONGEST = 200_000  # for the whole lecture
MOVES = 20
ERROR = '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]'

ENDLESS = """class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr = lr

    def step(self, theta, gradient):
        while True:
            try:
                theta = theta + 1
            except:
                pass
"""

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def address():
    command = [sys.executable, "book/lite.py", "--release", str(release())]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    with served(SITE) as found:
        yield f"{found}lab/index.html?path={{}}"


@pytest.fixture(scope="module")
def session(browser):
    """One browser's session, and whom its pages have asked."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(PATIENCE)
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    yield context, asked
    context.close()


@pytest.fixture(scope="module")
def lecture(session, address):
    """The lecture after Run All Cells, up to the quiz at its end."""
    page = session[0].new_page()
    open_notebook(page, address, LECTURE)
    run_all(page)
    page.locator(f".course-quiz fieldset, {ERROR}").first.wait_for(state="attached", timeout=LONGEST)
    return page


@pytest.fixture(scope="module")
def assignment(session, address):
    """The assignment after its imports."""
    page = session[0].new_page()
    open_notebook(page, address, ASSIGNMENT)
    run(cell(page, "a02-imports"))
    return page


def cell(page, name):
    """That cell of the assignment, by its grade_id or id, as it stands on the page."""
    cells = notebooks.read(ROOT / ASSIGNMENT).cells
    names = [found.metadata.get("nbgrader", {}).get("grade_id", found.id) for found in cells]
    return page.locator(".jp-Notebook .jp-Cell").nth(names.index(name))


def report(page, source):
    """What the check says of this Adam."""
    write(cell(page, "adam"), source)
    run(cell(page, "adam"))
    run(cell(page, "adam-check"))
    return cell(page, "adam-check").locator(".course-check")


def test_links_lead_to_what_is_there(address):
    files = SITE / "files"
    led = 0
    for path in [*files.rglob("*.ipynb"), *files.rglob("*.md")]:
        for target in LINK.findall(path.read_text(encoding="utf-8")):
            if "://" not in target and not target.startswith(("data:", "attachment:", "mailto:")):
                assert (path.parent / target).resolve().is_file(), (path, target)
                led += 1
    assert led > 50


def test_a_lecture_runs_to_its_end(lecture):
    assert lecture.locator(ERROR).all_text_contents() == []


def test_an_explorer_answers(lecture):
    explorer = lecture.locator(".course-explorer").first
    explorer.scroll_into_view_if_needed()
    canvas = explorer.locator("canvas[data-drawn]")
    canvas.wait_for()
    slider = explorer.locator('[data-name="steps"] input[type=range]')
    took = []
    for move in range(MOVES):
        before, began = canvas.get_attribute("data-drawn"), time.monotonic()
        slider.press("ArrowLeft" if move % 2 else "ArrowRight")
        expect(canvas).not_to_have_attribute("data-drawn", before, timeout=PATIENCE)
        took.append(time.monotonic() - began)
    print(f"a move takes {1000 * statistics.median(took):.0f} ms (median of {MOVES})")


def test_a_right_adam_has_its_points(assignment):
    [right] = [
        each.source
        for each in notebooks.read(ROOT / "solutions" / UNIT / f"{UNIT}.ipynb").cells
        if each.metadata.get("nbgrader", {}).get("grade_id") == "adam"
    ]
    expect(report(assignment, right)).to_contain_text("8 of 8 points")


def test_a_wrong_adam_is_told_what_is_wrong(assignment):
    expect(report(assignment, UNCORRECTED_ADAM)).to_contain_text(
        "m and v are used where m̂ and v̂ should stand"
    )


def test_an_adam_without_end_is_stopped(assignment):
    expect(report(assignment, ENDLESS)).to_contain_text("It does not come to an end")


def test_work_outlives_the_page(assignment, address):
    write(cell(assignment, "adam"), UNCORRECTED_ADAM)
    assignment.keyboard.press("ControlOrMeta+S")
    expect(assignment.locator(".lm-DockPanel-tabBar .jp-mod-dirty")).to_have_count(0, timeout=PATIENCE)
    assignment.goto(address.format(ASSIGNMENT))
    expect(cell(assignment, "adam")).to_contain_text("self.m = self.v = 0.0", timeout=PATIENCE)


def test_work_is_handed_in_under_the_name_it_has(assignment):
    """From the list of files, as the first page says."""
    assignment.locator(".jp-DirListing-item").first.click(button="right")
    with assignment.expect_download() as downloaded:
        assignment.locator(".lm-Menu").get_by_text("Download", exact=True).click()
    assert downloaded.value.suggested_filename == f"{UNIT}.ipynb"
    assert "self.m = self.v = 0.0" in Path(downloaded.value.path()).read_text(encoding="utf-8")


def test_no_other_host_is_asked(session, lecture, assignment, address):
    hosts = {urlsplit(url).netloc for url in session[1] if not url.startswith(("data:", "blob:"))}
    assert hosts == {urlsplit(address).netloc}
