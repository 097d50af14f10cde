"""Newton–Schulz: what is asked. Matrices have singular values that are apart and known, whatever the seed."""

import numpy as np

from course_lib import texts
from course_lib.judging.cases import Case, array, given
from course_lib.judging.encoding import encode, encode_array
from course_lib.judging.exercise import Measured, Result
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event

say = texts.beside(__file__)

MUON = (3.4445, -4.7750, 2.0315)
CONVERGING = (15 / 8, -5 / 4, 3 / 8)  # its polynomial has its slope 0 at 1
EXPLODED = 1e6  # what is as large as this has no bound
# Of the largest entry: what the steps may make of rounding, which they multiply like a small singular value.
SLACK = {"float64": 1e-4, "float32": 1e-3}


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)

    def matrix(rows: int, columns: int, least: float = 0.2, size: float = 1.0) -> np.ndarray:
        """With singular values from `size` down to `least` times it."""
        few = min(rows, columns)
        U, V = (np.linalg.qr(rng.standard_normal((side, few)))[0] for side in (rows, columns))
        return np.asarray(size * (U * np.geomspace(1, least, few)) @ V.T)

    def case(name: str, *calls: tuple[np.ndarray, int, tuple[float, ...]]) -> Case:
        return Case.of(name, [_call(encode_array(G), steps, of) for G, steps, of in calls])

    other = tuple(round(float(rng.uniform(*limits)), 3) for limits in ((1.6, 2), (-1.3, -0.9), (0.2, 0.4)))
    fresh, again = array("G", matrix(3, 4))
    return [
        case("one step", (matrix(3, 5), 1, MUON), (matrix(4, 4), 1, MUON)),
        case("five steps, of a wide matrix", (matrix(3, 6, size=3.0), 5, MUON)),
        case("of a tall one", (matrix(6, 3, size=3.0), 5, MUON), (matrix(5, 1, size=2.0), 5, MUON)),
        case(
            "other numbers of steps",
            (matrix(4, 3), 0, MUON),
            (matrix(3, 4), 2, MUON),
            (matrix(3, 3), 7, MUON),
        ),
        case("other coefficients", (matrix(3, 5), 1, other), (matrix(5, 2), 3, other)),
        case(
            "12 steps that converge to U Vᵀ",
            *((matrix(*of), 12, CONVERGING) for of in ((3, 5), (4, 2), (3, 3))),
        ),
        case("singular values from 0.001 to 1", (matrix(4, 6, least=1e-3), 5, MUON)),
        case("tiny and huge matrices", (matrix(3, 4, size=4e-7), 5, MUON), (matrix(3, 4, size=1e6), 5, MUON)),
        case("a matrix of zeros", (np.zeros((3, 2)), 5, MUON)),
        case("float32", (matrix(3, 4).astype("float32"), 5, MUON)),
        Case.of(
            "leaves G as it was",
            [_call(each, 5, MUON) for each in (fresh, again)],
            keeps_arguments=True,
        ),
    ]


def _call(G: dict[str, object], steps: int, coefficients: tuple[float, ...]) -> Call:
    given = {"G": G, "steps": steps, "coefficients": encode(coefficients)}
    return {"call": "orthogonalised", "arguments": given}


def measure(case: Case, events: list[Event], index: int) -> Measured:
    returned = events[index].returned
    if not isinstance(returned, np.ndarray) or returned.dtype.kind != "f":
        return returned, 0.0
    largest = float(np.abs(returned).max(initial=0.0))
    if given(case.calls[index]["arguments"]["G"]).any() and not largest < EXPLODED:
        return np.full_like(returned, np.inf), 0.0  # in which order it overflows is nobody's mistake
    return returned, SLACK.get(returned.dtype.name, 0.0) * min(largest, 2.0)


def suggest(result: Result) -> tuple[None, str] | None:
    """Whether the singular vectors are right where the numbers are not, and how many steps are."""
    pairs = [
        (case.calls[index], right.returned, came.returned)
        for case, expected, got in zip(result.cases, result.expected, result.got, strict=True)
        for index, (right, came) in enumerate(zip(expected, got, strict=True))
        if right.returned.any()  # no singular vectors in zeros
    ]
    for _, right, came in pairs:
        if not isinstance(came, np.ndarray) or came.shape != right.shape or not np.isfinite(came).all():
            return None
    if not all(_same_vectors(right, came) for _, right, came in pairs):
        return None, say("vectors")
    started = [
        np.allclose(right, came, rtol=1e-3) for call, right, came in pairs if not call["arguments"]["steps"]
    ]
    return None, say("polynomial" if all(started) else "start")


def _same_vectors(right: np.ndarray, came: np.ndarray) -> bool:
    """Whether they share singular vectors: then both products of one with the other are symmetric."""
    sizes = np.linalg.norm(right) * np.linalg.norm(came)
    products = right @ came.T, right.T @ came
    return all(np.allclose(each, each.T, rtol=0, atol=1e-3 * sizes) for each in products)
