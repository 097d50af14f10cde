"""A student's answers beside the right ones: where do the two part, and by how much?

It serves every exercise whose code no picture of a lecture has a place for. All that it draws is known from
the check: none of the code runs for it.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from course_lib import texts
from course_lib.explorers.controls import Choice, named
from course_lib.explorers.explorer import Explorer
from course_lib.judging.beside import Beside
from course_lib.judging.compare import number
from course_lib.judging.seen import Names, Seen
from course_lib.palette import SPLITS, YOURS
from course_lib.scene import FAINT, INK, Axis, Bars, Layer, Line, Panel, Points, Scene, Text

say = texts.beside(__file__)

MOST_PANELS = 3  # of one place: those that part come first
LOOSE = 1e-2  # what is allowed to lie further apart is asked for about
MOST_POINTS = 60  # of one panel, about the first that differs
MOST_LETTERS = 8  # of a word beside an axis; longer ones have no room there, and stand within
WIDE = 0.6  # of a bar, as a share of the way to the next
AIR = 0.5  # beyond the places on an axis that have names


def side_by_side_scene(pairs: Sequence[Beside], place: str) -> Scene:
    """The panels of one place of a case, and in words where yours and what is asked part first."""
    here = [pair for pair in pairs if pair.seen.place == place]
    shown = sorted(here, key=lambda pair: pair.parts is None)[:MOST_PANELS]
    said = [_told(pair) for pair in shown if pair.parts is not None]
    where = [f"{texts.begun(place)}."] if place else []
    message = " ".join([*where, *(said or [say("agree")]), say("legend")])
    drawn = ", ".join(pair.seen.title for pair in shown)
    return Scene(tuple(map(_panel, shown)), message, say("alt", drawn=drawn, message=message))


def side_by_side(pairs: Sequence[Beside]) -> Explorer:
    """Answers beside the right ones, place by place; it opens at the first place where they part."""
    places = list(dict.fromkeys(pair.seen.place for pair in pairs))
    first = next((pair.seen.place for pair in pairs if pair.parts is not None), places[0])
    if len(places) == 1:
        return Explorer(partial(side_by_side_scene, pairs, first), {})
    where = Choice(label=say("controls.place"), options=named(places), start=first)
    return Explorer(partial(side_by_side_scene, pairs), {"place": where})


def _told(pair: Beside) -> str:
    """Where two rows of numbers part, and by how much."""
    seen, index = pair.seen, pair.parts or 0
    yours, asked = (side[:, index] if index < side.shape[1] else None for side in (pair.yours, pair.asked))
    if yours is None or asked is None:
        kind = ("missing" if yours is None else "beyond") + (".first" if index == 0 else ".later")
        return say(kind, title=seen.title, place=_place(seen, yours if yours is not None else asked))
    if yours[0] != asked[0]:
        return say("elsewhere", title=seen.title, yours=_place(seen, yours), asked=_place(seen, asked))
    alone = pair.yours.shape[1] == pair.asked.shape[1] == 1 and not (seen.x and seen.names_x)
    right = _named(asked[1], seen.names_y)
    if np.max(seen.allowed) > LOOSE:
        right = say("about", asked=asked[1])
    values = {"title": seen.title, "yours": _named(yours[1], seen.names_y), "asked": right}
    return say("other-alone", **values) if alone else say("other", place=_place(seen, yours), **values)


def _place(seen: Seen, point: np.ndarray | None) -> str:
    assert point is not None
    name = _named(point[0], seen.names_x)
    if seen.names_x and not seen.x:
        return say("place.named", name=name)
    return say("place.along", axis=f"{seen.x[:1].lower()}{seen.x[1:]}" or say("entry"), name=name)


def _named(value: float, names: Names) -> str:
    words = dict(names)
    return words.get(float(value), say("no-number") if np.isnan(value) else number(float(value)))


def _panel(pair: Beside) -> Panel:
    seen = pair.seen
    first = max(0, (pair.parts or 0) - MOST_POINTS // 4)
    yours, asked = (side[:, first : first + MOST_POINTS] for side in (pair.yours, pair.asked))
    both = np.concatenate([yours, asked], axis=1)
    wide = WIDE * float(np.diff(np.unique(both[0])).min(initial=1.0))
    edges = [both[0] - wide, both[0] + wide] if seen.bars else [both[0]]
    x = _axis(seen.x, [*edges, *(each[1] for each in seen.given)], seen.names_x)
    floor = [np.zeros(1)] if seen.bars else []
    y = _axis(seen.y, [both[1], *(each[2] for each in seen.given), *floor], seen.names_y, seen.log)
    given = say.all("given")
    layers: list[Layer] = [
        Line(along, curve, SPLITS.get(name, FAINT), given.get(name, name), width=1.5)
        for name, along, curve in seen.given
    ]
    if pair.parts is not None and both.shape[1] > 2:
        at = (pair.yours if pair.parts < pair.yours.shape[1] else pair.asked)[0, pair.parts]
        layers.append(Line([at, at], y.ends, FAINT, width=1.5, dashed=True))
    if seen.bars:
        layers.append(Bars(yours[0], yours[1], YOURS, wide))
        tops = asked[0, :, None] + wide * np.array([-0.6, 0.6, np.nan])
        layers.append(Line(tops.ravel(), np.repeat(asked[1], 3), INK))
    else:
        layers.append(Points(asked[0], asked[1], INK, size=13, shape="ring"))
        layers.append(Points(yours[0], yours[1], YOURS, size=7))
    if any(len(word) > MOST_LETTERS for _, word in y.ticks):
        layers += [Text(x.ends[0], at, f"  {word}") for at, word in y.ticks]
        y = replace(y, ticks=tuple((at, "") for at, _ in y.ticks))
    return Panel(seen.title, x, y, tuple(layers))


def _axis(label: str, values: Sequence[ArrayLike], names: Names, log: bool = False) -> Axis:
    if not names and label:
        return Axis.around(label, values, log)
    names = names or ((1.0, ""),)
    places = [place for place, _ in names]
    return Axis(label, (min(places) - AIR, max(places) + AIR), ticks=names)
