"""Inverted dropout. Its cases, and what is observed in them.

How the masks are drawn is free, so that no two right answers have the same numbers. Most of what is observed
is exact all the same: each entry is 0 or x times one factor, and backward has forward's mask. What is left to
chance is tested so that a right answer fails with a probability below 1e-9 in all; each test says its share.
"""

import math
from typing import Any, Unpack

import numpy as np

from course_lib import texts
from course_lib.judging import compare
from course_lib.judging.cases import Case, Marks, array, given
from course_lib.judging.compare import described, number
from course_lib.judging.encoding import decode, encode_array
from course_lib.judging.findings import where
from course_lib.judging.observing import Observation, global_state
from course_lib.judging.probe import Call, Defaults
from course_lib.judging.reading import Event
from course_lib.judging.seen import Seen, seeds

say = texts.beside(__file__)

FORWARDS, SHAPE = 12, (10, 20)
SAME = 1e-6  # relative: so far apart, two factors are still one
# An observed share is further from its rate than this with a probability of at most 2 exp(−26) = 1e-11.
FAR = 26.0
SHARES_ALIKE = 0.06  # two implementations with one probability differ by this at most once in 1e8

DEFAULTS: Defaults = {"rate": None, "rng": None}


# Cases


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)
    # Where a normal draw compared with the rate, or with 1 − rate, is far from right in one of the two.
    low, high = (round(float(rng.uniform(*limits)), 3) for limits in ((0.2, 0.24), (0.78, 0.82)))
    extreme = round(float(rng.uniform(0.93, 0.96)), 3)

    def values(*shape: int) -> dict[str, object]:
        sizes = rng.uniform(0.5, 3, shape) * rng.choice([-1, 1], shape)
        return encode_array(sizes.round(3))

    def make(on: str, rate: float, generator: int = seed) -> Call:
        return {"make": on, "arguments": {"rate": rate, "rng": {"rng": generator}}, "defaults": DEFAULTS}

    def forward(on: str, x: dict[str, object], training: bool = True) -> Call:
        return {"on": on, "call": "forward", "arguments": {"x": x, "training": training}}

    def backward(on: str, rows: int = SHAPE[0]) -> Call:
        return {"on": on, "call": "backward", "arguments": {"grad": values(rows, 20)}}

    def case(name: str, observe: str, calls: list[Call], **marks: Unpack[Marks]) -> Case:
        return Case.of(name, calls, observe, **marks)

    x = values(*SHAPE)
    like_x, like_grad = values(*SHAPE), values(*SHAPE)
    (own_x, kept_x), (own_grad, kept_grad) = array("x", given(like_x)), array("grad", given(like_grad))
    # Whoever asks where y is 0 takes a zero of x for one that was dropped.
    half_zeros = encode_array(np.maximum(decode(x), 0))
    layer = "layer"
    return [
        case("training", "training", [make(layer, low)] + [forward(layer, x)] * FORWARDS, constructor=True),
        case(
            "training at high rates",
            "training",
            [make("first layer", high)]
            + [forward("first layer", x)] * FORWARDS
            + [make("second layer", extreme)]
            + [forward("second layer", x)] * FORWARDS,
        ),
        case(
            "a rate of 0",
            "nothing dropped",
            [make(layer, 0.0)] + [forward(layer, x)] * 3,
            special=True,
            beside="training",
        ),
        case(
            "test time",
            "exact",
            [
                make(layer, low),
                forward(layer, x, False),
                forward(layer, x),
                forward(layer, values(5, 20), False),
            ],
            beside="training",
        ),
        case(
            "the gradient, and batches of several sizes",
            "backward",
            [
                make(layer, low),
                *(step for n in (8, 5, 12) for step in (forward(layer, values(n, 20)), backward(layer, n))),
                forward(layer, x),
                forward(layer, x),
                backward(layer),
                forward(layer, half_zeros),
                backward(layer),
            ],
        ),
        case(
            "two layers side by side",
            "backward",
            [
                make("first layer", high, seed),
                make("second layer", low, seed + 1),
                *[
                    forward("first layer", x),
                    forward("second layer", values(*SHAPE)),
                    backward("second layer"),
                    backward("first layer"),
                ]
                * 2,
            ],
        ),
        case(
            "the gradient at test time",
            "exact",
            [make(layer, low), forward(layer, x), forward(layer, x, False), backward(layer)],
            special=True,
            beside="training",
        ),
        case(
            "all chance comes from rng",
            "chance",
            [
                call
                for on, generator in (("first", seed), ("second", seed), ("third", seed + 1))
                for call in (make(on, high, generator), forward(on, x), forward(on, x))
            ],
        ),
        case(
            "leaves its arguments as they were",
            "form",
            # Where nothing is dropped, what comes back depends on nothing but what an array holds.
            [
                make(layer, low),
                forward(layer, own_x),
                {"on": layer, "call": "backward", "arguments": {"grad": own_grad}},
                make("second layer", 0.0),
                *(forward("second layer", each, False) for each in (kept_x, like_x, kept_grad, like_grad)),
            ],
            keeps_arguments=True,
            twice=((4, 5), (6, 7)),
        ),
    ]


