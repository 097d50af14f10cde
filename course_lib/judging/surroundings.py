"""What code may change around itself, kept and put back: what it sets, shows and leaves running."""

import builtins
import ctypes
import gc
import locale
import logging
import math
import os
import random
import signal
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from types import FrameType, ModuleType
from typing import Any, TypeVar

import numpy as np

from course_lib.judging.frames import in_theirs

# Modules whose names are put back where they were replaced: the rest of the notebook, and we, rely on them.
MODULES: tuple[ModuleType, ...] = (builtins, math, random, time, np, np.linalg, np.random)
AGAIN = 0.02  # seconds between two attempts to end a thread
GRACE = 0.5  # seconds that threads are given to end before they are left behind
# A browser's Python has their names alone, Windows not even these.
TIMERS = (signal.ITIMER_VIRTUAL, signal.ITIMER_PROF) if hasattr(signal, "getitimer") else ()
MISSING = object()
Handler = Callable[[int, FrameType | None], object] | int | None
T = TypeVar("T")


def _handlers() -> dict[int, Handler]:
    return {number: signal.getsignal(number) for number in signal.valid_signals()}


def _put_handlers(before: dict[int, Handler]) -> None:
    for number, handler in before.items():
        if handler is not None and signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def _put_environment(before: dict[str, str]) -> None:
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


def _names(module: ModuleType) -> dict[str, object]:
    return dict(vars(module))


def _put_names(module: ModuleType, before: dict[str, object]) -> None:
    for name, value in before.items():
        if vars(module).get(name, MISSING) is not value:
            setattr(module, name, value)


def _attribute(owner: object, name: str) -> tuple[Callable[[], object], Callable[[object], object]]:
    return partial(getattr, owner, name), partial(setattr, owner, name)


def _items(items: list[T]) -> tuple[Callable[[], list[T]], Callable[[list[T]], object]]:
    return lambda: list(items), lambda before: items.__setitem__(slice(None), before)


# Each: how it is read, and how it is put back. Tracing comes first, as it would see us at work; timers come
# before the handlers of their signals, which would end the process where they are gone.
KEPT: tuple[tuple[Callable[[], object], Callable[[Any], object]], ...] = (
    (sys.gettrace, sys.settrace),
    (sys.getprofile, sys.setprofile),
    (threading.gettrace, lambda before: threading.settrace(before)),
    (threading.getprofile, lambda before: threading.setprofile(before)),
    *((partial(_names, module), partial(_put_names, module)) for module in MODULES),
    *(
        (partial(signal.getitimer, which), lambda before, which=which: signal.setitimer(which, *before))
        for which in TIMERS
    ),
    (_handlers, _put_handlers),
    (os.getcwd, os.chdir),
    (lambda: dict(os.environ), _put_environment),
    _items(sys.path),
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (sys.getswitchinterval, sys.setswitchinterval),
    (sys.get_int_max_str_digits, sys.set_int_max_str_digits),
    *(_attribute(sys, name) for name in ("displayhook", "excepthook", "unraisablehook")),
    _attribute(threading, "excepthook"),
    (gc.isenabled, lambda before: gc.enable() if before else gc.disable()),
    (random.getstate, random.setstate),
    (partial(np.random.get_state, legacy=False), np.random.set_state),
    (np.get_printoptions, lambda before: np.set_printoptions(**before)),
    (np.geterrcall, np.seterrcall),
    (partial(locale.setlocale, locale.LC_ALL), partial(locale.setlocale, locale.LC_ALL)),
    _attribute(logging.root, "level"),
    _attribute(logging.root.manager, "disable"),
    _items(logging.root.handlers),
)


@contextmanager
def kept(show: Callable[[str], object], left: Callable[[int], object]) -> Iterator[None]:
    """Put everything around back as it was when this ends.

    What is displayed is given to `show` as text; of threads that go on, `left` is told the number.
    """
    settings = []
    for read, put in KEPT:
        with suppress(Exception):  # such as a working directory that has been deleted
            settings.append((put, read()))
    threads = set(threading.enumerate())
    try:
        with ExitStack() as stack:
            for context in (_figures(show), _displays(show)):
                stack.enter_context(context)
            yield
    finally:
        for put, before in settings:
            with suppress(Exception):
                put(before)
        left(_end(set(threading.enumerate()) - threads))


@contextmanager
def _displays(show: Callable[[str], object]) -> Iterator[None]:
    """In a notebook: what is displayed is not shown, and exit() ends the code that calls it only."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        yield
        return

    def publish(data: object = None, *_: object, **__: object) -> None:
        show(f"{data.get('text/plain', '')}\n" if isinstance(data, dict) else "")

    def leave(*_: object) -> None:
        raise SystemExit("exit() was called")

    with ExitStack() as stack:
        for owner, name, instead in (
            (shell.display_pub, "publish", publish),
            (shell.display_pub, "clear_output", _nothing),
            (shell.payload_manager, "write_payload", _nothing),
            (shell, "ask_exit", leave),
        ):
            stack.enter_context(_replaced(owner, name, instead))
        yield


def _nothing(*_: object, **__: object) -> None:
    pass


@contextmanager
def _replaced(owner: object, name: str, instead: object) -> Iterator[None]:
    """Let an object have another method for a while."""
    own = vars(owner).get(name)
    setattr(owner, name, instead)
    try:
        yield
    finally:
        if own is None:
            vars(owner).pop(name, None)
        else:
            setattr(owner, name, own)


@contextmanager
def _figures(show: Callable[[str], object]) -> Iterator[None]:
    """matplotlib has no open figure for a while, and afterwards those and the settings that it had."""
    matplotlib = sys.modules.get("matplotlib")
    with ExitStack() as stack:
        if matplotlib:
            stack.enter_context(matplotlib.rc_context())
        helpers = sys.modules.get("matplotlib._pylab_helpers")
        inline = getattr(sys.modules.get("matplotlib_inline.backend_inline"), "show", None)
        waiting = list(getattr(inline, "_to_draw", ()))
        ours: object = helpers.Gcf.figs if helpers else OrderedDict()
        if helpers:
            helpers.Gcf.figs = OrderedDict()
        try:
            yield
        finally:
            helpers = sys.modules.get("matplotlib._pylab_helpers")
            if helpers:
                for manager in list(helpers.Gcf.figs.values()):
                    show(f"{manager.canvas.figure}\n")
                with suppress(Exception):
                    helpers.Gcf.destroy_all()
                helpers.Gcf.figs = ours
            if inline and hasattr(inline, "_to_draw"):
                inline._to_draw = waiting


def _end(threads: set[threading.Thread]) -> int:
    """End the threads that run a student's code, by SystemExit, and return how many do not end.

    A thread that waits in C, such as in time.sleep, ends when that is over. A library's own threads are left
    alone.
    """
    for thread in threads:
        if isinstance(thread, threading.Timer):
            thread.cancel()
    until = time.monotonic() + GRACE
    while theirs := [thread for thread in threads if thread.is_alive() and _is_theirs(thread)]:
        if time.monotonic() > until:
            return len(theirs)
        for thread in theirs:
            with suppress(AttributeError):  # another Python than CPython
                ident, error = ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, error)
        theirs[0].join(AGAIN)
    return 0


def _is_theirs(thread: threading.Thread) -> bool:
    return in_theirs(sys._current_frames().get(thread.ident or 0))
