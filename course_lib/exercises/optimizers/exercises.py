"""The exercises of units 01 and 02."""

from typing import Any

from course_lib import optimizers
from course_lib.exercises.optimizers import momentum_mistakes, parts  # noqa: F401  # it enters its mistakes
from course_lib.exercises.optimizers.cases import cases_for
from course_lib.exercises.optimizers.judging import path, suggest, update
from course_lib.exercises.optimizers.mistakes import misconceptions_of
from course_lib.judging.exercise import Exercise


def _exercise(reference: Any, part: Any, formula: str) -> Exercise:
    return Exercise(
        name=reference.__name__.lower(),
        title=reference.__name__,
        contract=f"Asked is step(theta, gradient), which returns the new θ: {formula}.",
        method="step",
        defaults=dict(part.defaults),
        cases=cases_for(dict(part.defaults)),
        reference=reference,
        misconceptions=misconceptions_of(part),
        measure=update,
        quantity="the update θ_new − θ:",
        suggest=suggest,
        picture=path,
    )


_ALL = (
    _exercise(optimizers.SGD, parts.SGD, "θ ← θ − η g"),
    _exercise(optimizers.Momentum, parts.Momentum, "v ← μ v + g, θ ← θ − η v"),
    _exercise(optimizers.Nesterov, parts.Nesterov, "v ← μ v + g, θ ← θ − η (g + μ v)"),
    _exercise(optimizers.AdaGrad, parts.AdaGrad, "s ← s + g², θ ← θ − η g / (√s + ε)"),
    _exercise(optimizers.RMSprop, parts.RMSprop, "s ← ρ s + (1 − ρ) g², θ ← θ − η g / (√s + ε)"),
    _exercise(optimizers.Adam, parts.Adam, "Algorithm 1 of Kingma & Ba (2015)"),
    _exercise(optimizers.AdamW, parts.AdamW, "Algorithm 2 of Loshchilov & Hutter (2019), with decay η λ θ"),
)
EXERCISES = {exercise.name: exercise for exercise in _ALL}