# What is observed


def observe(case: Case, events: list[Event]) -> list[Observation]:
    """What the answers in a case have in common with those of any right answer."""
    calls = list(enumerate(zip(case.calls, events, strict=True)))
    forms = [_form(call, event, i) for i, (call, event) in calls if "make" not in call]
    unreadable = next((form for form in forms if form.value != "numbers"), None)
    if unreadable:
        return [unreadable]
    looks = {
        "training": _training,
        "nothing dropped": _training,
        "exact": _exact,
        "backward": _backward,
        "chance": _chance,
    }
    look = looks.get(case.observe)
    return [forms[0], *(look(case, events) if look else [])]


def _form(call: Call, event: Event, index: int) -> Observation:
    """Whether a call returned an array like the one that it was given."""
    method = call["call"]
    asked = given(call["arguments"]["x" if method == "forward" else "grad"])
    what, returned = f"What {method} returns", event.returned
    difference = compare.form(asked, returned)
    # In float32 it is right to within its rounding, which is less than SAME.
    if difference and not (difference.kind == "dtype" and returned.dtype == np.float32):
        got = difference.text if difference.kind == "dtype" else described(returned)
        value = "another shape" if difference.kind == "shape" and np.ndim(returned) else got
        says = say("form", method=method, got=got, shape=asked.shape)
        return Observation(what, f"{method}: {value}", says, index)
    if not np.isfinite(returned).all():
        says = say("not-finite", method=method, number=number(_worst(returned)))
        return Observation(what, f"{method}: not finite", says, index)
    return Observation(what, "numbers", event=index)


def _worst(values: np.ndarray) -> float:
    return float(values[~np.isfinite(values)][0])


# Forward in training


def _training(case: Case, events: list[Event]) -> list[Observation]:
    """Each layer of the case on its own."""
    seen = []
    for make in case.calls:
        if "make" in make:
            of = [i for i, call in enumerate(case.calls) if call.get("on") == make["make"]]
            x = _given(case, of[0])  # one for all calls
            ratios = np.array([events[i].returned / x for i in of])
            seen += _masks(make["arguments"]["rate"], x, ratios, of[-1])
    return seen


def _given(case: Case, index: int) -> np.ndarray:
    arguments = case.calls[index]["arguments"]
    handed: np.ndarray = given(arguments["x"] if "x" in arguments else arguments["grad"])
    return handed


def _masks(rate: float, x: np.ndarray, ratios: np.ndarray, last: int) -> list[Observation]:
    """What is observed of masks, calls × N × D: the numbers by which the entries of x are multiplied."""

    def saw(what: str, value: object, key: str, allowed: float = 0.0, **told: object) -> Observation:
        return Observation(what, value, say(key, rate=rate, **told), last, allowed)

    dropped = ratios == 0
    factor = _factor(ratios[~dropped])
    if isinstance(factor, str) and factor != "none":
        each = [_factor(ratio[~gone]) for ratio, gone in zip(ratios, dropped, strict=True)]
        if any(isinstance(one, str) and one != "none" for one in each):
            value = f"{factor}, and 0" if dropped.any() else factor
            return [saw("The entries", value, "entries-multiplied", factor=_in_words(factor))]
        factor = "of-each-call"
    if dropped.all() or not dropped.any():
        some = "all" if dropped.all() else "none"
        seen = [saw("The entries", some, f"dropped-{some}")]
    else:
        seen = [saw("The entries", "some", "dropped-some")]
        structure, told = _structure(x, dropped)
        if structure == "each-on-its-own":
            seen.append(Observation("The mask", structure, event=last))
            share, allowed = _share(dropped, rate)
            seen.append(saw("The share", share, "share", allowed, share=dropped.mean(), count=dropped.size))
        else:
            seen.append(saw("The mask", structure, f"mask.{structure}", **told))
    if isinstance(factor, float):
        asked = number(1 / (1 - rate))
        seen.append(saw("The factor", factor, "factor", factor=number(factor), asked=asked))
    elif factor != "none":
        seen.append(saw("The factor", factor, "factor-of-each-call"))
    return seen


def _factor(ratios: np.ndarray) -> float | str:
    """The number that all the ratios are, "none" if there are none, or "two" or "many" if they differ."""
    if not ratios.size:
        return "none"
    one = float(ratios.flat[0])
    others = ratios[~_same(ratios, one)]
    if not others.size:
        return one
    return "two" if _same(others, others[0]).all() else "many"


