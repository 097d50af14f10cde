"""The two exercises of `LayerNorm`: one class, judged in two respects, each on its own.

Examples have means that are not 0 and, in one case, very different scales; γ ≠ 1 and β ≠ 0; ε is large in
some. A backward may be that of the right forward or that of the student's own, which is found numerically.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Unpack

import numpy as np

from course_lib import texts
from course_lib.exercises._batchnorm import FIRST, LAYER, SECOND, backward, forward, put
from course_lib.exercises._batchnorm_judging import is_numerical
from course_lib.judging import compare
from course_lib.judging.cases import Case, Marks, array, given
from course_lib.judging.compare import described
from course_lib.judging.encoding import decode
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call, Defaults, is_judged
from course_lib.judging.reading import Event
from course_lib.judging.seen import Seen

if TYPE_CHECKING:
    from course_lib.exercises.folders import About

say = texts.beside(__file__)

EPS = 1e-5
DEFAULTS: Defaults = {"features": None, "eps": EPS}
SCALES = np.array([[0.003], [1.0], [400.0], [0.05], [8.0]])  # of examples: at the default ε, its place shows
STEP = 1e-5  # of an example's spread: how far x is moved to differentiate a forward
NUMERICAL = 1e-6  # relative, of a central difference along one direction by chance
SLACK = 1e-9  # of the largest entry: what rounding may leave where terms cancel
PARTS = ("dx", "dγ", "dβ")
Calls = list[Call]


class Script:
    """Calls, and the random numbers that they are given."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def large_eps(self) -> float:
        return round(float(self.rng.uniform(0.4, 0.8)), 3)

    def batch(self, examples: int, features: int = 4) -> np.ndarray:
        """x: each example with its own mean, and with a spread that is not small by chance."""
        spread = np.linspace(-1.5, 1.5, features) ** 3 * self.rng.uniform(0.5, 1.5, (examples, 1))
        noise = self.rng.uniform(-0.3, 0.3, (examples, features))
        return np.asarray(self.rng.permuted(spread, axis=1) + noise + self.sizes(examples, 1))

    def sizes(self, *shape: int) -> np.ndarray:
        """Of order 1 and either sign, none near 0 or 1: for γ, β and gradients."""
        return self.rng.uniform(1.3, 3, shape) * self.rng.choice([-1, 1], shape)

    def layer(self, on: str = LAYER, features: int = 4, eps: float = EPS) -> Calls:
        """A layer with some γ and β."""
        made: Call = {"make": on, "arguments": {"features": features, "eps": eps}, "defaults": DEFAULTS}
        return [made, *put(on, gamma=self.sizes(features), beta=self.sizes(features))]

    def spread(self, x: np.ndarray) -> np.ndarray:
        """Of each example."""
        return np.asarray(x.std(axis=1, keepdims=True))

    def back(self, x: np.ndarray, on: str = LAYER) -> Calls:
        """Forward and backward, then forwards from which a student's own is differentiated."""
        step = STEP * self.spread(x) * self.sizes(*x.shape)
        return [
            forward(on, x, judged=False),
            backward(on, self.sizes(*x.shape)),
            *(forward(on, x + way * step, judged=False) for way in (1, -1)),
        ]


def case_of(name: str, observe: str, calls: Calls, **marks: Unpack[Marks]) -> Case:
    return Case.of(name, calls, observe, **marks)


def forwards(seed: int) -> list[Case]:
    s = Script(seed)
    eps = s.large_eps()

    def case(name: str, calls: Calls, **marks: Unpack[Marks]) -> Case:
        return case_of(name, "y", calls, **marks)

    plain = s.layer(eps=eps)[:1]
    fresh, kept = array("x", s.batch(5))
    looks = [*s.layer(), forward(LAYER, fresh), forward(LAYER, kept)]
    return [
        case("γ = 1 and β = 0 at the start", [*plain, forward(LAYER, s.batch(5))], constructor=True),
        case("γ and β", [*s.layer(), forward(LAYER, s.batch(5))]),
        case("a large ε", [*s.layer(eps=eps), forward(LAYER, s.batch(3)), forward(LAYER, s.batch(5))]),
        case("examples of very different scale", [*s.layer(), forward(LAYER, SCALES * s.batch(5))]),
        case("as many examples as features", [*s.layer(), forward(LAYER, s.batch(4))]),
        case("a single example", [*s.layer(features=6), forward(LAYER, s.batch(1, 6))]),
        case("at test time the same", [*s.layer(), forward(LAYER, s.batch(5), training=False)]),
        case(
            "two layers side by side",
            [
                *s.layer(FIRST),
                *s.layer(SECOND, eps=eps),
                *(forward(on, s.batch(n)) for on, n in ((FIRST, 5), (SECOND, 3)) * 2),
            ],
        ),
        case_of("leaves x as it was", "form", looks, keeps_arguments=True, beside="y", twice=((3, 4),)),
    ]


