"""Play a case of the capstone: train once, count the updates, and ask the predictor.

Like the probe, this imports NumPy and the sandbox's own modules only: it knows no label of what it asks for.

A case has a "run", all that is needed to train and to ask, with pictures as `packed` makes them. A case
without one is about the run of the case before it: the same events. These are

    train     {"returned": {"kind": what train returned, "updates": how many, "global_random": whether}}
    predict   as often as the run asks: the first rows, the same again, small groups of them, the rest,
              the training and the validation set; {"returned": labels}, None where train returned no function

An update is a call of an optimiser's `step`, wherever it is made, in `predict` too. A step that calls
another's step, as AdamW's may call Adam's, counts once.
"""

import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, SimpleNamespace
from typing import Any

from numpy import array, frombuffer, ndarray, uint8
from numpy.random import default_rng, get_state, set_state

from course_lib.checks.encoding import encode, name_of

UPDATE = "step"
FIRST, GROUP, GROUPS = 300, 5, 10  # rows in the first question; rows in each of so many small ones

Play = Callable[[Any, dict[str, Any], dict[str, Any]], tuple[dict[str, Any], Any]]

# Whose runs were played last, each with its events, by id.
_runs: dict[int, tuple[Any, list[Any]]] = {}
MOST_RUNS = 64


def packed(pictures: ndarray) -> dict[str, Any]:
    """Pictures of type uint8, shape (N, D), as JSON."""
    return {"pixels": b64encode(pictures.tobytes()).decode(), "shape": list(pictures.shape)}


def unpacked(form: dict[str, Any]) -> ndarray:
    """The pictures as `train` and `predict` get them: float64, from 0 to 1."""
    return frombuffer(b64decode(form["pixels"]), uint8).reshape(form["shape"]) / 255


def calls() -> list[dict[str, Any]]:
    """The calls of a run, for the reader of the events."""
    predict = [{"on": "it", "call": "predict"}] * (GROUPS + 5)
    return [{"on": "it", "call": "train"}, *predict]


def questions(held_back: Any, train: Any, val: Any) -> list[Any]:
    """What predict is asked, in order: rows of pictures, or of labels to compare with."""
    groups = [held_back[i * GROUP : (i + 1) * GROUP] for i in range(GROUPS)]
    return [held_back[:FIRST], held_back[:FIRST], *groups, held_back[FIRST:], train, val]


def play(student: Any, case: dict[str, Any], events: list[dict[str, Any]], call: Play) -> None:
    """Append the events of a case; `call` is how the probe calls, and writes down what happens."""
    if "run" not in case:
        of, known = _runs.get(id(student), (None, []))
        events.extend(known if of is student else [])
        return
    _runs.pop(id(student), None)
    _runs[id(student)] = student, events
    while len(_runs) > MOST_RUNS:
        del _runs[next(iter(_runs))]
    run = case["run"]
    x_train, x_val, held_back = (unpacked(run[name]) for name in ("x_train", "x_val", "held_back"))
    given = {
        "x_train": x_train,
        "y_train": array(run["y_train"]),
        "x_val": x_val,
        "y_val": array(run["y_val"]),
        "rng": default_rng(run["seed"]),
        "budget": run["budget"],
    }
    asked = [rows.copy() for rows in questions(held_back, x_train, x_val)]  # what train changes is its own
    counted, outside = [0], get_state(legacy=False)
    try:
        with _updates(counted):
            event, predict = call(SimpleNamespace(train=student), {"on": "it", "call": "train"}, given)
            events.append(event)
            for rows in asked if "error" not in event else []:
                if not callable(predict):
                    events.append({"returned": None})
                    continue
                it = SimpleNamespace(predict=predict)
                events.append(call(it, {"on": "it", "call": "predict"}, {"x": rows})[0])
        used_global = _state(outside) != _state(get_state(legacy=False))
    finally:
        set_state(outside)
    if "error" not in event:
        kind = "a function" if callable(predict) else name_of(type(predict))
        event["returned"] = encode({"kind": kind, "updates": counted[0], "global_random": used_global})


def _state(full: Any) -> tuple[int, bytes]:
    return full["state"]["pos"], full["state"]["key"].tobytes()


@contextmanager
def _updates(counted: list[int]) -> Iterator[None]:
    """Count the outermost calls of functions named `step`, by watching this thread's calls."""
    depth = 0

    def watch(frame: FrameType, event: str, _: Any) -> None:
        nonlocal depth
        if frame.f_code.co_name != UPDATE or event not in ("call", "return"):
            return
        counted[0] += event == "call" and depth == 0
        depth += 1 if event == "call" else -1

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(before)
