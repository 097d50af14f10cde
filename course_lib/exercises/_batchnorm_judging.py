"""What is compared of a `BatchNorm`. Each of its four exercises is judged on what it is about:

- at test time, the formula is judged where the running statistics are given; after training, whether y is
  what the object's own running statistics ask for, be they right or not;
- gradients may be those of the right forward or those of the student's own, which are found numerically;
  the contract's formula with all that another forward keeps is neither, but right once that is mended: it
  fails in one case alone, as the mistake costs forward's exercise already.
"""

from dataclasses import dataclass
from typing import TypedDict, TypeGuard

import numpy as np

from course_lib import texts
from course_lib.exercises._batchnorm_driver import settings_of
from course_lib.judging import compare
from course_lib.judging.cases import Case, given
from course_lib.judging.compare import described
from course_lib.judging.encoding import decode
from course_lib.judging.observing import Observation, told
from course_lib.judging.probe import Call, is_judged
from course_lib.judging.reading import Event

say = texts.beside(__file__)

SLACK = 1e-10  # of the largest entry: what rounding may leave where terms cancel
NOTHING = 1e-13  # what it may leave where all of them do, as in the mean of x̂
# How far the student's own x̂ and statistics may lie from the right ones, as a factor, and still be what the
# rest is judged by. A forward that is all but constant has gradients of zero, and statistics without bounds
# ask for a y without x: whoever returns those has not written the rest.
# Who divides by the variance has an x̂ as many times too small as the standard deviation is large: some 1,000
# times for a feature of the largest scale in the cases, more or less as the seed has it.
X_HATS_APART = 10_000.0
STATISTICS_APART = 100.0  # standard deviations
# Of the largest entry: after training, only which statistics are used is asked. What the smallest mistake in
# the formula brings is smaller, whatever the statistics, and what other statistics bring is larger.
ROUGH = 1e-3
# Relative, of a central difference along one direction by chance: of wrong dx, so many agree with it.
NUMERICAL = 1e-6
# Relative to its largest term: a derived dx adds up to 0 but for rounding, some 1e-15, over what its mean is
# taken of. Finite differences do not, whatever their step; they lie within NEARLY of the right one.
BALANCED = 1e-13
NEARLY = 1e-3
SINGLE = 1e-9, 1e-5  # relative: where dγ is off by so much, something is kept in float32
ROUNDING = 1e-14  # relative to y: what is left of a difference where y hardly moves
PARTS = ("dx", "dγ", "dβ")
ORDINALS = ("first", "second", "third", "fourth")


class About(TypedDict, total=False):
    """of_a_forward: whether dx has to be the gradient of a forward, the contract's or the student's own."""

    of_a_forward: bool


def observe(case: Case, events: list[Event]) -> list[Observation]:
    """One observation for each value that the case is about."""
    if case.observe == "kept":
        return _kept(case, events)
    seen = _modes(events) if settings_of(case.asked)["modes_judged"] else []
    for index, call in enumerate(case.calls):
        if "make" in call or "set" in call or not is_judged(call):
            continue
        returned = events[index].returned
        if "read" in call:
            what = _of(case, call["on"], say("read", when=_when(case, index), name=call["read"]))
            seen.append(_seen(what, returned, index))
        elif call["call"] == "backward":
            seen += _gradient(case, events, index)
        elif case.observe != "read":
            y = _by_own_statistics if case.observe == "trained" else _output
            seen.append(y(case, events, index))
    return seen if case.observe != "form" else [_formed(one) for one in seen]


def _modes(events: list[Event]) -> list[Observation]:
    changed = any(event.other_mode for event in events)
    return [Observation("The modes", "changed places" if changed else "in place", say("modes"))]


def _seen(what: str, value: object, index: int) -> Observation:
    sizes = np.abs(value) if _is_numbers(value) else np.zeros(1)
    finite = sizes[np.isfinite(sizes)]
    allowed = max(NOTHING, SLACK * float(finite.max())) if finite.size else 0.0
    return Observation(what, value, event=index, allowed=allowed)


def _formed(observation: Observation) -> Observation:
    """Its form only."""
    form = described(observation.value)
    says = say("form", what=observation.what, form=form)
    return Observation(observation.what, form, says, observation.event)


def _is_numbers(value: object, shape: tuple[int, ...] | None = None) -> TypeGuard[np.ndarray]:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f" and shape in (None, value.shape)


def _of(case: Case, on: str, what: str) -> str:
    """What it is, and of which layer where there are several."""
    return what if on == "layer" else say("of-layer", what=what, layer=case.called(on))


