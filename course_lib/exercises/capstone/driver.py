"""Play a case of the capstone: train, ask the network with the θ that comes, or play a part's own cases.

Like the probe, this knows no label of what it asks for.

A case whose settings have "runs" is the training, several times, each on signals of its own. The events of
each run are

    train    {"returned": a `Report` as a dict}
    predict  once for each of `QUESTIONS`: {"returned": labels}; None where train returned no θ

A case whose settings have a "part" is about a part, as it stands in the notebook. Its events are

    own      {"returned": "own", "missing", or "course" where no parts were handed over}
    …        where it is "own", those of the cases of this part's exercises, one after the other

A case that has neither is about the runs of the case before it: the same events.

Gradients are counted in `Network.backward`, of every network; a batch of more than `capstone.BATCH` counts as
several. Time is the thread's own, so that a busy machine does no harm, within reason. Small matrices are
multiplied on one thread, because several would wait for each other far longer than they calculate.
"""

import operator
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from importlib import import_module
from types import SimpleNamespace
from typing import TypedDict

from numpy import (
    allclose,
    arange,
    array,
    array_equal,
    asarray,
    clip,
    concatenate,
    empty_like,
    errstate,
    float64,
    frombuffer,
    inf,
    isfinite,
    ndarray,
    rint,
    roll,
    sort,
    uint8,
)
from numpy.linalg import norm
from numpy.random import default_rng, get_state, set_state

from course_lib import capstone, initializers, layers, optimizers
from course_lib.judging import probe
from course_lib.judging.clock import computed
from course_lib.judging.encoding import encode, name_of
from course_lib.judging.probe import Asked, Call, Event, MakeCall, Student, drawn
from course_lib.judging.recent import Recent
from course_lib.network import Network

QUESTIONS = ("held back", "training", "validation", "standardised", "standardised by position")
PREPARED = 1000  # held-back signals of the last two questions
SHORT = 100  # gradients of the short runs, by which is seen whether θ depends on the generator
SLACK = 10  # by the clock, so many times the time allowed: of a busy machine a run may get a tenth
LOOKS, ROWS = 10, 32  # at so many batches, and at so many rows of each
UNIT = 255  # a reading of 1, in 8 bits
REMEMBERED = 10  # training signals; of rows that are no signals none agrees with one in all its readings
FARTHEST = 8  # positions by which a signal is looked for in another place
POSITIONS = capstone.POSITIONS
COURSE = SimpleNamespace(
    Adam=optimizers.Adam,
    Dropout=layers.Dropout,
    BatchNorm=layers.BatchNorm,
    he_normal=initializers.he_normal,
)

_runs = Recent(64)


class Readings(TypedDict):
    """Signals of type uint8 as JSON, in base 64."""

    readings: str
    shape: list[int]


class Run(TypedDict):
    """What `train` is given and the network is asked, with what makes the generator."""

    x_train: Readings
    y_train: list[int]
    x_val: Readings
    y_val: list[int]
    held_back: Readings
    seed: int
    budget: int


class Sent(TypedDict):
    """What is asked in a case, as `Asked.data` has it."""

    calls: list[Call]
    driver: str
    seconds: float | None
    settings: object


Cases = list[Sent]  # of a part


class Settings(TypedDict, total=False):
    runs: list[Run]
    seconds: float  # for all trainings
    part: int  # its place in COURSE
    cases: Cases


class Report(TypedDict):
    """What is seen of a run; by_labels, by_rng and repeats of the last one alone.

    kind         of what train returned: "theta", "shape", "not finite", or its type's name
    shape        of it, and what it should be
    spent        gradients, each of 64 signals or fewer
    in_training  whether any was of the network in training mode
    moved        whether θ was another at any gradient than at the first
    labelled     of the rows that were looked at in batches, the share that has the label of the training
                 signal which it is most like; -1 where none could be looked at
    rolled       and the share that is most like one of which an end has come in at the other
    by_labels    whether θ was another once the validation labels were permuted
    repeats      where it was, whether it is the same once nothing is another
    by_rng       whether θ was another with another generator; None where no short run came to its end
    rebuilt      whether the network's layers are others than those that were given
    copy         whether a layer holds training signals
    """

    kind: str
    shape: list[list[int]]
    spent: int
    in_training: bool
    moved: bool
    labelled: float
    rolled: float
    by_labels: bool | None
    repeats: bool | None
    by_rng: bool | None
    rebuilt: bool
    copy: bool
    global_random: bool
    out_of_time: bool


def packed(signals: ndarray) -> Readings:
    """Signals of shape (N, D)."""
    return {"readings": b64encode(signals.tobytes()).decode(), "shape": list(signals.shape)}


