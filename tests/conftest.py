"""What all tests share: figures without a screen, the tools of this environment on PATH, one BLAS thread;
how tests are shared out among processes; and that who computes for long says so with the mark `slow`."""

import os
import signal
from collections import Counter

from course_lib import cli

cli.prepare_process()  # before NumPy is loaded, which reads the number of threads once

import matplotlib  # noqa: E402
import pytest  # noqa: E402
from xdist.scheduler import LoadGroupScheduling  # noqa: E402

from course_lib.judging import guard, limits  # noqa: E402

matplotlib.use("Agg")

COSTLY = {"slow", "browser"}  # the marks of what make test leaves out


def is_costly(item) -> bool:
    return any(mark.name in COSTLY for mark in item.iter_markers())


# Shared out among processes

ALONE = "@alone"  # what xdist puts behind the name of a test of this group


def pytest_collection_modifyitems(items):
    """Files with costly tests first, so that no process is left with one at the end; of these the lectures,
    which the book then has executed, and beside them what takes longer. A costly test goes by itself to
    whichever process is free, unless it uses what its file makes once for several."""
    costly = {item.path for item in items if is_costly(item)}
    begin = ("test_lectures.py", "test_explorers_page.py")
    items.sort(key=lambda item: (item.path not in costly, *(item.path.name != name for name in begin)))
    for item in items:
        if is_costly(item) and not shares(item):
            item.add_marker(pytest.mark.xdist_group(ALONE.lstrip("@")))


def shares(item) -> bool:
    """Whether a test uses a fixture of its module."""
    known = item._fixtureinfo.name2fixturedefs
    return any(found.scope == "module" for name in item.fixturenames for found in known.get(name, ()))


class Shared(LoadGroupScheduling):
    """To each process a file at a time, or a test that stands alone."""

    def _split_scope(self, nodeid):
        return nodeid if nodeid.endswith(ALONE) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config, log):
    return Shared(config, log)


# What tests share


@pytest.fixture(params=["by_timer", "by_trace"])
def limiter(request, monkeypatch):
    """A student's code is limited by each of these in turn, whatever this platform would take."""
    if request.param == "by_timer" and not hasattr(signal, "setitimer"):
        pytest.skip("there is no interval timer")
    monkeypatch.setattr(guard, "limiter", lambda: getattr(limits, request.param))


# What tests cost

# Seconds of computing that a test without a mark may take, and as many for what it is first to use. That is
# eight times what is called slow, as seconds are longer where a machine is busy.
MOST = 40.0
LONG = 60.0  # from here on, a run says what it computed
counted = pytest.StashKey[float]()


def computing() -> float:
    """Seconds of computing of this process, and of all that it has started and waited for."""
    return sum(os.times()[:4])


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    session.config.stash[counted] = computing()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Note in the report what this part of the test computed; who took too much without a mark fails."""
    report = yield
    now = computing()
    report.computing = now - item.config.stash[counted]
    item.config.stash[counted] = now
    if report.computing > MOST and report.passed and report.when != "teardown" and not is_costly(item):
        report.outcome = "failed"
        report.longrepr = (
            f"This took {report.computing:.0f} s of computing, and 'make test' is to answer soon: let it "
            "share what it makes with others, or mark it with @pytest.mark.slow."
        )
    return report


def pytest_terminal_summary(terminalreporter):
    """What a long run cost, and what make test costs of it: two processes take half of that."""
    cost, soon = Counter(), 0.0
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds = getattr(report, "computing", 0.0)  # none where a process died
                cost[report.location[0]] += seconds
                soon += seconds * (not COSTLY & report.keywords.keys())
    if cost.total() > LONG:
        terminalreporter.section("computing")
        most = ", ".join(f"{seconds:.0f} s in {path}" for path, seconds in cost.most_common(10))
        terminalreporter.line(f"{cost.total():.0f} s in all, {soon:.0f} s in make test; most of it {most}")
