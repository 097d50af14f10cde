"""From key press to new picture: how fast the explorers follow their sliders, in a real browser.

    python bench/explorers.py [presses [name …]]

Opens JupyterLab in Chromium (Playwright), puts the focus on a slider, presses an arrow key and takes the time
until the canvas has drawn the scene of the new state. A slider is walked from where it stands to one end and
back again, so that about half of the states are new. Aim: at most 50 ms at the 90th percentile.
"""

import statistics
import sys
import tempfile
from pathlib import Path

import nbformat
from playwright.sync_api import Locator, Page

from course_lib.explorers import EXPLORERS
from course_lib.explorers.race import NETWORK

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))
from jupyterlab_page import chromium, jupyterlab, new_page, open_notebook, run_all, student_course

AIM = 50.0  # milliseconds, 90th percentile

IMPORTS = """from course_lib.explorers import *
from course_lib.explorers.controls import Slider
from course_lib.scene import Axis, Line, Panel, Scene"""

# The least that an explorer can be: its time is that of the browser, the server and the kernel alone.
FLOOR = """Explorer(
    lambda y: Scene((Panel("", Axis("", (0, 1)), Axis("", (0, 9)), (Line([0, 1], [0, y]),)),), "", ""),
    {"y": Slider(label="y", low=0, high=9, start=5)},
)"""

CALLS = [
    "Explorer(one line)",
    *(f"{name}()" for name in EXPLORERS),
    f"optimizer_race({NETWORK!r})",  # each of its runs trains a network
]

# From each key press on, window.picture promises the milliseconds until the canvas carries a new number.
STOPWATCH = """canvas => {
  let drawn = () => {};
  document.addEventListener("keydown", () => {
    const pressed = performance.now();
    window.picture = new Promise((done) => {
      drawn = () => done(performance.now() - pressed);
      setTimeout(() => done(null), 1500);  // no new picture: the slider is at its end
    });
  }, true);
  new MutationObserver(() => drawn()).observe(canvas, { attributes: true, attributeFilter: ["data-drawn"] });
}"""


def run_notebook(page: Page, address: str, sources: list[str], course: Path) -> None:
    """Write a notebook, open it in JupyterLab and run all its cells."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), course / "bench.ipynb")
    open_notebook(page, address, "bench.ipynb")
    run_all(page)


def press(page: Page, handle: Locator, presses: int) -> list[float]:
    """Milliseconds from each of so many key presses to the new picture."""
    handle.focus()
    waits: list[float] = []
    keys = ["ArrowRight", "ArrowLeft"]
    ends = 0  # reached one after the other: a slider with two places only has one at each press
    while len(waits) < presses + 3 and ends < presses:
        page.keyboard.press(keys[0])
        wait = page.evaluate("window.picture")
        if wait is None:
            keys.reverse()
            ends += 1
        else:
            waits.append(wait)
        page.wait_for_timeout(60)  # a hand pauses too; the kernel's last messages of this step arrive
    return waits[3:]  # the first ones warm up


def main(presses: int = 60, *names: str) -> None:
    print(f"{'explorer':54} {'slider':>6} {'median':>8} {'90 %':>8}   (ms, {presses} presses; aim {AIM:g})")
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        course = student_course(Path(folder))
        with jupyterlab(course) as address:
            measure(new_page(browser), address, course, presses, names)


def measure(page: Page, address: str, course: Path, presses: int, names: tuple[str, ...]) -> None:
    """Print a line for each slider."""
    for call in CALLS:
        if names and not call.startswith(names):
            continue
        source = FLOOR if call == "Explorer(one line)" else call
        run_notebook(page, address, [IMPORTS, source], course)
        canvas = page.wait_for_selector("canvas[data-drawn]", timeout=60_000)
        canvas.evaluate(STOPWATCH)
        handles = page.locator(".jp-OutputArea .noUi-handle")
        for number in range(handles.count()):
            if not handles.nth(number).is_visible():
                continue
            waits = sorted(press(page, handles.nth(number), presses))
            if not waits:
                continue
            median, late = statistics.median(waits), waits[int(0.9 * len(waits))]
            over = "" if late <= AIM else "   over the aim"
            print(f"{call:54} {number:6} {median:8.1f} {late:8.1f}{over}", flush=True)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]), *sys.argv[2:])