def unpacked(form: Readings) -> ndarray:
    """The signals as `train` gets them: float64, from 0 to 1."""
    return frombuffer(b64decode(form["readings"]), uint8).reshape(form["shape"]) / UNIT


@dataclass(frozen=True, eq=False)
class Remembered:
    """The judge's own training: it has all the time it needs, and is trained once for each run. On validation
    labels it does not depend."""

    train: Callable[..., object]
    known: dict[str, list[Event]] = field(default_factory=dict)

    def __call__(self, *given: object) -> object:
        return self.train(*given)


def calls(runs: int) -> list[Call]:
    """The calls of so many runs, for the reader of the events."""
    asked: list[Call] = [{"on": "it", "call": "predict"} for _ in QUESTIONS]
    return [{"on": "it", "call": "train"}, *asked] * runs


def play(student: Student, case: Asked, events: list[Event], call: MakeCall) -> None:
    """Append the events of a case; `call` is how the probe calls, and writes down what happens."""
    settings: Settings = case.settings
    if "part" in settings:
        _play_part(student, list(vars(COURSE))[settings["part"]], settings["cases"], events)
        return
    if "runs" not in settings:
        events.extend(_runs.of(student))
        return
    _runs.keep(student, events)
    if not isinstance(student, Remembered):
        _play_runs(student, settings["runs"], settings["seconds"], events, call)
        return
    which = str([(run["seed"], run["budget"]) for run in settings["runs"]])
    if which not in student.known:
        _play_runs(student, settings["runs"], inf, events, call)
        student.known[which] = list(events)
    events[:] = student.known[which]


# A part


def _play_part(student: Student, name: str, cases: Cases, events: list[Event]) -> None:
    parts = student.parts if isinstance(student, capstone.Answer) else None
    part = parts.own(name) if parts is not None and name in parts.yours else None
    events.append({"returned": encode("course" if parts is None else "own" if part else "missing")})
    if part is None:
        return
    for asked in cases:
        own: list[Event] = []
        probe.play(part, Asked(**asked), own)
        missing: list[Event] = [{} for _ in asked["calls"][len(own) :]]
        events.extend([*own[: len(asked["calls"])], *missing])


# A training


def _play_runs(
    student: Student, runs: list[Run], seconds: float, events: list[Event], call: MakeCall
) -> None:
    account, outside = Account(seconds), get_state(legacy=False)
    try:
        with one_thread(), watched(account), errstate(all="ignore"):
            for run in runs:
                training = Training(student, run, account, call)
                report = training.play(events)
                if report is None:
                    return
                report["global_random"] = drawn(outside) != drawn(get_state(legacy=False))
                is_last = run is runs[-1] and not isinstance(student, Remembered)
                if is_last and report["kind"] == "theta" and not account.out_of_time:
                    training.look_again(report)
                events[-1 - len(QUESTIONS)]["returned"] = encode(dict(report))
    finally:
        set_state(outside)
        if account.out_of_time:  # which is no error in the code
            done = min(account.trainings - 1, len(runs) + 1)  # what comes after them are short ones
            late = {"kind": "late", "spent": account.spent, "done": done, "out_of_time": True}
            events[:] = [{"returned": encode(late), "changed": []}]
            events += [{"returned": None, "changed": []} for _ in calls(len(runs))[1:]]


