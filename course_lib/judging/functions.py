"""Functions that a case hands to a student's code: of a few kinds, chosen by name, as JSON has no functions.

Like the probe they know no right answer. Each of their calls is written down, argument and result.
"""

from collections.abc import Callable
from inspect import signature
from math import erf
from typing import Any

from numpy import asarray, frompyfunc, logaddexp, maximum, nan, ndarray, square, tanh, where
from numpy.random import Generator

from course_lib.judging.encoding import decode, encode

MOST_CALLS = 1_000  # that are written down; a right answer makes a few dozen


def quadratic(batches: object, broken: object) -> Callable[[ndarray], object]:
    """θ → loss ½ Σ λθ² and its gradient. Each call has its own curvatures λ, in turn, as mini-batches have.

    broken: number of a call (from 0) → what comes in place of the loss. There the gradient is NaN.
    """
    curvatures, losses = decode(batches), decode(broken)
    calls = 0

    def loss_and_gradient(theta: ndarray) -> object:
        nonlocal calls
        curvature, loss = curvatures[calls % len(curvatures)], losses.get(calls)
        calls += 1
        if loss is not None:
            return loss, theta * nan
        return 0.5 * (curvature * square(theta)).sum(), curvature * theta

    return loss_and_gradient


def scripted(values: object) -> Callable[[object], object]:
    """Returns one value after the other, whatever it is called with."""
    script, calls = decode(values), 0

    def objective(params: object) -> object:
        nonlocal calls
        calls += 1
        return script[(calls - 1) % len(script)]

    return objective


def uniform(low: float, high: float) -> Callable[[Generator], object]:
    """A sampler rng → a number between low and high."""
    return lambda rng: low + (high - low) * rng.random()


def choice(options: object) -> Callable[[Generator], object]:
    """A sampler rng → one of the options."""
    among = decode(options)
    return lambda rng: among[int(rng.random() * len(among))]


_erf = frompyfunc(erf, 1, 1)
BENDS: dict[str, Callable[[Any], Any]] = {
    "identity": lambda z: 1.0 * z,
    "ReLU": lambda z: maximum(z, 0.0),
    "leaky ReLU": lambda z: where(z > 0, z, 0.3 * z),
    "tanh": tanh,
    "sigmoid": lambda z: (1 + tanh(z / 2)) / 2,
    "softplus": lambda z: logaddexp(0.0, z),
    "GELU": lambda z: 0.5 * z * (1 + asarray(_erf(z / 2**0.5), dtype=float)),
    "SiLU": lambda z: z * (1 + tanh(z / 2)) / 2,
}


def elementwise(bend: str) -> Callable[[Any], object]:
    """An activation: of an array of numbers, or of one, each by itself. The leaky ReLU has a slope of 0.3."""
    return lambda z: BENDS[bend](asarray(z, dtype=float))[()]


KINDS: dict[str, Callable[..., Callable[[Any], object]]] = {
    kind.__name__: kind for kind in (quadratic, scripted, uniform, choice, elementwise)
}


def made_function(
    kind: str, settings: dict[str, object], name: str, heard: list[object]
) -> Callable[[object], object]:
    """A function of this kind that enters its calls in `heard`: [name, argument, returned], as JSON."""
    function = KINDS[kind](**settings)
    (wanted,) = signature(function).parameters

    def called(*given: object, **by_name: object) -> object:
        if len(given) + len(by_name) != 1 or not by_name.keys() <= {wanted}:
            count = len(given) + len(by_name)
            came = "several" if count > 1 else f"{next(iter(by_name))}=…" if by_name else "nothing"
            raise TypeError(f"{name} is to be called with one argument, {wanted}; it was given {came}")
        (argument,) = (*given, *by_name.values())
        form = encode(argument)  # now: the caller may change it later
        returned = function(argument)
        if len(heard) < MOST_CALLS:
            heard.append([name, form, encode(returned)])
        return returned

    return called
