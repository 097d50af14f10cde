"""What is compared of a `BatchNorm`. Each of its four exercises is judged on what it is about:

- at test time, y is held against what the object's own running statistics ask for, be they right or not;
- gradients may be those of the right forward, or those that the formulas give with the x̂ and the standard
  deviation of the student's own forward.

What is told to the student stays what the right layer gives: a number that is judged by the student's own
statistics is moved by what they make of the difference.
"""

from typing import Any

import numpy as np

from course_lib.judging import compare
from course_lib.judging.cases import Case
from course_lib.judging.compare import described
from course_lib.judging.encoding import decode
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event

SLACK = 1e-10  # of the largest entry: what rounding may leave where terms cancel
# How far the student's own x̂ and statistics may lie from the right ones, as a factor, and still be what the
# rest is judged by. A forward that is all but constant has gradients of zero, and statistics without bounds
# ask for a y without x: whoever returns those has not written the rest.
X_HATS_APART = 100.0
STATISTICS_APART = 1e4  # standard deviations
PARTS = ("dx", "dγ", "dβ")
ORDINALS = ("first", "second", "third", "fourth")


def observe(case: Case, events: list[Event]) -> list[Observation]:
    """One observation for each value that the case is about."""
    if case.observe == "kept":
        return _kept(case, events)
    seen = _modes(events) if case.asked.settings["modes_judged"] else []
    for index, call in enumerate(case.calls):
        if "make" in call or "set" in call or not call.get("judged", True):
            continue
        returned, of = events[index].returned, _of(call["on"])
        if "read" in call:
            seen.append(_seen(f"{_when(case, index)}, {call['read']}{of}", returned, index))
        elif call["call"] == "backward":
            seen += _gradient(case, events, index)
        elif case.observe != "read":
            y = _by_own_statistics(case, events, index) if case.observe == "test" else returned
            seen.append(_seen(f"{_whose(case, index)} y{of}", y, index))
    return seen if case.observe != "form" else [_formed(one) for one in seen]


def _modes(events: list[Event]) -> list[Observation]:
    changed = any(event.other_mode for event in events)
    says = (
        "With training = True, y of an example does not depend on the others in its batch, and with False it "
        "does: it should be the other way round."
    )
    return [Observation("The modes", "changed places" if changed else "in place", says)]


def _seen(what: str, value: Any, index: int) -> Observation:
    sizes = np.abs(value) if _is_numbers(value) else np.zeros(1)
    finite = sizes[np.isfinite(sizes)]
    allowed = SLACK * float(finite.max()) if finite.size else 0.0
    return Observation(what, value, event=index, allowed=allowed)


def _formed(observation: Observation) -> Observation:
    """Its form only."""
    form = described(observation.value)
    return Observation(observation.what, form, f"{observation.what} is {form}.", observation.event)


def _is_numbers(value: Any, shape: tuple[int, ...] | None = None) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f" and shape in (None, value.shape)


def _of(on: str) -> str:
    return "" if on == "layer" else f" of the {on}"


def _whose(case: Case, index: int) -> str:
    """ "the second forward's": counted for its layer, and without those that are not judged."""
    call = case.calls[index]
    alike = [c for c in case.calls[: index + 1] if c.get("judged", True) and c.get("on") == call["on"]]
    return f"the {ORDINALS[sum(c.get('call') == call['call'] for c in alike) - 1]} {call['call']}'s"


def _when(case: Case, index: int) -> str:
    batches = sum(_trains(call, case.calls[index]["on"]) for call in case.calls[:index])
    return f"after {batches} batch{'es' * (batches > 1)}" if batches else "at the start"


def _trains(call: Call, on: str) -> bool:
    return call.get("on") == on and call.get("call") == "forward" and call["arguments"]["training"]


# The layer in a case, as the contract has it


def settings(case: Case, on: str) -> dict[str, Any]:
    return next({**c["defaults"], **c["arguments"]} for c in case.calls if c.get("make") == on)


def attributes(case: Case, on: str, until: int) -> dict[str, np.ndarray]:
    """γ, β and the running statistics of a right layer before a call."""
    contract = settings(case, on)
    features, momentum = contract["features"], contract["momentum"]
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
            x = decode(call["arguments"]["x"])
            batch = {"running_mean": x.mean(axis=0), "running_var": x.var(axis=0, ddof=1)}
            for name, value in batch.items():
                state[name] = (1 - momentum) * state[name] + momentum * value
    return state


# Test time


def _by_own_statistics(case: Case, events: list[Event], index: int) -> Any:
    """y, moved by what the object's own running statistics make of the difference, where they are others.

    They are read before and after: whether a forward at test time updates them is another exercise's
    question, as long as it does not put the batch's own statistics in their place.
    """
    call, y = case.calls[index], events[index].returned
    x, eps = decode(call["arguments"]["x"]), settings(case, call["on"])["eps"]
    if not _is_numbers(y, x.shape):
        return y
    right = attributes(case, call["on"], index)
    spans = slice(0, index), slice(index, index + 3)
    has_single = any(len(decode(c["arguments"]["x"])) == 1 for c in case.calls if c.get("call") == "forward")
    before, after = (_own(right, _read(case, events, call["on"], span), eps, has_single) for span in spans)

    def asked_by(a: dict[str, np.ndarray]) -> np.ndarray:
        x_hat = (x - a["running_mean"]) / np.sqrt(a["running_var"] + eps)
        return np.asarray(right["gamma"] * x_hat + right["beta"])

    asked, of_own = asked_by(right), asked_by(before)
    if not _agree(x.mean(axis=0), after["running_mean"]) and _agree(asked_by(after), y):
        return asked.astype(y.dtype)
    # Where the running variance is no number, none is what it asks for.
    no_number = ~np.isfinite(of_own) & ~np.isfinite(y)
    moved = np.where(no_number, asked, y + (asked - np.where(np.isfinite(of_own), of_own, asked)))
    return moved.astype(y.dtype)


