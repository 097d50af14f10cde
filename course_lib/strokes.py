"""How lines are told apart without their colours: by their dashes, and by the marks at their ends.

What has a name has one stroke across the course, as it has one colour. The method that is used most is solid,
the others have few and long dashes; relatives have marks that are relatives.
"""

from dataclasses import dataclass

from course_lib.palette import COLOURS, YOURS, YOURS_TOO

DASHED = (5, 4)


@dataclass(frozen=True)
class Stroke:
    """A colour, the lengths of dashes and gaps in turn (pixels; none: solid), and the mark at the end."""

    colour: str
    dashed: tuple[float, ...] = ()
    mark: str = "disc"


_NAMED: dict[str, tuple[tuple[float, ...], str]] = {
    "SGD": ((), "disc"),
    "Momentum": ((10, 4), "square"),
    "Nesterov": (DASHED, "diamond"),
    "AdaGrad": ((2, 3), "up"),
    "RMSprop": ((10, 3, 2, 3, 2, 3), "down"),
    "Adam": ((20, 4), "plus"),
    "AdamW": ((20, 4, 3, 4), "cross"),
    "he_uniform": (DASHED, "disc"),
    "xavier_uniform": (DASHED, "disc"),
}

# A student's own, in the order in which they are named. Wide gaps and open marks: what lies below is seen.
OWN = (
    Stroke(YOURS, (10, 8), "ring"),
    Stroke(YOURS_TOO, (4, 8), "open square"),
    Stroke(YOURS, (12, 7, 3, 7), "open diamond"),
    Stroke(YOURS_TOO, (20, 9), "open up"),
)


def stroke(name: str, colour: str = "") -> Stroke:
    """That of this name, perhaps in another colour; solid, where it has none of its own."""
    return Stroke(colour or COLOURS[name], *_NAMED.get(name, ()))
