"""The recipe, step by step, on a small set of digits: what should you see before you go on?"""

import math
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from course_lib import datasets
from course_lib.explorers.controls import LOG, Choice, Pick, Slider, named, started
from course_lib.explorers.explorer import Explorer
from course_lib.layers import Dense, Dropout, ReLU
from course_lib.network import Network
from course_lib.optimizers import Adam
from course_lib.palette import SPLITS
from course_lib.scene import FAINT, INK, Axis, Bars, Handle, Layer, Line, Panel, Points, Scene

WIDTH, BATCH = 32, 20
EXAMPLES, SEEN = 120, 180  # few: a network overfits them, and BLAS starts no threads
NOISE = 0.3  # on the pixels: without any, there would be little to regularise against
UPDATES, EVERY = 120, 8
SCALES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
RATES = (0.0, 0.2, 0.4, 0.6)
TRAINING, VALIDATION = SPLITS["training"], SPLITS["validation"]

START = "1 · the loss before training"
BLIND = "2 · inputs set to 0"
ONE_BATCH = "3 · overfit one batch"
ALL = "4 · overfit the training set"
DROPOUT = "5 · regularise: dropout"
STEPS = (START, BLIND, ONE_BATCH, ALL, DROPOUT)


@dataclass(frozen=True)
class Run:
    """Losses and accuracies in test mode at updates 0, EVERY, 2 EVERY, …; "train" is what is trained on."""

    train: np.ndarray
    val: np.ndarray
    train_accuracy: np.ndarray
    val_accuracy: np.ndarray


@cache
def _data() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    data = datasets.digits()
    rng = np.random.default_rng(2)
    x, x_val = (part + NOISE * rng.standard_normal(part.shape) for part in (data.x_train, data.x_val))
    return x[:EXAMPLES], data.y_train[:EXAMPLES], x_val[:SEEN], data.y_val[:SEEN]


def _start(step: str, scale: float, rate: float) -> tuple[Network, np.ndarray]:
    """The network and where it starts: the same θ at every rate."""
    thinned = [Dropout(rate, np.random.default_rng(2))] if step == DROPOUT and rate else []
    network = Network([Dense(64, WIDTH), ReLU(), *thinned, Dense(WIDTH, 10)])
    theta = network.initialize(np.random.default_rng(1))
    network.views(theta)[-1]["W"][...] *= scale
    return network, theta


@lru_cache(maxsize=512)
def run(step: str, lr: float, scale: float, rate: float) -> Run:
    """Train as the step says; the last layer starts `scale` times as large as He's. Step 1 does not train."""
    x, y, x_val, y_val = _data()
    if step == ONE_BATCH:
        x, y = x[:BATCH], y[:BATCH]
    if step == BLIND:
        x, x_val = 0 * x, 0 * x_val
    (network, theta), optimizer, rng = _start(step, scale, rate), Adam(lr), np.random.default_rng(0)
    both, updates = np.concatenate([x, x_val]), 0 if step == START else UPDATES
    rows = []
    with np.errstate(all="ignore"):  # to diverge is an answer
        for update in range(updates + 1):
            if update % EVERY == 0:
                rows.append(_measured(network, network.predict(theta, both), y, y_val))
            batch = rng.integers(0, len(x), BATCH) if step != ONE_BATCH else slice(None)
            theta = optimizer.step(theta, network.loss_and_gradient(theta, x[batch], y[batch])[1])
    return Run(*np.array(rows).T)


def _measured(network: Network, output: np.ndarray, y: np.ndarray, y_val: np.ndarray) -> list[float]:
    parts = (output[: len(y)], y), (output[len(y) :], y_val)
    losses = [float(network.loss_function(part, labels)[0]) for part, labels in parts]
    return losses + [float(np.mean(part.argmax(axis=1) == labels)) for part, labels in parts]


def entropy() -> float:
    """The training loss of the best answer that ignores the input: the entropy of the class frequencies."""
    share = np.bincount(_data()[1], minlength=10) / EXAMPLES
    return float(-np.sum(share * np.log(share)))


def steps_scene(step: str, lr: float, scale: float, rate: float, updates: int = UPDATES) -> Scene:
    """The curves of a step up to an update, with the line that they are to be held against."""
    result = run(step, round(lr, 10), scale, rate if step == DROPOUT else 0.0)
    message = _report(step, result)
    if step == DROPOUT and rate:
        message += _compared(result, run(ALL, round(lr, 10), scale, 0.0))
    if step == START:
        alt = "The loss before training against the scale of the last layer, and one digit's probabilities."
        return Scene(_start_panels(scale), message, f"{alt} {message}")
    panels = (_loss_panel(step, result), _accuracy_panel(result))
    alt = f"Step {step}: loss and accuracy over the updates. {message}"
    return Scene(panels, message, alt, time="updates", now=updates)


def _start_panels(scale: float) -> tuple[Panel, Panel]:
    """Before training: the loss over the scale of the last layer, and what one digit's classes are given."""
    losses = [run(START, 0.0, each, 0.0).train[0] for each in SCALES]
    here = run(START, 0.0, scale, 0.0).train
    layers: tuple[Layer, ...] = (
        Line([0.01, 30], [math.log(10)] * 2, FAINT, "log 10", width=1.0, dashed=True),
        Line(SCALES, losses, TRAINING),
        Points([scale], here, INK, size=11, shape="ring"),
    )
    x = Axis("Last layer × … (log scale)", (0.02, 15), log=True)
    y = Axis("Loss in nats (log scale)", (1, 50), log=True)
    handle = Handle("The scale of the last layer", scale, float(here[0]), sets_x="scale")
    network, theta = _start(START, scale, 0.0)
    output = network.predict(theta, _data()[0][:1])[0]
    share = np.exp(output - output.max())
    bars = Bars(np.arange(10), share / share.sum(), TRAINING)
    tenth = Line([-1, 10], [0.1, 0.1], FAINT, "1/10", width=1.0, dashed=True)
    probability = Axis("Probability", (0, 1.02))
    return (
        Panel("Loss before training", x, y, layers, handles=(handle,)),
        Panel("What the first digit is taken for", Axis("Class", (-0.7, 9.7)), probability, (tenth, bars)),
    )


