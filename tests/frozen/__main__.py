"""Record anew, from the root of the project: python -m tests.frozen [exercise …]

One may when what the checks say has changed for the better, each difference has stood in `changed.toml` with
its reason, and the commit that records anew tells these reasons and empties that file; or when programs were
added. Never to get rid of a difference that nobody has understood. Of exercises that are named, no more is
recorded than what belongs to them. The programs of one that was added are written down, from its folder, when
it is first recorded.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from . import asking, programs, recorded, strangers


def main(exercises: list[str]) -> None:
    for exercise in exercises or asking.EXERCISES:
        if not programs.is_known(exercise):
            programs.write(exercise, asking.texts(exercise))
        asking.begin()
        said = {
            (exercise, name, seed): asking.said(exercise, make(), seed)
            for name, make in programs.every(exercise).items()
            for seed in recorded.SEEDS
        }
        recorded.write_verdicts(exercise, said)
        if strangers.written(exercise)["wrong"]:
            strangers.write(exercise)
    for table, now in {"words": asking.words, "hidden": _hidden}.items():
        was = recorded.table(table) if exercises else {}
        found = {exercise: now(exercise) for exercise in exercises or asking.EXERCISES}
        recorded.write_table(table, was | found)
    if not exercises:
        recorded.write_table("released", asking.released())
        recorded.write_table("claims", asking.claims())


def _hidden(exercise: str) -> list[str]:
    with TemporaryDirectory() as folder:
        return asking.hidden(exercise, Path(folder))


main(sys.argv[1:])
