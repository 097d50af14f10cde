"""The way back through batch normalisation, node by node: a case for each node.

What is judged at a node is its own step: where a gradient follows rightly from the student's own ones behind
it, it is right, and a mistake costs one case.
"""

import numpy as np

from course_lib import texts
from course_lib.exercises.batchnorm_staged import nodes
from course_lib.judging import compare
from course_lib.judging.cases import Case, Form, array, given
from course_lib.judging.compare import described
from course_lib.judging.encoding import encode_array
from course_lib.judging.exercise import Result
from course_lib.judging.observing import Observation, told
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event

say = texts.beside(__file__)

EPS = 1e-5
# Of the largest term: rounding leaves 1e-15 where a gradient is derived; finite differences lie further off.
DERIVED = 1e-12


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)
    large = round(float(rng.uniform(0.4, 0.8)), 3)

    def sizes(*shape: int) -> np.ndarray:
        """Of order 1 and either sign, none near 0 or 1."""
        return rng.uniform(1.3, 3, shape) * rng.choice([-1, 1], shape)

    def call(examples: int, features: int, eps: float, grad: Form | None = None) -> Call:
        """Features of several scales, with means that are not 0 and a spread that is not small by chance."""
        spread = np.linspace(-1.5, 1.5, examples)[:, None] ** 3 * rng.uniform(0.5, 1.5, features)
        x = rng.permuted(spread, axis=0) + rng.uniform(-0.3, 0.3, (examples, features)) + sizes(features)
        scales = np.array([0.1, 1.0, 20.0, 3.0])[:features]
        arguments = {
            "grad": grad or encode_array(sizes(examples, features)),
            "x": encode_array(x * scales),
            "gamma": encode_array(sizes(features)),
            "eps": eps,
        }
        return {"call": "batchnorm_staged", "arguments": arguments}

    def asked() -> list[Call]:
        return [call(6, 3, EPS), call(4, 3, large), call(2, 4, large)]

    fresh, kept = array("grad", sizes(5, 3))
    one = call(5, 3, large, fresh)
    again: list[Call] = [{**one, "arguments": {**one["arguments"], "grad": each}} for each in (fresh, kept)]
    return [
        *(Case.of(f"the gradient at {node}", asked(), node) for node in nodes.BEHIND),
        Case.of(
            "leaves grad as it was", again, "form", keeps_arguments=True, beside="x_hat x", twice=((0, 1),)
        ),
    ]


def observe(case: Case, events: list[Event]) -> list[Observation]:
    seen = []
    for index, (call, event) in enumerate(zip(case.calls, events, strict=True)):
        if event.error:
            continue
        if not isinstance(event.returned, dict):
            got = described(event.returned)
            row = isinstance(event.returned, tuple | list)
            says = say("no-dictionary", got=got)
            return [Observation("What comes back", "a row" if row else got, says, index)]
        seen.append(Observation("What comes back", "a dictionary"))
        if case.observe != "form":
            seen.append(_at(case.observe, event.returned, _forward(call), index))
    return seen


def _forward(call: Call) -> nodes.Forward:
    arguments = call["arguments"]
    arrays: dict[str, np.ndarray] = {name: given(arguments[name]) for name in ("grad", "x", "gamma")}
    return nodes.Forward(**arrays, eps=arguments["eps"])


def _at(node: str, own: dict[str, object], of: nodes.Forward, index: int) -> Observation:
    """The gradient at a node: the right one, where it follows from the own ones behind it."""
    what = say("gradient", node=say(f"nodes.{node}"))
    if node not in own:
        names = ", ".join(map(str, own)) or say("nothing")
        return Observation(what, "missing", say("missing", what=what, node=node, names=names), index)
    true, value = nodes.right(of), own[node]
    [(asked, allowed), (right, slack)] = nodes.ways(node, of, own, true)
    for one, off in ((asked, allowed), (right, slack)):
        if compare.form(one, value) is None and compare.value(one, value, off) is None:
            if of.eps > EPS and _is_numerical(value, (asked, allowed), (right, slack)):
                return Observation(what, "numerical", say("numerical", what=what), index)
            return Observation(what, right, event=index, allowed=slack)
    difference = compare.form(asked, value) or compare.value(asked, value, allowed)
    assert difference is not None
    says = told(Observation(what, value), difference)
    if difference.kind == "value" and nodes.BEHIND[node] and not np.allclose(asked, right):
        behind = [say(f"nodes.{each}") for each in nodes.BEHIND[node]]
        says = f"{says} {say('from-yours', behind=', '.join(behind))}"
    return Observation(what, value, says, index, slack if difference.kind == "value" else 0.0)


def _is_numerical(value: object, *asked: tuple[np.ndarray, np.ndarray]) -> bool:
    """Whether a right gradient is right to some digits only: it was measured, not derived."""
    if not isinstance(value, np.ndarray) or value.dtype != np.float64:
        return False
    return not any(np.all(np.abs(value - one) <= off / nodes.SLACK * DERIVED) for one, off in asked)


def suggest(result: Result) -> tuple[str | None, str] | None:
    """What to look at, at the first node whose gradient has other values than it should."""
    found = result.first
    if found is None or found.kind != "value":
        return None
    node = result.cases[result.findings.index(found)].observe
    return (None, f"{found.text} {say(f'at.{node}')}") if node in nodes.BEHIND else None
