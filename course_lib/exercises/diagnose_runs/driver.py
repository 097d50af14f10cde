"""Play a case of diagnose_runs: hand the runs over once, whatever the number of steps that the answer brings.

Like the probe, this imports NumPy and the sandbox's own modules only: it knows no cause of what it asks for.

A case with the setting "run" has all that is asked; its calls have one event each. A case without it is about
the answers to the case before it: the same events.
"""

from base64 import b64decode, b64encode
from typing import TypedDict

from numpy import frombuffer, ndarray

from course_lib.judging.probe import Asked, Event, MakeCall, Student
from course_lib.judging.recent import Recent

_answers = Recent(1024)


class Runs(TypedDict):
    """Losses of shape (n, 2, epochs + 1), float64, in base 64."""

    losses: str
    shape: list[int]


class Run(TypedDict):
    """What the function is given. Of the unseen, one for each call."""

    practice: Runs
    causes: list[str]
    unseen: list[Runs]


class Settings(TypedDict, total=False):
    run: Run


def packed(runs: ndarray) -> Runs:
    return {"losses": b64encode(runs.tobytes()).decode(), "shape": list(runs.shape)}


def unpacked(form: Runs) -> ndarray:
    return frombuffer(b64decode(form["losses"])).reshape(form["shape"]).copy()


def play(student: Student, case: Asked, events: list[Event], call: MakeCall) -> None:
    """Append the events of a case; `call` is how the probe calls, and writes down what happens."""
    settings: Settings = case.settings
    if "run" not in settings:
        events.extend(_answers.of(student))
        return
    run = settings["run"]
    _answers.keep(student, events)

    def listed(*given: object) -> object:
        """An array of texts is a list of them: arrays leave here as numbers only."""
        came = student(*given)
        return came.tolist() if type(came) is ndarray and came.dtype.kind in "UO" else came

    for runs, asked in zip(run["unseen"], case.calls, strict=True):
        given: dict[str, object] = {
            "practice": unpacked(run["practice"]),
            "causes": list(run["causes"]),
            "unseen": unpacked(runs),
        }
        events.append(call(listed, asked, given)[0])
