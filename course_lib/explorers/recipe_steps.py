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

from course_lib.data.make_recipe_steps import (
    ALL,
    BATCH,
    BLIND,
    DROPPED,
    FILE,
    LINEAR,
    ONE_BATCH,
    RATES,
    SCALES,
    TIMES,
    Setting,
)
from course_lib.explorers.controls import Choice, Pick, Slider, named, started
from course_lib.explorers.explorer import Explorer
from course_lib.palette import COLOURS, SPLITS
from course_lib.scene import FAINT, INK, Axis, Handle, Layer, Line, Panel, Points, Scene

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
    """

    control: str
    called: dict[Any, str]
    against: Any
    brings: str
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
    return Axis(f"{label} (log scale)", (values[0] / air, values[-1] * air), log=True, ticks=ticks)


_RATES = {lr: f"η = {lr:g}" for lr in RATES}
_RATE = _ticked("Learning rate η", RATES, 1.8)
MODELS = {BLIND: "no inputs", LINEAR: "a linear model", ALL: "two hidden layers"}
STEPS = {
    START: Step(
        "scale",
        {scale: f"a last layer × {scale:g}" for scale in SCALES},
        1.0,
        "the scale",
        _ticked("Last layer × …", SCALES, 1.5),
    ),
    BASELINES: Step(
        "model",
        MODELS,
        LINEAR,
        "the model",
        Axis("Model", (-0.5, 2.5), ticks=((0, "no inputs"), (1, "linear"), (2, "two layers"))),
    ),
    BY_HEART: Step("lr", _RATES, None, "one batch", _RATE),
    FIT: Step("lr", _RATES, 0.001, "the rate", _RATE),
    DROPOUT: Step(
        "rate",
        {rate: f"dropout {rate}" if rate else "no dropout" for rate in DROPPED},
        0.0,
        "dropout",
        Axis("Dropout rate", (-0.06, 0.56)),
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
    if step == START:
        alt = "The loss before training against the scale of the last layer, and what the scale gains."
        return Scene((_start_panel(values), brings), message, f"{alt} {message}")
    panels = (_loss_panel(result, length), _accuracy_panel(step, values, result, length), brings)
    alt = f"Step {step}: loss and accuracy over the updates, and what {STEPS[step].brings} gains. {message}"
    return Scene(panels, message, alt, time="updates", now=length if updates is None else updates)


def _start_panel(values: dict[str, Any]) -> Panel:
    """Before training: the loss over the scale of the last layer."""
    axis = STEPS[START].axis
    losses = np.array([runs(START, **(values | {"scale": scale})).train_loss[:, 0] for scale in SCALES])
    mean = losses.mean(axis=1)
    here = SCALES.index(values["scale"])
    layers: list[Layer] = [Line(axis.ends, [math.log(10)] * 2, FAINT, "log 10", width=1.0, dashed=True)]
    layers += [Points(SCALES, of_seed, TRAINING, size=6, shape="ring") for of_seed in losses.T]
    layers += [Line(SCALES, mean, TRAINING), Points([SCALES[here]], mean[[here]], INK, size=11)]
    handle = Handle("The scale of the last layer", SCALES[here], float(mean[here]), sets_x="scale")
    y = Axis("Loss in nats (log scale)", (1, 50), log=True)
    return Panel("Loss before training (rings: seeds)", axis, y, tuple(layers), handles=(handle,))


def _loss_panel(result: Runs, length: int) -> Panel:
    update, ends = _updates(length), (0, length)
    layers: list[Layer] = [Line(ends, [math.log(10)] * 2, FAINT, "log 10", width=1.0, dashed=True)]
    drawable = np.maximum(result.train_loss, LOSSES[0] / 100)  # a batch's loss may round to 0
    layers += _seeds(update, drawable, TRAINING, "training")
    y = Axis("Loss in nats (log scale)", LOSSES, log=True)
    return Panel("Training loss, five seeds", Axis("Update", ends), y, tuple(layers))


def _accuracy_panel(step: str, values: dict[str, Any], result: Runs, length: int) -> Panel:
    update, ends = _updates(length), (0, length)
    layers: list[Layer] = [Line(ends, [0.1, 0.1], FAINT, "guessing", width=1.0, dashed=True)]
    if step == DROPOUT and values["rate"]:
        bare = runs(step, **(values | {"rate": 0.0})).val_accuracy.mean(axis=0)
        layers.append(Line(update, bare, COLOURS["Dropout"], "without dropout", dashed=True, since=update))
    layers += _seeds(update, result.train_accuracy, TRAINING, "training")
    layers += _seeds(update, result.val_accuracy, VALIDATION, "validation")
    y = Axis("Share read correctly", (0, 1.02))
    return Panel("Accuracy, five seeds", Axis("Update", ends), y, tuple(layers))


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
    y = Axis.around("Points (bars: ± 2 standard errors)", [gained, mean - twice, mean + twice, [0.0]])
    bars = np.column_stack([mean - twice, mean + twice, np.full(len(mean), np.nan)]).ravel()
    told = tuple(f"{name}: {_points(row)}" for name, row in zip(decides.called.values(), gained, strict=True))
    beside = [_shifted(decides.axis, place) for place in places]
    layers: list[Layer] = [
        Line(decides.axis.ends, [0, 0], FAINT, width=1.0),
        Line([places[here]] * 2, y.ends, INK, width=1.0, dashed=True),
        *(Points(beside, of_seed, VALIDATION, size=5, shape="ring") for of_seed in gained.T),
        Line(np.repeat(places, 3), bars, VALIDATION),
        Points(places, mean, VALIDATION, size=7, texts=told),
    ]
    empty = y.at(0.93 if mean[here] < np.mean(y.ends) else 0.07)  # so that the handle hides no bar
    handle = Handle("The value that is set", places[here], empty, sets_x=decides.control, places_x=places)
    title = f"What {decides.brings} gains on validation"
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
    return f"{gained.mean():+.1f} ± {error(gained):.1f} points"


def _verdict(gained: np.ndarray) -> str:
    if abs(gained.mean()) <= 2 * error(gained):
        return "it brings nothing that five seeds could show"
    return "it pays" if gained.mean() > 0 else "it costs"


def _report(step: str, values: dict[str, Any], result: Runs) -> str:
    """What there is to see before going on."""
    train, val = result.train_accuracy[:, -1], result.val_accuracy[:, -1]
    if step == START:
        loss = result.train_loss[:, 0].mean()
        if loss < math.log(10) + 0.2:
            said = "Close to log 10: no class is preferred without a reason. Go on."
        elif loss < math.log(10) + 1:
            said = "A little above log 10, as random outputs are. That will do."
        else:
            said = "Far from log 10: the network is sure of answers it cannot know. Start smaller."
        return (
            f"Loss before any update: {loss:.3g}. {said} Trained, it reads {val.mean():.1%} of new signals."
        )
    if step == BASELINES:
        return f"Read correctly with {MODELS[values['model']]}: {val.mean():.1%} of new signals."
    if step == BY_HEART:
        loss = result.train_loss[:, -1].max()
        done = train.min() == 1 and loss < LEARNED
        said = "The path from signals to θ and back works. Go on." if done else "Not yet. Another rate?"
        return f"{BATCH} signals, the worst seed: loss {loss:.2g}, accuracy {train.min():.0%}. {said}"
    said = f"Read correctly: {train.mean():.1%} of training signals, {val.mean():.1%} of new ones."
    if step == FIT:
        return said + (
            " It can overfit. Go on." if train.mean() > 0.99 else " First make it fit: another rate?"
        )
    return said


def _worth(step: str, values: dict[str, Any]) -> str:
    """What the value that is set is worth; where the others are held against it, what the best of them is."""
    decides, value = STEPS[step], values[STEPS[step].control]
    gained = dict(zip(decides.called, gains(step, **values), strict=True))
    if decides.against is None:
        return (
            f"New signals: {_points(gained[value])} over guessing. "
            "This step tests the code; it brings nothing to keep."
        )
    if value != decides.against:
        over, here = decides.called[decides.against], gained[value]
        return f"Gain over {over}: {_points(here)}; {_verdict(here)}."
    best = max((each for each in gained if each != value), key=lambda each: gained[each].mean())
    return (
        f"The others are held against {decides.called[value]}. The best is {decides.called[best]}: "
        f"{_points(gained[best])}; {_verdict(gained[best])}."
    )


def _counts(step: str) -> Slider:
    """The updates of a step."""
    length = setting(step, ALL, RATES[0], SCALES[0], 0.0).updates
    return Slider(
        label="Updates",
        low=0,
        high=length,
        start=length,
        step=length // TIMES,
        plays=True,
        when={"step": tuple(STEPS)[1:]},
    )


CONTROLS = {
    "step": Choice(
        label="Step",
        options=named(STEPS),
        start=START,
        sets={step: {"updates": _counts(step)} for step in STEPS},
    ),
    "scale": Pick(label="Last layer at the start × ", options=named(SCALES), start=10.0),
    # Usual: Kingma & Ba (2015), Algorithm 1.
    "lr": Pick(label="Learning rate η (Adam)", options=named(RATES), start=0.001, usual=0.001),
    "model": Choice(
        label="Model",
        options={name: model for model, name in MODELS.items()},
        start=ALL,
        when={"step": (BASELINES,)},
    ),
    # Usual, of a hidden layer: Srivastava et al. (2014), Appendix A.4.
    "rate": Pick(
        label="Dropout rate", options=named(DROPPED), start=0.5, usual=0.5, when={"step": (DROPOUT,)}
    ),
    "updates": _counts(FIT),
}


def recipe_steps(step: str = START, **starts: Any) -> Explorer:
    """A network on 4,000 signals, taken through the first steps of the recipe from a bad start.

    starts: values of the other controls at the start, see CONTROLS.
    """
    return Explorer(steps_scene, started(CONTROLS, step=step, **starts))
