"""Random search. Its cases, and what is observed in them.

The samplers and the objective are the case's own, and their calls are written down: what was drawn, in
which order, with which generator, and what the objective was asked. The objective's values follow a script,
so it is known which trial is the best. All of it is exact; nothing is left to chance.
"""

from typing import Any

import numpy as np

from course_lib.judging.cases import Case
from course_lib.judging.compare import described, number
from course_lib.judging.encoding import decode, encode
from course_lib.judging.functions import made_function
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event, Heard
from course_lib.judging.seen import Seen, seeds

OBJECTIVE = "objective"
NAN = float("nan")
Trial = tuple[Any, Any]  # params and value, as they came


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)
    top = round(float(rng.uniform(1, 2)), 2)

    def between(low: float, high: float) -> dict[str, object]:
        return {"function": "uniform", "settings": {"low": low * top, "high": high * top}}

    spaces = {
        "two": {"lr": between(0.001, 0.1), "momentum": between(0.5, 1)},
        "others": {
            "width": {"function": "choice", "settings": {"options": encode([16, 32, 64, 128])}},
            "optimizer": {"function": "choice", "settings": {"options": encode(["SGD", "Adam", "AdamW"])}},
            "dropout": between(0, 0.5),
        },
        "one": {"depth": between(1, 9)},
    }

    def call(space: str, values: list[float], trials: int = 0, generator: int = 0) -> Call:
        arguments = {
            "objective": {
                "function": "scripted",
                "settings": {"values": encode([float(v * top) for v in values])},
            },
            "space": {"functions": spaces[space]},
            "trials": trials or len(values),
            "rng": {"rng": generator or int(rng.integers(1, 2**31))},
        }
        return {"call": "random_search", "arguments": arguments}

    def case(name: str, observe: str, calls: list[Call]) -> Case:
        return Case.of(name, calls, observe)

    one, other = (int(n) for n in rng.integers(1, 2**31, 2))
    some = [0.9, 0.7, 0.8, 0.2, 0.5, 0.6]
    return [
        case(
            "each trial asks the objective once", "asked", [call("two", some), call("one", [0.3, 0.4, 0.1])]
        ),
        case("a new value of each hyperparameter in each trial", "draws", [call("two", some)]),
        case("any names, any kind of value", "asked", [call("others", some), call("one", [0.5])]),
        case(
            "all chance comes from rng",
            "chance",
            [call("two", some, 0, seed) for seed in (one, one, other)] + [call("others", some[:4])],
        ),
        case(
            "the history",
            "history",
            [call("two", some), call("others", [0.4, 0.1, 0.3, 0.2]), call("two", [0.4, NAN, 0.2, 0.3])],
        ),
        case(
            "the best has the lowest value",
            "best",
            [call("two", some), call("two", [3e9, 2e9, 4e9]), call("two", [-3.0, -9.0, -2.0])],
        ),
        case("of equal values, the first", "best", [call("two", [0.6, 0.3, 0.7, 0.3, 0.3, 0.6])]),
        case(
            "NaN does not win",
            "best",
            [call("two", values) for values in ([0.6, NAN, 0.3, 0.4], [NAN, 0.5, 0.3], [0.5, 0.2, 0.4, NAN])]
            # Nothing but NaN; to who tries until a number comes, one does.
            + [call("two", [NAN, NAN, NAN, 0.5], 3)],
        ),
    ]


# What is observed


def observe(case: Case, events: list[Event]) -> list[Observation]:
    forms = [
        _form(_names(call), event, index)
        for index, (call, event) in enumerate(zip(case.calls, events, strict=True))
    ]
    unreadable = next((form for form in forms if form.value != "params and history"), None)
    if unreadable:
        return [unreadable]
    looks = {"asked": _asked, "draws": _draws, "chance": _chance, "history": _history, "best": _best}
    observed = [forms[0]]
    for index, (call, event) in enumerate(zip(case.calls, events, strict=True)):
        observed += looks[case.observe](call, event, index)
    return observed + ([_follows_the_seed(events)] if case.observe == "chance" else [])


def _form(names: list[str], event: Event, index: int) -> Observation:
    """Whether the params of one trial came, and a history: a list of pairs of params and a number."""
    came, asked = event.returned, "asked are the best params, a dict, and the history, a list of pairs."
    says = f"What comes back is {described(came)}; {asked}"
    value = described(came)
    if isinstance(came, tuple | list) and len(came) == 2:
        kinds = _kind(came[0], names), _kind(came[1], names)
        # None as the best params is an answer too: nothing was found.
        value = (
            "params and history"
            if kinds[0] in ("a dict", "None") and kinds[1] == "a list of pairs"
            else " and ".join(kinds)
        )
        says = f"What comes back is {kinds[0]} and {kinds[1]}; {asked}"
    return Observation("What comes back", value, says, index)