def _read(case: Case, events: list[Event], on: str, span: slice) -> dict[str, np.ndarray]:
    """The attributes that were last read in a part of a case, as far as they are what they should be."""
    shape = (settings(case, on)["features"],)
    calls = zip(case.calls[span], events[span], strict=True)
    return {
        call["read"]: event.returned
        for call, event in calls
        if call.get("on") == on and "read" in call and _is_numbers(event.returned, shape)
    }


def _own(
    right: dict[str, np.ndarray], read: dict[str, np.ndarray], eps: float, has_single: bool
) -> dict[str, np.ndarray]:
    """The attributes with those that were read in place of the right ones, where they are within bounds."""
    own = right | read
    farthest = STATISTICS_APART * (np.abs(right["running_mean"]) + np.sqrt(right["running_var"] + eps))
    near = np.all(np.abs(own["running_mean"]) <= farthest)
    alike = _alike_in_size(own["running_var"] + eps, right["running_var"] + eps, STATISTICS_APART**2)
    # The variance of one example, with N − 1 in the denominator, is no number: who trains on one has that.
    undefined = has_single and np.all(np.isnan(own["running_var"]))
    return own if near and (alike or undefined) else right


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
        shape = (settings(case, case.calls[start]["on"])["features"],)
        if not all(_is_numbers(value, shape) for value in (before, between, after)):
            return seen
        moved = bool(np.any(before != between))
        says = f"A training batch leaves {name} as it is: nothing is there to be kept."
        seen.append(Observation(f"{name} in training", moved, says, trained))
        what = f"What a forward at test time adds to {name}"
        seen.append(Observation(what, after - between, event=tested, allowed=SLACK))
    return seen


# Gradients


def _gradient(case: Case, events: list[Event], index: int) -> list[Observation]:
    returned, whose, of = events[index].returned, _whose(case, index), _of(case.calls[index]["on"])
    if not isinstance(returned, tuple | list) or len(returned) != len(PARTS):
        says = f"backward returns {described(returned)}; asked is dx, dγ and dβ, in this order."
        return [Observation("What backward returns", described(returned), says, index)]
    triple = Observation("What backward returns", "three")
    if case.observe == "form":
        return [triple, *(_seen(f"{whose} {p}{of}", v, index) for p, v in zip(PARTS, returned, strict=True))]
    part = PARTS.index(case.observe)
    value = returned[part]
    right, *own = (gradients[part] for gradients in _asked(case, events, index))
    if _is_numbers(value, right.shape) and any(_agree(one, value) for one in own):
        value = right
    return [triple, _seen(f"{whose} {case.observe}{of}", value, index)]


Gradients = tuple[np.ndarray, np.ndarray, np.ndarray]


def _agree(asked: np.ndarray, value: np.ndarray) -> bool:
    return bool(
        np.isfinite(asked).all() and compare.near(asked, value, SLACK * (1 + np.abs(asked).max())).all()
    )


def _asked(case: Case, events: list[Event], index: int) -> list[Gradients]:
    """The right gradients, and those that the formulas give with x̂, and perhaps σ, of the student's own
    forward."""
    call = case.calls[index]
    grad, state = decode(call["arguments"]["grad"]), attributes(case, call["on"], index)
    last, x, x_hat, std = _normalised(case, index)
    used = [(x_hat, std)]
    y = events[last].returned
    if _is_numbers(y, x.shape):
        own_x_hat = (y - state["beta"]) / state["gamma"]
        if _alike_in_size(own_x_hat.std(axis=0), x_hat.std(axis=0), X_HATS_APART):
            # Batch normalisation is a straight line for each feature; its slope is γ/σ.
            own_std = x.std(axis=0) / own_x_hat.std(axis=0)
            used += [(own_x_hat, own_std), (own_x_hat, std)]
    return [_formulas(grad, state["gamma"], *each) for each in used]


def _normalised(case: Case, index: int) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """The number of the forward that a backward belongs to, its x, x̂ and standard deviation."""
    on = case.calls[index]["on"]
    last = max(i for i in range(index) if _trains(case.calls[i], on))
    x = decode(case.calls[last]["arguments"]["x"])
    std = np.sqrt(x.var(axis=0) + settings(case, on)["eps"])
    return last, x, (x - x.mean(axis=0)) / std, std


def _formulas(grad: np.ndarray, gamma: np.ndarray, x_hat: np.ndarray, std: np.ndarray) -> Gradients:
    direct, through_mean, through_var = _terms(grad, gamma, x_hat, std)
    return direct + through_mean + through_var, (grad * x_hat).sum(axis=0), grad.sum(axis=0)


def _terms(grad: np.ndarray, gamma: np.ndarray, x_hat: np.ndarray, std: np.ndarray) -> Gradients:
    """What dx is the sum of: what comes directly, through the mean, and through the variance."""
    g = gamma * grad
    through_mean = np.broadcast_to(-g.mean(axis=0), g.shape)
    return g / std, through_mean / std, -x_hat * (g * x_hat).mean(axis=0) / std


def gradient_terms(case: Case, index: int) -> Gradients:
    """The three parts of the right dx of a backward."""
    call = case.calls[index]
    gamma = attributes(case, call["on"], index)["gamma"]
    return _terms(decode(call["arguments"]["grad"]), gamma, *_normalised(case, index)[2:])
