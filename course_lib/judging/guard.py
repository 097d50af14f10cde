"""Run code that may do anything, and come back: a time limit, and an account of what it printed.

What the code writes to stdout or stderr, what it displays and what NumPy warns about is kept, not shown; what
it changes around itself is put back.
"""

import warnings
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field

import numpy as np

from course_lib.judging.encoding import shortened
from course_lib.judging.limits import Steps, limiter
from course_lib.judging.surroundings import kept

MOST_PRINTED = 400
MOST_WARNINGS = 5


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
    limited = limiter()
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
