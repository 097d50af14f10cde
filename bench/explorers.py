"""From key press to new picture: how fast the explorers of unit 02 follow their sliders, in a real browser.

    python bench/explorers.py [presses]

Opens JupyterLab in Chromium (Playwright), puts the focus on a slider, presses an arrow key and takes the time
until the canvas has drawn the scene of the new state. Aim: at most 50 ms at the 90th percentile.
"""

import statistics
import sys
import tempfile
from pathlib import Path

import nbformat
from playwright.sync_api import Locator, Page

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))
from jupyterlab_page import chromium, jupyterlab, new_page, open_notebook, run_all, student_course

AIM = 50.0  # milliseconds, 90th percentile

IMPORTS = """from course_lib.explorers import *
from course_lib.explorers.canvas import slider
from course_lib.scene import Axis, Line, Panel, Scene"""

# The least that an explorer can be: its time is that of the browser, the server and the kernel alone.
FLOOR = """Explorer(
    lambda y: Scene((Panel("", Axis("", (0, 1)), Axis("", (0, 9)), (Line([0, 1], [0, y]),)),), "", ""),
    {"y": slider("y", 0, 9, 5)},
)"""

# A call, and the sliders to press: (what is measured, index among the explorer's sliders).
EXPLORERS = {
    "Explorer(one line)": {"y": 0},
    "optimizer_race()": {"steps": 0, "learning rate of SGD": 1, "β₂ of Adam": 11},
    "optimizer_race('moons network')": {"steps": 0, "learning rate of SGD": 1, "β₂ of Adam": 11},
    "bias_correction_microscope(steps=1000)": {"β₁": 1, "β₂": 2},
    "rate_beta_map()": {"steps": 0, "rate": 1, "β": 2},
}

# From each key press on, window.picture promises the milliseconds until the canvas carries a new number.
STOPWATCH = """canvas => {
  let drawn = () => {};
  document.addEventListener("keydown", () => {
    const pressed = performance.now();
    window.picture = new Promise((done) => { drawn = () => done(performance.now() - pressed); });
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
    waits = []
    for i in range(presses + 3):
        page.keyboard.press("ArrowLeft" if i % 8 < 4 else "ArrowRight")  # stay within the slider's range
        waits.append(page.evaluate("window.picture"))
        page.wait_for_timeout(60)  # a hand pauses too; the kernel's last messages of this step arrive
    return waits[3:]  # the first ones warm up


def main(presses: int = 60) -> None:
    print(f"{'explorer':42} {'slider':22} {'median':>8} {'90 %':>8}   (ms, {presses} presses; aim {AIM:g})")
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        course = student_course(Path(folder))
        with jupyterlab(course) as address:
            measure(new_page(browser), address, course, presses)


def measure(page: Page, address: str, course: Path, presses: int) -> None:
    """Print a line for each slider."""
    for call, sliders in EXPLORERS.items():
        source = FLOOR if call == "Explorer(one line)" else call
        run_notebook(page, address, [IMPORTS, source], course)
        canvas = page.wait_for_selector("canvas[data-drawn]", timeout=60_000)
        canvas.evaluate(STOPWATCH)
        for name, index in sliders.items():
            handle = page.locator(".jp-OutputArea .noUi-handle").nth(index)
            waits = sorted(press(page, handle, presses))
            median, late = statistics.median(waits), waits[int(0.9 * len(waits))]
            print(f"{call:42} {name:22} {median:8.1f} {late:8.1f}{'' if late <= AIM else '   over the aim'}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