def _part(case: Case, index: int, part: str) -> str:
    """ "the second forward's y": counted for its layer, and without those that are not judged."""
    call = case.calls[index]
    alike = [c for c in case.calls[: index + 1] if is_judged(c) and c.get("on") == call["on"]]
    ordinal = ORDINALS[sum(c.get("call") == call["call"] for c in alike) - 1]
    return say(f"part.{ordinal}", call=call["call"], part=part)


def _when(case: Case, index: int) -> str:
    batches = sum(_trains(call, case.calls[index]["on"]) for call in case.calls[:index])
    if not batches:
        return say("at-start")
    return say("after-batch" if batches == 1 else "after-batches", count=batches)


def _trains(call: Call, on: str) -> bool:
    return call.get("on") == on and call.get("call") == "forward" and call["arguments"]["training"]


# The layer in a case, as the contract has it


@dataclass(frozen=True)
class Contract:
    """What a layer is made with."""

    features: int
    momentum: float
    eps: float


def contract(case: Case, on: str) -> Contract:
    make = next(c for c in case.calls if c.get("make") == on)
    return Contract(**{**make["defaults"], **make["arguments"]})


def attributes(case: Case, on: str, until: int) -> dict[str, np.ndarray]:
    """γ, β and the running statistics of a right layer before a call."""
    made = contract(case, on)
    features, momentum = made.features, made.momentum
    state = {
        "gamma": np.ones(features),
        "beta": np.zeros(features),
        "running_mean": np.zeros(features),
        "running_var": np.ones(features),
    }
    for call in case.calls[:until]:
        if call.get("on") == on and "set" in call:
            state[call["set"]] = decode(call["arguments"]["value"])
        elif _trains(call, on):
            x = given(call["arguments"]["x"])
            batch = {"running_mean": x.mean(axis=0), "running_var": x.var(axis=0, ddof=1)}
            for name, value in batch.items():
                state[name] = (1 - momentum) * state[name] + momentum * value
    return state


# What forward returns


def _output(case: Case, events: list[Event], index: int) -> Observation:
    """y, which may be off relative to the largest of its feature, as γ x̂ and β cancel now and then; of a
    tuple, only that it is one: what else is in it matters to nobody."""
    y, what = events[index].returned, _of(case, case.calls[index]["on"], _part(case, index, "y"))
    if _is_numbers(y) and y.ndim and y.size:
        largest = np.where(np.isfinite(y), np.abs(y), 0).max(axis=0)
        return Observation(what, y, event=index, allowed=compare.RELATIVE["float64"] * largest)
    if not isinstance(y, tuple):
        return Observation(what, y, event=index)
    shape = given(case.calls[index]["arguments"]["x"]).shape
    says = say("tuple", what=what, got=described(y), shape=shape)
    return Observation(what, "a tuple", says, index)


def _by_own_statistics(case: Case, events: list[Event], index: int) -> Observation:
    """Whether y is what the object's own running statistics ask for.

    They are read before and after: whether a forward at test time updates them is another exercise's
    question, as long as it does not put the batch's own statistics in their place.
    """
    call, y, what = case.calls[index], events[index].returned, _part(case, index, "y")
    x, eps = given(call["arguments"]["x"]), contract(case, call["on"]).eps
    if not _is_numbers(y, x.shape):
        return _output(case, events, index)
    right = attributes(case, call["on"], index)
    spans = slice(0, index), slice(index, index + 3)
    before, after = (_own(right, _read(case, events, call["on"], span, x.shape), eps) for span in spans)
    used = [before] if _agree(x.mean(axis=0), after["running_mean"]) else [before, after]
    asked = []
    for own in used:
        x_hat = (x - own["running_mean"]) / np.sqrt(own["running_var"] + eps)
        asked.append(right["gamma"] * x_hat + right["beta"])
    if any(compare.near(one, y, ROUGH * np.abs(one).max()).all() for one in asked):
        return Observation(what, "what the running statistics ask for", event=index)
    difference = compare.value(asked[0], y, ROUGH * np.abs(asked[0]).max())
    says = told(Observation(what, y), difference) if difference else ""
    return Observation(what, "other", says, index)


def _read(
    case: Case, events: list[Event], on: str, span: slice, shape: tuple[int, ...]
) -> dict[str, np.ndarray]:
    """The attributes that were last read in a part of a case, as far as x of this shape can be normalised
    with them."""
    calls = zip(case.calls[span], events[span], strict=True)
    return {
        call["read"]: np.asarray(event.returned)
        for call, event in calls
        if call.get("on") == on and "read" in call and _fits(event.returned, shape)
    }


