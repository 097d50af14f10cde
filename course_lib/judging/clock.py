"""How long a student's code has computed.

What it waits for a core that others have is not its time: a busy machine is nobody's mistake, and neither is
one that stood still, as virtual ones do.
"""

import time
from sys import modules

STILL = 0.25  # seconds between two looks after which the machine may have stood still
FORGIVEN = 3  # so many times; after that it is code whose single calls are long
PATIENCE = 15  # so many times the limit may pass by the clock, where all cores are busy

# So many times slower Python is in a browser, where it is traced, too. It has one thread alone there, and no
# clock of what this has computed.
SLOWER = 1 if hasattr(time, "thread_time") else 4


class Clock:
    """The limit of all steps together, and of the one under way.

    A step's time is what this thread computes, and loading modules is no part of it: where some were loaded
    since the last look, the step's time begins anew. Until the first step, the limit of all is on alone.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = self._of_step = seconds
        self._stood_still = 0
        self._clock = self._waited = self._computed = 0.0
        self._loaded, self._last = len(modules), times()

    def step(self, seconds: float) -> None:
        """Begin a step that may take so long."""
        self.left()
        self._computed, self._of_step = 0.0, seconds

    def left(self) -> float:
        """The seconds that are left; none or fewer, where the time is up."""
        now = times()
        passed, without_core, at_work = (
            after - before for after, before in zip(now, self._last, strict=True)
        )
        self._last = now
        if passed > STILL and self._stood_still < FORGIVEN:
            self._stood_still += 1
        else:
            self._clock += passed
            self._waited += without_core
            self._computed += at_work
        if len(modules) > self._loaded:
            self._computed, self._loaded = 0.0, len(modules)
        if self._clock >= PATIENCE * self._seconds:
            return 0.0
        return min(self._seconds - self._clock + self._waited, self._of_step - self._computed)


def times() -> tuple[float, float, float]:
    """Seconds of the clock, of waiting for a core, and of this thread's computing."""
    return time.monotonic() / SLOWER, waited(), computed()


def computed() -> float:
    """Seconds that this thread has computed; in a browser, as many as it would take elsewhere."""
    return time.thread_time() if SLOWER == 1 else time.monotonic() / SLOWER


def waited() -> float:
    """Seconds that the main thread has waited for a core, where the system counts them (Linux)."""
    try:
        with open("/proc/self/schedstat", "rb") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0
