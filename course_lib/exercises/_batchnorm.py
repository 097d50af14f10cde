"""The four exercises of `BatchNorm`: one class, judged in four respects, each on its own.

The cases are made to expose mistakes, whatever the seed. Batches are small, so that dividing by N or by N − 1
shows; features have very different scales and means that are not 0; γ ≠ 1 and β ≠ 0; ε is large in some
cases, and next to a tiny variance in others.

What is played but belongs to another of the four exercises is marked "judged": false.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

import numpy as np

from course_lib.exercises import _batchnorm_driver
from course_lib.exercises._batchnorm_judging import About as AboutGradient
from course_lib.exercises._batchnorm_judging import observe
from course_lib.exercises._batchnorm_suggesting import remark, suggest
from course_lib.judging.cases import Case, Form, Marks, array
from course_lib.judging.encoding import encode_array
from course_lib.judging.probe import Call, Defaults

if TYPE_CHECKING:
    from course_lib.exercises.folders import About

__all__ = ["cases", "observe", "remark", "suggest"]

EPS = 1e-5
DEFAULTS: Defaults = {"features": None, "momentum": 0.1, "eps": EPS}
# At the default ε, its place shows in the second; in the first, whether there is any.
SCALES = np.array([3e-7, 0.003, 1.0, 400.0])
STILL = 1e-9  # a momentum: an update at test time, which is another exercise's question, moves nothing by it
STEP = 1e-5  # of a feature's spread: how far x is moved to differentiate a forward
Calls = list[Call]
Scales = float | np.ndarray  # of all features, or of each


class Script:
    """Calls, and the random numbers that they are given."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def setting(self, low: float, high: float) -> float:
        return round(float(self.rng.uniform(low, high)), 3)

    def batch(self, examples: int, features: int = 3, scales: Scales = 1.0) -> np.ndarray:
        """x: each feature of its own scale and mean, and with a spread that is not small by chance."""
        spread = np.linspace(-1.5, 1.5, examples)[:, None] ** 3 * self.rng.uniform(0.5, 1.5, features)
        spread = self.rng.permuted(spread, axis=0)
        noise = self.rng.uniform(-0.3, 0.3, (examples, features))
        offset = self.rng.uniform(0.7, 2, features) * self.rng.choice([-1, 1], features)
        return np.asarray((spread + noise + offset) * scales)

    def sizes(self, *shape: int) -> np.ndarray:
        """Of order 1 and either sign, none near 0 or 1: for γ, β and gradients."""
        return self.rng.uniform(1.3, 3, shape) * self.rng.choice([-1, 1], shape)

    def affine(self, *layers: str, features: int = 3) -> Calls:
        """γ and β, the same for all these layers: whether they share them is judged in training only."""
        gamma, beta = self.sizes(features), self.sizes(features)
        return [call for on in layers for call in put(on, gamma=gamma, beta=beta)]

    def statistics(self, on: str, features: int = 3, scales: Scales = 1.0) -> Calls:
        mean, var = self.sizes(features) * scales, self.rng.uniform(2, 5, features) * np.square(scales)
        return put(on, judged=False, running_mean=mean, running_var=var)

    def leaves(self, what: str, value: np.ndarray, calls: Callable[[Form], Calls]) -> Case:
        """Calls on one layer of three features that are to leave an array alone. At test time, with given
        statistics, what comes back depends on nothing but what an array holds: so twice."""
        fresh, kept = array(what, value)
        given = self.statistics(LAYER)
        looks = [
            [*given, forward(LAYER, x, training=False, judged=False)] for x in (kept, encode_array(value))
        ]
        played = [*calls(fresh), *looks[0], *looks[1]]
        last = len(played) - 1
        twice = ((last - len(looks[1]), last),)
        return _case(f"leaves {what} as it was", "form", played, keeps_arguments=True, twice=twice)


def make(on: str, features: int = 3, **settings: float) -> Call:
    return {"make": on, "arguments": {"features": features, **settings}, "defaults": DEFAULTS}


