"""The four initialisers as exercises."""

from course_lib import initializers
from course_lib.exercises.initialization.mistakes import misconceptions_of
from course_lib.exercises.initialization.recipes import ALL, Recipe
from course_lib.exercises.initialization.statistics import cases_for, observer, suggester
from course_lib.judging.exercise import Exercise


def _exercise(recipe: Recipe) -> Exercise:
    return Exercise(
        name=recipe.name,
        title=recipe.name,
        contract=f"Asked is {recipe.name}(fan_in, fan_out, rng), which returns W of shape (fan_in, fan_out).",
        method="",
        defaults={},
        cases=cases_for(recipe.name),
        reference=getattr(initializers, recipe.name),
        misconceptions=misconceptions_of(recipe),
        observe=observer(recipe.family, recipe.variance),
        suggest=suggester(recipe.variance),
    )


EXERCISES = {recipe.name: _exercise(recipe) for recipe in ALL}