def _fits(value: object, shape: tuple[int, ...]) -> bool:
    """Whether these are numbers, one for each feature or for all, with axes of length 1 or not."""
    if not isinstance(value, float) and not _is_numbers(value):
        return False
    own = np.shape(value)
    return len(own) <= len(shape) and all(
        n in (1, asked) for n, asked in zip(own[::-1], shape[::-1], strict=False)
    )


def _own(right: dict[str, np.ndarray], read: dict[str, np.ndarray], eps: float) -> dict[str, np.ndarray]:
    """The attributes with those that were read in place of the right ones, where they are within bounds."""
    own = right | read
    farthest = STATISTICS_APART * (np.abs(right["running_mean"]) + np.sqrt(right["running_var"] + eps))
    near = np.all(np.abs(own["running_mean"]) <= farthest)
    alike = _alike_in_size(own["running_var"] + eps, right["running_var"] + eps, STATISTICS_APART**2)
    return own if near and alike else right


def _alike_in_size(own: np.ndarray, right: np.ndarray, factor: float) -> bool:
    """Whether no entry is a factor smaller or larger than the right one, or no number."""
    return bool(np.all((own <= factor * right) & (factor * own >= right)))


def _kept(case: Case, events: list[Event]) -> list[Observation]:
    """Whether training changes the running statistics, and a forward at test time leaves them alone."""
    reads: dict[str, list[int]] = {}
    for index, call in enumerate(case.calls):
        if "read" in call:
            reads.setdefault(call["read"], []).append(index)
    seen = []
    for name, (start, trained, tested) in reads.items():
        seen += [_formed(_seen(name, events[i].returned, i)) for i in (start, trained, tested)]
        before, between, after = (events[i].returned for i in (start, trained, tested))
        shape = (contract(case, case.calls[start]["on"]).features,)
        if not all(_is_numbers(value, shape) for value in (before, between, after)):
            return seen
        moved = bool(np.any(before != between))
        seen.append(Observation(f"{name} in training", moved, say("not-moved", name=name), trained))
        seen.append(Observation(say("added", name=name), after - between, event=tested, allowed=SLACK))
    return seen


# Gradients


def _gradient(case: Case, events: list[Event], index: int) -> list[Observation]:
    returned, on = events[index].returned, case.calls[index]["on"]
    named = {part: _of(case, on, _part(case, index, part)) for part in PARTS}
    if not isinstance(returned, tuple | list) or len(returned) != len(PARTS):
        says = say("no-three", got=described(returned))
        return [Observation("What backward returns", described(returned), says, index)]
    triple = Observation("What backward returns", "three")
    if case.observe == "form":
        return [triple, *(_seen(named[p], v, index) for p, v in zip(PARTS, returned, strict=True))]
    what, value = named[case.observe], returned[PARTS.index(case.observe)]
    right, allowed = _right_gradients(case, index)[case.observe]
    if not _is_numbers(value, right.shape):
        return [triple, Observation(what, value, event=index)]
    dgammas = returned[1], _right_gradients(case, index)["dγ"][0]
    if case.observe == "dx" and is_numerical(right, value, allowed / compare.RELATIVE["float64"], 0, dgammas):
        return [triple, Observation(what, "numerical", say("numerical", what=what), index)]
    if not compare.near(right, value, allowed).all():
        own = _own_normalised(case, events, index)
        if own and _is_own(case, events, index, own[0], value):
            value = right
        elif own and case.observe == "dx":
            if _is_formula(case, index, *own, value):
                about: About = case.about
                if about.get("of_a_forward"):
                    says = say("of-another-forward", what=what)
                    return [triple, Observation(what, "another forward's", says, index)]
                value = right
            elif _agree(np.sum(gradient_terms(case, index, own[0]), axis=0), value):
                return [triple, Observation(what, "a mixture", say("mixture", what=what), index)]
    return [triple, Observation(what, value, event=index, allowed=allowed)]


def is_numerical(
    right: np.ndarray, value: np.ndarray, largest: np.ndarray, axis: int, dgammas: tuple[object, np.ndarray]
) -> bool:
    """Whether a dx that is nearly right is measured and not derived. A shift of all x along an axis moves no
    y, so dx adds up to 0 there; finite differences do not. largest: of its terms, there. dgammas: the own,
    and the right one, by which what is kept in float32 is told from that."""
    own, asked = dgammas
    if value.dtype != np.float64 or not np.all(np.abs(value - right) <= NEARLY * largest):
        return False
    if _is_numbers(own, asked.shape) and SINGLE[0] < _apart(own, asked) < SINGLE[1]:
        return False
    return bool(np.any(np.abs(value.sum(axis=axis)) > BALANCED * np.ravel(largest)))