class Training:
    """A run: one training, what the network is asked then, and how trainings that are nearly the same end."""

    def __init__(self, student: Student, run: Run, account: "Account", call: MakeCall) -> None:
        self.student, self.run, self.account, self.call = student, run, account, call
        self.x_train, self.x_val, self.held_back = map(
            unpacked, (run["x_train"], run["x_val"], run["held_back"])
        )
        self.y_train, self.y_val = array(run["y_train"]), array(run["y_val"])

    def play(self, events: list[Event]) -> Report | None:
        """Append the events, the report's empty; return the report, None where train raised an error."""
        seed, account, x = self.run["seed"], self.account, self.x_train
        event, theta, network, layers = self._train(seed, seed + 1, self.run["budget"], self.y_val)
        events.append(event)
        if "error" in event:
            return None
        spent, labelled, rolled = account.spent, _share(account.labelled), _share(account.rolled)
        in_training, moved = account.in_training, account.moved
        kind, shape = _form(theta, network)
        rebuilt, network.layers = _other(layers, network), layers
        some = self.held_back[:PREPARED]
        by_place = (some - x.mean(axis=0)) / (x.std(axis=0) + 1e-12)
        questions = [self.held_back, x, self.x_val, (some - x.mean()) / (x.std() + 1e-12), by_place]
        answers: list[object] = []
        for rows in questions:
            if kind != "theta":
                events.append({"returned": None})
                continue
            it = SimpleNamespace(predict=_predicting(network, theta))
            event, answer = self.call(it, {"on": "it", "call": "predict"}, {"x": rows})
            events.append(event)
            answers.append(answer)
        self._theta, self._answers = theta, answers
        return Report(
            kind=kind,
            shape=shape,
            spent=spent,
            in_training=in_training,
            moved=moved,
            labelled=labelled,
            rolled=rolled,
            by_labels=None,
            repeats=None,
            by_rng=None,
            rebuilt=rebuilt,
            copy=_remembers(network, x),
            global_random=False,
            out_of_time=False,
        )

    def look_again(self, report: Report) -> None:
        """Complete a report by what trainings with other labels and another generator return."""
        seed, budget = self.run["seed"], self.run["budget"]
        permuted = _contradicting(self._answers[2], self.y_val)
        # Through the whole budget: labels may be looked at late.
        report["by_labels"] = _differ(self._theta, self._train(seed, seed + 1, budget, permuted)[1])
        if report["by_labels"]:
            same = _differ(self._theta, self._train(seed, seed + 1, budget, self.y_val)[1])
            report["repeats"] = None if same is None else not same
        one, other = (self._train(each, 2, min(SHORT, budget), self.y_val)[1] for each in (0, 1))
        report["by_rng"] = _differ(one, other)

    def _train(
        self, seed: int, masks: int, budget: int, labels: ndarray
    ) -> tuple[Event, object, Network, list[object]]:
        """Train from the beginning: another network, and copies of all that is given; what came, and the
        network with the layers that it was given with. seed, masks: of the generator that is handed over, and
        of the network's own."""
        self.account.begin(budget, self.x_train, self.y_train)
        student = self.student
        parts = student.parts if isinstance(student, capstone.Answer) else COURSE
        built: list[Network] = []
        layers: list[object] = []

        def begun(x: object, *others: object) -> object:
            built.append(capstone.network(parts, default_rng(masks)))
            layers.extend(built[0].layers)
            return student(built[0], parts.Adam, x, *others, default_rng(seed), budget)

        given: dict[str, object] = {
            "x_train": self.x_train.copy(),
            "y_train": self.y_train.copy(),
            "x_val": self.x_val.copy(),
            "y_val": labels.copy(),
        }
        event, theta = self.call(SimpleNamespace(train=begun), {"on": "it", "call": "train"}, given)
        return event, theta, built[0] if built else Network([]), layers


def _predicting(network: Network, theta: object) -> Callable[[ndarray], ndarray]:
    def predict(x: ndarray) -> ndarray:
        labels: ndarray = Network.predict(network, asarray(theta, float64), x).argmax(axis=1)
        return labels

    return predict


def _contradicting(answers: object, labels: ndarray) -> ndarray:
    """The labels in an order in which they contradict the answers: who chooses θ by them chooses another."""
    others = empty_like(labels)
    others[(answers if isinstance(answers, ndarray) else labels).argsort()] = roll(
        sort(labels), len(labels) // 2
    )
    return others


def _form(theta: object, network: Network) -> tuple[str, list[list[int]]]:
    """What train returned: its kind, its shape and the one that is asked for."""
    if type(theta) is not ndarray or theta.dtype.kind not in "fiu":
        return name_of(type(theta)), []
    shape = [list(theta.shape), [network.size]]
    if theta.shape != (network.size,):
        return "shape", shape
    return ("theta" if isfinite(theta).all() else "not finite"), shape


def _other(given: list[object], network: Network) -> bool:
    """Whether layers were exchanged, or what they do."""
    same = len(given) == len(network.layers) and all(map(operator.is_, given, network.layers))
    return not same or any("forward" in vars(each) for each in (network, *given))


def _remembers(network: Network, x: ndarray) -> bool:
    """Whether a layer holds several of the training signals, though other signals were asked last."""
    known = {row.tobytes() for row in rint(UNIT * x).astype(uint8)}
    found: set[bytes] = set()
    for layer in network.layers:
        for held in _arrays(list(vars(layer).values())):
            rows = asarray(held.T if held.ndim == 2 and len(held) == POSITIONS else held, float64)
            rows = rows.reshape(-1, POSITIONS)
            readings = rint(clip(rows if rows.max() > 1 else UNIT * rows, 0, UNIT)).astype(uint8)
            found |= known.intersection(row.tobytes() for row in readings)
    return len(found) >= REMEMBERED


