"""What a wrong `BatchNorm` suggests that is none of the known mistakes: which part of a formula is off."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from course_lib import texts
from course_lib.exercises._batchnorm_driver import settings_of
from course_lib.exercises._batchnorm_judging import SLACK, attributes, contract, gradient_terms, observe
from course_lib.judging.cases import Case, given
from course_lib.judging.compare import form, near, number
from course_lib.judging.exercise import Result
from course_lib.judging.reading import once

say = texts.beside(__file__)

EXACT = 1e-7  # relative: what is explained by a fit is explained to so many digits

_Column = tuple[np.ndarray, np.ndarray, float]  # see `_columns`


@dataclass(frozen=True)
class _Pair:
    """An array that was expected, and what came in its place; `call` is its call's number in the case."""

    case: Case
    call: int
    expected: np.ndarray
    got: np.ndarray
    wrong: bool


def remark(result: Result) -> str | None:
    """What to say where training and test have changed places."""
    judged = settings_of(result.cases[0].asked)["modes_judged"]
    if judged or not any(event.other_mode for events in result.got for event in events):
        return None
    return say("other-mode")


def suggest(result: Result) -> tuple[str | None, str] | None:
    """An id (always None) and some sentences, or None where there is nothing to say."""
    both = zip(result.cases, result.differences, strict=True)
    failed, first = next(((case, found) for case, found in both if found), (None, None))
    pairs = list(_pairs(result))
    wrong = [pair for pair in pairs if pair.wrong]
    # A form or an error that comes first is told by itself, and so are γ and β at the start.
    if not first or not wrong or (wrong[0].case is not failed) or wrong[0].call != first.event:
        return None
    several = {pair.case.name for pair in wrong if _layers(pair.case) > 1}
    if several == {pair.case.name for pair in wrong}:
        return None, say("second-layer")
    finite = [pair for pair in wrong if np.isfinite(pair.got).all()]
    if not np.isfinite(wrong[0].got).all():
        return None, _not_finite([pair for pair in wrong if not np.isfinite(pair.got).all()])
    wrong = [pair for pair in finite if pair.case.observe == wrong[0].case.observe]
    about = {"read": _about_running, "dx": _about_dx}.get(wrong[0].case.observe, _about_output)
    if wrong[0].case.observe in ("dγ", "dβ"):
        about = _about_sums
    return None, about(wrong, pairs)


def _pairs(result: Result) -> Iterator[_Pair]:
    for case, *sides in zip(result.cases, result.expected, result.got, strict=True):
        if case.observe in ("form", "kept"):
            continue
        for right, came in zip(*(once(observe, case, events) for events in sides), strict=False):
            start = case.observe == "forward" and "read" in case.calls[right.event]
            if not start and isinstance(right.value, np.ndarray) and form(right.value, came.value) is None:
                wrong = not near(right.value, came.value, right.allowed).all()
                yield _Pair(case, right.event, right.value, came.value, wrong)


def _layers(case: Case) -> int:
    return sum("make" in call for call in case.calls)


def _state(pair: _Pair) -> dict[str, np.ndarray]:
    return attributes(pair.case, pair.case.calls[pair.call]["on"], pair.call)


def _not_finite(pairs: list[_Pair]) -> str:
    constant = all(
        pair.expected.ndim == 2 and np.isfinite(pair.got[:, np.ptp(pair.expected, axis=0) > 0]).all()
        for pair in pairs
    )
    if constant:
        return say("constant-feature")
    return say("no-number")


# y


def _about_output(wrong: list[_Pair], pairs: list[_Pair]) -> str:
    kind, whole = _about_kind(wrong, pairs), _whole(wrong)
    if kind:
        return kind
    if whole is not None:
        return say("all-of-y", factor=_times(whole))
    plain = [pair for pair in pairs if (_state(pair)["gamma"] == 1).all()]
    affine = not any(pair.wrong for pair in plain) and any(pair.case.name == "γ and β" for pair in wrong)
    if not affine and all(_is_later(pair) for pair in wrong):
        return say("later-batch")
    columns = [column for pair in wrong for column in _columns(pair)]
    if not columns:
        return say("by-hand")
    suggested = _about_columns(columns)
    return say("affine", suggested=suggested) if affine else suggested