def _apart(own: np.ndarray, asked: np.ndarray) -> float:
    return float(np.abs(own - asked).max() / np.abs(asked).max())


def _agree(asked: np.ndarray, value: np.ndarray) -> bool:
    return bool(
        np.isfinite(asked).all() and compare.near(asked, value, SLACK * (1 + np.abs(asked).max())).all()
    )


def _right_gradients(case: Case, index: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Each, and how far it may be off: relative to its terms, which cancel now and then."""
    grad, x_hat = given(case.calls[index]["arguments"]["grad"]), _normalised(case, index)[2]
    each = {"dx": np.array(gradient_terms(case, index)), "dγ": grad * x_hat, "dβ": grad}
    features = grad.shape[-1]
    largest = {name: np.abs(terms).reshape(-1, features).max(axis=0) for name, terms in each.items()}
    return {
        name: (terms.sum(axis=0), compare.RELATIVE["float64"] * largest[name]) for name, terms in each.items()
    }


def _is_own(case: Case, events: list[Event], index: int, x_hat: np.ndarray, value: np.ndarray) -> bool:
    """Whether this is the gradient of the student's own forward: dγ with its x̂, dx by numerical
    differentiation."""
    grad = given(case.calls[index]["arguments"]["grad"])
    if case.observe != "dx":
        return case.observe == "dγ" and _agree((grad * x_hat).sum(axis=0), value)
    along, slope = _moved(case, events, index)
    sums = [(value * along).sum(), (grad * slope).sum()]
    sizes = np.abs(value * along).sum() + np.abs(grad * slope).sum()
    rounding = ROUNDING * np.abs(grad).sum() * (1 + np.abs(x_hat).max())
    return bool(abs(sums[0] - sums[1]) <= NUMERICAL * sizes + rounding)


def _is_formula(case: Case, index: int, x_hat: np.ndarray, std: np.ndarray, value: np.ndarray) -> bool:
    """Whether this is what the contract's formula gives with x̂ and standard deviation of the own forward."""
    return _agree(np.sum(gradient_terms(case, index, x_hat, std), axis=0), value)


def _own_normalised(case: Case, events: list[Event], index: int) -> tuple[np.ndarray, np.ndarray] | None:
    """x̂ and standard deviation of the student's own forward that a backward belongs to, as far as they are
    such."""
    last, x, right, _ = _normalised(case, index)
    y, state = events[last].returned, attributes(case, case.calls[index]["on"], index)
    if not _is_numbers(y, x.shape):
        return None
    x_hat = (y - state["beta"]) / state["gamma"]
    if not _alike_in_size(x_hat.std(axis=0), right.std(axis=0), X_HATS_APART):
        return None
    # Batch normalisation is a straight line for each feature, with the slope 1/σ.
    return x_hat, x.std(axis=0) / x_hat.std(axis=0)


def _moved(case: Case, events: list[Event], index: int) -> tuple[np.ndarray, np.ndarray]:
    """How far x was moved after a backward, from one side to the other, and how far y moved with it."""
    on = case.calls[index]["on"]
    forth, back = [i for i in range(index, len(case.calls)) if _trains(case.calls[i], on)][:2]
    xs = [given(case.calls[i]["arguments"]["x"]) for i in (forth, back)]
    ys = [events[i].returned for i in (forth, back)]
    moved = ys[0] - ys[1] if all(_is_numbers(y, xs[0].shape) for y in ys) else np.full(xs[0].shape, np.nan)
    return xs[0] - xs[1], moved


def _normalised(case: Case, index: int) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """The number of the forward that a backward belongs to, its x, x̂ and standard deviation."""
    on = case.calls[index]["on"]
    last = max(i for i in range(index) if _trains(case.calls[i], on))
    x = given(case.calls[last]["arguments"]["x"])
    std = np.sqrt(x.var(axis=0) + contract(case, on).eps)
    return last, x, (x - x.mean(axis=0)) / std, std


Terms = tuple[np.ndarray, np.ndarray, np.ndarray]


def gradient_terms(
    case: Case, index: int, x_hat: np.ndarray | None = None, std: np.ndarray | None = None
) -> Terms:
    """What dx is the sum of: what comes directly, through the mean, and through the variance; by default
    with the right x̂ and standard deviation."""
    call, (_, _, right, root) = case.calls[index], _normalised(case, index)
    x_hat, std = right if x_hat is None else x_hat, root if std is None else std
    h = attributes(case, call["on"], index)["gamma"] * given(call["arguments"]["grad"])
    through_mean = np.broadcast_to(-h.mean(axis=0), h.shape)
    return h / std, through_mean / std, -x_hat * (h * x_hat).mean(axis=0) / std