def _arrays(held: object, depth: int = 4) -> Iterator[ndarray]:
    """Finite numbers that may be signals, in lists, tuples and dicts, too."""
    if type(held) is dict:
        held = list(held.values())
    if type(held) is list or type(held) is tuple:
        try:
            numbers = asarray(held)
            is_of_numbers = numbers.dtype.kind in "fiu"
        except Exception:  # of several shapes, or of what is no number
            is_of_numbers = False
        if not is_of_numbers:
            for each in held if depth else ():
                yield from _arrays(each, depth - 1)
            return
        held = numbers
    if type(held) is not ndarray or held.dtype.kind not in "fiu" or held.size % POSITIONS:
        return
    if held.size and isfinite(held).all():
        yield held


def _differ(one: object, other: object) -> bool | None:
    """Whether two θ differ by more than rounding; None where they cannot be compared."""
    if type(one) is not ndarray or type(other) is not ndarray or one.shape != other.shape:
        return None
    return not allclose(one, other, rtol=1e-6, atol=1e-9)


class OutOfTime(BaseException):
    """Raised in a student's code after its time. No Exception, so that `except Exception` lets it through."""


@dataclass
class Account:
    """What a training spent, its losses, and some rows that it looked at. seconds: for all trainings."""

    seconds: float
    trainings: int = 0
    spent: int = 0
    in_training: bool = False
    moved: bool = False
    out_of_time: bool = False
    labelled: list[bool] = field(default_factory=list)
    rolled: list[bool] = field(default_factory=list)
    losses: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._until = computed() + self.seconds, time.monotonic() + SLACK * self.seconds

    def begin(self, budget: int, x: ndarray, y: ndarray) -> None:
        """A training on x, labelled y."""
        self.trainings += 1
        self.spent, self.in_training, self.moved = 0, False, False
        self.labelled, self.rolled, self.losses = [], [], []
        places, by = arange(x.shape[1]), range(-FARTHEST, FARTHEST + 1)
        known = [x[:, clip(places - each, 0, places[-1])] for each in by]
        self._moved = len(x) * len(known)
        known += [roll(x, each, axis=1) for each in by if each]
        self._known, self._labels = _unit(concatenate(known)), y
        self._first: ndarray | None = None
        self._every, self._batches = max(1, budget // LOOKS), 0

    def goes_on(self) -> None:
        own, by_the_clock = self._until
        if computed() > own or time.monotonic() > by_the_clock:
            self.out_of_time = True
            raise OutOfTime

    def gradient(self, rows: int) -> None:
        self.spent += max(1, -(-rows // capstone.BATCH))

    def look(self, theta: ndarray, x: object, y: object) -> None:
        if self._first is None:
            self._first = array(theta)
        self.moved = self.moved or not array_equal(self._first, theta)
        self._batches += 1
        if (self._batches - 1) % self._every or len(self.labelled) >= LOOKS * ROWS:
            return
        rows, labels = asarray(x)[:ROWS], asarray(y)[:ROWS]
        if rows.ndim == 2 and rows.shape[1] == POSITIONS and labels.shape == (len(rows),):
            nearest = (_unit(rows) @ self._known.T).argmax(axis=1)
            self.labelled += (self._labels[nearest % len(self._labels)] == labels).tolist()
            self.rolled += (nearest >= self._moved).tolist()


def _share(of: list[bool]) -> float:
    return sum(of) / len(of) if of else -1.0


def _unit(x: ndarray) -> ndarray:
    """Each row with mean 0 and length 1."""
    x = x - x.mean(axis=1, keepdims=True)
    unit: ndarray = x / (norm(x, axis=1, keepdims=True) + 1e-12)
    return unit


@contextmanager
def watched(account: Account) -> Iterator[None]:
    """Keep the account by what every network is asked."""
    forward, backward, both = Network.forward, Network.backward, Network.loss_and_gradient

    def count_forward(network, theta, x, training):
        account.goes_on()
        account.in_training |= bool(training)
        return forward(network, theta, x, training)

    def count_backward(network, grad):
        account.gradient(len(grad))
        return backward(network, grad)

    def count_both(network, theta, x, y, training=True):
        account.look(theta, x, y)
        loss, gradient = both(network, theta, x, y, training)
        account.losses.append(loss)
        return loss, gradient

    counted = {"forward": count_forward, "backward": count_backward, "loss_and_gradient": count_both}
    for name, method in counted.items():
        setattr(Network, name, method)
    try:
        yield
    finally:
        for name, method in {"forward": forward, "backward": backward, "loss_and_gradient": both}.items():
            setattr(Network, name, method)


def one_thread() -> AbstractContextManager[object]:
    try:
        limits: AbstractContextManager[object] = import_module("threadpoolctl").threadpool_limits(1)
    except ImportError:  # where it is not to be had, the threads have been limited from outside
        return nullcontext()
    return limits
