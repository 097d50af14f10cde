"""The two exercises of `RMSNorm`: one class, judged in two respects, each on its own.

Examples have means that are not 0, and in one case very different scales; the gain is not 1, ε is large in
some, and some have positions beside their features, as in a transformer. A backward may be that of the right
forward or that of the student's own, which is found numerically.
"""

from typing import TYPE_CHECKING, Unpack

import numpy as np

from course_lib import texts
from course_lib.exercises import _layernorm
from course_lib.exercises._batchnorm import FIRST, LAYER, SECOND, forward, put
from course_lib.exercises._layernorm import DEFAULTS, EPS, SLACK, Calls, case_of
from course_lib.judging import compare
from course_lib.judging.cases import Case, Marks, array, given
from course_lib.judging.compare import described
from course_lib.judging.encoding import decode
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event
from course_lib.judging.seen import Seen

if TYPE_CHECKING:
    from course_lib.exercises.folders import About

say = texts.beside(__file__)

PARTS = ("dx", "dgain")
# Of examples: the first has a mean square below ε.
SCALES = np.array([[0.0007], [1.0], [400.0], [0.05], [8.0]])


class Script(_layernorm.Script):
    """Calls, and the random numbers that they are given."""

    def layer(self, on: str = LAYER, features: int = 4, eps: float = EPS) -> Calls:
        """A layer with some gain."""
        made: Call = {"make": on, "arguments": {"features": features, "eps": eps}, "defaults": DEFAULTS}
        return [made, *put(on, gain=self.sizes(features))]

    def positions(self) -> np.ndarray:
        """x of two examples with three positions each."""
        return self.batch(6).reshape(2, 3, 4)

    def spread(self, x: np.ndarray) -> np.ndarray:
        return _root(x, 0.0)


def forwards(seed: int) -> list[Case]:
    s = Script(seed)
    eps = s.large_eps()

    def case(name: str, calls: Calls, **marks: Unpack[Marks]) -> Case:
        return case_of(name, "y", calls, **marks)

    plain = s.layer(eps=eps)[:1]
    fresh, kept = array("x", s.batch(5))
    looks = [*s.layer(), forward(LAYER, fresh), forward(LAYER, kept)]
    return [
        case("fresh from the constructor", [*plain, forward(LAYER, s.batch(5))], constructor=True),
        case("each feature with a factor of its own", [*s.layer(), forward(LAYER, s.batch(5))]),
        case("a large ε", [*s.layer(eps=eps), forward(LAYER, s.batch(3)), forward(LAYER, s.batch(5))]),
        case("examples of very different scale", [*s.layer(), forward(LAYER, SCALES * s.batch(5))]),
        case("an example of zeros", [*s.layer(), forward(LAYER, s.batch(3) * [[1], [0], [1]])]),
        case("as many examples as features", [*s.layer(), forward(LAYER, s.batch(4))]),
        case("examples with positions", [*s.layer(), forward(LAYER, s.positions())]),
        case("at test time the same", [*s.layer(), forward(LAYER, s.batch(5), training=False)]),
        case(
            "two layers side by side",
            [
                *s.layer(FIRST),
                *s.layer(SECOND, eps=eps),
                *(forward(on, s.batch(n)) for on, n in ((FIRST, 5), (SECOND, 3)) * 2),
            ],
        ),
        case_of("leaves x as it was", "form", looks, keeps_arguments=True, beside="y", twice=((2, 3),)),
    ]


def gradients(seed: int) -> list[Case]:
    s = Script(seed)

    def beyond() -> list[Case]:
        calls = [*s.layer(), *s.back(s.positions())]
        return [case_of(f"{part} of examples with positions", part, calls) for part in PARTS]

    return _layernorm.gradients_of(s, ("dgain", "dx"), SCALES, beyond)


PARTED = {"rmsnorm_forward": forwards, "rmsnorm_backward": gradients}


def cases(about: "About", seed: int) -> list[Case]:
    return PARTED[about.name](seed)


# What is observed


def observe(case: Case, events: list[Event]) -> list[Observation]:
    return _layernorm.observed(case, events, _output, _gradient)


