"""JupyterLab as students have it, and a browser to look at it; bench/explorers.py uses both too."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from course_lib import cli, release

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90  # seconds that any one thing may take on a busy machine

# Where Playwright did not install a Chromium of its own, a system's package is as good.
SYSTEM_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
OFFLINE = ("--disable-background-networking", "--disable-component-update")

# The first mistake of most: the moments as they are, without their hats.
UNCORRECTED_ADAM = """class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m = self.v = 0.0

    def step(self, theta, gradient):
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        return theta - self.lr * self.m / (np.sqrt(self.v) + self.eps)
"""

IDLE = '.jp-Notebook-ExecutionIndicator[data-status="idle"]'
SETTLED = """([cell, before]) => {
  const prompt = cell.querySelector(".jp-InputPrompt").textContent;
  return /\\[\\d+\\]/.test(prompt) && prompt !== before;
}"""


def student_course(folder: Path) -> Path:
    """Unpack the students' bundle inside the folder; return the course's own folder."""
    with zipfile.ZipFile(release.bundle(ROOT, folder / "course.zip")) as archive:
        archive.extractall(folder)
    return folder / "course"


@contextlib.contextmanager
def jupyterlab(course: Path) -> Iterator[str]:
    """`course lab` in an unpacked course; yields the address of a file, with {} in place of its path.

    Nothing of the user's own Jupyter is read or written, and the log is jupyter.log beside the course.
    """
    cli.prepare_process()
    port, token = _free_port(), secrets.token_hex(16)
    scratch = course.parent
    config = scratch / "config" / "jupyter_server_config.json"
    config.parent.mkdir()
    config.write_text('{"ServerApp": {"open_browser": false}}')
    environment = {
        **os.environ,
        "PYTHONPATH": str(course),  # the unpacked course_lib, for the server and for its kernels
        "JUPYTER_TOKEN": token,
        "JUPYTER_CONFIG_DIR": str(config.parent),
        "JUPYTER_DATA_DIR": str(scratch / "data"),
        "IPYTHONDIR": str(scratch / "ipython"),
    }
    log = scratch / "jupyter.log"
    with log.open("w") as file:
        command = ["course", "lab", "--port", str(port)]
        server = subprocess.Popen(command, cwd=course, env=environment, stdout=file, stderr=subprocess.STDOUT)
        try:
            _wait_for(f"http://127.0.0.1:{port}/api/status?token={token}", server, log)
            yield f"http://127.0.0.1:{port}/lab/tree/{{}}?reset&token={token}"
        finally:
            server.terminate()
            try:
                server.wait(PATIENCE / 3)
            except subprocess.TimeoutExpired:  # ZeroMQ waits for a socket whose page has gone
                server.kill()
                server.wait(PATIENCE)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(url: str, server: subprocess.Popen, log: Path) -> None:
    late = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < late:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    state = "does not answer" if server.poll() is None else f"ended with exit code {server.returncode}"
    raise RuntimeError(f"`course lab` {state}. Its log:\n{log.read_text()}")


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium without a window, Playwright's or the system's; FileNotFoundError where there is none."""
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        path = own if Path(own).is_file() else next(filter(None, map(shutil.which, SYSTEM_CHROMIUM)), None)
        if path is None:
            raise FileNotFoundError(
                "no Chromium is installed; to get one: python bootstrap.py playwright install chromium"
            )
        # Its sandbox refuses to run as root, the usual user in a container.
        root = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, *OFFLINE, *root])
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser: Browser) -> Page:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(PATIENCE * 1000)
    return page


def open_notebook(page: Page, address: str, path: str) -> None:
    """Open a notebook and wait until its cells and its kernel are there."""
    page.goto(address.format(path))
    page.wait_for_selector(".jp-NotebookPanel .jp-InputArea")
    # Before there is a kernel, the indicator says idle too.
    page.wait_for_selector('.jp-Toolbar-kernelName:has-text("Python")')
    page.wait_for_selector(IDLE)


def run_all(page: Page) -> None:
    """Press Run > Run All Cells; does not wait for them."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator(".lm-Menu").get_by_text("Run All Cells", exact=True).click()


def run(cell: Locator) -> None:
    """Run one code cell and wait until it has ended."""
    before = cell.locator(".jp-InputPrompt").inner_text()
    cell.locator(".jp-InputPrompt").click()
    cell.page.keyboard.press("Control+Enter")
    cell.page.wait_for_function(SETTLED, arg=[cell.element_handle(), before])


def write(cell: Locator, source: str) -> None:
    """Replace what stands in a cell."""
    cell.locator(".cm-content").click()
    cell.page.keyboard.press("ControlOrMeta+A")
    cell.page.keyboard.insert_text(source)
