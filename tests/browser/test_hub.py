"""A class's whole way on the hub of `course hub`: a student fetches, works and hands in; the instructor
collects, grades and hands back; the student sees the page."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from jupyterlab_page import IDLE, PATIENCE, ROOT, new_page, run, write
from playwright.sync_api import Browser, Page, expect

from course_lib import cli, notebooks
from course_lib.errors import CourseError
from course_lib.grading.course import course as course_of
from course_lib.grading.hub import INSTRUCTOR, STUDENTS, UNIT, start

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="JupyterHub does not run on Windows"),
]
expect.set_options(timeout=PATIENCE * 1000)

ADA = STUDENTS[0]
NOTEBOOK = f"{UNIT}/{UNIT}.ipynb"
DRAWN = ".course-explorer canvas[data-drawn]"


@dataclass(frozen=True)
class Hub:
    address: str
    password: str
    folder: Path

    def home(self, user: str) -> Path:
        return self.folder / "home" / user


def wait_until(done: Callable[[], object], what: str, seconds: float = 4 * PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, what
        time.sleep(0.2)


@pytest.fixture(scope="module")
def hub(browser, tmp_path_factory) -> Iterator[Hub]:
    if not shutil.which("npm"):
        pytest.skip("npm is not installed, which brings the hub's proxy")
    cli.prepare_process()
    folder = tmp_path_factory.mktemp("hub")
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "log"
    with log.open("w") as file:
        served = subprocess.Popen(
            ["course", "hub", "--folder", str(folder / "hub"), "--port", str(port)],
            cwd=ROOT,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "HOME": str(folder), "PYTHONUNBUFFERED": "1"},
        )
    try:
        ready = re.compile(r"password of each: (\S+)")
        wait_until(
            lambda: served.poll() is not None or ready.search(log.read_text()), "the hub does not start"
        )
        said = log.read_text()
        assert served.poll() is None, said
        [password] = ready.findall(said)
        yield Hub(f"http://127.0.0.1:{port}", password, folder / "hub")
    finally:
        os.killpg(served.pid, signal.SIGINT)  # as Ctrl + C in a terminal does
        served.wait(PATIENCE)


def logged_in(browser: Browser, hub: Hub, user: str) -> Page:
    """A page of the user's JupyterLab."""
    page = new_page(browser)
    page.set_default_timeout(2 * PATIENCE * 1000)
    page.goto(f"{hub.address}/hub/login")
    page.fill("#username_input", user)
    page.fill("#password_input", hub.password)
    page.click("#login_submit")
    page.wait_for_selector(".jp-LauncherCard")
    return page


def open_notebook(page: Page, hub: Hub, path: str, user: str = ADA) -> None:
    page.goto(f"{hub.address}/user/{user}/lab/tree/{path}?reset")
    page.wait_for_selector(".jp-NotebookPanel .jp-InputArea")
    page.wait_for_selector('.jp-Toolbar-kernelName:has-text("Python 3")')
    page.wait_for_selector(IDLE)


def press_in_the_list(page: Page, hub: Hub, button: str) -> None:
    """Press a button of nbgrader's Assignment List."""
    page.goto(f"{hub.address}/user/{ADA}/lab?reset")
    page.get_by_role("menuitem", name="Nbgrader", exact=True).click()
    page.get_by_text("Assignment List", exact=True).first.click()
    page.get_by_role("button", name=button, exact=True).first.click()