def put(on: str, judged: bool = True, **values: np.ndarray) -> Calls:
    return [
        {"on": on, "set": name, "arguments": {"value": encode_array(value)}, "judged": judged}
        for name, value in values.items()
    ]


def forward(on: str, x: np.ndarray | Form, training: bool = True, judged: bool = True) -> Call:
    form = encode_array(x) if isinstance(x, np.ndarray) else x
    arguments = {"x": form, "training": training}
    return {"on": on, "call": "forward", "arguments": arguments, "judged": judged}


def read(on: str, *names: str, judged: bool = True) -> Calls:
    return [{"on": on, "read": name, "judged": judged} for name in names]


def backward(on: str, grad: np.ndarray | Form) -> Call:
    form = encode_array(grad) if isinstance(grad, np.ndarray) else grad
    return {"on": on, "call": "backward", "arguments": {"grad": form}}


def _case(name: str, observe: str, calls: Calls, **marks: Unpack[Marks]) -> Case:
    return Case.of(name, calls, observe, **marks)


LAYER, FIRST, SECOND = "layer", "first layer", "second layer"


def in_training(seed: int) -> list[Case]:
    s = Script(seed)
    eps = s.setting(0.4, 0.8)
    constant = s.batch(5)
    constant[:, 1] = 2.5
    return [
        _case(
            "γ = 1 and β = 0 at the start",
            "forward",
            [
                make(LAYER, momentum=s.setting(0.3, 0.4), eps=eps),
                *read(LAYER, "gamma", "beta"),
                forward(LAYER, s.batch(5)),
            ],
            constructor=True,
        ),
        _case("γ and β", "forward", [make(LAYER), *s.affine(LAYER), forward(LAYER, s.batch(5))]),
        _case(
            "several batches in turn",
            "forward",
            # The running statistics are set anew: those whose form a batch has spoilt would end the next.
            [
                make(LAYER),
                *s.affine(LAYER),
                *(call for n in (4, 6, 5) for call in (*s.statistics(LAYER), forward(LAYER, s.batch(n)))),
            ],
        ),
        _case(
            "a large ε",
            "forward",
            [make(LAYER, eps=eps), *s.affine(LAYER), forward(LAYER, s.batch(6))],
        ),
        _case(
            "features of very different scale",
            "forward",
            [make(LAYER, 4), *s.affine(LAYER, features=4), forward(LAYER, s.batch(5, 4, SCALES))],
        ),
        _case(
            "as many features as examples",
            "forward",
            [make(LAYER, 4), *s.affine(LAYER, features=4), forward(LAYER, s.batch(4, 4))],
        ),
        _case(
            "a feature that is the same in all examples, and a batch of two",
            "forward",
            [
                make(LAYER),
                *s.affine(LAYER),
                forward(LAYER, constant),
                *s.statistics(LAYER),
                forward(LAYER, s.batch(2)),
            ],
            special=True,
        ),
        _case(
            "two layers side by side",
            "forward",
            [
                make(FIRST),
                make(SECOND, eps=eps),
                *s.affine(FIRST),
                *s.affine(SECOND),
                *(forward(on, s.batch(n)) for on, n in ((FIRST, 5), (SECOND, 4)) * 2),
            ],
        ),
        s.leaves("x", s.batch(5), lambda x: [make(LAYER), *s.affine(LAYER), forward(LAYER, x)]),
    ]


