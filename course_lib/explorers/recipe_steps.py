"""The recipe, step by step, on signals: what should you see before you go on, and what is each step worth?

The runs are made by `course_lib.data.make_recipe_steps`. What a step brings is told on validation signals,
over the same seeds: with five, a gain of twice its standard error comes about by chance once in 17 times.
"""

import json
import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from course_lib import texts
from course_lib.data.make_recipe_steps import (
    ALL,
    BATCH,
    DROPPED,
    FILE,
    LINEAR,
    ONE_BATCH,
    RATES,
    SCALES,
    TIMES,
    Setting,
)
from course_lib.explorers.controls import Choice, Later, Pick, Slider, named, started, worded
from course_lib.explorers.explorer import Explorer
from course_lib.palette import COLOURS, SPLITS
from course_lib.scene import FAINT, INK, Axis, Handle, Layer, Line, Panel, Points, Scene

say = texts.beside(__file__)

TRAINING, VALIDATION = SPLITS["training"], SPLITS["validation"]
LOSSES = (1e-3, 50)  # that are drawn
ASIDE = 0.025  # of an axis: between a mean's bar and its seeds
LEARNED = 0.05  # a batch whose loss is below this is learned by heart

START = "1 · the loss before training"
BASELINES = "2 · dumb baselines"
BY_HEART = "3 · overfit one batch"
FIT = "4 · overfit the training set"
DROPOUT = "5 · regularise: dropout"


@dataclass(frozen=True)
class Step:
    """A step decides on one control.

    called: its values, and what each is in words; against: the one that the others are held against.
    decides: what it decides on; under this name are its texts.
    """

    control: str
    called: dict[Any, str]
    against: Any
    decides: str
    axis: Axis


@dataclass(frozen=True)
class Runs:
    """The runs of a setting, a row for each seed, measured before the first update and TIMES more."""

    train_loss: np.ndarray
    train_accuracy: np.ndarray
    val_accuracy: np.ndarray


def _ticked(label: str, values: tuple[float, ...], air: float) -> Axis:
    """A logarithmic axis with a tick at each value."""
    ticks = tuple((value, f"{value:g}") for value in values)
    return Axis(label, (values[0] / air, values[-1] * air), log=True, ticks=ticks)


_RATES = {lr: f"η = {lr:g}" for lr in RATES}
_RATE = _ticked(say("axes.rate"), RATES, 1.8)
MODELS = say.all("models")
STEPS = {
    START: Step(
        "scale",
        {scale: say("values.scale", scale=scale) for scale in SCALES},
        1.0,
        "scale",
        _ticked(say("axes.scale"), SCALES, 1.5),
    ),
    BASELINES: Step(
        "model",
        MODELS,
        LINEAR,
        "model",
        Axis(say("axes.model"), (-0.5, 2.5), ticks=tuple(enumerate(say.all("ticks").values()))),
    ),
    BY_HEART: Step("lr", _RATES, None, "batch", _RATE),
    FIT: Step("lr", _RATES, 0.001, "rate", _RATE),
    DROPOUT: Step(
        "rate",
        {rate: say("values.rate", rate=rate) if rate else say("values.no-dropout") for rate in DROPPED},
        0.0,
        "dropout",
        Axis(say("axes.dropout"), (-0.06, 0.56)),
    ),
}


@cache
def _stored() -> dict[Setting, Runs]:
    found = {}
    for line in json.loads(FILE.read_text(encoding="utf-8")):
        measured = {name: np.array(line.pop(name)) for name in Runs.__dataclass_fields__}
        found[Setting(**line)] = Runs(**measured)
    return found


def setting(step: str, model: str, lr: float, scale: float, rate: float) -> Setting:
    """What is trained at a step: dropout in its own step only, and the baselines as they are."""
    if step == BY_HEART:
        return Setting(ONE_BATCH, lr, scale)
    if step == BASELINES and model != ALL:
        return Setting(model, lr)
    return Setting(ALL, lr, scale, rate if step == DROPOUT else 0.0)


def runs(step: str, **values: Any) -> Runs:
    return _stored()[setting(step, **values)]


def gains(step: str, **values: Any) -> np.ndarray:
    """In points of validation accuracy at the end, for each value of the step's control a row over the seeds.

    One batch is held against guessing, all else against the same seeds with the control at `against`.
    """
    decides = STEPS[step]
    ends = {
        value: runs(step, **(values | {decides.control: value})).val_accuracy[:, -1]
        for value in decides.called
    }
    before = 0.1 if decides.against is None else ends[decides.against]
    return np.array([100 * (end - before) for end in ends.values()])


def error(gained: np.ndarray) -> np.ndarray:
    """The standard error of the mean over the seeds, the last axis."""
    return gained.std(axis=-1, ddof=1) / math.sqrt(gained.shape[-1])


