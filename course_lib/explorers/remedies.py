"""Remedies against overfitting, on a task where they can pay: which one does, and where does none?"""

from functools import cache

import numpy as np

from course_lib import datasets
from course_lib.data.make_signal_runs import DEPTHS, EVERY, RATES, REMEDIES, SIZES, UPDATES
from course_lib.datasets import SignalRun
from course_lib.explorers.controls import Choice, Pick, Slider, named, started
from course_lib.explorers.explorer import Explorer
from course_lib.palette import COLOURS, OTHERS
from course_lib.scene import FAINT, INK, Axis, Handle, Layer, Line, Panel, Points, Scene, Text

NOTHING = "nothing"
COLOUR = {
    NOTHING: INK,
    "batch normalisation": COLOURS["BatchNorm"],
    "dropout 0.1": COLOURS["Dropout"],
    "dropout 0.3": COLOURS["Dropout"],
    "dropout 0.5": COLOURS["Dropout"],
    "weight decay 0.3": COLOURS["AdamW"],
    "shifted copies": OTHERS[3],
}
SURE = 0.02  # of accuracy: less than this is no gain that these few seeds could show


@cache
def _stored() -> list[SignalRun]:
    return datasets.signal_runs()


@cache
def runs(n: int, hidden: int, rate: float) -> dict[str, list[SignalRun]]:
    """For each remedy its runs, one a seed, at so many signals and hidden layers and Adam's rate."""
    found: dict[str, list[SignalRun]] = {}
    for run in _stored():
        if (run.n, run.hidden, run.rate) == (n, hidden, rate):
            found.setdefault(run.remedy, []).append(run)
    return found


def gains(n: int, hidden: int, rate: float, remedy: str) -> np.ndarray:
    """By how much validation accuracy at the end is above that of the same seed with no remedy."""
    here = runs(n, hidden, rate)
    pairs = zip(here[remedy], here[NOTHING], strict=True)
    return np.array([run.val_accuracy[-1] - bare.val_accuracy[-1] for run, bare in pairs])


def remedies_scene(remedy: str, n: int, hidden: int, rate: float, updates: int = UPDATES) -> Scene:
    """Accuracies up to an update, with and without the remedy, and what each remedy gains in the end."""
    message = _report(remedy, n, hidden, rate)
    alt = f"Accuracies over the updates, and the gain of each remedy on validation signals. {message}"
    panels = (_curves(remedy, n, hidden, rate), _gains(remedy, n, hidden, rate))
    return Scene(panels, message, alt, time="updates", now=updates)


def _curves(remedy: str, n: int, hidden: int, rate: float) -> Panel:
    layers: list[Layer] = []
    for name in dict.fromkeys((NOTHING, remedy)):
        for seed, run in enumerate(runs(n, hidden, rate)[name]):
            update = np.linspace(0, UPDATES, len(run.val_accuracy))
            label = "" if seed else name
            layers.append(
                Line(update, run.train_accuracy, COLOUR[name], width=1.0, dashed=True, since=update)
            )
            layers.append(Line(update, run.val_accuracy, COLOUR[name], label, since=update))
    x, y = Axis("Update", (0, UPDATES)), Axis("Accuracy (dashed: training)", (0, 1.02))
    return Panel(f"{n:,} signals, {hidden} hidden layers", x, y, tuple(layers))


def _gains(remedy: str, n: int, hidden: int, rate: float) -> Panel:
    places = {name: float(place) for place, name in enumerate(reversed(REMEDIES))}
    layers: list[Layer] = [Line([0, 0], [-0.5, len(places)], FAINT, width=1.0)]
    for name, place in places.items():
        gained = gains(n, hidden, rate, name)
        size = 12 if name == remedy else 7
        layers.append(Points(gained, np.full(len(gained), place), COLOUR[name], size=6, shape="ring"))
        layers.append(Points([gained.mean()], [place], COLOUR[name], size=size))
        layers.append(Text(-0.53, place + 0.35, name, COLOUR[name]))
    x = Axis("Gain in validation accuracy", (-0.55, 0.3))
    y = Axis("", (-0.5, len(places)), ticks=tuple((place, "") for place in places.values()))
    handle = Handle(
        "The remedy",
        float(gains(n, hidden, rate, remedy).mean()),
        places[remedy],
        sets_y="remedy",
        places_y=tuple(places[name] for name in REMEDIES),
    )
    return Panel("What each remedy gains (rings: seeds)", x, y, tuple(layers), handles=(handle,))


def _report(remedy: str, n: int, hidden: int, rate: float) -> str:
    here = runs(n, hidden, rate)
    if remedy == NOTHING:
        mean = {name: float(gains(n, hidden, rate, name).mean()) for name in here}
        best = max(mean, key=lambda name: mean[name])
        fits = np.mean([run.train_accuracy[-1] for run in here[NOTHING]])
        reads = np.mean([run.val_accuracy[-1] for run in here[NOTHING]])
        return (
            f"With no remedy, {fits:.0%} of the training signals are right, and {reads:.0%} of new ones. "
            f"Most was gained by {best}: {mean[best]:+.2f}."
        )
    gained = gains(n, hidden, rate, remedy)
    if gained.min() > SURE:
        verdict = "It paid here"
    elif gained.max() < -SURE:
        verdict = "It did harm here"
    else:
        verdict = "It made no difference here that these runs could show"
    seeds = f"{len(gained)} seeds, {gained.min():+.2f} to {gained.max():+.2f}"
    return f"{remedy.capitalize()}: {gained.mean():+.2f} in validation accuracy ({seeds}). {verdict}."


CONTROLS = {
    "remedy": Choice(label="Remedy", options=named(REMEDIES), start=NOTHING),
    "n": Pick(label="Training signals", options=named(SIZES), start=600),
    "hidden": Pick(label="Hidden layers", options=named(DEPTHS), start=2),
    "rate": Pick(
        label="Learning rate η at the start",
        options=named(RATES),
        start=0.003,
        usual=0.001,  # Kingma & Ba (2015), Algorithm 1
    ),
    "updates": Slider(label="Updates", low=0, high=UPDATES, start=UPDATES, step=EVERY, plays=True),
}


def remedies(remedy: str = "shifted copies", n: int = 600, hidden: int = 2, rate: float = 0.003) -> Explorer:
    """Ten kinds of signals, few enough to overfit: which remedy gains how much, and where nothing?"""
    return Explorer(remedies_scene, started(CONTROLS, remedy=remedy, n=n, hidden=hidden, rate=rate))