def _about_columns(columns: list[_Column]) -> str:
    lines = [_line(right, came) for right, came, _ in columns]
    if any(line is None for line in lines):
        return say("no-line")
    slopes, shifts = np.array(lines, dtype=float).T
    steep, shifted = np.abs(slopes - 1) > EXACT, np.abs(shifts) > EXACT
    if not shifted.any() and (np.abs(slopes - 1) <= [3 * share for *_, share in columns]).all():
        return say("eps")
    if not shifted.any():
        return _about_spread(slopes)
    return say("spread-and-mean") if steep.any() else say("shifted")


def _about_kind(wrong: list[_Pair], pairs: list[_Pair]) -> str | None:
    """What to say where y is wrong for inputs of one kind only."""
    sizes = {len(pair.got) for pair in wrong}
    others = {len(pair.got) for pair in pairs if not pair.wrong}
    if sizes in ({1}, {2}) and not sizes & others:
        return say("one-example") if sizes == {1} else say("two-examples")
    if all(len(pair.got) > 2 and not _varies_where_wrong(pair) for pair in wrong):
        return say("same-in-all")
    return None


def _varies_where_wrong(pair: _Pair) -> bool:
    """Whether a feature is wrong that is not the same in all examples."""
    right = near(pair.expected, pair.got, SLACK * np.abs(pair.expected).max()).all(axis=0)
    return bool((~right & (np.ptp(pair.expected, axis=0) > EXACT)).any())


def _whole(wrong: list[_Pair]) -> float | None:
    """The factor between what came and what was expected, where it is one for all."""
    expected, got = (
        np.concatenate([side.ravel() for side in sides])
        for sides in ([pair.expected for pair in wrong], [pair.got for pair in wrong])
    )
    factor = float(expected @ got / (expected @ expected))
    explained = np.abs(factor * expected - got) <= EXACT * np.abs(expected)
    return factor if explained.all() else None


def _times(factor: float) -> str:
    """A factor in words."""
    if abs(factor) < EXACT:
        return say("factor.zero")
    if abs(factor + 1) < EXACT:
        return say("factor.other-sign")
    return say("factor.times", times=number(factor))


def _is_later(pair: _Pair) -> bool:
    calls, on = pair.case.calls[: pair.call], pair.case.calls[pair.call]["on"]
    return any(call.get("call") == "forward" and call.get("on") == on for call in calls)


def _columns(pair: _Pair) -> Iterator[_Column]:
    """x̂ as expected and as it came, for each feature that is not constant, and √ε in units of its spread."""
    state, call = _state(pair), pair.case.calls[pair.call]
    right, came = ((y - state["beta"]) / state["gamma"] for y in (pair.expected, pair.got))
    x, training = given(call["arguments"]["x"]), call["arguments"]["training"]
    var = x.var(axis=0) if training else state["running_var"]
    eps = contract(pair.case, call["on"]).eps
    for one, other, each in zip(right.T, came.T, var, strict=True):
        if np.ptp(one) > EXACT and len(one) > 2:
            yield one, other, float(np.sqrt(eps / each))


def _line(right: np.ndarray, came: np.ndarray) -> tuple[float, float] | None:
    """Slope and shift, where what came is a straight line in what is right."""
    slope, shift = np.polyfit(right, came, 1)
    explained = np.abs(slope * right + shift - came).max() <= EXACT * (1 + np.abs(came).max())
    return (float(slope), float(shift)) if explained else None


def _about_spread(slopes: np.ndarray) -> str:
    low, high = slopes.min(), slopes.max()
    if (np.abs(np.abs(slopes) - 1) <= EXACT).all():
        return say("other-sign")
    if high - low <= EXACT * abs(high):
        return say("spread", times=number(low))
    return say("spreads", low=number(low), high=number(high))


# Running statistics