def steps_scene(
    step: str, model: str, lr: float, scale: float, rate: float, updates: int | None = None
) -> Scene:
    """The curves of a step up to an update, or all, and what each value of its control gains in the end."""
    values: dict[str, Any] = {"model": model, "lr": lr, "scale": scale, "rate": rate}
    result, length = runs(step, **values), setting(step, **values).updates
    message = f"{_report(step, values, result)} {_worth(step, values)}"
    brings = _gain_panel(step, values)
    alt = say(f"alt.{STEPS[step].decides}", step=say.all("steps")[step], message=message)
    if step == START:
        return Scene((_start_panel(values), brings), message, alt)
    panels = (_loss_panel(result, length), _accuracy_panel(step, values, result, length), brings)
    return Scene(panels, message, alt, time="updates", now=length if updates is None else updates)


def _start_panel(values: dict[str, Any]) -> Panel:
    """Before training: the loss over the scale of the last layer."""
    axis = STEPS[START].axis
    losses = np.array([runs(START, **(values | {"scale": scale})).train_loss[:, 0] for scale in SCALES])
    mean = losses.mean(axis=1)
    here = SCALES.index(values["scale"])
    layers: list[Layer] = [
        Line(axis.ends, [math.log(10)] * 2, FAINT, say("lines.guessing-loss"), width=1.0, dashed=True)
    ]
    layers += [Points(SCALES, of_seed, TRAINING, size=6, shape="ring") for of_seed in losses.T]
    layers += [Line(SCALES, mean, TRAINING), Points([SCALES[here]], mean[[here]], INK, size=11)]
    handle = Handle(say("handles.scale"), SCALES[here], float(mean[here]), sets_x="scale")
    y = Axis(say("axes.loss"), (1, 50), log=True)
    return Panel(say("panels.start"), axis, y, tuple(layers), handles=(handle,))


def _loss_panel(result: Runs, length: int) -> Panel:
    update, ends = _updates(length), (0, length)
    layers: list[Layer] = [
        Line(ends, [math.log(10)] * 2, FAINT, say("lines.guessing-loss"), width=1.0, dashed=True)
    ]
    drawable = np.maximum(result.train_loss, LOSSES[0] / 100)  # a batch's loss may round to 0
    layers += _seeds(update, drawable, TRAINING, say("lines.training"))
    y = Axis(say("axes.loss"), LOSSES, log=True)
    return Panel(say("panels.loss"), Axis(say("axes.update"), ends), y, tuple(layers))


def _accuracy_panel(step: str, values: dict[str, Any], result: Runs, length: int) -> Panel:
    update, ends = _updates(length), (0, length)
    layers: list[Layer] = [Line(ends, [0.1, 0.1], FAINT, say("lines.guessing"), width=1.0, dashed=True)]
    if step == DROPOUT and values["rate"]:
        bare = runs(step, **(values | {"rate": 0.0})).val_accuracy.mean(axis=0)
        layers.append(Line(update, bare, COLOURS["Dropout"], say("lines.without"), dashed=True, since=update))
    layers += _seeds(update, result.train_accuracy, TRAINING, say("lines.training"))
    layers += _seeds(update, result.val_accuracy, VALIDATION, say("lines.validation"))
    y = Axis(say("axes.accuracy"), (0, 1.02))
    return Panel(say("panels.accuracy"), Axis(say("axes.update"), ends), y, tuple(layers))


def _updates(length: int) -> np.ndarray:
    return np.linspace(0, length, TIMES + 1)


def _seeds(update: np.ndarray, curves: np.ndarray, colour: str, label: str) -> list[Layer]:
    return [
        Line(update, curve, colour, "" if seed else label, width=1.2, since=update)
        for seed, curve in enumerate(curves)
    ]


def _gain_panel(step: str, values: dict[str, Any]) -> Panel:
    """The gain of each value of the step's control: mean, twice its standard error, beside it the seeds."""
    decides = STEPS[step]
    gained, places = gains(step, **values), _places(decides)
    mean, twice = gained.mean(axis=1), 2 * error(gained)
    here = list(decides.called).index(values[decides.control])
    y = Axis.around(say("axes.gain"), [gained, mean - twice, mean + twice, [0.0]])
    bars = np.column_stack([mean - twice, mean + twice, np.full(len(mean), np.nan)]).ravel()
    told = tuple(
        say("number.told", name=name, points=_points(row))
        for name, row in zip(decides.called.values(), gained, strict=True)
    )
    beside = [_shifted(decides.axis, place) for place in places]
    layers: list[Layer] = [
        Line(decides.axis.ends, [0, 0], FAINT, width=1.0),
        Line([places[here]] * 2, y.ends, INK, width=1.0, dashed=True),
        *(Points(beside, of_seed, VALIDATION, size=5, shape="ring") for of_seed in gained.T),
        Line(np.repeat(places, 3), bars, VALIDATION),
        Points(places, mean, VALIDATION, size=7, texts=told),
    ]
    empty = y.at(0.93 if mean[here] < np.mean(y.ends) else 0.07)  # so that the handle hides no bar
    handle = Handle(say("handles.value"), places[here], empty, sets_x=decides.control, places_x=places)
    title = say(f"gains.{decides.decides}")
    return Panel(title, decides.axis, y, tuple(layers), handles=(handle,))


