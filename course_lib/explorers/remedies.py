"""Remedies against overfitting, on a task where they can pay: which one does, and where does none?"""

from functools import cache

import numpy as np

from course_lib import datasets, texts
from course_lib.data.make_signal_runs import DEPTHS, EVERY, RATES, REMEDIES, SIZES, UPDATES
from course_lib.datasets import SignalRun
from course_lib.explorers.controls import Choice, Later, Pick, Slider, named, started, worded
from course_lib.explorers.explorer import Explorer
from course_lib.palette import COLOURS, OTHERS
from course_lib.scene import FAINT, INK, Axis, Handle, Layer, Line, Panel, Points, Scene, Text

say = texts.beside(__file__)

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
    alt = say("alt", message=message)
    panels = (_curves(remedy, n, hidden, rate), _gains(remedy, n, hidden, rate))
    return Scene(panels, message, alt, time="updates", now=updates)


def _curves(remedy: str, n: int, hidden: int, rate: float) -> Panel:
    layers: list[Layer] = []
    for name in dict.fromkeys((NOTHING, remedy)):
        for seed, run in enumerate(runs(n, hidden, rate)[name]):
            update = np.linspace(0, UPDATES, len(run.val_accuracy))
            label = "" if seed else _called(name)
            layers.append(
                Line(update, run.train_accuracy, COLOUR[name], width=1.0, dashed=True, since=update)
            )
            layers.append(Line(update, run.val_accuracy, COLOUR[name], label, since=update))
    x, y = Axis(say("axes.update"), (0, UPDATES)), Axis(say("axes.accuracy"), (0, 1.02))
    return Panel(say("panels.curves", n=n, hidden=hidden), x, y, tuple(layers))


def _called(remedy: str) -> str:
    return say.all("remedies")[remedy]


def _gains(remedy: str, n: int, hidden: int, rate: float) -> Panel:
    places = {name: float(place) for place, name in enumerate(reversed(REMEDIES))}
    layers: list[Layer] = [Line([0, 0], [-0.5, len(places)], FAINT, width=1.0)]
    for name, place in places.items():
        gained = gains(n, hidden, rate, name)
        size = 12 if name == remedy else 7
        layers.append(Points(gained, np.full(len(gained), place), COLOUR[name], size=6, shape="ring"))
        layers.append(Points([gained.mean()], [place], COLOUR[name], size=size))
        layers.append(Text(-0.53, place + 0.35, _called(name), COLOUR[name]))
    x = Axis(say("axes.gain"), (-0.55, 0.3))
    y = Axis("", (-0.5, len(places)), ticks=tuple((place, "") for place in places.values()))
    handle = Handle(
        say("handles.remedy"),
        float(gains(n, hidden, rate, remedy).mean()),
        places[remedy],
        sets_y="remedy",
        places_y=tuple(places[name] for name in REMEDIES),
    )
    return Panel(say("panels.gains"), x, y, tuple(layers), handles=(handle,))


def _report(remedy: str, n: int, hidden: int, rate: float) -> str:
    here = runs(n, hidden, rate)
    if remedy == NOTHING:
        mean = {name: float(gains(n, hidden, rate, name).mean()) for name in here}
        best = max(mean, key=lambda name: mean[name])
        fits = np.mean([run.train_accuracy[-1] for run in here[NOTHING]])
        reads = np.mean([run.val_accuracy[-1] for run in here[NOTHING]])
        return say("report.nothing", fits=fits, reads=reads, best=_called(best), gain=mean[best])
    gained = gains(n, hidden, rate, remedy)
    if gained.min() > SURE:
        verdict = say("verdict.paid")
    elif gained.max() < -SURE:
        verdict = say("verdict.harm")
    else:
        verdict = say("verdict.none")
    return say(
        "report.gained",
        remedy=say.all("begins")[remedy],
        mean=gained.mean(),
        seeds=len(gained),
        least=gained.min(),
        most=gained.max(),
        verdict=verdict,
    )


CONTROLS = Later(
    lambda: {
        "remedy": Choice(label=say("controls.remedy"), options=worded(say.all("remedies")), start=NOTHING),
        "n": Pick(label=say("controls.n"), options=named(SIZES), start=600),
        "hidden": Pick(label=say("controls.hidden"), options=named(DEPTHS), start=2),
        "rate": Pick(
            label=say("controls.rate"),
            options=named(RATES),
            start=0.003,
            usual=0.001,  # Kingma & Ba (2015), Algorithm 1
        ),
        "updates": Slider(
            label=say("controls.updates"), low=0, high=UPDATES, start=UPDATES, step=EVERY, plays=True
        ),
    }
)


def remedies(remedy: str = "shifted copies", n: int = 600, hidden: int = 2, rate: float = 0.003) -> Explorer:
    """Ten kinds of signals, few enough to overfit: which remedy gains how much, and where nothing?"""
    return Explorer(remedies_scene, started(CONTROLS, remedy=remedy, n=n, hidden=hidden, rate=rate))