def gradients(seed: int) -> list[Case]:
    return gradients_of(Script(seed), ("dβ", "dγ", "dx"), SCALES)


def gradients_of(
    s: Script, parts: tuple[str, ...], scales: np.ndarray, further: Callable[[], list[Case]] = list
) -> list[Case]:
    """Each part, dx in particular, and what else there is to ask; scales: of examples."""
    eps = s.large_eps()
    plain = [*s.layer(), *s.back(s.batch(5))]
    pair = {on: s.batch(5) for on in (FIRST, SECOND)}
    backs = {on: s.back(x, on) for on, x in pair.items()}
    fresh, kept = array("grad", s.sizes(5, 4))
    x = s.batch(5)
    looks: Calls = [*s.layer()]
    made = len(looks)
    for grad in (fresh, kept):
        looks += [forward(LAYER, x, judged=False), backward(LAYER, grad)]
    others = further()
    twice = ((made + 1, made + 3),)
    return [
        *(case_of(part, part, plain) for part in parts),
        case_of("dx at a large ε", "dx", [*s.layer(eps=eps), *s.back(s.batch(3))]),
        case_of("dx of a single example", "dx", [*s.layer(features=6), *s.back(s.batch(1, 6))]),
        case_of("dx of as many examples as features", "dx", [*s.layer(), *s.back(s.batch(4))]),
        case_of("dx of examples of very different scale", "dx", [*s.layer(), *s.back(scales * s.batch(5))]),
        *others,
        case_of("several batches in turn", "dx", [*s.layer(), *s.back(s.batch(3)), *s.back(s.batch(5))]),
        case_of(
            "two layers side by side",
            "dx",
            [
                *s.layer(FIRST),
                *s.layer(SECOND, eps=eps),
                *(backs[on][0] for on in (FIRST, SECOND)),
                *(backs[on][1] for on in (SECOND, FIRST)),
                *(call for on in (FIRST, SECOND) for call in backs[on][2:]),
            ],
        ),
        case_of("leaves grad as it was", "form", looks, keeps_arguments=True, beside="dx", twice=twice),
    ]


PARTED = {"layernorm_forward": forwards, "layernorm_backward": gradients}


def cases(about: "About", seed: int) -> list[Case]:
    return PARTED[about.name](seed)


# What is observed


def observe(case: Case, events: list[Event]) -> list[Observation]:
    return observed(case, events, _output, _gradient)


def observed(
    case: Case,
    events: list[Event],
    output: Callable[[Case, list[Event], int], Observation],
    gradient: Callable[[Case, list[Event], int], list[Observation]],
) -> list[Observation]:
    """What is seen of each forward and backward that is judged."""
    seen = []
    for index, call in enumerate(case.calls):
        if "call" not in call or not is_judged(call) or events[index].error:
            continue
        if call["call"] == "forward":
            seen.append(output(case, events, index))
        else:
            seen += gradient(case, events, index)
    return seen


def named(case: Case, index: int, part: str) -> str:
    """ "y of call 2", or "dx of the first layer": which, where there are several."""
    on = case.calls[index]["on"]
    if on != LAYER:
        return say("of-layer", part=part, layer=case.called(on))
    judged = [i for i, call in enumerate(case.calls) if "call" in call and is_judged(call)]
    return part if len(judged) == 1 else say("of-call", part=part, number=judged.index(index) + 1)


def is_numbers(value: object, shape: tuple[int, ...]) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.shape == shape


def _output(case: Case, events: list[Event], index: int) -> Observation:
    y, what = events[index].returned, named(case, index, "y")
    if isinstance(y, tuple):
        return Observation(what, "a tuple", say("tuple", what=what, got=described(y)), index)
    right = _Right(case, index)
    if case.observe == "form" and is_numbers(y, right.x.shape):
        return Observation(what, "an array", event=index)
    # γ x̂ and β cancel now and then
    numbers = is_numbers(y, right.x.shape)
    return Observation(
        what, y, "", index, SLACK * np.abs(right.y).max(axis=1, keepdims=True) if numbers else 0.0
    )