def running(seed: int) -> list[Case]:
    s = Script(seed)
    momentum, other = s.setting(0.2, 0.3), s.setting(0.6, 0.7)
    both = "running_mean", "running_var"

    def chain(on: str, sizes: tuple[int, ...], *names: str, features: int = 3, scales: Scales = 1.0) -> Calls:
        return [
            call for n in sizes for call in (forward(on, s.batch(n, features, scales)), *read(on, *names))
        ]

    return [
        _case(
            "mean 0 and variance 1 at the start",
            "read",
            [make(LAYER, momentum=momentum), *read(LAYER, *both), forward(LAYER, s.batch(4))],
        ),
        _case(
            "the running mean",
            "read",
            [make(LAYER, momentum=momentum), *chain(LAYER, (4, 3, 6), "running_mean")],
        ),
        _case(
            "the running variance",
            "read",
            [make(LAYER, momentum=momentum), *chain(LAYER, (4, 3, 6), "running_var")],
        ),
        _case(
            "another momentum",
            "read",
            [make(LAYER, momentum=other), *chain(LAYER, (5, 4), *both)],
        ),
        _case(
            "a large ε, γ ≠ 1 and β ≠ 0",
            "read",
            [
                make(LAYER, momentum=momentum, eps=s.setting(0.4, 0.8)),
                *s.affine(LAYER),
                *chain(LAYER, (5, 4), *both),
            ],
        ),
        _case(
            "features of very different scale",
            "read",
            [make(LAYER, momentum=momentum), *chain(LAYER, (4, 5), *both, scales=SCALES[1:])],
        ),
        _case(
            "test time leaves them as they are",
            "kept",
            [
                make(LAYER, momentum=momentum),
                *read(LAYER, *both),
                forward(LAYER, s.batch(4)),
                *read(LAYER, *both),
                forward(LAYER, s.batch(5), training=False, judged=False),
                *read(LAYER, *both),
            ],
        ),
        _case(
            "two layers side by side",
            "read",
            [
                make(FIRST, momentum=momentum),
                make(SECOND, momentum=other),
                *chain(FIRST, (4,), *both),
                *chain(SECOND, (5,), *both),
                *chain(FIRST, (3,), *both),
            ],
        ),
    ]


def at_test(seed: int) -> list[Case]:
    s = Script(seed)
    eps = s.setting(0.4, 0.8)

    def case(name: str, make: Call, *calls: Call, **marks: Unpack[Marks]) -> Case:
        return _case(name, "test", [make, *calls], **marks)

    def look(x: np.ndarray | Form, on: str = LAYER) -> Call:
        return forward(on, x, training=False)

    def still(on: str = LAYER, features: int = 3, eps: float = EPS) -> Call:
        return make(on, features, momentum=STILL, eps=eps)

    def train(x: np.ndarray) -> Call:
        return forward(LAYER, x, judged=False)

    own = read(LAYER, "running_mean", "running_var", judged=False)
    return [
        case(
            "given statistics, γ = 1 and β = 0",
            still(eps=eps),
            *s.statistics(LAYER),
            *put(LAYER, gamma=np.ones(3), beta=np.zeros(3)),
            look(s.batch(5)),
        ),
        case("γ and β", still(), *s.statistics(LAYER), *s.affine(LAYER), look(s.batch(5))),
        case("a large ε", still(eps=eps), *s.statistics(LAYER), *s.affine(LAYER), look(s.batch(5))),
        case(
            "features of very different scale",
            still(features=4),
            *s.statistics(LAYER, 4, SCALES),
            *s.affine(LAYER, features=4),
            look(s.batch(5, 4, SCALES)),
        ),
        # How is judged elsewhere: here, whether those that training has made are used. They may be another's.
        _case(
            "after training",
            "trained",
            [
                make(LAYER, momentum=s.setting(0.3, 0.4)),
                *s.affine(LAYER),
                train(s.batch(6)),
                train(s.batch(6)),
                *own,
                look(s.batch(6)),
                *own,
            ],
            special=True,
        ),
        case(
            "statistics changed after training, and in between",
            still(),
            *s.affine(LAYER),
            train(s.batch(4)),
            *s.statistics(LAYER),
            look(s.batch(4)),
            *s.statistics(LAYER),
            look(s.batch(5)),
        ),
        case(
            "a single example, and several",
            still(),
            *s.statistics(LAYER),
            *s.affine(LAYER),
            look(s.batch(2)[:1]),
            *s.statistics(LAYER),
            look(s.batch(3)),
            special=True,
        ),
        case(
            "two layers side by side",
            still(FIRST),
            still(SECOND, eps=eps),
            *s.statistics(FIRST),
            *s.statistics(SECOND),
            *s.affine(FIRST, SECOND),
            look(s.batch(5), FIRST),
            look(s.batch(4), SECOND),
            look(s.batch(5), FIRST),
        ),
        s.leaves("x", s.batch(5), lambda x: [still(), *s.statistics(LAYER), look(x)]),
    ]


