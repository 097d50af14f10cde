"""Which curve is it? A real training run, to be diagnosed from its loss curves."""

from dataclasses import asdict, dataclass
from functools import cache

import numpy as np

from course_lib import datasets, texts
from course_lib.explorers.controls import Choice, Later, Slider, Switch, started, worded
from course_lib.explorers.explorer import Explorer
from course_lib.palette import SPLITS
from course_lib.scene import FAINT, Axis, Line, Panel, Scene

say = texts.beside(__file__)

OPEN, TOLD = "what is it?", "tell me"
EPOCHS = 30  # of each run


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
        axis = Axis.around(say("axes.log"), losses.values(), log=True)
    else:  # a run that flies off leaves the window, where the rest can still be read
        axis = Axis(
            say("axes.loss"), (0, 1.1 * min(4 * start, max(np.nanmax(part) for part in losses.values())))
        )
    each = np.arange(EPOCHS + 1)
    lines = tuple(
        Line(each, part, SPLITS[name], say(f"lines.{name}"), since=each) for name, part in losses.items()
    )
    base = Line([0, EPOCHS], [start, start], FAINT, dashed=True)
    panel = Panel(
        say("panels.run", number=number), Axis(say("axes.epoch"), (0, EPOCHS)), axis, (base, *lines)
    )
    message = _report(curve, guess)
    alt = say("alt", number=number, epochs=EPOCHS, message=message)
    return Scene((panel,), message, alt, time="epochs", now=epochs)


def _report(curve: datasets.LossCurve, guess: str) -> str:
    found = signs(curve)
    if guess == OPEN:
        return say("report.open", seen=_seen(curve))
    if guess in (curve.cause, TOLD):
        remedy = say(f"remedy.{curve.cause}")
        what = {"why": _why(curve.cause, found), "remedy": remedy, "settings": curve.settings}
        return (
            say("report.told", cause=say(f"told.{curve.cause}"), **what)
            if guess == TOLD
            else say("report.right", **what)
        )
    named = say(f"guesses.{guess}")
    if curve.cause == "diverged":
        near = guess == "rate too high"
        return say("report.near-start" if near else "report.diverged", guess=named, seen=_seen(curve))
    return say("report.wrong", guess=named, why_not=_why_not(guess, found))


def _seen(curve: datasets.LossCurve) -> str:
    start, end = curve.train_loss[0], curve.train_loss[-1]
    if not np.isfinite(end):
        return say("seen.nan", start=start, epoch=int(np.argmax(~np.isfinite(curve.train_loss))))
    return say("seen.losses", start=start, end=end, val=curve.val_loss[-1])


def _why(cause: str, found: Signs) -> str:
    """The signs of the cause, with this run's numbers."""
    if cause == "diverged" and not np.isfinite(found.end):
        return say("why.diverged-nan")
    return say(f"why.{cause}", **asdict(found))


def _share(part: float) -> str:
    """A signed percentage with a real minus, and no minus before 0."""
    return f"{round(100 * part) + 0}%".replace("-", "−")


def _why_not(guess: str, found: Signs) -> str:
    """What the guess would look like, beside this run's numbers."""
    shares = {"gap_share": _share(found.gap), "late_share": _share(found.late)}
    return say(f"why-not.{guess}", **asdict(found), **shares)


CONTROLS = Later(
    lambda: {
        "number": Slider(label=say("controls.number"), low=1, high=80, start=1, clears=("guess",)),
        "guess": Choice(label=say("controls.guess"), options=worded(say.all("guesses")), start=OPEN),
        "log": Switch(label=say("controls.log"), start=False),
        "epochs": Slider(label=say("controls.epochs"), low=0, high=EPOCHS, start=EPOCHS, plays=True),
    }
)


def which_curve(number: int = 1) -> Explorer:
    """Diagnose one of eighty real runs, and be told why it is, or why not."""
    return Explorer(curve_scene, started(CONTROLS, number=number))