def _loss_panel(step: str, result: Run) -> Panel:
    update = EVERY * np.arange(len(result.train))
    mark, name = (entropy(), "entropy") if step == BLIND else (math.log(10), "log 10")
    layers: list[Layer] = [Line([0, UPDATES], [mark, mark], FAINT, name, width=1.0, dashed=True)]
    layers.append(Line(update, result.train, TRAINING, "training", since=update))
    if step in (ALL, DROPOUT):
        layers.append(Line(update, result.val, VALIDATION, "validation", since=update))
    y = Axis("Loss in nats (log scale)", (1e-3, 50), log=True)
    if step == BLIND:  # from log 10 to the entropy is a small step
        y = Axis.around("Loss in nats", [result.train, np.array([mark, math.log(10)])])
    return Panel("Loss", Axis("Update", (0, UPDATES)), y, tuple(layers))


def _accuracy_panel(result: Run) -> Panel:
    update = EVERY * np.arange(len(result.train))
    layers: list[Layer] = [
        Line([0, UPDATES], [0.1, 0.1], FAINT, "chance", width=1.0, dashed=True),
        Line(update, result.train_accuracy, TRAINING, "training", since=update),
        Line(update, result.val_accuracy, VALIDATION, "validation", since=update),
    ]
    return Panel(
        "Accuracy", Axis("Update", (0, UPDATES)), Axis("Share read correctly", (0, 1.02)), tuple(layers)
    )


def _report(step: str, result: Run) -> str:
    loss, val = result.train[-1], result.val[-1]
    if step == START:
        if loss < math.log(10) + 0.2:
            verdict = "Close to log 10: no class is preferred without a reason. Go on."
        elif loss < math.log(10) + 1:
            verdict = "A little above log 10, as random outputs are. That will do."
        else:
            verdict = "Far from log 10: the network is sure of answers it cannot know. Start smaller."
        return f"Loss before any update: {loss:.3g}. {verdict}"
    if step == BLIND:
        verdict = "It has learned how frequent the classes are; real inputs must beat this."
        if loss > (entropy() + math.log(10)) / 2:
            verdict = "Not there: another rate should reach the entropy line."
        return f"Loss {loss:.3f}; log 10 is 2.303, the entropy of the classes {entropy():.3f}. {verdict}"
    if step == ONE_BATCH:
        done = result.train_accuracy[-1] == 1 and loss < 0.05
        verdict = (
            "The path from pixels to θ and back works. Go on."
            if done
            else "Not yet: on 20 digits the loss should go to 0. Another rate?"
        )
        return f"Loss on the {BATCH} digits: {loss:.2g}, accuracy {result.train_accuracy[-1]:.0%}. {verdict}"
    said = (
        f"Training loss {loss:.2g}, validation {val:.2g}: a gap of {val - loss:.2g}. "
        f"Accuracy {result.train_accuracy[-1]:.0%} and {result.val_accuracy[-1]:.1%}. "
    )
    if step == ALL:
        return said + ("It can overfit. Go on." if loss < 0.1 else "First make it fit: another rate?")
    return said


def _compared(result: Run, bare: Run) -> str:
    """What is seen of new digits, beside the same run without dropout, and whether it pays."""
    gap, bare_gap = (each.val[-1] - each.train[-1] for each in (result, bare))
    lower = result.val[-1] < bare.val[-1]
    higher = result.val_accuracy[-1] > bare.val_accuracy[-1]
    return (
        f"Without dropout: a gap of {bare_gap:.2g}, validation loss {bare.val[-1]:.2g}, "
        f"accuracy {bare.val_accuracy[-1]:.1%}. "
        f"The gap got {'smaller' if gap < bare_gap else 'no smaller'}, the validation loss is "
        f"{'lower' if lower else 'no lower'}, the accuracy {'higher' if higher else 'no higher'}: "
        + (
            "here it pays."
            if lower and higher
            else "on these digits it does not pay. explorers.remedies() shows which remedies do, and where."
        )
    )


CONTROLS = {
    "step": Choice(label="Step", options=named(STEPS), start=START),
    # Usual: Kingma & Ba (2015), Algorithm 1.
    "lr": Slider(label="Learning rate η (Adam)", low=1e-4, high=1.0, start=0.01, scale=LOG, usual=0.001),
    "scale": Pick(label="Last layer at the start × ", options=named(SCALES), start=10.0),
    "rate": Pick(label="Dropout rate", options=named(RATES), start=0.4, when={"step": (DROPOUT,)}),
    "updates": Slider(
        label="Updates",
        low=0,
        high=UPDATES,
        start=UPDATES,
        step=EVERY,
        plays=True,
        when={"step": STEPS[1:]},
    ),
}


def recipe_steps(step: str = START, scale: float = 10.0) -> Explorer:
    """A network on 120 noisy digits, taken through the first steps of the recipe."""
    return Explorer(steps_scene, started(CONTROLS, step=step, scale=scale))
