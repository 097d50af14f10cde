"""Cases under the names that are shown. Their own names are keys, the same in each language."""

from dataclasses import replace

from course_lib import texts
from course_lib.judging.cases import Case

say = texts.beside(__file__)


def titled(cases: list[Case]) -> list[Case]:
    titles, objects = say.all("cases"), say.all("objects")
    return [
        replace(case, known=replace(case.known, title=titles[case.name], objects=objects)) for case in cases
    ]
