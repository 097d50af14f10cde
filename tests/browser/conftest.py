"""A browser for the tests, and what a failed test leaves behind: a picture of each of its pages."""

import pytest
from jupyterlab_page import chromium

SEEN = pytest.StashKey()  # the browser, and the folder for pictures


@pytest.fixture(scope="module")
def browser(request, tmp_path_factory):
    try:
        with chromium() as started:
            request.config.stash[SEEN] = started, tmp_path_factory.mktemp("screenshots")
            yield started
    except FileNotFoundError as missing:
        pytest.skip(str(missing))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    browser, folder = item.config.stash.get(SEEN, (None, None))
    if report.failed and browser and browser.is_connected():
        pages = [page for context in browser.contexts for page in context.pages]
        for number, page in enumerate(pages, start=1):
            path = folder / f"{item.originalname}-{report.when}-{number}.png"
            page.screenshot(path=path)
            report.sections.append((f"page {number}", f"{page.title()}: {path}"))
    return report