def solve(page: Page, hub: Hub) -> None:
    """Write the instructor's Adam into the notebook, try the check, and save; the rest stays undone."""
    released = notebooks.read(hub.home(ADA) / NOTEBOOK).cells
    place = {found.metadata.get("nbgrader", {}).get("grade_id"): i for i, found in enumerate(released)}
    [source] = [
        found.source
        for found in notebooks.read(ROOT / "solutions" / UNIT / f"{UNIT}.ipynb").cells
        if found.metadata.get("nbgrader", {}).get("grade_id") == "adam"
    ]
    open_notebook(page, hub, NOTEBOOK)
    first = [i for i, found in enumerate(released) if found.cell_type == "code"][:2]  # library, imports
    cells = page.locator(".jp-Notebook .jp-Cell")
    for number in first:
        run(cells.nth(number))
    write(cells.nth(place["adam"]), source)
    run(cells.nth(place["adam"]))
    run(cells.nth(place["adam-check"]))
    page.keyboard.press("Control+S")
    saved = hub.home(ADA) / NOTEBOOK
    wait_until(lambda: "bias" in saved.read_text() or "beta1**" in saved.read_text(), "it was not saved")


def test_from_fetching_to_the_page(browser, hub):
    student = logged_in(browser, hub, ADA)
    press_in_the_list(student, hub, "Fetch")
    wait_until((hub.home(ADA) / NOTEBOOK).exists, "nothing was fetched")
    solve(student, hub)
    press_in_the_list(student, hub, "Submit")
    inbound = hub.folder / "exchange" / course_of(ROOT).course_id / "inbound"
    wait_until(lambda: [*inbound.glob(f"{ADA}+*")], "nothing was handed in")

    instructor = logged_in(browser, hub, INSTRUCTOR)
    expect(instructor.get_by_role("menuitem", name="Nbgrader", exact=True)).to_be_visible()
    instructor.locator(".jp-LauncherCard", has_text="Terminal").click()
    instructor.locator(".xterm-helper-textarea").focus()
    steps = (f"nbgrader collect {UNIT}", "course grade 02", f"nbgrader release_feedback {UNIT}")
    instructor.keyboard.insert_text(f"{{ {' && '.join(steps)}; }} > said 2>&1 && touch done || touch failed")
    instructor.keyboard.press("Enter")
    home = hub.home(INSTRUCTOR)
    wait_until(lambda: (home / "done").exists() or (home / "failed").exists(), "the instructor waits")
    assert (home / "done").exists(), (home / "said").read_text()
    instructor.close()

    press_in_the_list(student, hub, "Fetch Feedback")
    pages = hub.home(ADA) / UNIT / "feedback"
    wait_until(lambda: [*pages.glob("*/*.html")], "no feedback was fetched")
    [found] = pages.glob("*/*.html")
    student.goto(f"{hub.address}/user/{ADA}/files/{found.relative_to(hub.home(ADA))}")
    expect(student.locator("body")).to_contain_text("8.0 / 26.0")
    student.close()


def test_an_explorer_draws_behind_the_hub(browser, hub):
    """Through the hub's proxy, in the lecture that each student has."""
    page = logged_in(browser, hub, STUDENTS[1])
    open_notebook(page, hub, f"notebooks/{UNIT}.ipynb", STUDENTS[1])
    cells = notebooks.read(ROOT / "notebooks" / f"{UNIT}.ipynb").cells
    code = [i for i, found in enumerate(cells) if found.cell_type == "code"]
    explorer = next(i for i in code if "explorers." in cells[i].source)
    shown = page.locator(".jp-Notebook .jp-Cell")
    for place in code[: code.index(explorer) + 1]:
        run(shown.nth(place))
    canvas = page.locator(DRAWN).first
    canvas.scroll_into_view_if_needed()
    before = canvas.get_attribute("data-drawn")
    page.get_by_label("Learning rates").first.select_option("set by hand")
    expect(canvas).not_to_have_attribute("data-drawn", str(before))
    page.close()


def test_a_port_in_use_is_told(tmp_path):
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CourseError, match="is in use: name another"):
            start(ROOT, tmp_path / "hub", taken.getsockname()[1])


def test_without_npm_one_sentence_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CourseError, match=r"needs npm.*apt install npm") as told:
        start(ROOT, tmp_path / "hub", 0)
    assert "\n" not in str(told.value)
