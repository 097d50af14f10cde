"""An epoch of index arrays. Its cases, and what is observed in them.

What is tested on chance is which index falls into which batch, never the order within a batch: a right answer
may sort there. Together, a right answer fails these tests with a probability below 1e-9; each says its share.
"""

import math
from collections import Counter
from typing import Unpack

import numpy as np

from course_lib import texts
from course_lib.judging.cases import Case, Marks
from course_lib.judging.compare import described
from course_lib.judging.observing import Observation, global_state
from course_lib.judging.probe import Call
from course_lib.judging.reading import ABSENT, Event
from course_lib.judging.seen import Seen, seeds

say = texts.beside(__file__)

EPOCHS = 40
FAR = 0.35  # shares of so many epochs that lie further apart are no chance
Batches = list[np.ndarray]


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(6, 10))
    n = 4 * size + int(rng.integers(2, size - 1))
    # Who rounds the number of batches is found out by these, and who drops a batch of one.
    rests = (1, (size - 1) // 2, size // 2 + 1, size - 1)

    def call(n: int, size: int, generator: int, shared: bool = True) -> Call:
        arguments = {"n": n, "batch_size": size, "rng": {"rng": generator, "shared": shared}}
        # Enough for batches that overlap, and an end for those that have none.
        return {"call": "minibatches", "arguments": arguments, "at_most": 2 * n + 2}

    def case(name: str, observe: str, calls: list[Call], **marks: Unpack[Marks]) -> Case:
        return Case.of(name, calls, observe, **marks)

    return [
        # Twelve epochs: should batches come in random order, then the smaller one is not always the last.
        case("the last batch is smaller", "sizes", [call(4 * size + rest, size, seed) for rest in rests] * 3),
        case(
            "full batches, more room than examples, and one example in each",
            "sizes",
            [call(k, of, seed) for k, of in ((4 * size, size), (size - 1, size), (size, size), (5, 1))],
        ),
        case("each index comes exactly once", "once", [call(n, size, seed) for _ in range(EPOCHS // 2)]),
        case("a random order, and a new one in each epoch", "order", [call(n, size, seed)] * EPOCHS),
        case(
            "all chance comes from rng",
            "chance",
            [call(n, size, generator, shared=False) for generator in (seed, seed, seed + 1)],
        ),
        # The last one: here a loop without end may come to nothing that could be counted.
        case("no examples", "none", [call(0, size, seed)], special=True, beside="sizes"),
    ]


def observe(case: Case, events: list[Event]) -> list[Observation]:
    """What the batches of a case have in common with those of any right answer."""
    forms = [_form(call, event, i) for i, (call, event) in enumerate(zip(case.calls, events, strict=True))]
    unreadable = next((form for form in forms if form.value != "index arrays"), None)
    if unreadable:
        return [unreadable]
    batches = [[np.asarray(batch, dtype=np.int64) for batch in event.returned] for event in events]
    looks = {"sizes": _sizes, "none": _none, "once": _once, "order": _order, "chance": _chance}
    return [forms[0], *looks[case.observe](case, batches, events)]


# Form


def _form(call: Call, event: Event, index: int) -> Observation:
    """Whether a call gave batches: index arrays. Lists of indices serve as well."""
    n, size = call["arguments"]["n"], call["arguments"]["batch_size"]
    returned = event.returned
    if not isinstance(returned, list):
        what = described(returned)
        return Observation("What comes back", what, say("no-iterator", got=what), index)
    kinds = {_kind(item) for item in returned}
    if kinds <= {"index arrays"} and len(returned) == call["at_most"]:
        says = say("no-end", count=len(returned), n=n)
        return Observation("What comes back", "no end", says, index)
    if kinds <= {"index arrays"}:
        return Observation("What comes back", "index arrays", event=index)
    kind = sorted(kinds - {"index arrays"})[0]
    count = {n: "n", size: "batch_size", 1: "1"}.get(len(returned), "some")
    met = say(f"kind.{kind}") if kind in KINDS else kind
    says = say("meets-once" if len(returned) == 1 else "meets-times", met=met, times=len(returned))
    return Observation("What comes back", f"{count} {kind}", says, index)


KINDS = ("numbers", "truths", "floats", "whole", "nested")


def _kind(item: object) -> str:
    if isinstance(item, bool) or not isinstance(item, int | float | list | np.ndarray):
        return described(item)
    if isinstance(item, list):
        if all(type(entry) is int or _is_integer(entry) for entry in item):
            return "index arrays"
        if any(isinstance(entry, list | np.ndarray) for entry in item):
            return "nested"
        return "whole" if all(type(entry) in (int, float) and entry % 1 == 0 for entry in item) else "floats"
    array = np.asarray(item)
    if array.ndim != 1:
        return "nested" if array.ndim else "numbers"
    if not array.size or array.dtype.kind in "iu":
        return "index arrays"
    if array.dtype.kind == "b":
        return "truths"
    return "whole" if (array % 1 == 0).all() else "floats"


def _is_integer(entry: object) -> bool:
    return isinstance(entry, np.ndarray) and entry.ndim == 0 and entry.dtype.kind in "iu"


# Sizes


def _sizes(case: Case, epochs: list[Batches], events: list[Event]) -> list[Observation]:
    sizes, says, at = [], "", 0
    for index, (call, batches) in enumerate(zip(case.calls, epochs, strict=True)):
        n, size = call["arguments"]["n"], call["arguments"]["batch_size"]
        sizes.append(([len(batch) for batch in batches], _asked_sizes(n, size)))
        came, asked = sizes[-1]
        if came != asked and not says:
            at = index
            says = say("sizes", n=n, size=size, came=_listed(came), asked=_listed(asked))
    # Where batches come in random order, in which calls the smaller one is not the last is chance.
    moved = any(came != asked and sorted(came) == sorted(asked) for came, asked in sizes)
    return [Observation("The sizes", [moved, *(sorted(came) for came, _ in sizes)], says, at)]


def _none(case: Case, epochs: list[Batches], events: list[Event]) -> list[Observation]:
    """An empty batch, such as np.split makes of nothing, is none that anyone could miss."""
    every = sum(len(batch) for batches in epochs for batch in batches)
    return [Observation("The batches", every, say("none", came=_listed([every])))]


def _asked_sizes(n: int, size: int) -> list[int]:
    return [min(size, n - begin) for begin in range(0, n, size)]


def _listed(numbers: list[int]) -> str:
    if not numbers:
        return say("nothing")
    shown = [str(number) for number in numbers[:12]] + ["…"] * (len(numbers) > 12)
    return say("indices" if numbers != [1] else "index", numbers=", ".join(shown))


# Each index once: exact, without any chance


def _once(case: Case, epochs: list[Batches], events: list[Event]) -> list[Observation]:
    n = case.calls[0]["arguments"]["n"]
    flat = [np.concatenate(batches) if batches else np.array([], dtype=np.int64) for batches in epochs]
    every = np.concatenate(flat)
    below, above = bool((every < 0).any()), bool((every >= n).any())
    missing = [set(range(n)) - set(order.tolist()) for order in flat]
    always = set.intersection(*missing)
    largest = int(every.max()) if every.size else None
    first = next((absent for absent in missing if absent), set())
    some = ", ".join(map(str, sorted(first)[:5])) + (", …" if len(first) > 5 else "")
    again = _again(epochs, flat)
    return [
        Observation(
            "The range",
            (below, above),
            say("range", n=n, smallest=every.min() if every.size else None, largest=largest, last=n - 1),
        ),
        Observation("Twice", again, again),
        Observation(
            "Missing",
            sorted(i - n if i > n // 2 else i for i in always) if always else ["some"] * any(missing),
            say("missing-always" if always else "missing-first", n=n, some=some),
        ),
        _kept(events),
    ]


def _kept(events: list[Event]) -> Observation:
    return Observation(
        "A batch",
        "changes" if any(event.afterwards is not ABSENT for event in events) else "stays",
        say("kept"),
    )


def _again(epochs: list[Batches], flat: list[np.ndarray]) -> str:
    """Where the same index comes more than once in an epoch, in a sentence; "" where none does."""
    twice = [{index for index, count in Counter(order.tolist()).items() if count > 1} for order in flat]
    if not any(twice):
        return ""
    if set.union(*twice) == set.intersection(*twice):
        return say("twice.always", indices=say("and").join(map(str, sorted(twice[0]))))
    if all(len(b) > 1 and len(set(b[0].tolist()) & set(b[1].tolist())) == len(b[0]) - 1 for b in epochs):
        return say("twice.overlap")
    within = any(len(set(batch.tolist())) < len(batch) for batches in epochs for batch in batches)
    across = any(
        len(set(order.tolist())) < sum(len(set(batch.tolist())) for batch in batches)
        for order, batches in zip(flat, epochs, strict=True)
    )
    return say(f"twice.{'-'.join(['within'] * within + ['across'] * across)}")


# Random order


def _order(case: Case, epochs: list[Batches], events: list[Event]) -> list[Observation]:
    arguments = case.calls[0]["arguments"]
    n, size = arguments["n"], arguments["batch_size"]
    value, says = _pattern(n, size, epochs, _where(n, epochs))
    return [Observation("The order", value, says), _kept(events)]


def _where(n: int, epochs: list[Batches]) -> np.ndarray:
    """The batch of each index, per epoch: (epochs, n)."""
    where = np.full((len(epochs), n), -1)
    for row, batches in zip(where, epochs, strict=True):
        for number, batch in reversed(list(enumerate(batches))):
            row[batch[(batch >= 0) & (batch < n)]] = number
    return where


def _pattern(n: int, size: int, epochs: list[Batches], where: np.ndarray) -> tuple[str, str]:
    """A word for what is not random, and a sentence. `where` has the batch of each index, per epoch."""
    flat = [[int(i) for batch in batches for i in batch] for batches in epochs]
    if all(order == sorted(order) == flat[0] for order in flat):
        return "sorted", say("sorted")
    # 40 epochs alike: below 1e-400.
    if (where == where[0]).all():
        if (where[0] == np.arange(n) // size).all():
            return "within", say("within")
        return "same", say("same", epochs=len(epochs))
    # The same groups of indices, whatever their order: below 1e-400.
    groups = [frozenset(frozenset(batch.tolist()) for batch in batches) for batches in epochs]
    if len(set(groups)) == 1:
        return "groups", say("groups")
    # One index in the same batch in all epochs: n (batch_size/n)³⁹, below 1e-22.
    stays = [i for i in range(n) if (where[:, i] == where[0, i]).all()]
    if stays:
        return "stays", say("stays", index=stays[0])
    # Two indices in one batch in all epochs: n² (batch_size/n)⁴⁰ / 2, below 1e-21.
    together = where[:, :, None] == where[:, None, :]
    pairs = np.argwhere(np.triu(together.all(axis=0), 1))
    if len(pairs):
        return "pair", say("pair", first=pairs[0][0], second=pairs[0][1])
    # The share of neighbours i, i + 1 in one batch, averaged over independent epochs: by Hoeffding's
    # inequality it exceeds its expectation by this much with a probability below 1e-10.
    neighbours = np.mean(where[:, 1:] == where[:, :-1])
    expected = sum(k * (k - 1) for k in _asked_sizes(n, size)) / (n * (n - 1))
    if neighbours > expected + math.sqrt(math.log(1e10) / (2 * len(epochs))):
        return "neighbours", say("neighbours", neighbours=neighbours, expected=expected)
    return "random", ""


# Where chance comes from


def _chance(case: Case, epochs: list[Batches], events: list[Event]) -> list[Observation]:
    first, again, other = [[batch.tolist() for batch in batches] for batches in epochs]
    return [
        global_state(events),
        Observation("The same seed", first == again, say("same-seed")),
        # By chance: one in the number of ways to deal n examples, below 1e-14.
        Observation("Another seed", first != other, say("other-seed")),
        _kept(events),
    ]


# What is drawn


def seen(case: Case, events: list[Event]) -> list[Seen]:
    """Sizes of batches, how often an index comes, and who is together with whom."""
    forms = [_form(call, event, i) for i, (call, event) in enumerate(zip(case.calls, events, strict=True))]
    if any(form.value != "index arrays" for form in forms):
        return []
    epochs = [[np.asarray(batch, dtype=np.int64) for batch in event.returned] for event in events]
    looks = {"sizes": _seen_sizes, "once": _seen_once, "order": _seen_order, "chance": _seen_chance}
    return (looks[case.observe](case, epochs) if case.observe in looks else []) + _seen_later(events)


def _seen_sizes(case: Case, epochs: list[Batches]) -> list[Seen]:
    found = []
    for call, batches in zip(case.calls, epochs, strict=True):
        n, size = call["arguments"]["n"], call["arguments"]["batch_size"]
        sizes, asked = [len(batch) for batch in batches], _asked_sizes(n, size)
        place, axes = say("seen.call", n=n, size=size), (say("seen.batch"), say("seen.indices"))
        found.append(Seen(place, say("seen.sizes"), *axes, sizes, asked=asked, bars=True))
    return list({seen.place: seen for seen in reversed(found)}.values())[::-1]


def _seen_once(case: Case, epochs: list[Batches]) -> list[Seen]:
    n, found = case.calls[0]["arguments"]["n"], []
    for number, batches in enumerate(epochs, start=1):
        every = Counter(int(index) for batch in batches for index in batch)
        indices = sorted({*range(n), *every})
        found.append(
            Seen(
                say("seen.epoch", number=number),
                say("seen.how-often"),
                say("seen.index"),
                say("seen.times"),
                [every[index] for index in indices],
                at=indices,
                asked=[int(0 <= index < n) for index in indices],
                bars=True,
            )
        )
    return found


def _seen_order(case: Case, epochs: list[Batches]) -> list[Seen]:
    """Over all epochs: with whom, and in which batch, an index is most often. Right answers have a third."""
    where = _where(case.calls[0]["arguments"]["n"], epochs)
    together = (where[:, :, None] == where[:, None, :]).mean(axis=0)
    places = [np.bincount(column + 1).max() / len(epochs) for column in where.T]
    others = together - np.eye(len(together))
    looks = {
        "companion": others.max(axis=1),
        "next": np.diagonal(together, 1),
        "one-batch": places,
    }
    axes = say("seen.index"), say("seen.share")
    return [
        Seen("", say(f"seen.{title}"), *axes, values, at=np.arange(len(values)), allowed=FAR, bars=True)
        for title, values in looks.items()
    ]


def _seen_chance(case: Case, epochs: list[Batches]) -> list[Seen]:
    first, again, other = [[batch.tolist() for batch in batches] for batches in epochs]
    return [seeds(first == again, first == other)]


def _seen_later(events: list[Event]) -> list[Seen]:
    """What became of the first batch of an epoch, where batches change after they were handed out."""
    changed = next((event for event in events if event.afterwards is not ABSENT), None)
    if changed is None or not isinstance(changed.afterwards, list):
        return []
    asked, later = changed.returned[0], changed.afterwards[0]
    if _kind(later) != "index arrays":
        return []
    place, title = say("seen.kept"), say("seen.kept-until-the-end")
    return [Seen(place, title, say("seen.entry"), say("seen.index"), later, asked=asked)]
