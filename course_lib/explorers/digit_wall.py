"""The digit wall: which of 80 wrong labels does a network come to believe, when, and how surely?

The runs come from `course_lib.data.make_digit_wall`: lecture 03's network on its 400 digits.
"""

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np

from course_lib import texts
from course_lib.data.make_digit_wall import EPOCHS, FILE, L2, MASKS, RATES, SYMBOLS, WRONG
from course_lib.explorers.controls import Later, Pick, Slider, named, started
from course_lib.explorers.explorer import Explorer
from course_lib.explorers.patience import NEVER, cut
from course_lib.palette import OTHERS, SPLITS
from course_lib.scene import FAINT, INK, Axis, Handle, Layer, Line, Panel, Pictures, Points, Scene

say = texts.beside(__file__)

PATIENCES = (1, 2, 3, 5, 10, 20, 40, NEVER)  # in epochs
COLUMNS = 10
BELIEVED, RIGHT, NEITHER = range(3)
COLOURS = (*OTHERS[1:3], INK)
KINDS = ("as-labelled", "right", "neither")


@dataclass(frozen=True)
class Run:
    """A training run, epoch by epoch from before the first: EPOCHS + 1 values, or rows of WRONG digits.

    answers: the network's in test mode. votes: (2, EPOCHS + 1, WRONG), how many of MASKS dropout masks answer
    as labelled and right; None without dropout.
    """

    train: np.ndarray
    val: np.ndarray
    accuracy: np.ndarray
    answers: np.ndarray
    votes: np.ndarray | None

    def kinds(self) -> np.ndarray:
        """Of each answer whether it is BELIEVED, RIGHT or NEITHER."""
        _, given, right = digits()
        return np.where(self.answers == given, BELIEVED, np.where(self.answers == right, RIGHT, NEITHER))


@cache
def _stored() -> dict[str, Any]:
    return json.loads(FILE.read_text(encoding="utf-8"))


@cache
def digits() -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """The mislabelled digits: pixels, labels as given, and as they are right."""
    told = _stored()["pictures"]
    return (
        tuple(told["pixels"]),
        np.array(list(map(int, told["given"]))),
        np.array(list(map(int, told["right"]))),
    )


@cache
def run(l2: float, rate: float) -> Run:
    record = next(each for each in _stored()["runs"] if (each["l2"], each["rate"]) == (l2, rate))
    train, val, accuracy = (np.array(record[name]) for name in ("train", "val", "accuracy"))
    votes = np.array([_counts(record[name]) for name in ("for_given", "for_right")]) if rate else None
    return Run(train, val, accuracy, _counts(record["answers"]), votes)


def _counts(words: str) -> np.ndarray:
    return np.array([[SYMBOLS.index(count) for count in word] for word in words.split()])


def for_good(kinds: np.ndarray) -> np.ndarray:
    """The first row from which on each column is BELIEVED to the end; as many as there are rows, if never."""
    otherwise = kinds[::-1] != BELIEVED
    return np.where(otherwise.any(axis=0), len(kinds) - otherwise.argmax(axis=0), 0)


@cache
def order() -> np.ndarray:
    """How the digits hang on the wall: those that are believed first without any remedy come first."""
    return np.argsort(for_good(run(0.0, 0.0).kinds()), kind="stable")


def stops(val: np.ndarray, patience: float) -> tuple[int, int]:
    """The epoch after which patience ends a run, and the one it goes back to: one of 1, 2, … EPOCHS."""
    end, used = cut(val[1:], patience)
    return end + 1, used + 1


@lru_cache(maxsize=256)
def _seen(l2: float, rate: float, patience: float) -> tuple[np.ndarray, np.ndarray]:
    """Of each epoch, the one whose network is seen in it, and how it answers (EPOCHS + 1, WRONG)."""
    result = run(l2, rate)
    end, used = stops(result.val, patience)
    epochs = np.arange(EPOCHS + 1)
    at = np.where(epochs <= end, epochs, used)
    return at, result.kinds()[at]


