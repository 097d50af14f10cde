"""Random search. Its cases, and what is observed in them.

The samplers and the objective are the case's own, and their calls are written down: what was drawn, in
which order, with which generator, and what the objective was asked. The objective's values follow a script,
so it is known which trial is the best. All of it is exact; nothing is left to chance.
"""

from typing import Any

import numpy as np

from course_lib import texts
from course_lib.judging.cases import Case
from course_lib.judging.compare import described, number
from course_lib.judging.encoding import Foreign, decode, encode
from course_lib.judging.functions import made_function
from course_lib.judging.observing import Observation, global_state
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event, Heard
from course_lib.judging.seen import Seen, seeds

say = texts.beside(__file__)

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

    def thrice(space: str) -> list[Call]:
        """With one generator, the same once more, and another."""
        return [call(space, some, 0, seed) for seed in (one, one, other)]

    return [
        case("each trial asks the objective once", "asked", [*thrice("two"), call("one", [0.3, 0.4, 0.1])]),
        case("a new value of each hyperparameter in each trial", "draws", thrice("two")),
        case("any names, any kind of value", "asked", [*thrice("others"), call("one", [0.5])]),
        case(
            "all chance comes from rng",
            "chance",
            [call("two", some, 0, other), call("others", some[:4])],
        ),
        case(
            "the same rng, the same search; another rng, another search",
            "seeds",
            thrice("two"),
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
    if case.observe == "seeds":
        return [*observed, _follows_the_seed(events)]
    for index, (call, event) in enumerate(zip(case.calls, events, strict=True)):
        observed += looks[case.observe](call, event, index)
    return [*observed, _follows_the_seed(events)] if case.observe in ("asked", "draws") else observed


def _form(names: list[str], event: Event, index: int) -> Observation:
    """Whether the params of one trial came, and a history: a list of pairs of params and a number."""
    came = event.returned
    value, says = described(came), say("no-pair", got=described(came))
    if isinstance(came, tuple | list) and len(came) == 2:
        best, history = _kind(came[0], names), _kind(came[1], names)
        # None as the best params is an answer too: nothing was found.
        right = (isinstance(came[0], dict) or came[0] is None) and history == say("kind.pairs")
        value = "params and history" if right else f"{best} and {history}"
        says = say("pair", first=best, second=history)
    return Observation("What comes back", value, says, index)


def _kind(value: object, names: list[str]) -> str:
    if isinstance(value, dict):
        return say("kind.dict")
    if isinstance(value, list | tuple) and value:
        if all(isinstance(v, list | tuple) and len(v) == 2 for v in value):
            if all(isinstance(params, dict) and _is_number(loss) for params, loss in value):
                return say("kind.pairs")
            if all(_is_number(loss) and isinstance(params, dict) for loss, params in value):
                return say("kind.pairs-value-first")
        if len(value) == 2 and isinstance(value[0], dict) and _is_number(value[1]):
            return say("kind.pair")
        if all(isinstance(v, dict) for v in value):
            just_params = all(set(v) == set(names) for v in value)
            return say("kind.params" if just_params else "kind.dicts")
        if all(_is_number(v) for v in value):
            return say("kind.numbers")
        if all(isinstance(v, list | tuple) and len(v) == 2 for v in value):
            return say("kind.other-pairs", first=described(value[0][0]), second=described(value[0][1]))
        kinds = {described(v) for v in value}
        key = "kind.entries" if len(kinds) == 1 else "kind.mixed"
        return say(key, type=type(value).__name__, count=len(value), each=min(kinds))
    if isinstance(value, list | tuple):
        return say("kind.empty")
    return say("kind.number") if _is_number(value) else described(value)


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
        say("calls", trials=trials, count=len(asks)),
        index,
    )
    names = _names(call)
    odd = next((p for p, _ in asks if not isinstance(p, dict) or set(p) != set(names)), None)
    value = "params" if odd is None else "other names" if isinstance(odd, dict) else described(odd)
    got = say("names", names=", ".join(map(str, odd))) if isinstance(odd, dict) else described(odd)
    says = say("given", got=got, names=", ".join(names))
    seen = [count, Observation("What the objective is given", value, says, index)]
    if odd is None and asks:
        mixed = next((n for n in names for p, _ in asks if not _among(p[n], _drawn(event, n))), None)
        says = say("never-drawn", name=mixed)
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
        says = say("draws", name=name, times=times, trials=trials)
        seen.append(Observation("The draws", counts.get(times, "another"), says, index))
        values = [params.get(name) for params, _ in _asks(event) if isinstance(params, dict)]
        different = len({repr(value) for value in values})
        word = {len(values): "all different", 1: "all the same"}.get(different, "some the same")
        says = say("different", count=len(values), different=different, name=name)
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
    others = given - {described(Foreign("Generator"))}
    word, says = "from rng", ""
    if others:
        word = min(others)
        says = say("given-to-sampler", got=word)
    elif [name for name, _ in came] != [name for name, _ in order]:
        word = _order([name for name, _ in came], list(samplers), arguments["trials"])
        says = say("order", names=", ".join(name for name, _ in came[:6]))
    elif not all(_same(a, b) for (_, a), (_, b) in zip(came, order, strict=True)):
        first = all(_same(a, b) for (n, a), (m, b) in zip(came, order[: len(samplers)] * 99, strict=False))
        repeats = len({(name, repr(value)) for name, value in came}) == len(samplers)
        word = "begins anew" if first else "repeats" if repeats else "elsewhere"
        says = say("not-from-rng")
    return [global_state([event], index), Observation("The draws", word, says, index)]


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

    word = "changes" if not same(first, again) else "same" if same(first, other) else "follows"
    return Observation("The seed", word, say(f"seed.{word}"))


def _history(call: Call, event: Event, index: int) -> list[Observation]:
    history, asks = [tuple(pair) for pair in event.returned[1]], _asks(event)
    trials = call["arguments"]["trials"]
    length = {trials: "trials", 1: "1", trials + 1: "one more", trials - 1: "one less"}
    lives_on = len(history) > len(asks) > 0 and all(map(_pairs_match, history[-len(asks) :], asks))
    says = say("length-lives-on" if lives_on else "length", trials=trials, count=len(history))
    seen, says = [Observation("The length", length.get(len(history), "another"), says, index)], ""
    right = len(history) == len(asks) and all(map(_pairs_match, history, asks))
    word = "in order" if right else "another"
    if not right:
        says = say("history.other")
        if len(history) > 1 and all(_same(params, history[-1][0]) for params, _ in history):
            word, says = "all the same", say("history.same")
        elif sorted(float(v) for _, v in history) == [float(v) for _, v in history]:
            word, says = "sorted", say("history.sorted")
        elif len(history) == len(asks) and all(map(_pairs_match, history[::-1], asks)):
            word, says = "backwards", say("history.backwards")
        elif all(_pairs_match(pair, _lowest(asks[: k + 1])) for k, pair in enumerate(history)):
            word, says = "best so far", say("history.best-so-far")
        elif len(history) == len(asks) and all(_same(h[0], a[0]) for h, a in zip(history, asks, strict=True)):
            k = next(i for i, pair in enumerate(history) if not _pairs_match(pair, asks[i]))
            noted, returned = (number(float(pairs[k][1])) for pairs in (history, asks))
            word = "other values"
            says = say("history.values", number=k + 1, noted=noted, returned=returned)
        elif all(_same(h[1], a[1]) for h, a in zip(history, asks, strict=False)):
            word, says = "other params", say("history.params")
    return [*seen, Observation("The history", word, says, index)]


def _pairs_match(a: Trial, b: Trial) -> bool:
    return _same(a[0], b[0]) and _same(a[1], b[1])


def _lowest(asks: list[Trial]) -> Trial:
    return min(asks, key=lambda pair: np.inf if pair[1] != pair[1] else pair[1], default=(None, None))


def _best(call: Call, event: Event, index: int) -> list[Observation]:
    """Of which call of the objective the best params are, counted from 1."""
    values = [value for _, value in _asks(event)]
    if len(values) < 2:
        says = say("too-few", trials=call["arguments"]["trials"])
        return [Observation("The best", "of one", says, index)]
    if not _any_number(values):
        return [Observation("The best", "right", event=index)]  # there is none, so any of them will do
    best, asked = event.returned[0], int(np.nanargmin(values)) + 1
    came = next((k for k, (params, _) in enumerate(_asks(event), start=1) if _same(params, best)), 0)
    listed = ", ".join(number(float(v)) if _is_number(v) else described(v) for v in values)
    whose = "trial" if came else "none" if best is None else "no-trial" if best else "empty"
    says = say(f"best.{whose}", values=listed, came=came, asked=asked)
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
        found += look(call, event, say("seen.call", number=index))
    if case.observe == "seeds":
        drawn = [repr([d[1:] for d in event.heard if d[0] != OBJECTIVE]) for event in events[:3]]
        found.append(seeds(drawn[0] == drawn[1], drawn[0] == drawn[2], say("seen.seeds")))
    return found


def _seen_draws(call: Call, event: Event, place: str) -> list[Seen]:
    return [
        Seen(
            place,
            name,
            say("seen.trial"),
            name,
            _values_of(call, _asks(event), name),
            names_y=_options(call, name),
        )
        for name in _names(call)
    ]


def _seen_history(call: Call, event: Event, place: str) -> list[Seen]:
    history, asks = [tuple(pair) for pair in event.returned[1]], _asks(event)
    noted, returned = ([float(v) if _is_number(v) else NAN for _, v in side] for side in (history, asks))
    titles = say("seen.values"), say("seen.entry"), say("seen.value")
    return [Seen(place, *titles, noted, asked=returned)] + [
        Seen(
            place,
            say("seen.in-history", name=name),
            say("seen.entry"),
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
    titles = say("seen.best"), say("seen.trial"), say("seen.value")
    given = (("", trials, values),)
    return [Seen(place, *titles, [values[k] for k in came], at=trials[came], given=given)]


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
