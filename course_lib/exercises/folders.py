"""From an exercise's folder to the exercise.

    exercise.toml   title, unit, contract, points, minutes, what a student's sandbox hides, see `About`
    right.py        the answer, as it stands in the solution's cell
    mistakes.toml   each mistake: what is said, a hint, and the mistake as an edit of right.py
    styles.py       right answers in other styles
    styled.toml     the most frequent mistakes as edits of these, where those of right.py do not fit
    cases.py        what is asked and observed, where the family's module does not do
    broken.py       the program that is to be repaired, where that is the exercise, see `_repair`

A mistake that several exercises share stands beside the folders, in the family's file, such as
_optimizer_mistakes.toml, with `on = "adam adamw"` where it is not for all of them; mistakes of form, which
any exercise may have, in _form.toml, see `mistakes`. What a case is called stands in names.toml.
"""

from dataclasses import MISSING, dataclass, field, fields
from functools import cache, cached_property, partial
from importlib import import_module
from inspect import Parameter, getsource, signature
from pathlib import Path
from types import FunctionType
from typing import Any

from course_lib import texts
from course_lib.exercises import entries
from course_lib.exercises.mistakes import misconceptions, wrong
from course_lib.exercises.names import titled
from course_lib.judging.edits import Program, Wrong
from course_lib.judging.exercise import CannotCheck, Exercise
from course_lib.judging.observing import observed
from course_lib.judging.probe import Defaults, Student

say = texts.beside(__file__)

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Shown:
    """An explorer in which an exercise's code can be seen.

    name    of the explorer: "descent"
    own     the name of the argument that takes the code: "method"
    starts  what else the explorer is given: {"beside": "Adam"}
    """

    name: str
    own: str
    starts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class About:
    """What exercise.toml says.

    name      the folder's
    title     the class or function that students write: "Adam"
    unit      "02"
    contract  what is asked, in a line or two
    points    what it can bring in its unit's assignment; 0 where it has no cell there, and is checked by its
              name alone: `check("he_uniform", he_uniform)`
    minutes   what writing it takes, beside the reading
    hides     what of the course a student's sandbox does not have while this is graded: ["optimizers.Adam"];
              [] where the course has no answer
    textbook  where the course's own is: "optimizers.Adam"
    pytorch   PyTorch's line for it, of docs/pytorch.md, which is shown once all cases pass
    method    the method that students write; "" for a function
    family    the module beside the folders that judges it, unless it has a cases.py; its mistakes are shared
    right     where the right program is, if the exercise has no right.py of its own: another exercise's name
    needs     exercises whose right program comes first, as this one builds on it
    repairs   the exercise that a broken program is meant to answer, where it is to be repaired
    shows     the mistakes of that exercise from which the broken program cannot be told
    frequent  the mistakes that students make most often: the first to be looked for when two come together
    words     how the shared texts name things: {"scheme": "He"}
    explorer  where the code can be seen at work beside the right one, if anywhere; where it cannot, or shows
              nothing of a mistake, the answers to the check are seen beside the right ones
    unseen    why neither shows any of its mistakes, where that is so
    later     what a check adds from the second try on that fails
    waits     what to say before a check that takes long
    """

    name: str
    title: str
    unit: str
    contract: str
    points: float
    minutes: int
    hides: tuple[str, ...]
    textbook: str = ""
    pytorch: str = ""
    method: str = ""
    family: str = ""
    right: str = ""
    needs: tuple[str, ...] = ()
    repairs: str = ""
    shows: tuple[str, ...] = ()
    frequent: tuple[str, ...] = ()
    words: entries.Words = field(default_factory=dict)
    explorer: Shown | None = None
    unseen: str = ""
    later: str = ""
    waits: str = ""

    @cached_property
    def program(self) -> Program:
        """The right program."""
        parts = [source(name) for name in (*self.needs, self.right or self.name)]
        if self.repairs:
            parts.insert(0, source(self.name, "broken.py"))
        handed = f"(fault, {self.title}, proof)" if self.repairs else ""
        return Program("\n\n".join(parts), self.title, self.method, handed)

    @property
    def defaults(self) -> Defaults:
        """The constructor's arguments in order, with their defaults, None where there is none."""
        written = self.program.written()
        parameters = signature(written).parameters.values() if isinstance(written, type) else ()
        return {p.name: None if p.default is Parameter.empty else p.default for p in parameters}


