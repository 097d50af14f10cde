"""From key press to new picture: how fast the explorers follow their sliders, in a real browser.

    python bench/explorers.py [presses [name …]]

Opens JupyterLab in Chromium (Playwright), puts the focus on a slider, presses an arrow key and takes the time
until the canvas has been drawn anew. A slider is walked from where it stands to one end and back again, so
that about half of the states are new. The least explorer, one line, is the yardstick: its time is that of
browser, server and kernel alone. Aim: median and 90th percentile at most 1.5 times its own; what the page
draws without asking the kernel, within a frame of 16 ms.
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

AIM = 1.5  # times the least explorer, median and 90th percentile
TOGETHER = 10  # explorers in a cell: of many more, JupyterLab shows the first ones only

IMPORTS = """from course_lib.explorers import *
from course_lib.explorers.controls import Slider
from course_lib.scene import Axis, Line, Panel, Scene"""

# The least that an explorer can be: its time is that of the browser, the server and the kernel alone.
FLOOR = """Explorer(
    lambda y: Scene((Panel("", Axis("", (0, 1)), Axis("", (0, 9)), (Line([0, 1], [0, y]),)),), "", ""),
    {"y": Slider(label="y", low=0, high=9, start=5)},
)"""

CALLS = [
    *(f"{name}()" for name in EXPLORERS),
    f"optimizer_race({NETWORK!r})",  # each of its runs trains a network
]

# From each key press on, window.picture promises the milliseconds until the canvas carries a new number.
STOPWATCH = """canvas => {
  let drawn = () => {};
  window.watch?.abort();
  window.watch = new AbortController();
  document.addEventListener("keydown", () => {
    const pressed = performance.now();
    window.picture = new Promise((done) => {
      drawn = () => done(performance.now() - pressed);
      setTimeout(() => done(null), 800);  // no new picture: the slider is at its end
    });
  }, { capture: true, signal: window.watch.signal });
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
        page.wait_for_timeout(40)  # a hand pauses too; the kernel's last messages of this step arrive
    return waits[3:]  # the first ones warm up


def main(presses: int = 16, *names: str) -> None:
    calls = [call for call in CALLS if not names or call.startswith(names)]
    print(f"{'explorer':34} {'slider':34} {'median':>8} {'90 %':>8}   (ms, {presses} presses)")
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        course = student_course(Path(folder))
        with jupyterlab(course) as address:
            every = [("the least", FLOOR), *((call, call) for call in calls)]
            for begin in range(0, len(every), TOGETHER):
                group = every[begin : begin + TOGETHER]
                page = new_page(browser)
                # In one cell: JupyterLab takes cells that are out of sight off the page.
                shown = "\n".join(f"display({call})" for _, call in group)
                run_notebook(page, address, [IMPORTS, shown], course)
                page.locator(".jp-OutputArea .course-explorer").nth(len(group) - 1).wait_for()
                for number, (name, _) in enumerate(group):
                    measured = measure(page, number, presses)
                    if name == "the least":
                        [least] = measured.values()
                    for slider, (median, late) in measured.items():
                        over = (
                            "" if median <= AIM * least[0] and late <= AIM * least[1] else "   over the aim"
                        )
                        print(f"{name:34} {slider:34} {median:8.1f} {late:8.1f}{over}", flush=True)
                page.close()


def measure(page: Page, number: int, presses: int) -> dict[str, tuple[float, float]]:
    """For each slider of an explorer, by its name, median and 90th percentile in milliseconds."""
    explorer = page.locator(".jp-OutputArea .course-explorer").nth(number)
    explorer.scroll_into_view_if_needed()
    canvas = explorer.locator("canvas[data-drawn]")
    canvas.evaluate(STOPWATCH)
    found = {}
    for control in explorer.locator(".control:has(input[type=range])").all():
        if control.is_visible():
            waits = sorted(press(page, control.locator("input[type=range]"), presses))
            name = str(control.get_attribute("data-name"))
            if waits:
                found[name] = statistics.median(waits), waits[int(0.9 * len(waits))]
    return found


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]), *sys.argv[2:])
