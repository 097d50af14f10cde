"""Which curve is it? A real training run, to be diagnosed from its loss curves."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from course_lib import datasets
from course_lib.explorers.controls import Choice, Slider, Switch, named, started
from course_lib.explorers.explorer import Explorer
from course_lib.palette import SPLITS
from course_lib.scene import FAINT, Axis, Line, Panel, Scene
from course_lib.tuning import CAUSES

OPEN, TOLD = "what is it?", "tell me"
GUESSES = (OPEN, *CAUSES, TOLD)
EPOCHS = 30  # of each run

REMEDY = {
    "good": "Nothing is wrong. Train on while the validation loss falls, or change one thing and compare.",
    "rate too low": "Raise η, by a factor of 3 to 10 at a time, or find it with a range test.",
    "rate too high": "Divide η by 3 to 10, or by more; then look again.",
    "diverged": "Divide η by 10. No help? Check the scale of the inputs, the initialisation, the loss.",
    "overfitting": "Best of all, more data; else stop early, L2, dropout, cleaner labels.",
    "underfitting": "A larger network, less regularisation, better features. More data would not help.",
    "plateau": "Wait; then a better initialisation, another activation, batch normalisation, momentum.",
    "noisy": "A larger batch or a smaller η, or let η decay towards the end.",
}


@dataclass(frozen=True)
class Signs:
    """What a diagnosis looks at; losses in units of the first training loss, means over the last third."""

    end: float  # last training loss; NaN if the run left the numbers
    early: float  # training loss after 4 epochs
    level: float
    jumps: float  # mean |second difference|
    gap: float  # validation − training
    late: float  # share of the whole fall that happened in the last third


@cache
def runs() -> tuple[datasets.LossCurve, ...]:
    """The practice runs, shuffled."""
    curves = datasets.loss_curves()
    return tuple(curves[i] for i in np.random.default_rng(1000).permutation(len(curves)))


def signs(curve: datasets.LossCurve) -> Signs:
    train, val = curve.train_loss / curve.train_loss[0], curve.val_loss / curve.train_loss[0]
    third = len(train) - len(train) // 3
    fall = 1 - train[-1]
    return Signs(
        float(train[-1]),
        float(train[4]),
        float(train[third:].mean()),
        float(np.abs(np.diff(train[third:], 2)).mean()),
        float((val - train)[third:].mean()),
        float((train[third] - train[-1]) / fall) if fall > 0 else 0.0,
    )


def curve_scene(number: int, guess: str, log: bool = False, epochs: int = EPOCHS) -> Scene:
    """Run `number` (from 1) up to an epoch, and what speaks for or against the guess."""
    curve = runs()[number - 1]
    losses = {"training": curve.train_loss, "validation": curve.val_loss}
    start = curve.train_loss[0]
    if log:
        axis = Axis.around("Loss (log scale)", losses.values(), log=True)
    else:  # a run that flies off leaves the window, where the rest can still be read
        axis = Axis("Loss", (0, 1.1 * min(4 * start, max(np.nanmax(part) for part in losses.values()))))
    each = np.arange(EPOCHS + 1)
    lines = tuple(Line(each, part, SPLITS[name], name, since=each) for name, part in losses.items())
    base = Line([0, EPOCHS], [start, start], FAINT, dashed=True)
    panel = Panel(f"Run {number}", Axis("Epoch", (0, EPOCHS)), axis, (base, *lines))
    message = _report(curve, guess)
    alt = f"Training and validation loss of run {number} over {EPOCHS} epochs. {message}"
    return Scene((panel,), message, alt, time="epochs", now=epochs)


def _report(curve: datasets.LossCurve, guess: str) -> str:
    found = signs(curve)
    if guess == OPEN:
        return f"{_seen(curve)} What is it? Choose a cause."
    if guess == curve.cause:
        return f"Right. {_why(guess, found)} What to do: {REMEDY[guess]} (It was {curve.settings}.)"
    if guess == TOLD:
        told = curve.cause.capitalize()
        return (
            f"{told}. {_why(curve.cause, found)} What to do: {REMEDY[curve.cause]} (It was {curve.settings}.)"
        )
    if curve.cause == "diverged":
        near = "only: such a run stays near its start" if guess == "rate too high" else "in the first place"
        return f"Not {guess}, {near}. {_seen(curve)} Look at where it ends, then choose again."
    return f"Not {guess}. {_why_not(guess, found)} Look again."


def _seen(curve: datasets.LossCurve) -> str:
    if not np.isfinite(curve.train_loss[-1]):
        epoch = int(np.argmax(~np.isfinite(curve.train_loss)))
        return f"The loss starts at {curve.train_loss[0]:.3g} and is NaN from epoch {epoch} on."
    return (
        f"The training loss starts at {curve.train_loss[0]:.3g} and ends at {curve.train_loss[-1]:.3g}, "
        f"the validation loss at {curve.val_loss[-1]:.3g}."
    )


def _why(cause: str, found: Signs) -> str:
    """The signs of the cause, with this run's numbers."""
    ended = "in NaN" if not np.isfinite(found.end) else f"at {found.end:.3g} times its start"
    return {
        "good": f"It settles at {found.level:.0%} of its start, without jumps and almost without a gap.",
        "rate too low": f"Smooth and on its way: {found.late:.0%} of its fall came in the last third.",
        "rate too high": f"It stays around its start ({found.level:.0%} of it) and jumps about.",
        "diverged": f"It ends {ended}.",
        "overfitting": f"Training falls on, validation does not: a gap of {found.gap:.0%} of the start.",
        "underfitting": f"Flat at {found.level:.0%} of its start, and no gap: it cannot fit its own data.",
        "plateau": f"After 4 epochs still at {found.early:.0%} of its start, at the end at {found.end:.0%}.",
        "noisy": f"It has learned, to {found.level:.0%} of its start, with jumps of {found.jumps:.0%}.",
    }[cause]