class _Right:
    """The right forward of a call, or of the last one before a backward."""

    def __init__(self, case: Case, index: int) -> None:
        call = case.calls[index]
        of = [each for each in case.calls[: index + 1] if call["on"] in (each.get("on"), each.get("make"))]
        self.last = max(i for i in range(index + 1) if is_forward(case.calls[i], call["on"]))
        self.x = given(case.calls[self.last]["arguments"]["x"])
        made = of[0]["arguments"]
        self.gamma, self.beta = np.ones(made["features"]), np.zeros(made["features"])
        for each in of:
            if "set" in each:
                setattr(self, each["set"], decode(each["arguments"]["value"]))
        self.std = np.sqrt(self.x.var(axis=1, keepdims=True) + made["eps"])
        self.x_hat = (self.x - self.x.mean(axis=1, keepdims=True)) / self.std
        self.y = self.gamma * self.x_hat + self.beta

    def gradients(self, grad: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Each, and how far it may be off: by the largest of its terms."""
        h = self.gamma * grad
        along = (h * self.x_hat).mean(axis=1, keepdims=True)
        terms = (
            np.array(np.broadcast_arrays(h, -h.mean(axis=1, keepdims=True), -self.x_hat * along)) / self.std
        )
        slack = SLACK * np.abs(terms).max(axis=(0, 2))[:, np.newaxis]
        affine = {"dγ": grad * self.x_hat, "dβ": grad}
        summed = {name: (each.sum(axis=0), SLACK * np.abs(each).max(axis=0)) for name, each in affine.items()}
        return {"dx": (terms.sum(axis=0), slack), **summed}


def is_forward(call: Call, on: str) -> bool:
    return call.get("on") == on and call.get("call") == "forward"


def _gradient(case: Case, events: list[Event], index: int) -> list[Observation]:
    returned = events[index].returned
    if not isinstance(returned, tuple | list) or len(returned) != len(PARTS):
        says = say("no-three", got=described(returned))
        return [Observation("What backward returns", described(returned), says, index)]
    three = Observation("What backward returns", "three")
    right, grad = _Right(case, index), given(case.calls[index]["arguments"]["grad"])
    if case.observe == "form":
        forms = zip(PARTS, returned, right.gradients(grad).values(), strict=True)
        arrays = [is_numbers(value, asked.shape) for _, value, (asked, _) in forms]
        return [three, Observation("What it returns", all(arrays), say("forms"), index)]
    value, (asked, allowed) = returned[PARTS.index(case.observe)], right.gradients(grad)[case.observe]
    what = named(case, index, case.observe)
    if not is_numbers(value, asked.shape):
        return [three, Observation(what, value, event=index)]
    dgammas = returned[1], right.gradients(grad)["dγ"][0]
    # Of one example, a few numbers that a difference has rounded may add up to 0 by chance.
    several = case.observe == "dx" and len(right.x) > 1
    if several and is_numerical(asked, value, allowed / SLACK, 1, dgammas):
        return [three, Observation(what, "numerical", say("numerical", what=what), index)]
    if not compare.near(asked, value, allowed).all() and _is_own(case, events, index, right, grad, value):
        value = asked
    return [three, Observation(what, value, "", index, allowed)]


def _is_own(
    case: Case, events: list[Event], index: int, right: _Right, grad: np.ndarray, value: np.ndarray
) -> bool:
    """Whether this is the gradient of the student's own forward: dγ with its x̂, dx by numerical
    differentiation. One that does not depend on x has no gradient to be judged by."""
    later = later_forwards(case, index)
    ys = [events[i].returned for i in (right.last, *later)]
    if len(ys) < 3 or not all(is_numbers(y, right.x.shape) for y in ys):
        return False
    x_hat = (ys[0] - right.beta) / right.gamma
    if not depends_on_x(x_hat):
        return False
    if case.observe != "dx":
        return case.observe == "dγ" and bool(np.allclose(value, (grad * x_hat).sum(axis=0), rtol=1e-6))
    return is_slope(value, grad, [given(case.calls[i]["arguments"]["x"]) for i in later], ys[1:])


def later_forwards(case: Case, index: int) -> list[int]:
    """The two behind a backward, from which a student's own is differentiated."""
    on = case.calls[index]["on"]
    return [i for i in range(index, len(case.calls)) if is_forward(case.calls[i], on)][:2]


def depends_on_x(x_hat: np.ndarray) -> bool:
    """Whether each example has been normalised to something that is not 0."""
    return bool(np.isfinite(x_hat).all() and np.all(np.abs(x_hat).max(axis=-1) >= 1e-4))


def is_slope(value: np.ndarray, grad: np.ndarray, xs: list[np.ndarray], ys: list[np.ndarray]) -> bool:
    """Whether dx is the slope of Σ grad · y between two x beside the one that it is asked at."""
    moved, answered = value * (xs[0] - xs[1]), grad * (ys[0] - ys[1])
    size = np.abs(moved).sum() + np.abs(answered).sum()
    return bool(abs(moved.sum() - answered.sum()) <= NUMERICAL * size)


def seen(case: Case, events: list[Event], parts: tuple[str, ...] = PARTS) -> list[Seen]:
    """y, or the gradient that the case is about, entry by entry."""
    found = []
    for index, call in enumerate(case.calls):
        if "call" not in call or not is_judged(call):
            continue
        value, part = events[index].returned, "y"
        if call["call"] == "backward":
            part = case.observe if case.observe in parts else "dx"
            whole = isinstance(value, tuple | list) and len(value) == len(parts)
            value = value[parts.index(part)] if whole else None
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size:
            found.append(Seen("", named(case, index, part), say("entry"), part, value.ravel()))
    return found
