"""Play a case of the capstone: train once, count the updates, and ask the predictor.

Like the probe, this imports NumPy and the sandbox's own modules only: it knows no label of what it asks for.

A case has the setting "run", all that is needed to train and to ask, with pictures as `packed` makes them. A
case without it is about the run of the case before it: the same events. These are

    train     {"returned": {"kind": what train returned, "updates": how many, "global_random": whether,
              "out_of_time": whether it was ended, in train or in predict, after the run's "seconds"}}
    predict   as often as the run asks: the first rows, the same again, small groups of them, the rest,
              the training and the validation set; {"returned": labels}, None where train returned no function

An update is a call of an optimiser's `step`, wherever it is made, in `predict` too. A step that calls
others, as AdamW's may call Adam's, or one for each layer, counts once; one that calculates ten gradients and
calls another's step after each counts ten times.

Time is the thread's own, so that a busy machine does no harm, within reason. Small matrices are multiplied
on one thread, because several would wait for each other far longer than they calculate. Code that is out of
time is ended at its next call of a function; where it makes none, the guard's limit ends it.
"""

import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import import_module
from types import FrameType, SimpleNamespace
from typing import TypedDict

from numpy import array, frombuffer, ndarray, uint8
from numpy.random import default_rng, get_state, set_state

from course_lib.judging.clock import computed
from course_lib.judging.encoding import encode, name_of
from course_lib.judging.probe import Asked, Call, Event, MakeCall, Student, drawn

UPDATE, GRADIENT = "step", ("loss_and_gradient", "backward")
FIRST, GROUP, GROUPS = 300, 5, 10  # rows in the first question; rows in each of so many small ones
SLACK = 1.3  # by the clock, so many times the time allowed

# Whose runs were played last, each with its events, by id.
_runs: dict[int, tuple[Student, list[Event]]] = {}
MOST_RUNS = 64


class Pictures(TypedDict):
    """Pictures of type uint8 as JSON, their pixels in base 64."""

    pixels: str
    shape: list[int]


class Run(TypedDict):
    """What `train` is given and `predict` is asked, with what makes the generator and the time allowed."""

    x_train: Pictures
    y_train: list[int]
    x_val: Pictures
    y_val: list[int]
    held_back: Pictures
    seed: int
    budget: int
    seconds: float


class Settings(TypedDict, total=False):
    run: Run


def packed(pictures: ndarray) -> Pictures:
    """Pictures of shape (N, D)."""
    return {"pixels": b64encode(pictures.tobytes()).decode(), "shape": list(pictures.shape)}


def unpacked(form: Pictures) -> ndarray:
    """The pictures as `train` and `predict` get them: float64, from 0 to 1."""
    return frombuffer(b64decode(form["pixels"]), uint8).reshape(form["shape"]) / 255


def calls() -> list[Call]:
    """The calls of a run, for the reader of the events."""
    predict: list[Call] = [{"on": "it", "call": "predict"}] * (GROUPS + 5)
    return [{"on": "it", "call": "train"}, *predict]


def questions(held_back: ndarray, train: ndarray, val: ndarray) -> list[ndarray]:
    """What predict is asked, in order: rows of pictures, or of labels to compare with."""
    groups = [held_back[i * GROUP : (i + 1) * GROUP] for i in range(GROUPS)]
    return [held_back[:FIRST], held_back[:FIRST], *groups, held_back[FIRST:], train, val]


def play(student: Student, case: Asked, events: list[Event], call: MakeCall) -> None:
    """Append the events of a case; `call` is how the probe calls, and writes down what happens."""
    settings: Settings = case.settings
    if "run" not in settings:
        of, known = _runs.get(id(student), (None, []))
        events.extend(known if of is student else [])
        return
    _runs.pop(id(student), None)
    _runs[id(student)] = student, events
    while len(_runs) > MOST_RUNS:
        del _runs[next(iter(_runs))]
    run = settings["run"]
    x_train, x_val, held_back = map(unpacked, (run["x_train"], run["x_val"], run["held_back"]))
    given: dict[str, object] = {
        "x_train": x_train,
        "y_train": array(run["y_train"]),
        "x_val": x_val,
        "y_val": array(run["y_val"]),
        "rng": default_rng(run["seed"]),
        "budget": run["budget"],
    }
    asked = [rows.copy() for rows in questions(held_back, x_train, x_val)]  # what train changes is its own
    account, outside = Account(run["seconds"]), get_state(legacy=False)
    try:
        with one_thread(), watched(account):
            event, predict = call(SimpleNamespace(train=student), {"on": "it", "call": "train"}, given)
            events.append(event)
            for rows in asked if "error" not in event else []:
                if not callable(predict) or account.out_of_time:
                    events.append({"returned": None})
                    continue
                it = SimpleNamespace(predict=predict)
                events.append(call(it, {"on": "it", "call": "predict"}, {"x": rows})[0])
        used_global = drawn(outside) != drawn(get_state(legacy=False))
    finally:
        set_state(outside)
    if account.out_of_time:  # which is no error in the code
        events[:] = [{"returned": None, "changed": []} for _ in calls()]
    if "error" not in events[0]:
        kind = "a function" if callable(predict) else name_of(type(predict))
        said = {"kind": kind, "updates": account.updates, "global_random": used_global}
        events[0]["returned"] = encode(said | {"out_of_time": account.out_of_time})


class OutOfTime(BaseException):
    """Raised in a student's code after its time. No Exception, so that `except Exception` lets it through."""


class Account:
    """How many updates were made, and whether the time was up."""

    def __init__(self, seconds: float) -> None:
        self._until = computed() + seconds, time.monotonic() + SLACK * seconds
        self.out_of_time = False
        self._done = 0
        self._depth = 0  # steps under way, one within the other
        self._within = 0  # updates made by steps within the outermost, each after a gradient of its own
        self._new_gradient = False

    def _is_over(self) -> bool:
        own, by_the_clock = self._until
        return computed() > own or time.monotonic() > by_the_clock

    @property
    def updates(self) -> int:
        return self._done + (max(1, self._within) if self._depth else 0)

    def watch(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call" and self._is_over():
            self.out_of_time = True
            raise OutOfTime
        name = frame.f_code.co_name
        if name == UPDATE and event == "call":
            self._within = self._within + self._new_gradient if self._depth else 0
            self._new_gradient = False
            self._depth += 1
        elif name == UPDATE and event == "return" and self._depth:
            self._depth -= 1
            self._done += 0 if self._depth else max(1, self._within)
        elif name in GRADIENT and event == "call":
            self._new_gradient = self._depth > 0


@contextmanager
def watched(account: Account) -> Iterator[None]:
    """Keep the account by watching this thread's calls."""
    before = sys.getprofile()
    sys.setprofile(account.watch)
    try:
        yield
    finally:
        sys.setprofile(before)


def one_thread() -> AbstractContextManager[object]:
    try:
        limits: AbstractContextManager[object] = import_module("threadpoolctl").threadpool_limits(1)
    except ImportError:  # where it is not to be had, the threads have been limited from outside
        return nullcontext()
    return limits
