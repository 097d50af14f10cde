"""Three ways to end a student's code whose time is up, each where the one before it cannot be had."""

import ctypes
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import FrameType

from course_lib.judging.clock import Clock
from course_lib.judging.frames import COURSE, LIBRARIES, in_theirs

AGAIN = 0.05  # seconds between two looks at the time; a limit that an `except:` swallowed fires as often
ROOM = 100  # calls for a look at the time: a recursion that is as deep as it may be leaves none
GRACE = 1.0  # seconds that a thread is given to stop before it is left behind

# work yields before each step how many seconds of computing it may take. What comes before the first has the
# limit on all alone.
Steps = Callable[[], Iterable[float]]
# Whether work came to its end within so many seconds.
Limiter = Callable[[Steps, float], bool]


class TimeLimit(BaseException):
    """Raised inside code that ran too long. No Exception, so that `except Exception` lets it through."""


def limiter() -> Limiter:
    """The one for this platform and thread."""
    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        return by_timer
    return by_trace if sys.platform == "emscripten" else by_thread


class _Run:
    """Work with a clock. Only while it is under way may the limit be raised in it."""

    def __init__(self, seconds: float) -> None:
        self.clock = Clock(seconds)
        self.under_way = True

    def ends_in_time(self, work: Steps) -> bool:
        try:
            try:
                for of_step in work():
                    self.clock.step(of_step)
            finally:
                self.under_way = False
            return True
        except TimeLimit:
            return False


def by_timer(work: Steps, seconds: float) -> bool:
    """A signal interrupts the work. Where that is swallowed, as by `while True: try: … except: pass`, so does
    each line that follows."""
    fired = 0
    run = _Run(seconds)
    lines = _Tracing(run, lambda: True)

    def fire(number: int, frame: FrameType | None) -> None:
        nonlocal fired
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(limit + ROOM)
        if run.under_way and (in_theirs(frame) if fired else run.clock.left() <= 0):
            fired += 1
            if fired > 1:
                lines.begin(frame)
            raise TimeLimit
        with suppress(RecursionError):  # it is still as deep
            sys.setrecursionlimit(limit)

    deepest = sys.getrecursionlimit()
    handler = signal.signal(signal.SIGALRM, fire)
    others = signal.setitimer(signal.ITIMER_REAL, AGAIN, AGAIN)
    try:
        return run.ends_in_time(work)
    finally:
        run.under_way = False
        lines.end()
        sys.setrecursionlimit(deepest)
        signal.setitimer(signal.ITIMER_REAL, *others)
        signal.signal(signal.SIGALRM, handler)


def by_thread(work: Steps, seconds: float) -> bool:
    """The same where signals cannot be had (Windows, threads), with the limit on all steps together alone.

    A thread that will not stop is left behind.
    """
    failure: list[BaseException] = []

    def run() -> None:
        try:
            for _ in work():
                pass
        except TimeLimit:
            pass
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    for _ in range(round(seconds / AGAIN)):  # not by the clock: the machine may stand still
        thread.join(AGAIN)
    in_time = not thread.is_alive()
    give_up = time.monotonic() + GRACE
    while thread.is_alive() and time.monotonic() < give_up:
        with suppress(AttributeError):  # another Python than CPython: it is left behind
            ident, limit = ctypes.c_ulong(thread.ident or 0), ctypes.py_object(TimeLimit)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, limit)
        thread.join(AGAIN)
    if failure:
        raise failure[0]
    return in_time


def by_trace(work: Steps, seconds: float) -> bool:
    """The same where threads cannot be had either (Python in a browser): the time is looked at between the
    lines of a student's code, and once it is up also between those of the libraries that it calls.

    A single long call of what is written in C, such as sum(range(10**9)), goes on to its end.
    """
    is_up, look = False, 0.0
    run = _Run(seconds)

    def over() -> bool:
        nonlocal is_up, look
        if not is_up and time.monotonic() >= look:
            is_up = run.clock.left() <= 0
            look = time.monotonic() + AGAIN
        return is_up

    lines = _Tracing(run, over)
    lines.begin()
    try:
        return run.ends_in_time(work)
    finally:
        lines.end()


class _Tracing:
    """Traces a student's lines while a run is under way, and raises the limit in them once it is over."""

    def __init__(self, run: _Run, is_up: Callable[[], bool]) -> None:
        self._run, self._is_up = run, is_up
        self._before = sys.gettrace()

    def end(self) -> None:
        sys.settrace(self._before)

    def begin(self, frame: FrameType | None = None) -> None:
        """With the calls to come, and the lines to come of this one and of those that wait for it."""
        if self._run.under_way:
            sys.settrace(self._calls)
            while frame is not None and in_theirs(frame):
                frame.f_trace = frame.f_trace or self._lines()
                frame = frame.f_back

    def _lines(self) -> "_Lines":
        return _Lines(self._over, self.begin)

    def _over(self) -> bool:
        return self._run.under_way and self._is_up()

    def _calls(self, frame: FrameType, event: str, argument: object) -> "_Lines | None":
        theirs = not frame.f_code.co_filename.startswith((COURSE, *LIBRARIES))
        return self._lines() if theirs or (self._over() and in_theirs(frame)) else None


class _Lines:
    """The trace of one call's lines, which raises the limit at the next of them once the time is over.

    Where a trace raises, or cannot be called as a recursion is too deep, Python traces no further, and
    forgets this one. Code may swallow that, as by `while True: try: … except: pass`: so when this is
    forgotten, all is traced again, with another in its place.
    """

    def __init__(self, over: Callable[[], bool], again: Callable[[FrameType | None], None]) -> None:
        self._over, self._again = over, again
        self._raised: FrameType | None = None

    def __call__(self, frame: FrameType, event: str, argument: object) -> "_Lines":
        if event == "line" and self._over():
            self._raised = frame
            del self  # the traceback keeps what is in here, and this would never be forgotten
            raise TimeLimit
        return self

    def __del__(self) -> None:
        if sys.gettrace() is None:
            self._again(self._raised)
