"""What each part of a network brings: the capstone's training with one part at a time exchanged."""

import time
from collections.abc import Callable, Mapping
from types import SimpleNamespace

import numpy as np

from course_lib import capstone, plots, texts
from course_lib.carry_over import FOUND_IN, STAND_INS

say = texts.beside(__file__)

SECONDS = 55.0  # by the clock, for all rounds
ROUNDS, FEWEST = 4, 2  # seeds; the trainings are shortened before there are fewer
TRIAL = 100  # updates that tell how fast this machine is

Train = Callable[..., np.ndarray]
Gain = tuple[float, float] | str  # mean and standard error, or the name of the error with which train ends


def ablate(train, parts, rounds: int = ROUNDS) -> dict[str, dict[str, Gain]]:
    """Run train with the student's parts, then with one of them exchanged: for the course's, for none.

    Shows a table and a figure of what each part brought: the difference in validation accuracy between the
    own and the other, in points, mean over seeds ± standard error. The same seed is used on both sides.
    Returns {part: {"course" or "none": (mean, standard error)}}, or the name of the error with which train
    ends there. A round of nine trainings is one seed. All take less than a minute: where two rounds would
    take longer, as in a browser, the trainings are shorter.
    """
    own = {name: getattr(parts, name) for name in FOUND_IN}
    settings = {("", ""): own}
    for name in FOUND_IN:
        settings[name, "course"] = own | {name: STAND_INS[name]}
        settings[name, "none"] = own | {name: capstone.WITHOUT[name]}
    begun = time.monotonic()
    _accuracy(train, own, 0, TRIAL)
    each = (time.monotonic() - begun) / TRIAL * len(settings) * FEWEST  # seconds for an update in all of them
    budget = min(capstone.BUDGET, int(SECONDS / each) // TRIAL * TRIAL or TRIAL)
    begun, reached, ends = time.monotonic(), list[list[float]](), dict[tuple[str, str], str]()
    for seed in range(rounds):
        took = time.monotonic() - begun
        if seed >= FEWEST and took * (seed + 1) / seed > SECONDS:
            break
        print(say("round", number=seed + 1, rounds=rounds), end=" ", flush=True)
        reached.append([])
        for place, these in settings.items():
            try:
                reached[-1].append(_accuracy(train, these, seed, budget))
            except Exception as raised:
                if these is own:
                    raise
                ends.setdefault(place, type(raised).__name__)
                reached[-1].append(np.nan)
        print(say("reached", accuracy=reached[-1][0], seconds=time.monotonic() - begun), flush=True)
    table = 100 * np.array(reached)
    brought: dict[str, dict[str, Gain]] = {name: {} for name in FOUND_IN}
    for column, (name, instead) in enumerate(settings):
        if name:
            gains = table[:, 0] - table[:, column]
            error = gains.std(ddof=1) / np.sqrt(len(gains)) if len(gains) > 1 else np.nan
            gain = float(gains.mean()), float(error)
            brought[name][instead] = ends.get((name, instead), gain)
    _show(brought, table[:, 0], budget)
    return brought


def _accuracy(train: Train, parts: Mapping[str, Callable[..., object]], seed: int, budget: int) -> float:
    """Validation accuracy; 0 where the training breaks off, or leaves the numbers."""
    x, y, x_val, y_val = capstone.given()
    rng = np.random.default_rng(seed)
    network = capstone.network(SimpleNamespace(**parts), np.random.default_rng(seed + 1000))
    with np.errstate(all="ignore"):
        try:
            theta = train(network, parts["Adam"], x, y, x_val, y_val, rng, budget)
            print(".", end="", flush=True)
            return float(np.mean(network.predict(theta, x_val).argmax(axis=1) == y_val))
        except FloatingPointError:
            return 0.0


def _show(brought: dict[str, dict[str, Gain]], own: np.ndarray, budget: int) -> None:
    print(say("own", mean=own.mean(), seeds=len(own), budget=budget))
    print(say("head"))
    for name, gains in brought.items():
        print(say("row", name=name, **{instead: _said(gain) for instead, gain in gains.items()}))
    for name, gains in brought.items():
        for instead, gain in gains.items():
            if isinstance(gain, str):
                print(say(f"ends.{instead}", name=name, error=gain))
    titles = {"none": say("none"), "course": say("course")}
    groups = {
        title: {
            name: (float(np.nan_to_num(gain[0])), float(np.nan_to_num(gain[1])))
            for name, gains in brought.items()
            if not isinstance(gain := gains[instead], str)
        }
        for instead, title in titles.items()
    }
    figure = plots.error_bars(groups, y_label=say("axis"))
    told = "; ".join(say("told", name=name, gain=mean) for name, (mean, _) in groups[say("none")].items())
    plots.show(figure, say("alt", told=told))


def _said(gain: Gain) -> str:
    return "–" if isinstance(gain, str) else say("gain", mean=gain[0], error=gain[1])
