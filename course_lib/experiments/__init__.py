"""Experiments that take longer than a reader waits: their runs are stored, and can be made anew.

    runs = experiments.runs("methods_on_signals", full=FULL)

A run is a dict: its seed, its setting, and what was measured. Each module here is an experiment, with

    a docstring      the question, what is fixed, the source
    SETTINGS         what is tried: for each setting the keyword arguments of `run`, numbers and words
    SEEDS, FRESH     the seeds that are stored; and others, on which what is said of the runs has to hold too
    run(seed, …)     → what was measured: a dict of numbers and short lists, NaN where there is none
    compared()       → the settings that are ranked, such as each method at its best rate, where not all are
    holds(runs)      → sentences of what is said of these and what they do not bear out: none, if all holds

The last two may be left out. `python -m course_lib.experiments NAME …` makes and stores the runs, with
`--missing` those only that are not stored: who stops it goes on so.
"""

import json
import math
import pkgutil
from collections.abc import Iterable, Sequence
from importlib import import_module
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from course_lib.errors import CourseError

FOLDER = Path(__file__).parents[1] / "data" / "experiments"
DIGITS = 4  # that are kept of a number: what chance does to a run is larger
PROCESSES = 2

Run = dict[str, Any]


def names() -> list[str]:
    return sorted(name for _, name, _ in pkgutil.iter_modules(__path__) if not name.startswith("_"))


def experiment(name: str) -> ModuleType:
    """The module of an experiment. Raises ValueError where there is none."""
    if name not in names():
        raise _unknown(name, names())
    return import_module(f"{__name__}.{name}")


def runs(name: str, full: bool = False) -> list[Run]:
    """The runs of an experiment: the stored ones, or all made anew, which takes minutes."""
    return made(name) if full else stored(name)


def stored(name: str) -> list[Run]:
    """The stored runs, for which the experiment itself need not be there. Raises ValueError without any."""
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        raise _unknown(name, sorted(each.stem for each in FOLDER.glob("*.json")))
    lines = json.loads(path.read_text(encoding="utf-8"))
    return [{key: _with_nan(value) for key, value in line.items()} for line in lines]


def _unknown(name: str, there: list[str]) -> ValueError:
    return ValueError(f"There is no experiment {name!r}; there are {', '.join(there)}.")


def one(name: str, seed: int, setting: dict[str, Any]) -> Run:
    """Make a single run, in the form in which it is stored."""
    measured = experiment(name).run(seed, **setting)
    return {"seed": seed, **setting, **{key: _short(value) for key, value in measured.items()}}


def made(
    name: str, settings: Sequence[dict[str, Any]] | None = None, seeds: Iterable[int] | None = None
) -> list[Run]:
    """Make the runs of an experiment, in two processes, and print how far it is.

    Raises CourseError where there are none to be had.
    """
    try:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context
    except ImportError:
        raise CourseError(
            "Runs are made anew in processes of their own, which Python in a browser does not have: take the "
            "stored ones (FULL = False), or make them in JupyterLab."
        ) from None

    of = experiment(name)
    asked = list(product(of.SETTINGS if settings is None else settings, of.SEEDS if seeds is None else seeds))
    told, done = max(1, len(asked) // 10), []
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), _on_one_thread) as pool:
        waiting = [pool.submit(one, name, seed, setting) for setting, seed in asked]
        for number, each in enumerate(waiting, 1):
            done.append(each.result())
            if number % told == 0:
                print(f"{name}: {number} of {len(asked)} runs", flush=True)
    return done


def _on_one_thread() -> None:
    """Two processes with two threads each wait for each other on two cores. Here NumPy is loaded already."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)


def store(name: str) -> Path:
    """Make all runs of an experiment and keep them; return the file."""
    return _keep(name, made(name))


def add(name: str) -> Path:
    """Make the runs that are missing, and keep those of a setting as soon as they are made; return the file.

    Who stops it, or adds a setting to the experiment, goes on from what there is.
    """
    of = experiment(name)
    path = FOLDER / f"{name}.json"
    kept = stored(name) if path.is_file() else []
    for setting in of.SETTINGS:
        there = {run["seed"] for run in kept if setting.items() <= run.items()}
        if seeds := [seed for seed in of.SEEDS if seed not in there]:
            kept += made(name, [setting], seeds)
            _keep(name, kept)
    return path


def _keep(name: str, made: list[Run]) -> Path:
    """Write runs in the order of the experiment's settings and seeds, a line for each."""
    settings = experiment(name).SETTINGS
    ordered = sorted(
        made, key=lambda run: (settings.index({each: run[each] for each in settings[0]}), run["seed"])
    )
    lines = [json.dumps(_with_null(run), ensure_ascii=False, allow_nan=False) for run in ordered]
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    return path


def picked(runs: Iterable[Run], measured: str, **setting: Any) -> np.ndarray:
    """What was measured in the runs with this setting: a value, or a row, for each seed, in their order.

    Raises ValueError where no run has that setting, or several have it and one seed.
    """
    found = sorted(_those(runs, setting), key=lambda run: run["seed"])
    if len({run["seed"] for run in found}) < len(found):
        raise ValueError(
            f"Of one seed there are several runs with {_told(setting)}: name more of the setting."
        )
    return np.array([run[measured] for run in found])


def _those(runs: Iterable[Run], setting: Run) -> list[Run]:
    found = [run for run in runs if setting.items() <= run.items()]
    if not found:
        raise ValueError(f"No run has {_told(setting)}.")
    return found


def _told(setting: Run) -> str:
    return ", ".join(f"{key} = {value}" for key, value in setting.items()) or "any setting"


def best(
    runs: Iterable[Run], measured: str, over: str, *, at: int = -1, largest: bool = False, **setting: Any
) -> Any:
    """Where the mean over the seeds is least, or largest: the best of the values that were tried of `over`.

    at: which of what was measured counts, where that is a list. A run that diverged is the worst.
    Raises ValueError where the best is the first or the last value of its grid: a better one may lie beyond.
    """
    those = _those(runs, setting)
    grid = sorted({run[over] for run in those})
    sign = -1 if largest else 1
    found = [np.atleast_2d(picked(those, measured, **{over: value}).T)[at] for value in grid]
    costs = [math.inf if np.isnan(values).any() else sign * values.mean() for values in found]
    place = int(np.argmin(costs))
    if place in (0, len(grid) - 1):
        raise ValueError(
            f"The best {over} with {_told(setting)} is {grid[place]}, at the edge of the grid: a better one "
            "may lie beyond it, so try a wider grid."
        )
    return grid[place]


def _short(value: Any) -> Any:
    """Numbers with a few digits, lists of them alike."""
    if isinstance(value, str):
        return value
    if np.ndim(value):
        return [_short(each) for each in value]
    number = float(value)
    rounded = float(f"{number:.{DIGITS}g}") if math.isfinite(number) else math.nan
    return int(value) if isinstance(value, int | np.integer) else rounded


def _with_null(value: Any) -> Any:
    """JSON has no NaN."""
    if isinstance(value, dict):
        return {key: _with_null(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_null(each) for each in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _with_nan(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_nan(each) for each in value]
    return math.nan if value is None else value