@cache
def exercise_names() -> tuple[str, ...]:
    """All exercises, in the order of the units."""
    folders = [path.parent.name for path in FOLDER.glob("*/exercise.toml")]
    found = sorted((about(name).unit, name) for name in folders)
    return tuple(name for _, name in found)


@cache
def about(name: str) -> About:
    """What exercise.toml says. Raises CannotCheck where there is no such exercise."""
    path = FOLDER / name / "exercise.toml"
    if not path.is_file():
        raise CannotCheck(say("no-exercise", name=name, names=", ".join(exercise_names())))
    said = [each for each in fields(About) if each.name != "name"]
    needed = [each.name for each in said if each.default is each.default_factory is MISSING]
    found = entries.about(path, [each.name for each in said], needed)
    values: Any = {key: tuple(value) if isinstance(value, list) else value for key, value in found.items()}
    if "explorer" in values:
        values["explorer"] = Shown(**values["explorer"])
    return About(name, **values)


def of_family(family: str) -> tuple[str, ...]:
    """The exercises that a module beside the folders judges: "_optimizer"."""
    return tuple(name for name in exercise_names() if about(name).family == family)


def exercises_of(unit: str) -> list[About]:
    """The exercises that have a cell in the assignment of a unit such as "02"."""
    return [of for of in map(about, exercise_names()) if of.unit == unit and of.points]


def source(name: str, file: str = "right.py") -> str:
    """A program of an exercise's folder."""
    return (FOLDER / name / file).read_text(encoding="utf-8")


def styles(name: str) -> dict[str, Student]:
    """The right answers of styles.py: what is public in it, and from nowhere else; of repairs, what that
    returns."""
    module = import_module(f"course_lib.exercises.{about(name).right or name}.styles")
    own = {key: each for key, each in vars(module).items() if not key.startswith("_") and callable(each)}
    own = {key: each for key, each in own.items() if each.__module__ == module.__name__}
    return {key: each() for key, each in own.items()} if about(name).repairs else own


def style_program(name: str, style: str) -> Program | None:
    """A style as a program that edits can change; None where it is not written as a class or function, or
    as a function that makes what has the method."""
    written = styles(name)[style]
    if not isinstance(written, type if about(name).method else type | FunctionType):
        return None
    # What else stands in styles.py, such as a base class, is there too.
    beside = f"import {written.__module__} as _styles\nglobals().update(vars(_styles))\n"
    return Program(f"{beside}\n\n{getsource(written)}", style, about(name).method)


def styled(name: str) -> dict[str, dict[str, Wrong]]:
    """styled.toml: for a style, mistakes as edits of it, where those of right.py do not fit.

    It serves to measure how far a diagnosis carries (bench/diagnosis.py); no check needs it.
    """
    ids = [mistake.id for mistake in find(name).misconceptions]
    said = entries.styled(FOLDER / name / "styled.toml", styles(name), ids)
    return {style: {id: wrong(way) for id, way in mistakes.items()} for style, mistakes in said.items()}


@cache
def find(name: str) -> Exercise:
    """The exercise of this name. Raises CannotCheck when there is none."""
    of = about(name)
    own = f"course_lib.exercises.{name}.cases"
    if (FOLDER / name / "cases.py").is_file():
        module = import_module(own)
        untitled = module.cases
    else:
        module = import_module(f"course_lib.exercises.{of.family}")
        untitled = partial(module.cases, of)
    judging = {"reference": of.program.answer()}
    judging |= {key: getattr(module, key) for key in JUDGING if hasattr(module, key)}
    judging |= module.judging(of) if hasattr(module, "judging") else {}
    if "observe" in judging:
        judging["observe"] = observed(judging["observe"])
    return Exercise(
        name=name,
        title=of.title,
        contract=of.contract,
        method=of.method,
        defaults=of.defaults,
        cases=lambda seed: titled(untitled(seed)),
        misconceptions=(
            *misconceptions(name, of.program, of.words, _with_mistakes(of)),
            *(module.further(of) if hasattr(module, "further") else ()),
        ),
        program=of.program,
        frequent=of.frequent,
        pytorch=of.pytorch,
        **judging,
    )


def _with_mistakes(of: About) -> list[Path]:
    family = [FOLDER / f"{of.family}_mistakes.toml"] if of.family else []
    return [*family, FOLDER / of.name / "mistakes.toml"]


# What a module may say of how its exercises are judged, see `Exercise`.
JUDGING = ("reference", "measure", "quantity", "observe", "tells", "suggest", "picture", "remark", "seen")
