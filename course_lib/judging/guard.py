"""Run code that may do anything, and come back: a time limit, and an account of what it printed.

What the code writes to stdout or stderr, what it displays and what NumPy warns about is kept, not shown; what
it changes around itself is put back.
"""

import ctypes
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from sys import modules
from types import FrameType

import numpy as np

from course_lib.judging.encoding import shortened
from course_lib.judging.frames import in_theirs
from course_lib.judging.surroundings import kept

AGAIN = 0.05  # seconds between two looks at the time; a limit that an `except:` swallowed fires as often
STORM = 1e-5  # and from then on
STILL = 0.25  # seconds between two looks after which the machine may have stood still
FORGIVEN = 3  # so many times; after that it is code whose single calls are long
PATIENCE = 15  # so many times the limit may pass by the clock, where all cores are busy
GRACE = 1.0  # seconds that a thread is given to stop before it is left behind
MOST_PRINTED = 400
MOST_WARNINGS = 5


Steps = Callable[[], Iterable[float]]


class TimeLimit(BaseException):
    """Raised inside code that ran too long. No Exception, so that `except Exception` lets it through."""


@dataclass
class Account:
    """What happened while the code ran: text written (its beginning and its length), warnings, in time
    or not, and how many threads it has left running."""

    printed: str = ""
    length: int = 0
    warned: list[str] = field(default_factory=list)
    in_time: bool = True
    threads: int = 0

    # The account stands in for sys.stdout and sys.stderr.
    encoding = "utf-8"

    def write(self, text: object) -> int:
        text = text if isinstance(text, str) else ""
        self.length += len(text)
        self.printed += text[: max(0, MOST_PRINTED - len(self.printed))]
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False


def guarded(work: Steps, seconds: float) -> Account:
    """Do the steps of work for at most `seconds`. Its own exceptions are not our concern and go through.

    work yields before each step how many seconds of computing it may take. What comes before the first has
    the limit on all alone.
    """
    account = Account()
    in_main = threading.current_thread() is threading.main_thread()
    limited = _by_timer if in_main and hasattr(signal, "setitimer") else _by_thread
    around = kept(account.write, lambda threads: setattr(account, "threads", threads))
    with around, redirect_stdout(account), redirect_stderr(account), warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = lambda message, *rest, **more: _warned(account, message)
        with np.errstate(divide="warn", over="warn", invalid="warn", under="ignore"):
            account.in_time = limited(work, seconds)
    account.printed = shortened(account.printed, MOST_PRINTED)
    return account


def _warned(account: Account, message: object) -> None:
    text = shortened(str(message), 120)
    if text not in account.warned and len(account.warned) < MOST_WARNINGS:
        account.warned.append(text)


def _by_timer(work: Steps, seconds: float) -> bool:
    """Whether work ended in time; a signal interrupts it otherwise, again and again if need be.

    What it waits for a core that others have is not its time: a busy machine is nobody's mistake, and neither
    is one that stood still, as virtual ones do. A step's time is what this thread computes, and loading
    modules is no part of it: where some were loaded since the last look, the step's time begins anew.
    """
    running = True
    fired = stood_still = 0
    clock = waited = computed = 0.0
    allowed, loaded, last = seconds, len(modules), _times()

    def left() -> float:
        nonlocal stood_still, clock, waited, computed, loaded, last
        now = _times()
        passed, without_core, at_work = (after - before for after, before in zip(now, last, strict=True))
        last = now
        if passed > STILL and stood_still < FORGIVEN:
            stood_still += 1
        else:
            clock, waited, computed = clock + passed, waited + without_core, computed + at_work
        if len(modules) > loaded:
            computed, loaded = 0.0, len(modules)
        if clock >= PATIENCE * seconds:
            return 0.0
        return min(seconds - clock + waited, allowed - computed)

    def fire(number: int, frame: FrameType | None) -> None:
        nonlocal fired
        if not running or (fired and not in_theirs(frame)) or (not fired and left() > 0):
            return
        fired += 1
        if fired > 1:
            # It was swallowed, as by `while True: try: … except: pass`. In a storm of signals, one soon
            # arrives between the end of the handler and the next try.
            signal.setitimer(signal.ITIMER_REAL, STORM, STORM)
        raise TimeLimit

    handler = signal.signal(signal.SIGALRM, fire)
    others = signal.setitimer(signal.ITIMER_REAL, AGAIN, AGAIN)
    try:
        try:
            for of_step in work():
                left()
                computed, allowed = 0.0, of_step
        finally:
            running = False
        return True
    except TimeLimit:
        return False
    finally:
        running = False
        signal.setitimer(signal.ITIMER_REAL, *others)
        if fired > 1:
            time.sleep(0.01)  # the last of the storm is on its way, by another thread; it finds `fire` still
        signal.signal(signal.SIGALRM, handler)


def _times() -> tuple[float, float, float]:
    """Seconds of the clock, of waiting for a core, and of this thread's computing."""
    return time.monotonic(), _waited(), time.thread_time()


def _waited() -> float:
    """Seconds that the main thread has waited for a core, where the system counts them (Linux)."""
    try:
        with open("/proc/self/schedstat", "rb") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def _by_thread(work: Steps, seconds: float) -> bool:
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