def _same(ratios: np.ndarray, one: float) -> np.ndarray:
    same: np.ndarray = np.abs(ratios - one) <= SAME * abs(one)
    return same


def _in_words(factor: float | str) -> str:
    return say(f"several.{factor}") if isinstance(factor, str) else number(factor)


def _structure(x: np.ndarray, dropped: np.ndarray) -> tuple[str, dict[str, Any]]:
    """A word for what the entries' fates have in common, and what else there is to tell of it.

    When each is drawn on its own, any of these has a probability below 1e-10.
    """
    for sign, of_it in (("negative", x < 0), ("positive", x > 0)):
        if dropped[:, of_it].all():
            return f"all-{sign}", {}
    rows_alike = (dropped == dropped[:, :1, :]).all()
    columns_alike = (dropped == dropped[:, :, :1]).all()
    if rows_alike and columns_alike:
        return "one-for-all", {}
    if rows_alike and (dropped.sum(axis=2) == dropped[0, 0].sum()).all():
        return "number-of-columns", {}
    if rows_alike:
        return "columns", {}
    if columns_alike:
        return "rows", {}
    if len(dropped) > 3 and (dropped == dropped[0]).all():
        return "every-call", {"calls": len(dropped)}
    for axis, part in ((2, "row"), (1, "column"), ((1, 2), "call")):
        counts = dropped.sum(axis=axis)
        if (counts == counts.flat[0]).all():
            return f"number-in-each-{part}", {"count": counts.flat[0]}
    return "each-on-its-own", {}


def _share(dropped: np.ndarray, rate: float) -> tuple[tuple[bool, float], float]:
    """Whether the share of dropped entries can be chance, and the share; and how far it may be off when not.

    By Chernoff's bound, n independent draws with probability p have a share q or one further out with a
    probability of at most exp(−n KL(q‖p)) on either side.
    """
    share = float(dropped.mean())
    possible = rate > 0 and dropped.size * _divergence(share, rate) <= FAR
    return (possible, rate if possible else share), SHARES_ALIKE


def _divergence(q: float, p: float) -> float:
    """KL(q‖p) of two coins, in nats."""
    terms = ((q, p), (1 - q, 1 - p))
    return sum(a * math.log(a / b) for a, b in terms if a > 0)


# What is exact: test time, and the gradient


def _exact(case: Case, events: list[Event]) -> list[Observation]:
    """What is asked to come back as it went in."""
    seen = []
    training = False
    for index, (call, event) in enumerate(zip(case.calls, events, strict=True)):
        training = call.get("arguments", {}).get("training", training)
        if "make" in call or training:
            continue
        ratios = event.returned / _given(case, index)
        kept = _factor(ratios[ratios != 0])
        lost = bool((ratios == 0).any())
        key = f"test-time.{call['call']}-{'drops' if lost else 'multiplies'}"
        says = say(key, factor="" if lost else _in_words(kept))
        seen.append(Observation("Test time", "drops" if lost else kept, says, index))
    return seen


def _backward(case: Case, events: list[Event]) -> list[Observation]:
    """Each backward beside the last forward of its layer."""
    last: dict[str, int] = {}
    seen = []
    passed: dict[str, list[np.ndarray]] = {}
    for index, call in enumerate(case.calls):
        if call.get("call") == "forward":
            last[call["on"]] = index
        if call.get("call") == "backward":
            ratios = events[index].returned / _given(case, index)
            forward = last[call["on"]]
            nothing = _given(case, forward) == 0
            dropped = events[forward].returned == 0
            seen.append(_gradient_mask(dropped[~nothing], ratios[~nothing] == 0, index))
            if nothing.any():
                seen.append(_where_x_is_zero(ratios[nothing] == 0, index))
            passed.setdefault(call["on"], []).append(ratios[ratios != 0])
    for layer, ratios_of in passed.items():
        factor = _factor(np.concatenate(ratios_of))
        if isinstance(factor, str) and all(isinstance(_factor(ratios), float) for ratios in ratios_of):
            factor = "of-each-call"
        if factor != "none":
            says = say("gradient-factor", factor=_in_words(factor))
            seen.append(Observation("The factor", factor, says, last[layer]))
    return seen


def _gradient_mask(dropped: np.ndarray, zero: np.ndarray, index: int) -> Observation:
    """Where the gradient is 0, beside where forward's output was."""
    value = "another"
    if (zero == dropped).all():
        value = "forward's"
    elif zero.all() or not zero.any():
        value = "all" if zero.all() else "none"
    elif (zero != dropped).all():
        value = "the opposite"
    wrong = int((zero != dropped).sum())
    says = say("gradient-mask", wrong=wrong, count=zero.size)
    return Observation("The mask", value, says, index)