def _shifted(axis: Axis, place: float) -> float:
    """A little to the left on an axis."""
    first, last = axis.ends
    return place * (first / last) ** ASIDE if axis.log else place - ASIDE * (last - first)


def _places(decides: Step) -> tuple[float, ...]:
    """Where the values of a step's control stand on its axis; what is no number, at its number in the row."""
    return tuple(
        float(number if isinstance(value, str) else value) for number, value in enumerate(decides.called)
    )


def _points(gained: np.ndarray) -> str:
    return say("number.points", mean=gained.mean(), error=error(gained))


def _verdict(gained: np.ndarray) -> str:
    if abs(gained.mean()) <= 2 * error(gained):
        return say("verdict.nothing")
    return say("verdict.pays" if gained.mean() > 0 else "verdict.costs")


def _report(step: str, values: dict[str, Any], result: Runs) -> str:
    """What there is to see before going on."""
    train, val = result.train_accuracy[:, -1], result.val_accuracy[:, -1]
    if step == START:
        loss = result.train_loss[:, 0].mean()
        if loss < math.log(10) + 0.2:
            said = say("start.close")
        elif loss < math.log(10) + 1:
            said = say("start.above")
        else:
            said = say("start.far")
        return say("start.loss", loss=loss, said=said, val=val.mean())
    if step == BASELINES:
        return say("baselines.read", model=MODELS[values["model"]], val=val.mean())
    if step == BY_HEART:
        loss = result.train_loss[:, -1].max()
        done = train.min() == 1 and loss < LEARNED
        said = say("batch.done" if done else "batch.not-yet")
        return say("batch.read", count=BATCH, loss=loss, train=train.min(), said=said)
    told = say("trained.read", train=train.mean(), val=val.mean())
    if step == FIT:
        return f"{told} {say('trained.fits' if train.mean() > 0.99 else 'trained.does-not-fit')}"
    return told


def _worth(step: str, values: dict[str, Any]) -> str:
    """What the value that is set is worth; where the others are held against it, what the best of them is."""
    decides, value = STEPS[step], values[STEPS[step].control]
    gained = dict(zip(decides.called, gains(step, **values), strict=True))
    if decides.against is None:
        return say("worth.guessing", points=_points(gained[value]))
    over = decides.called[decides.against]
    if value != decides.against:
        here = gained[value]
        return say("worth.gain", over=over, points=_points(here), verdict=_verdict(here))
    best = max((each for each in gained if each != value), key=lambda each: gained[each].mean())
    there = gained[best]
    return say(
        "worth.best", over=over, best=decides.called[best], points=_points(there), verdict=_verdict(there)
    )


def _counts(step: str) -> Slider:
    """The updates of a step."""
    length = setting(step, ALL, RATES[0], SCALES[0], 0.0).updates
    return Slider(
        label=say("controls.updates"),
        low=0,
        high=length,
        start=length,
        step=length // TIMES,
        plays=True,
        when={"step": tuple(STEPS)[1:]},
    )


CONTROLS = Later(
    lambda: {
        "step": Choice(
            label=say("controls.step"),
            options=worded(say.all("steps")),
            start=START,
            sets={step: {"updates": _counts(step)} for step in STEPS},
        ),
        "scale": Pick(label=say("controls.scale"), options=named(SCALES), start=10.0),
        # Usual: Kingma & Ba (2015), Algorithm 1.
        "lr": Pick(label=say("controls.lr"), options=named(RATES), start=0.001, usual=0.001),
        "model": Choice(
            label=say("controls.model"),
            options=worded(MODELS),
            start=ALL,
            when={"step": (BASELINES,)},
        ),
        # Usual, of a hidden layer: Srivastava et al. (2014), Appendix A.4.
        "rate": Pick(
            label=say("controls.rate"),
            options=named(DROPPED),
            start=0.5,
            usual=0.5,
            when={"step": (DROPOUT,)},
        ),
        "updates": _counts(FIT),
    }
)


def recipe_steps(step: str = START, **starts: Any) -> Explorer:
    """A network on 4,000 signals, taken through the first steps of the recipe from a bad start.

    starts: values of the other controls at the start, see CONTROLS.
    """
    return Explorer(steps_scene, started(CONTROLS, step=step, **starts))