def gradients(seed: int) -> list[Case]:
    s = Script(seed)
    eps = s.setting(0.4, 0.8)

    def moved(x: np.ndarray, on: str = LAYER) -> Calls:
        """Forwards from which a student's own is differentiated."""
        step = STEP * x.std(axis=0) * s.sizes(*x.shape)
        return [forward(on, x + step, judged=False), forward(on, x - step, judged=False)]

    def back(x: np.ndarray, on: str = LAYER) -> Calls:
        return [forward(on, x, judged=False), backward(on, s.sizes(*x.shape)), *moved(x, on)]

    def case(name: str, part: str, make: Call, *calls: Call, **marks: Unpack[Marks]) -> Case:
        return _case(name, part, [make, *calls], **marks)

    plain = [*s.affine(LAYER), *back(s.batch(6))]
    again = [*s.statistics(LAYER), *back(s.batch(4))]
    pair = {on: s.batch(5) for on in (FIRST, SECOND)}
    return [
        case("dβ", "dβ", make(LAYER), *plain, *again),
        case("dγ", "dγ", make(LAYER), *plain, *again),
        case("dx", "dx", make(LAYER), *plain),
        case(
            "dx at a large ε",
            "dx",
            make(LAYER, eps=eps),
            *s.affine(LAYER),
            *back(s.batch(5)),
            about=AboutGradient(of_a_forward=True),
        ),
        case(
            "dx of a batch of two, and as many features as examples",
            "dx",
            make(LAYER, 4, eps=eps),
            *s.affine(LAYER, features=4),
            *back(s.batch(2, 4)),
            *s.statistics(LAYER, 4),
            *back(s.batch(4, 4)),
            special=True,
        ),
        case(
            "dx of features of very different scale",
            "dx",
            make(LAYER),
            *s.affine(LAYER),
            *back(s.batch(5, scales=SCALES[1:])),
        ),
        case(
            "several batches in turn, and a look at test data in between",
            "dx",
            make(LAYER),
            *s.affine(LAYER),
            *back(s.batch(4)),
            *s.statistics(LAYER),
            forward(LAYER, s.batch(5), judged=False),
            *s.statistics(LAYER),
            forward(LAYER, s.batch(7), training=False, judged=False),
            *back(s.batch(5)),
        ),
        case(
            "two layers side by side",
            "dx",
            make(FIRST),
            make(SECOND, eps=eps),
            *s.affine(FIRST, SECOND),
            *(forward(on, x, judged=False) for on, x in pair.items()),
            *(backward(on, s.sizes(5, 3)) for on in (SECOND, FIRST)),
            *(call for on, x in pair.items() for call in moved(x, on)),
        ),
        s.leaves(
            "grad",
            s.sizes(5, 3),
            lambda grad: [
                make(LAYER),
                *s.affine(LAYER),
                forward(LAYER, s.batch(5), judged=False),
                {"on": LAYER, "call": "backward", "arguments": {"grad": grad}},
            ],
        ),
    ]


PARTS = {
    "batchnorm_forward": in_training,
    "batchnorm_running": running,
    "batchnorm_test": at_test,
    "batchnorm_backward": gradients,
}


def cases(about: "About", seed: int) -> list[Case]:
    """Which branch runs when is judged with forward in training; elsewhere, whichever runs is judged."""

    def played(case: Case) -> Case:
        settings: _batchnorm_driver.Settings = {
            "modes_judged": about.name == "batchnorm_forward",
            "updates": case.observe in ("read", "kept"),
        }
        driven = replace(case.asked, driver=_batchnorm_driver.__name__, settings=settings)
        return replace(case, asked=driven)

    return [played(case) for case in PARTS[about.name](seed)]
