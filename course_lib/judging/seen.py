"""What can be drawn of a case: numbers of a student's answers, to lie beside what a right one has there."""

from dataclasses import dataclass

from numpy.typing import ArrayLike

from course_lib import texts

say = texts.beside(__file__)

Names = tuple[tuple[float, str], ...]


@dataclass(frozen=True, eq=False)
class Seen:
    """The numbers of one panel.

    place      the part of the case that it belongs to: "call 2"
    title      of the panel; x, y: what its axes are, "" where names say it
    values     the numbers
    at         where they stand on the x axis; at 1, 2, 3, … by default
    asked      what is asked there, where it follows from the same events; else it is read off those of the
               right answer
    allowed    how far right answers may lie apart
    given      curves that the code was given: (name, x, y)
    names_x, names_y   words for places on the axes
    log        whether the values are shown on a logarithmic scale
    bars       whether they are counts or shares
    """

    place: str
    title: str
    x: str
    y: str
    values: ArrayLike
    at: ArrayLike | None = None
    asked: ArrayLike | None = None
    allowed: ArrayLike = 0.0
    given: tuple[tuple[str, ArrayLike, ArrayLike], ...] = ()
    names_x: Names = ()
    names_y: Names = ()
    log: bool = False
    bars: bool = False


def seeds(same: bool, other: bool, place: str = "") -> Seen:
    """Whether the same seed gave the same, and another seed did: asked is yes and no."""
    return Seen(
        place,
        say("again"),
        "",
        "",
        [float(not same), float(not other)],
        asked=[0.0, 1.0],
        names_x=((1.0, say("same-seed")), (2.0, say("other-seed"))),
        names_y=((0.0, say("same")), (1.0, say("others"))),
    )
