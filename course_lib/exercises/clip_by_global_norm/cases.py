"""Clipping by the norm of all entries together: what is asked.

No length is near the most that is allowed, but where that is what is asked; each most differs from 1.
"""

import numpy as np

from course_lib import texts
from course_lib.judging.cases import Case, array
from course_lib.judging.encoding import encode_array
from course_lib.judging.exercise import Result
from course_lib.judging.probe import Call

say = texts.beside(__file__)


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)

    def gradient(length: float, *shape: int) -> np.ndarray:
        """Of this length, no entry near 0."""
        entries = rng.uniform(0.5, 3, shape) * rng.choice([-1, 1], shape)
        return np.asarray(length * entries / np.sqrt((entries**2).sum()))

    def setting(low: float, high: float) -> float:
        return round(float(rng.uniform(low, high)), 3)

    def call(g: np.ndarray, most: float) -> Call:
        return {"call": "clip_by_global_norm", "arguments": {"gradient": encode_array(g), "most": most}}

    def case(name: str, *calls: Call) -> Case:
        return Case.of(name, list(calls))

    most, large = setting(0.3, 0.6), setting(2, 3)
    kept = gradient(5 * most, 4)
    fresh, again = array("gradient", kept)
    # What was clipped in place once is too short for the second.
    looks: list[Call] = [
        {"call": "clip_by_global_norm", "arguments": {"gradient": form, "most": of}}
        for form, of in ((fresh, most), (again, 3 * most))
    ]
    return [
        case("longer than it may be", call(gradient(setting(2, 4), 5), most), call(gradient(9.0, 5), large)),
        case(
            "short enough",
            call(gradient(0.6 * most, 5), most),
            call(gradient(setting(1.2, 1.6), 30), large),  # longer than 1
        ),
        # Of 30 entries none is as long as may be; all together are.
        case(
            "many small entries", call(gradient(1.5 * most, 30), most), call(gradient(1.5 * large, 30), large)
        ),
        case(
            "arrays of 1, 2 and 3 dimensions",
            *(call(gradient(2.5 * most, *shape), most) for shape in ((5,), (3, 4), (2, 1, 3))),
        ),
        case("a gradient of 0", call(np.zeros(4), most)),
        case(
            "lengths from 1e-5 to 1e6",
            call(gradient(4e-5, 4), 1e-5),
            call(gradient(3e-5, 4), 2.0),
            call(gradient(1e6, 4), large),
        ),
        case("float32", call(gradient(4 * most, 6).astype("float32"), most)),
        Case.of("leaves the gradient as it was", looks, keeps_arguments=True),
    ]


def suggest(result: Result) -> tuple[None, str] | None:
    """Whether the direction stays, where only numbers are wrong."""
    pairs = [
        (right.returned, came.returned)
        for expected, got in zip(result.expected, result.got, strict=True)
        for right, came in zip(expected, got, strict=True)
    ]
    for right, came in pairs:
        if not isinstance(came, np.ndarray) or came.shape != right.shape or not np.isfinite(came).all():
            return None
    lengths = [np.linalg.norm(right) * np.linalg.norm(came) for right, came in pairs]
    along = [float((right * came).sum()) for right, came in pairs]
    alike = np.isclose(along, lengths, rtol=1e-6)
    return None, say("direction-stays" if alike.all() else "direction-changes")