def _share(part: float) -> str:
    """A signed percentage with a real minus, and no minus before 0."""
    return f"{round(100 * part) + 0}%".replace("-", "−")


def _why_not(guess: str, found: Signs) -> str:
    """What the guess would look like, beside this run's numbers."""
    jumps, level, early = f"jumps of {found.jumps:.1%}", f"{found.level:.0%}", f"{found.early:.0%}"
    gap, late = f"a gap of {_share(found.gap)}", f"{_share(found.late)} of its fall in the last third"
    looks, here = {
        "good": (
            "settles below 12% of its start, smooth and without a gap",
            f"a level of {level}, {jumps}, {gap}",
        ),
        "rate too low": ("is smooth, and still falling at the end", f"{late}, {jumps}"),
        "rate too high": (
            "stays near its start, and jumps",
            f"it ends near {level} of the start, with {jumps}",
        ),
        "diverged": ("ends in NaN, or far above its start", f"it ends at {found.end:.0%} of it"),
        "overfitting": ("has a gap: training falls, validation does not", f"{gap} (in units of the start)"),
        "underfitting": ("is flat and high, without a gap", f"{level} of the start, {late}, {jumps}, {gap}"),
        "plateau": ("is flat first and falls later", f"{early} left after 4 epochs, {level} near the end"),
        "noisy": ("has learned, but jumps from epoch to epoch", f"{jumps} at {level} of the start, {gap}"),
    }[guess]
    return f"Such a run {looks}. Here: {here}."


CONTROLS = {
    "number": Slider(label="Run", low=1, high=80, start=1, clears=("guess",)),
    "guess": Choice(label="Your diagnosis", options=named(GUESSES), start=OPEN),
    "log": Switch(label="Log scale", start=False),
    "epochs": Slider(label="Epochs", low=0, high=EPOCHS, start=EPOCHS, plays=True),
}


def which_curve(number: int = 1) -> Explorer:
    """Diagnose one of eighty real runs, and be told why it is, or why not."""
    return Explorer(curve_scene, started(CONTROLS, number=number))