def _kind(value: object, names: list[str]) -> str:
    if isinstance(value, dict):
        return "a dict"
    if isinstance(value, list | tuple) and value:
        if all(isinstance(v, list | tuple) and len(v) == 2 for v in value):
            if all(isinstance(params, dict) and _is_number(loss) for params, loss in value):
                return "a list of pairs"
            if all(_is_number(loss) and isinstance(params, dict) for loss, params in value):
                return "a list of pairs, the value first"
        if len(value) == 2 and isinstance(value[0], dict) and _is_number(value[1]):
            return "a pair of params and value"
        if all(isinstance(v, dict) for v in value):
            just_params = all(set(v) == set(names) for v in value)
            return f"a list of {'params' if just_params else 'dicts with other keys than the params have'}"
        if all(_is_number(v) for v in value):
            return "a list of numbers"
        if all(isinstance(v, list | tuple) and len(v) == 2 for v in value):
            return f"a list of pairs, but of {described(value[0][0])} and {described(value[0][1])}"
        kinds = {described(v) for v in value}
        each = f"each of them {kinds.pop()}" if len(kinds) == 1 else "of several kinds"
        return f"a {'list' if isinstance(value, list) else 'tuple'} of {len(value)} entries, {each}"
    if isinstance(value, list | tuple):
        return "an empty list"
    return "a number" if _is_number(value) else described(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.ndarray) and np.ndim(value) == 0