def _output(case: Case, events: list[Event], index: int) -> Observation:
    y, what = events[index].returned, _layernorm.named(case, index, "y")
    if isinstance(y, tuple):
        return Observation(what, "a tuple", say("tuple", what=what, got=described(y)), index)
    right = _Right(case, index)
    if case.observe == "form" and _layernorm.is_numbers(y, right.x.shape):
        return Observation(what, "an array", event=index)
    return Observation(what, y, event=index)


def _root(x: np.ndarray, eps: float) -> np.ndarray:
    return np.asarray(np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps))


class _Right:
    """The right forward of a call, or of the last one before a backward."""

    def __init__(self, case: Case, index: int) -> None:
        call = case.calls[index]
        of = [each for each in case.calls[: index + 1] if call["on"] in (each.get("on"), each.get("make"))]
        self.last = max(i for i in range(index + 1) if _layernorm.is_forward(case.calls[i], call["on"]))
        self.x = given(case.calls[self.last]["arguments"]["x"])
        made = of[0]["arguments"]
        put_in = [decode(each["arguments"]["value"]) for each in of if each.get("set") == "gain"]
        self.gain = put_in[-1] if put_in else np.ones(made["features"])
        self.root = _root(self.x, made["eps"])
        self.x_hat = self.x / self.root

    def gradients(self, grad: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Each, and how far it may be off: by the largest of its terms."""
        h, features = self.gain * grad, self.x.shape[-1]
        along = (h * self.x_hat).mean(axis=-1, keepdims=True)
        terms = np.array([h, -self.x_hat * along]) / self.root
        slack = SLACK * np.abs(terms).max(axis=0).max(axis=-1, keepdims=True)
        affine = (grad * self.x_hat).reshape(-1, features)
        summed = affine.sum(axis=0), SLACK * np.abs(affine).max(axis=0)
        return {"dx": (terms.sum(axis=0), slack), "dgain": summed}


def _gradient(case: Case, events: list[Event], index: int) -> list[Observation]:
    returned = events[index].returned
    if not isinstance(returned, tuple | list) or len(returned) != len(PARTS):
        says = say("no-pair", got=described(returned))
        return [Observation("What backward returns", described(returned), says, index)]
    pair = Observation("What backward returns", "two")
    right, grad = _Right(case, index), given(case.calls[index]["arguments"]["grad"])
    if case.observe == "form":
        forms = zip(returned, right.gradients(grad).values(), strict=True)
        arrays = [_layernorm.is_numbers(value, asked.shape) for value, (asked, _) in forms]
        return [pair, Observation("What it returns", all(arrays), say("forms"), index)]
    value, (asked, allowed) = returned[PARTS.index(case.observe)], right.gradients(grad)[case.observe]
    what = _layernorm.named(case, index, case.observe)
    if not _layernorm.is_numbers(value, asked.shape):
        return [pair, Observation(what, value, event=index)]
    if not compare.near(asked, value, allowed).all() and _is_own(case, events, index, right, grad, value):
        value = asked
    return [pair, Observation(what, value, "", index, allowed)]


def _is_own(
    case: Case, events: list[Event], index: int, right: _Right, grad: np.ndarray, value: np.ndarray
) -> bool:
    """Whether this is the gradient of the student's own forward: dgain with its x̂, dx by numerical
    differentiation. One that does not depend on x has no gradient to be judged by."""
    later = _layernorm.later_forwards(case, index)
    ys = [events[i].returned for i in (right.last, *later)]
    if len(ys) < 3 or not all(_layernorm.is_numbers(y, right.x.shape) for y in ys):
        return False
    x_hat = ys[0] / right.gain
    if not _layernorm.depends_on_x(x_hat):
        return False
    if case.observe == "dgain":
        own = (grad * x_hat).reshape(-1, len(right.gain)).sum(axis=0)
        return bool(np.allclose(value, own, rtol=1e-6))
    xs = [given(case.calls[i]["arguments"]["x"]) for i in later]
    return _layernorm.is_slope(value, grad, xs, ys[1:])


def seen(case: Case, events: list[Event]) -> list[Seen]:
    """y, or the gradient that the case is about, entry by entry."""
    return _layernorm.seen(case, events, PARTS)