def _where_x_is_zero(zero: np.ndarray, index: int) -> Observation:
    """Whether an entry that is 0 can be kept: y does not say. By chance none is: at most 0.24⁷⁰ < 1e-43."""
    says = say("gradient-where-x-is-0", count=zero.size)
    return Observation("The gradient where x is 0", "none" if zero.all() else "some", says, index)


# Where chance comes from


def _chance(case: Case, events: list[Event]) -> list[Observation]:
    first, second, third = _drawn(case, events)
    return [
        global_state(events),
        Observation("The same seed", first == second, say("same-seed")),
        # By chance: below (rate² + (1 − rate)²)²⁴⁰, which is below 1e-50.
        Observation("Another seed", first != third, say("other-seed")),
    ]


def _drawn(case: Case, events: list[Event]) -> list[list[bytes]]:
    """What each layer of a case returned."""
    return [
        [
            event.returned.tobytes()
            for call, event in zip(case.calls, events, strict=True)
            if call.get("on") == make["make"]
        ]
        for make in case.calls
        if "make" in make
    ]


# What is drawn


def seen(case: Case, events: list[Event]) -> list[Seen]:
    """By what each entry is multiplied, beside what the mode or the mask asks for; and which are dropped."""
    calls = list(enumerate(zip(case.calls, events, strict=True)))
    if any(_form(call, event, i).value != "numbers" for i, (call, event) in calls if "make" not in call):
        return []
    if case.observe == "chance":
        first, again, other = (
            [
                event.returned.tobytes()
                for call, event in zip(case.calls, events, strict=True)
                if call.get("on") == on
            ]
            for on in ("first", "second", "third")
        )
        return [seeds(first == again, first == other)]
    looks = {"exact": _seen_exact, "backward": _seen_backward}
    return looks.get(case.observe, _seen_dropped)(case, events)


def _seen_exact(case: Case, events: list[Event]) -> list[Seen]:
    found, training = [], False
    for index, call in enumerate(case.calls):
        training = call.get("arguments", {}).get("training", training)
        if "make" not in call and not training:
            ratios = events[index].returned / _given(case, index)
            found.append(_factors(case, index, ratios, np.ones(ratios.shape)))
    return found


def _seen_backward(case: Case, events: list[Event]) -> list[Seen]:
    """Each gradient beside the mask of the forward before it."""
    found, last = [], {}
    for index, call in enumerate(case.calls):
        if call.get("call") == "forward":
            last[call["on"]] = index
        if call.get("call") == "backward":
            forward = last[call["on"]]
            x, y = _given(case, forward), events[forward].returned
            ratios = events[index].returned / _given(case, index)
            some = x != 0
            found.append(_factors(case, index, ratios[some], y[some] / x[some]))
            if not some.all():
                passed = [float((ratios[~some] != 0).mean())]
                title, share = say("seen.where-x-is-0"), say("seen.lets-through")
                found.append(Seen(where(case, index), title, "", share, passed, allowed=0.4, bars=True))
    return found


def _factors(case: Case, index: int, ratios: np.ndarray, asked: np.ndarray) -> Seen:
    """The numbers by which a call multiplies."""
    what = "y / x" if case.calls[index]["call"] == "forward" else "dx / grad"
    return Seen(
        where(case, index), say("seen.by-entry", what=what), say("seen.entry"), what, ratios, asked=asked
    )


def _seen_dropped(case: Case, events: list[Event]) -> list[Seen]:
    """For each layer, the share of drops among negative and positive x, and in each entry over its calls."""
    found = []
    for make in case.calls:
        if "make" not in make:
            continue
        of = [i for i, call in enumerate(case.calls) if call.get("on") == make["make"]]
        x, rate = _given(case, of[0]), make["arguments"]["rate"]
        gone = np.array([events[i].returned == 0 for i in of])
        place = say("seen.layer", layer=case.called(make["make"]), rate=rate)
        signs = [float(gone[:, of_sign].mean()) for of_sign in (x < 0, x > 0)]
        found += [
            Seen(
                place,
                say("seen.by-sign"),
                "",
                say("seen.share"),
                signs,
                asked=[rate, rate],
                # Of a thousand entries or more, seven standard deviations.
                allowed=0.1,
                names_x=((1.0, say("seen.negative")), (2.0, say("seen.positive"))),
                bars=True,
            ),
            Seen(
                place,
                say("seen.dropped-by-entry", calls=len(of)),
                say("seen.entry"),
                say("seen.share"),
                gone.mean(axis=0),
                asked=np.full(x.size, rate),
                allowed=0.75,  # all of twelve or none, by chance 1e-8
            ),
        ]
    return found