def wall_scene(l2: float, rate: float, patience: float, epoch: int) -> Scene:
    """The wall after an epoch, how many labels are believed, and the losses with the end of the run.

    After the epoch at which patience ends the run, what is seen is the network it goes back to.
    """
    panels = (
        _wall_panel(l2, rate, patience),
        _count_panel(l2, rate, patience),
        _loss_panel(l2, rate, patience),
    )
    message = _report(l2, rate, patience, epoch)
    return Scene(panels, message, say("alt", wrong=WRONG, message=message), time="epoch", now=epoch)


@lru_cache(maxsize=256)
def _wall_panel(l2: float, rate: float, patience: float) -> Panel:
    pixels, given, right = digits()
    result, (at, kinds) = run(l2, rate), _seen(l2, rate, patience)
    used = stops(result.val, patience)[1]
    since, hung = for_good(_kept(l2, rate, patience)), order()
    layer = Pictures(
        tuple(pixels[i] for i in hung),
        COLUMNS,
        COLOURS,
        tuple(say(f"kinds.{kind}") for kind in KINDS),
        _rows(kinds),
        _rows(result.answers[at]),
        say("answer"),
        tuple(_told(given[i], right[i], int(since[i]), used) for i in hung),
        (MASKS, say("masks")),
        () if result.votes is None else tuple(_rows(votes[at]) for votes in result.votes),
    )
    blank = ((-0.5, ""),)
    x = Axis(say("axes.wall"), (-0.5, COLUMNS - 0.5), ticks=blank)
    y = Axis("", (-(-WRONG // COLUMNS) - 0.5, -0.5), ticks=blank)
    title = say("panels.wall-masks" if rate else "panels.wall", wrong=WRONG, masks=MASKS)
    return Panel(title, x, y, (layer,))


def _rows(values: np.ndarray) -> tuple[str, ...]:
    """A text for each row, with a character for each digit on the wall."""
    return tuple("".join(SYMBOLS[value] for value in row) for row in values[:, order()].tolist())


def _told(given: int, right: int, epoch: int, last: int) -> str:
    """Of a digit: its labels, and from which epoch on the false one is believed for good."""
    return say("believed" if epoch <= last else "not-believed", given=given, right=right, epoch=epoch)


def _count_panel(l2: float, rate: float, patience: float) -> Panel:
    result, (at, _) = run(l2, rate), _seen(l2, rate, patience)
    end, kinds, epochs = stops(result.val, patience)[0], result.kinds(), np.arange(EPOCHS + 1)
    layers: list[Layer] = []
    for kind, (colour, word) in enumerate(zip(COLOURS, KINDS, strict=True)):
        count = (kinds == kind).sum(axis=1)
        layers += _up_to(end, epochs, count, colour, say(f"kinds.{word}"), since=True)
        layers.append(Points(at, count[at], colour, size=8, since=epochs, moves=True))
        if result.votes is not None and kind != NEITHER:
            mean = result.votes[kind].sum(axis=1) / MASKS
            layers.append(
                Line(
                    epochs[: end + 1],
                    mean[: end + 1],
                    colour,
                    width=1.2,
                    dashed=True,
                    since=epochs[: end + 1],
                )
            )
    title = say("panels.answers-masks" if rate else "panels.answers")
    return Panel(
        title,
        Axis(say("axes.epoch"), (0, EPOCHS)),
        Axis(say("axes.digits", wrong=WRONG), (0, WRONG)),
        tuple(layers),
    )


def _up_to(
    end: int, x: np.ndarray, y: np.ndarray, colour: str, label: str, since: bool = False
) -> list[Layer]:
    """A curve up to the epoch where its run ends; what would have come is faint."""
    parts = ((slice(0, end + 1), colour, label, False), (slice(end, None), FAINT, "", True))
    return [
        Line(x[part], y[part], tint, name, dashed=dashed, since=x[part] if since else None)
        for part, tint, name, dashed in parts
        if not dashed or end < EPOCHS
    ]


def _loss_panel(l2: float, rate: float, patience: float) -> Panel:
    result, (at, _) = run(l2, rate), _seen(l2, rate, patience)
    end, used = stops(result.val, patience)
    epochs, top = np.arange(EPOCHS + 1), 1.6
    layers: list[Layer] = [Line([end, end], [0, top], FAINT, width=1.0)]
    for losses, colour, name in (
        (result.train, SPLITS["training"], say("lines.training")),
        (result.val, SPLITS["validation"], say("lines.validation")),
    ):
        layers += _up_to(end, epochs, losses, colour, name)
        layers.append(Points(at, losses[at], colour, size=8, since=epochs, moves=True))
    if used < end:
        layers.append(Points([used], [result.val[used]], INK, size=12, shape="ring"))
    handle = Handle(
        say("handle"),
        float(end),
        float(result.val[end]),
        sets_x="patience",
        places_x=tuple(float(stops(result.val, each)[0]) for each in PATIENCES),
    )
    return Panel(
        say("panels.loss"),
        Axis(say("axes.epoch"), (0, EPOCHS)),
        Axis(say("axes.loss"), (0, top)),
        tuple(layers),
        (),
        (handle,),
    )


def _report(l2: float, rate: float, patience: float, epoch: int) -> str:
    result, (at, kinds) = run(l2, rate), _seen(l2, rate, patience)
    end, used = stops(result.val, patience)
    shown = int(at[epoch])
    believed, right, neither = ((kinds[epoch] == kind).sum() for kind in range(3))
    counts = {"believed": believed, "wrong": WRONG, "right": right, "neither": neither}
    sentences = [
        say("believes-ended", end=end, used=used, **counts)
        if epoch > end
        else say("believes", epoch=epoch, **counts),
        say("validation", loss=result.val[shown], accuracy=result.accuracy[shown]),
        _when(l2, rate, patience),
    ]
    if result.votes is not None:
        sure = (result.votes[:, shown] == MASKS).sum(axis=1)
        sentences.append(say("sure", masks=MASKS, believed=sure[0], right=sure[1]))
    return " ".join(sentences)


def _kept(l2: float, rate: float, patience: float) -> np.ndarray:
    """How the network answered up to the epoch of which θ is used."""
    result = run(l2, rate)
    return result.kinds()[: stops(result.val, patience)[1] + 1]


def _when(l2: float, rate: float, patience: float) -> str:
    """What the network that is used believes, and since when for good."""
    kept = _kept(l2, rate, patience)
    used, since = len(kept) - 1, np.sort(for_good(kept))
    known = since[since <= used]
    which = "last" if patience == NEVER else "back"
    at = {"patience": patience, "used": used}
    if not len(known):
        return say(f"{which}.none", **at)
    half = {"half": known[WRONG // 2 - 1]} if len(known) >= WRONG // 2 else {}
    which += ".half" if half else ".few"
    return say(which, count=len(known), first=known[0], last=known[-1], **half, **at)


CONTROLS = Later(
    lambda: {
        "epoch": Slider(label=say("controls.epoch"), low=0, high=EPOCHS, start=20, plays=True),
        "l2": Pick(label=say("controls.l2"), options=named(L2), start=0.0),
        # Usual, of a hidden layer: Srivastava et al. (2014), Appendix A.4.
        "rate": Pick(label=say("controls.rate"), options=named(RATES), start=0.0, usual=0.5),
        "patience": Pick(
            label=say("controls.patience"),
            options={say("never") if value == NEVER else str(value): value for value in PATIENCES},
            start=NEVER,
        ),
    }
)


def digit_wall(l2: float = 0.0, rate: float = 0.0, patience: float = NEVER, epoch: int = 20) -> Explorer:
    """The 80 mislabelled digits of lecture 03 as pictures that turn when a network learns them by heart.

    What the dropout masks say, each on its own, spreads where the network is unsure (Gal & Ghahramani 2016,
    "Dropout as a Bayesian Approximation", Sections 3 and 5).
    """
    return Explorer(wall_scene, started(CONTROLS, l2=l2, rate=rate, patience=patience, epoch=epoch))
