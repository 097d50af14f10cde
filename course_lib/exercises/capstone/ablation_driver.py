"""Play the ablation of a graded capstone: train with all of a student's own parts, then without each of them.

Like the probe, this knows no label of what it asks for. What takes a part's place does nothing, or next to
nothing: of the course's own parts none is needed here. A part that is missing is left out in all trainings.
The events are

    own    {"returned": the names of the parts that are the student's own}
    train  for each seed one with all of them, then one without each, in their order:
           {"returned": {"answers": labels of what is held back, "losses": of the batches, in MEANS means}}

They end where the time does.
"""

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import TypedDict

from numpy import array, array_split, asarray, errstate, float64, ndarray
from numpy.random import default_rng

from course_lib import capstone
from course_lib.capstone import WITHOUT
from course_lib.exercises.capstone.driver import Account, Run, one_thread, unpacked, watched
from course_lib.judging.encoding import encode
from course_lib.judging.probe import Asked, Call, Event, MakeCall, Student
from course_lib.network import Network

MEANS = 50
Parts = dict[str, Callable[..., object]]


class Settings(TypedDict):
    run: Run
    rounds: int  # one for each seed
    seconds: float  # for all of them


def calls(rounds: int) -> list[Call]:
    """The calls, for the reader of the events: as many as there are at most."""
    training: Call = {"on": "it", "call": "train"}
    return [{"on": "it", "call": "own"}, *[training] * rounds * (1 + len(WITHOUT))]


def play(student: Student, case: Asked, events: list[Event], call: MakeCall) -> None:
    """Append the events; `call` is how the probe calls, and writes down what happens."""
    settings: Settings = case.settings
    run, parts = settings["run"], student.parts if isinstance(student, capstone.Answer) else None
    own = [name for name in WITHOUT if parts and name in parts.yours]
    events.append({"returned": encode(own)})
    account = Account(settings["seconds"])
    with one_thread(), watched(account), errstate(all="ignore"):
        for seed in range(run["seed"], run["seed"] + settings["rounds"]):
            for left_out in ("", *own):
                kept = {name: getattr(parts, name) for name in own if name != left_out}
                it = SimpleNamespace(train=partial(_trained, student, WITHOUT | kept, run, seed, account))
                event, _ = call(it, {"on": "it", "call": "train"}, {})
                if account.out_of_time:
                    return
                events.append(event)


def _trained(student: Student, parts: Parts, run: Run, seed: int, account: Account) -> dict[str, ndarray]:
    """What is told of a training; the same seed gives the same θ, batches and masks to begin with."""
    network = capstone.network(SimpleNamespace(**parts), default_rng([seed, 1]))
    layers = list(network.layers)
    given = unpacked(run["x_train"]), array(run["y_train"]), unpacked(run["x_val"]), array(run["y_val"])
    account.begin(run["budget"], *given[:2])
    theta = student(network, parts["Adam"], *given, default_rng(seed), run["budget"])
    network.layers = layers  # it is the network that was given which answers
    logits = Network.predict(network, asarray(theta, float64), unpacked(run["held_back"]))
    means = [part.mean() for part in array_split(array(account.losses, float64), MEANS) if part.size]
    return {"answers": logits.argmax(axis=1), "losses": array(means)}