def _about_running(wrong: list[_Pair], pairs: list[_Pair]) -> str:
    first = wrong[0]
    calls, on = first.case.calls, first.case.calls[first.call]["on"]
    name = calls[first.call]["read"]
    batches = [
        given(call["arguments"]["x"])
        for call in calls[: first.call]
        if call.get("call") == "forward" and call.get("on") == on
    ]
    if not batches:
        return say("start", name=name)
    if len(batches) > 1:
        return say("old-value", name=name)
    x = batches[0]
    old, batch = (0.0, x.mean(axis=0)) if name == "running_mean" else (1.0, x.var(axis=0, ddof=1))
    columns = np.stack([np.full(batch.shape, old), batch], axis=1)
    weights = np.linalg.lstsq(columns, first.got, rcond=None)[0]
    weights[np.abs(weights) < EXACT] = 0
    if np.abs(columns @ weights - first.got).max() > EXACT * np.abs(first.got).max():
        return say("no-mixture-of-mean" if old == 0 else "no-mixture-of-variance", name=name)
    settings = next(call for call in calls if call.get("make") == on)["arguments"]
    asked = settings["momentum"]
    if old == 0:
        return say("weight-of-batch", name=name, weight=number(weights[1]), momentum=number(asked))
    return say(
        "weights",
        name=name,
        old=number(weights[0]),
        batch=number(weights[1]),
        momentum=number(asked),
        one_less=number(1 - asked),
    )


# Gradients


def _about_sums(wrong: list[_Pair], pairs: list[_Pair]) -> str:
    name, whole = wrong[0].case.observe, _whole(wrong)
    if whole is not None:
        return say("sum-factor", name=name, factor=_times(whole))
    return say("sum", name=name)


def _about_dx(wrong: list[_Pair], pairs: list[_Pair]) -> str:
    whole = _whole(wrong)
    if whole is not None:
        return say("dx-factor", factor=_times(whole))
    if all(_is_later_backward(pair) for pair in wrong):
        return say("later-backward")
    factors = [_factors(*columns) for pair in wrong for columns in _terms(pair)]
    known = np.array([factor for factor in factors if factor is not None])
    if not len(known) or any(factor is None for factor in factors):
        return say("dx-no-sum")
    parts = [
        say(f"dx-part.{part}", off=_spelt(column))
        for part, column in zip(("directly", "mean", "variance"), known.T, strict=True)
        if (column != 1).any()
    ]
    return say("dx-parts", parts="; ".join(parts))


def _is_later_backward(pair: _Pair) -> bool:
    calls, on = pair.case.calls[: pair.call], pair.case.calls[pair.call]["on"]
    return any(call.get("call") == "backward" and call.get("on") == on for call in calls)


def _spelt(factors: np.ndarray) -> str:
    low, high = factors.min(), factors.max()
    if abs(high - low) <= EXACT * (1 + abs(high)):
        return say("off.missing") if abs(low) < EXACT else say("off.factor", factor=_times(low))
    return say("off.factors", low=number(low), high=number(high))


def _terms(pair: _Pair) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The three parts of dx and what came, for each feature of a batch large enough to tell them apart."""
    parts = gradient_terms(pair.case, pair.call)
    for feature in range(pair.got.shape[1]):
        if len(pair.got) > len(parts) + 1:
            yield np.stack([part[:, feature] for part in parts], axis=1), pair.got[:, feature]


def _factors(parts: np.ndarray, came: np.ndarray) -> np.ndarray | None:
    """By which factors the parts add up to what came: 1 wherever that will do."""
    factors = np.linalg.lstsq(parts, came, rcond=None)[0]
    if not _explained(parts @ factors, came):
        return None
    free = [0, 1, 2]
    for part in range(3):
        others = [other for other in free if other != part]
        fixed = np.ones(3)
        rest = came - parts @ np.where(np.isin(range(3), others), 0, 1)
        fixed[others] = np.linalg.lstsq(parts[:, others], rest, rcond=None)[0]
        if _explained(parts @ fixed, came):
            free, factors = others, fixed
    return np.asarray(factors)


def _explained(sum: np.ndarray, came: np.ndarray) -> bool:
    return bool(np.abs(sum - came).max() <= EXACT * np.abs(came).max())