def _same(a: object, b: object) -> bool:
    """Whether two values, or dicts of them, are the same; NaN is NaN, a NumPy number that number."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[name], b[name]) for name in a)
    if _is_number(a) and _is_number(b):
        return bool(a == b or (a != a and b != b))
    return type(a) is type(b) and not isinstance(a, np.ndarray) and a == b


def _asks(event: Event) -> list[Trial]:
    """What the objective was asked, and what it answered."""
    return [(params, value) for name, params, value in event.heard if name == OBJECTIVE]


def _drawn(event: Event, name: str) -> list[object]:
    return [returned for who, _, returned in event.heard if who == name]


def _names(call: Call) -> list[str]:
    return list(call["arguments"]["space"]["functions"])


def _asked(call: Call, event: Event, index: int) -> list[Observation]:
    """How often the objective was called, and with what."""
    trials, asks = call["arguments"]["trials"], _asks(event)
    counts = {
        0: "never",
        trials: "trials",
        2 * trials: "twice",
        trials - 1: "one less",
        trials + 1: "one more",
    }
    count = Observation(
        "The number of calls",
        counts.get(len(asks), "another"),
        f"With trials = {trials}, the objective was called {len(asks)} times; asked is once per trial.",
        index,
    )
    names = _names(call)
    odd = next((p for p, _ in asks if not isinstance(p, dict) or set(p) != set(names)), None)
    value = "params" if odd is None else "other names" if isinstance(odd, dict) else described(odd)
    got = f"a dict with the names {', '.join(map(str, odd))}" if isinstance(odd, dict) else described(odd)
    says = f"The objective was given {got}; asked is a dict with the names {', '.join(names)}."
    seen = [count, Observation("What the objective is given", value, says, index)]
    if odd is None and asks:
        mixed = next((n for n in names for p, _ in asks if not _among(p[n], _drawn(event, n))), None)
        says = f"The objective was given a value of {mixed} that the sampler of {mixed} never drew."
        seen.append(Observation("The values", mixed is None, says, index))
    return seen


def _among(value: object, drawn: list[object]) -> bool:
    return any(_same(value, one) for one in drawn)


def _draws(call: Call, event: Event, index: int) -> list[Observation]:
    """How often each sampler was called, and whether each trial had its own values."""
    trials, seen = call["arguments"]["trials"], []
    for name in _names(call):
        times = len(_drawn(event, name))
        counts = {0: "never", 1: "once", trials: "trials", 2 * trials: "twice"}
        says = f"The sampler of {name} was called {times} times; asked is once per trial, {trials} times."
        seen.append(Observation("The draws", counts.get(times, "another"), says, index))
        values = [params.get(name) for params, _ in _asks(event) if isinstance(params, dict)]
        different = len({repr(value) for value in values})
        word = {len(values): "all different", 1: "all the same"}.get(different, "some the same")
        says = f"In {len(values)} trials, the objective was asked for {different} different values of {name}."
        seen.append(Observation("The trials", word, says, index))
    return seen


def _chance(call: Call, event: Event, index: int) -> list[Observation]:
    """Whether what the samplers drew is what the given generator has, in the order of the contract."""
    arguments = call["arguments"]
    rng = np.random.default_rng(arguments["rng"]["rng"])
    samplers = {
        name: made_function(form["function"], form["settings"], name, [])
        for name, form in arguments["space"]["functions"].items()
    }
    order = [(name, sampler(rng)) for _ in range(arguments["trials"]) for name, sampler in samplers.items()]
    came = [(name, value) for name, _, value in event.heard if name != OBJECTIVE]
    given = {described(argument) for name, argument, _ in event.heard if name != OBJECTIVE}
    word, says = "from rng", ""
    if given - {"a Generator"}:
        word = f"given {sorted(given - {'a Generator'})[0]}"
        says = f"A sampler was {word}; asked is rng, the generator that came in."
    elif [name for name, _ in came] != [name for name, _ in order]:
        word = _order([name for name, _ in came], list(samplers), arguments["trials"])
        says = "The samplers were called in this order: "
        says += f"{', '.join(name for name, _ in came[:6])}, …; asked is that of space, trial after trial."
    elif not all(_same(a, b) for (_, a), (_, b) in zip(came, order, strict=True)):
        first = all(_same(a, b) for (n, a), (m, b) in zip(came, order[: len(samplers)] * 99, strict=False))
        repeats = len({(name, repr(value)) for name, value in came}) == len(samplers)
        word = "begins anew" if first else "repeats" if repeats else "elsewhere"
        says = "The samplers did not draw what rng has next: they were given another generator, "
        says += "or rng was used for something else as well."
    used = Observation(
        "NumPy's global random state",
        "used" if event.global_random else "left alone",
        "The code uses or sets NumPy's global random state (np.random.…). All chance should come from rng.",
        index,
    )
    return [used, Observation("The draws", word, says, index)]


def _order(came: list[str], names: list[str], trials: int) -> str:
    """In which order the samplers were called, where it is not that of the contract."""
    if came == [name for name in names for _ in range(trials)]:
        return "by name"
    by_trial = [came[i : i + len(names)] for i in range(0, len(came), len(names))]
    if len(by_trial) == trials and all(sorted(drawn) == sorted(names) for drawn in by_trial):
        return "another order in each trial"
    return "another number" if sorted(came) != sorted(names * trials) else "another order"


def _follows_the_seed(events: list[Event]) -> Observation:
    """Whether one seed leads to the same draws again, and another seed to others."""
    first, again, other = ([d for d in e.heard if d[0] != OBJECTIVE] for e in events[:3])

    def same(these: list[Heard], those: list[Heard]) -> bool:
        return all(a[0] == b[0] and _same(a[2], b[2]) for a, b in zip(these, those, strict=False))

    word = "changes from run to run" if not same(first, again) else "follows the seed"
    word = "the same for any seed" if word == "follows the seed" and same(first, other) else word
    says = f"With generators of one seed and of another, what is drawn {'is ' * (word[0] == 't')}{word}."
    return Observation("The seed", word, says)


def _history(call: Call, event: Event, index: int) -> list[Observation]:
    history, asks = [tuple(pair) for pair in event.returned[1]], _asks(event)
    trials = call["arguments"]["trials"]
    length = {trials: "trials", 1: "1", trials + 1: "one more", trials - 1: "one less"}
    says = f"With trials = {trials}, the history has {len(history)} entries; asked is one for each trial."
    if len(history) > len(asks) > 0 and all(map(_pairs_match, history[-len(asks) :], asks)):
        says += " The last ones are right. Those before come from earlier calls: a list that is made only "
        says += "once, as a default argument is, lives on from call to call."
    seen, says = [Observation("The length", length.get(len(history), "another"), says, index)], ""
    right = len(history) == len(asks) and all(map(_pairs_match, history, asks))
    word = "in order" if right else "another"
    if not right:
        says = "The pairs in the history are not the params and values of the trials, in their order."
        if len(history) > 1 and all(_same(params, history[-1][0]) for params, _ in history):
            word, says = "all the same", "All entries of the history have the same params: those of the last."
        elif sorted(float(v) for _, v in history) == [float(v) for _, v in history]:
            word, says = "sorted", "The history is sorted by value; asked is the order of the trials."
        elif len(history) == len(asks) and all(map(_pairs_match, history[::-1], asks)):
            word, says = "backwards", "The history goes backwards: the last trial comes first."
        elif all(_pairs_match(pair, _lowest(asks[: k + 1])) for k, pair in enumerate(history)):
            word, says = "best so far", "The history has the best trial so far, again and again."
        elif len(history) == len(asks) and all(_same(h[0], a[0]) for h, a in zip(history, asks, strict=True)):
            k = next(i for i, pair in enumerate(history) if not _pairs_match(pair, asks[i]))
            noted, returned = (number(float(pairs[k][1])) for pairs in (history, asks))
            word, says = "other values", f"The params in the history are right, but value {k + 1} is {noted} "
            says += f"where the objective returned {returned}."
        elif all(_same(h[1], a[1]) for h, a in zip(history, asks, strict=False)):
            word, says = "other params", "The params in the history are not those that the values belong to."
    return [*seen, Observation("The history", word, says, index)]


def _pairs_match(a: Trial, b: Trial) -> bool:
    return _same(a[0], b[0]) and _same(a[1], b[1])


def _lowest(asks: list[Trial]) -> Trial:
    return min(asks, key=lambda pair: np.inf if pair[1] != pair[1] else pair[1], default=(None, None))


def _best(call: Call, event: Event, index: int) -> list[Observation]:
    """Of which trial the best params are, counted from 1."""
    values = [value for _, value in _asks(event)]
    if len(values) < 2:
        says = f"With trials = {call['arguments']['trials']}, only {len(values)} was made: there is no best."
        return [Observation("The best", "of one", says, index)]
    if not _any_number(values):
        return [Observation("The best", "right", event=index)]  # there is none, so any of them will do
    best, asked = event.returned[0], int(np.nanargmin(values)) + 1
    came = next((k for k, (params, _) in enumerate(_asks(event), start=1) if _same(params, best)), 0)
    listed = ", ".join(number(float(v)) if _is_number(v) else described(v) for v in values)
    whose = (
        f"those of trial {came}"
        if came
        else "None"
        if best is None
        else "an empty dict"
        if not best
        else "those of no trial"
    )
    says = f"With the values {listed}, the best params are {whose}; asked are those of trial {asked}."
    word: int | str = "right" if came == asked else came or whose
    return [Observation("The best", word, says, index)]


def _any_number(values: list[object]) -> bool:
    return bool(values) and all(_is_number(v) for v in values) and not all(v != v for v in values)


# What is drawn


def seen(case: Case, events: list[Event]) -> list[Seen]:
    """What each trial draws; the history beside what the objective answered; and which trial is the best."""
    forms = [_form(_names(call), event, 0) for call, event in zip(case.calls, events, strict=True)]
    if any(form.value != "params and history" for form in forms):
        return []
    looks = {"history": _seen_history, "best": _seen_best}
    look = looks.get(case.observe, _seen_draws)
    found = []
    for index, (call, event) in enumerate(zip(case.calls, events, strict=True), start=1):
        found += look(call, event, f"call {index}")
    if case.observe == "chance":
        drawn = [repr([d[1:] for d in event.heard if d[0] != OBJECTIVE]) for event in events[:3]]
        found.append(seeds(drawn[0] == drawn[1], drawn[0] == drawn[2], "the same and another seed"))
    return found


def _seen_draws(call: Call, event: Event, place: str) -> list[Seen]:
    return [
        Seen(place, name, "Trial", name, _values_of(call, _asks(event), name), names_y=_options(call, name))
        for name in _names(call)
    ]


def _seen_history(call: Call, event: Event, place: str) -> list[Seen]:
    history, asks = [tuple(pair) for pair in event.returned[1]], _asks(event)
    noted, returned = ([float(v) if _is_number(v) else NAN for _, v in side] for side in (history, asks))
    values = Seen(place, "Values in the history", "Entry", "Value of the objective", noted, asked=returned)
    return [values] + [
        Seen(
            place,
            f"{name} in the history",
            "Entry",
            name,
            _values_of(call, history, name),
            asked=_values_of(call, asks, name),
            names_y=_options(call, name),
        )
        for name in _names(call)
    ]


def _seen_best(call: Call, event: Event, place: str) -> list[Seen]:
    values = [value for _, value in _asks(event)]
    if not _any_number(values):
        return []
    best = event.returned[0]
    came = [k for k, (params, _) in enumerate(_asks(event)) if _same(params, best)][:1]
    trials = np.arange(1, len(values) + 1)
    value = "Value of the objective"
    given = (("", trials, values),)
    return [
        Seen(place, "The best trial", "Trial", value, [values[k] for k in came], at=trials[came], given=given)
    ]


def _options(call: Call, name: str) -> tuple[tuple[float, str], ...]:
    options = call["arguments"]["space"]["functions"][name]["settings"].get("options")
    words = decode(options) if options else []
    return tuple((float(number), str(word)) for number, word in enumerate(words))


def _values_of(call: Call, trials: list[Trial], name: str) -> list[float]:
    """What a hyperparameter was in each trial; of several options, the number of the one."""
    numbers = {word: float(place) for place, word in _options(call, name)}
    values = [params.get(name) if isinstance(params, dict) else None for params, _ in trials]
    if numbers:
        return [numbers.get(str(value), NAN) for value in values]
    return [float(np.asarray(value)) if _is_number(value) else NAN for value in values]
