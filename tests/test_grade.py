"""Who is graded, and what is said of submissions that are not as asked."""

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.api import Gradebook
from small_course import CELLS, GRADED, SETTINGS, cell, new_course, notebook, result
from small_course import UNIT as SMALL

from course_lib import __version__
from course_lib.errors import CourseError
from course_lib.grading import (
    assignment,
    feedback,
    grade,
    gradebook,
    judging,
    outcomes,
    recheck,
    registering,
    scoring,
    submission,
)
from course_lib.grading.course import course as course_of
from course_lib.grading.gradebook import Scores
from course_lib.grading.handed_in import chosen
from course_lib.grading.jobs import Setup
from course_lib.grading.journal import opened
from course_lib.grading.limits import Limits
from course_lib.grading.pool import Done, Exceeded, Failed
from course_lib.grading.released import load, require_python
from course_lib.grading.sandbox import Played
from course_lib.grading.scoring import Score
from course_lib.grading.summary import class_summary
from course_lib.grading.work import Work
from course_lib.judging.report import MIME

UNIT = "01_first"


@pytest.fixture(params=["course", "a [strange] course*"])
def course(tmp_path, request) -> Path:
    if os.name == "nt" and "*" in request.param:
        pytest.skip("Windows has no such names")
    root = tmp_path / request.param
    for unit in (UNIT, "02_second"):
        (root / "solutions" / unit).mkdir(parents=True)
        (root / "solutions" / unit / f"{unit}.ipynb").write_text("{}")
    (root / "nbgrader_config.py").write_text(SETTINGS)
    return root


def hand_in(course: Path, *path: str) -> None:
    course.joinpath("submitted", *path).mkdir(parents=True)


def test_those_are_graded_who_handed_in_this_unit(course, capsys):
    for student, unit in [("ada", UNIT), ("ben", "02_second"), ("eva", UNIT), ("eva", "02_second")]:
        hand_in(course, student, unit)
    assert chosen(course_of(course), UNIT, ()) == ["ada", "eva"]
    assert chosen(course_of(course), UNIT, ("e*",)) == ["eva"]
    assert capsys.readouterr().out == ""
    with pytest.raises(CourseError, match="ben handed in nothing"):
        chosen(course_of(course), UNIT, ("ben",))


def test_folders_of_another_name_are_told(course, capsys):
    hand_in(course, "ada", UNIT)
    hand_in(course, "ben", f"{UNIT} (1)")
    hand_in(course, "eva")
    (course / "submitted" / "eva" / f"{UNIT}.ipynb").write_text("{}")
    assert chosen(course_of(course), UNIT, ()) == ["ada"]
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in told] == ["'ben',"]
    assert all("'eva': no folder" in line and "rename it" in line for line in told)


def test_a_name_that_no_gradebook_holds_is_told(course, capsys):
    hand_in(course, "ada", UNIT)
    hand_in(course, "b" * 129, UNIT)
    assert chosen(course_of(course), UNIT, ()) == ["ada"]
    assert "longer than the 128 characters" in capsys.readouterr().out


def test_folders_that_begin_with_a_dot_are_told(course, capsys):
    for name in ("ada", ".ben", ".ipynb_checkpoints"):
        hand_in(course, name, UNIT)
    assert chosen(course_of(course), UNIT, ()) == ["ada"]
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("'.ben': left out for the dot it begins with")


def test_notebooks_and_archives_beside_the_students_folders_are_told(course, capsys):
    hand_in(course, "ada", UNIT)
    for name in ("ben.ipynb", "class.zip", "list.txt"):
        (course / "submitted" / name).write_text("{}")
    assert chosen(course_of(course), UNIT, ()) == ["ada"]
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in told] == ["'ben.ipynb',"] and "'class.zip': left out" in told[0]


def test_another_language_is_refused_before_anything_is_registered(course):
    path = course / "assignments" / UNIT / f"{UNIT}.ipynb"
    path.parent.mkdir(parents=True)
    theirs = notebook([cell("tests", "grade", 1, source="stopifnot(double(2) == 4)")])
    theirs.metadata.kernelspec = {"name": "ir", "display_name": "R", "language": "R"}
    path.write_text(json.dumps(theirs))
    hand_in(course, "ada", UNIT)
    with pytest.raises(CourseError, match=r"01_first/01_first.ipynb is written in R,"):
        grade.run(course_of(course), grade.Options(UNIT, sandbox="none"))
    assert not (course / "gradebook.db").exists() and not (course / ".grading").exists()


def test_another_kernel_of_python_is_accepted_in_a_line(course, capsys):
    path = course / "assignments" / UNIT / f"{UNIT}.ipynb"
    path.parent.mkdir(parents=True)
    theirs = notebook([cell("tests", "grade", 1, source="assert x")])
    theirs.metadata.kernelspec = {"name": "xpython", "display_name": "X", "language": "python"}
    path.write_text(json.dumps(theirs))
    require_python(course_of(course), UNIT)
    assert f"{UNIT} is for the kernel xpython: here it runs in Python 3." in capsys.readouterr().out


def test_an_assignment_of_which_the_gradebook_has_no_notebook_is_refused(course, monkeypatch):
    """Settings that leave out SaveCells enter the assignment and none of its cells."""
    monkeypatch.setattr(gradebook, "source", lambda course, unit: {})
    with pytest.raises(CourseError, match="leaves out SaveCells"):
        load(course_of(course), UNIT)


def test_a_student_whose_name_is_a_pattern_can_be_named(course):
    for name in ("x[1]", "x1", "eva"):
        hand_in(course, name, UNIT)
    assert chosen(course_of(course), UNIT, ("x[1]",)) == ["x[1]"]
    assert chosen(course_of(course), UNIT, ("e*",)) == ["eva"]


def test_a_gradebook_that_is_named_relative_lies_in_the_course(course, tmp_path, monkeypatch):
    with (course / "nbgrader_config.py").open("a") as settings:
        settings.write('c.CourseDirectory.db_url = "sqlite:///books/marks.db"\n')
    monkeypatch.chdir(tmp_path)
    assert course_of(course).db_path == course / "books" / "marks.db"


def test_what_the_gradebook_knows_otherwise_is_told(course, monkeypatch):
    known = {
        "same": {"source": "assert x\n### BEGIN HIDDEN TESTS\nassert y\n### END HIDDEN TESTS", "points": 1},
        "corrected": {"source": "assert x == 2", "points": 1},
        "worth more": {"source": "assert x", "points": 1},
        "removed": {"source": "assert x", "points": 1},
        "answer": {"source": "x = 1"},
    }
    released = notebook(
        [
            cell("answer", "solution", source="raise NotImplementedError"),
            cell("same", "grade", 1, locked=True, source="assert x"),
            cell("corrected", "grade", 1, locked=True, source="assert x == 3"),
            cell("worth more", "grade", 2, locked=True, source="assert x"),
            cell("new", "grade", 1, locked=True, source="assert x"),
        ]
    )
    told = registering.outdated(course_of(course), released, known)
    assert told == (["corrected", "worth more"], ["new", "removed"])


def test_the_time_of_a_notebook_is_for_all_of_its_runs(tmp_path):
    """Unit 07 is run twice: once for the student's parts, once for what they train."""
    given = []

    def run(hidden, request):
        given.append(request["limits"]["seconds"])
        return Played(took=0.25)

    cells = [
        cell(name, "grade", 1, locked=True, source=f'check("{exercise}", f, points=1)')
        for name, exercise in (("part", "adam"), ("whole", "capstone"))
    ]
    known = {
        c.metadata.nbgrader.grade_id: {"source": c.source, "cell_type": c.cell_type, "points": 1.0}
        for c in cells
    }
    (tmp_path / "first.ipynb").write_text(json.dumps(notebook(cells)))
    whole = assignment.Assignment(UNIT, (assignment.notebook("first", notebook(cells), known),), {})
    judging.grade(whole, submission.read(tmp_path, "ada"), 1, judging.Limits(seconds=10), run)
    assert given == [10, 9.75]


LONE = [cell("part", "grade", 2, locked=True, source='check("adam", Adam, points=2)')]
PLAIN = [cell("tests", "grade", 2, locked=True, source="assert x")]
ERROR = {"output_type": "error", "ename": "NameError", "evalue": "no x", "traceback": []}


def judged(folder: Path, cells: list, said: dict, why: str | None = None) -> dict:
    """The result of a notebook of these cells of whose one the sandbox said this."""
    (folder / "first.ipynb").write_text(json.dumps(notebook(cells)))
    known = {
        c.metadata.nbgrader.grade_id: {"source": c.source, "cell_type": c.cell_type, "points": 2.0}
        for c in cells
        if "nbgrader" in c.metadata
    }
    whole = assignment.Assignment(UNIT, (assignment.notebook("first", notebook(cells), known),))
    outcome = Played({0: said}, [{"index": 0, "why": why}] if why else [])
    return judging.grade(whole, submission.read(folder, "ada"), 1, judging.Limits(), lambda *_: outcome)


@pytest.mark.parametrize(
    ("cells", "said", "why", "outcome", "words"),
    [
        (PLAIN, {"status": "ok"}, None, "score", ""),
        (PLAIN, {"status": "error", "outputs": [ERROR]}, None, "score", ""),
        (PLAIN, {"status": "died"}, "exit", "zero", "ended the kernel"),
        (PLAIN, {"status": "died"}, "memory", "zero", "more memory"),
        (PLAIN, {"status": "timeout"}, None, "zero", "longer than a cell may"),
        (PLAIN, {"status": "not run"}, None, "zero", "the time for the whole notebook"),
        (LONE, {"status": "error", "outputs": [ERROR]}, None, "zero", "NameError: no x"),
        (LONE, {"status": "timeout"}, None, "zero", "longer than a cell may"),
        (LONE, {"status": "ok"}, None, "none", "no evidence came back"),
        (LONE, {"status": "fault", "outputs": [ERROR]}, None, "none", "please report it. NameError: no x"),
        (PLAIN, {"status": "fault", "outputs": [ERROR]}, None, "none", "please report it. NameError: no x"),
    ],
)
def test_what_a_cell_does_is_a_score_or_a_zero_and_what_fails_otherwise_is_none(
    tmp_path, cells, said, why, outcome, words
):
    result = judged(tmp_path, cells, said, why)
    [score] = result["scores"]["first"].values()
    assert score["outcome"] == outcome and words in score["reason"], score
    assert (score["auto"] is None) == (outcome == "none")
    assert outcomes.without_score(result) == (outcome == "none")
    assert ("no score yet" in result["notebooks"]["first"]) == (outcome == "none")


@pytest.mark.parametrize(
    ("handed_in", "is_told"),
    [
        (["import numpy as np"], True),
        (["class Adam: pass"], False),  # its check was deleted, and something else went wrong
        ([LONE[0]], False),
    ],
    ids=["neither", "answer alone", "check alone"],
)
def test_a_zero_for_what_an_earlier_release_did_not_have_says_so(tmp_path, handed_in, is_told):
    cells = [PLAIN[0], *(new_code_cell(each) if isinstance(each, str) else each for each in handed_in)]
    (tmp_path / "first.ipynb").write_text(json.dumps(notebook(cells)))
    released = [PLAIN[0], LONE[0]]
    known = {
        each.metadata.nbgrader.grade_id: {"source": each.source, "cell_type": "code", "points": 2.0}
        for each in released
    }
    whole = assignment.Assignment(UNIT, (assignment.notebook("first", notebook(released), known),))
    played = Played({number: {"status": "error", "outputs": [ERROR]} for number in range(3)})
    result = judging.grade(whole, submission.read(tmp_path, "ada"), 1, judging.Limits(), lambda *_: played)
    score = result["scores"]["first"]["part"]
    assert score["outcome"] == "zero" and "NameError: no x" in score["reason"], score
    assert ("was it made from an earlier release?" in score["reason"]) == is_told


@pytest.mark.parametrize(
    ("saved", "other"),
    [
        ([], ""),
        ([__version__], ""),
        (["0.0.9"], "0.0.9"),
        (["2.0rc1", __version__, "0.0.9"], "0.0.9, 2.0rc1"),
        (["<b>9", ["9"], '"course_version": "9"'], ""),
    ],
)
def test_with_which_other_version_work_was_checked_is_told_and_costs_nothing(tmp_path, saved, other):
    """In the summary, in scores.csv and on the page of feedback; no file can say more than a version."""
    reports = [new_output("display_data", {MIME: {"course_version": version}}) for version in saved]
    checked = [new_code_cell(f"{number} + 1", outputs=[one]) for number, one in enumerate(reports)]
    result = judged(tmp_path, [*PLAIN, *checked], {"status": "ok"})
    words = f"Last checked with version {other} of the course, and graded with {__version__}."
    assert result["scores"]["first"]["tests"]["auto"] == 2.0
    assert outcomes.notes(result) == (words if other else "")
    summed_up = class_summary([result])
    assert [(group.kind, group.text, group.names) for group in summed_up.groups] == (
        [("version", words, "ada")] if other else []
    )
    scores = Scores(2.0, 2.0, 0.0, cells={"tests": (2.0, 2.0)})
    page = feedback.page("first", result["notebooks"]["first"], scores)
    footer = BeautifulSoup(page, "html.parser").footer.text
    assert footer == (words if other else f"Graded with version {__version__} of the course.")


def test_a_student_reads_what_was_put_in_order_and_which_of_several_files_counted(tmp_path):
    for name, source in (("first.ipynb", "x = 1"), ("first-1.ipynb", "x = 2")):
        (tmp_path / name).write_text(json.dumps(notebook([cell("answer", "solution", source=source)])))
    played = graded(tmp_path)
    scores = Scores(0.0, 3.0, 0.0, cells={"tests": (0.0, 3.0)}, comments={"answer": None})
    page = feedback.page("first", played["notebooks"]["first"], scores)
    text = BeautifulSoup(page, "html.parser").get_text(" ")
    assert "Before grading, the submission was put in order." in text
    assert "There were several notebooks: first-1.ipynb counts" in text


def test_a_verdict_that_fails_is_no_zero(tmp_path, monkeypatch):
    """Whether it was led astray or is at fault, a person has to find out."""

    def broken(*_):
        raise IndexError("on purpose")

    monkeypatch.setattr(scoring, "verdict", broken)
    score = judged(tmp_path, LONE, {"status": "ok", "evidence": [1]})["scores"]["first"]["part"]
    assert (score["auto"], score["outcome"]) == (None, "none")
    assert "cannot be judged (IndexError: on purpose)" in score["reason"]


def test_a_zero_stays_only_where_the_limits_are_the_same(tmp_path):
    """And what has no score is always tried again."""
    wide = Limits(cell_seconds=60)

    def stays(said, then, now):
        known = json.loads(json.dumps({**judged(tmp_path, PLAIN, said), "limits": then.digest}))
        return grade._would_stay(SimpleNamespace(setup=SimpleNamespace(limits=now)), known)

    assert stays({"status": "timeout"}, wide, wide) and not stays({"status": "timeout"}, Limits(), wide)
    assert stays({"status": "ok"}, Limits(), wide)
    lost = {
        "student": "ada",
        "notes": [],
        "scores": {"first": {"tests": Score(None, 2.0, reason="x").data()}},
    }
    same = {**lost, "limits": wide.digest}
    assert not grade._would_stay(SimpleNamespace(setup=SimpleNamespace(limits=wide)), same)


def test_graded_cells_have_titles_that_a_reader_knows_them_by():
    drawn = [cell(f"cell-{n}364c2b9de6bb44c", "grade", 1, source="assert x") for n in range(3)]
    own = cell("adam-check", "grade", 1, source="assert x")
    above = new_markdown_cell("Intro\n\n## Squares of `x`\nDo.")
    cells = [above, *drawn[:2], new_markdown_cell("- then"), drawn[2], own]
    known = {c.metadata.nbgrader.grade_id: {"source": c.source, "points": 1.0} for c in [*drawn, own]}

    def titles(*names):
        found = tuple(assignment.notebook(name, notebook(cells), known) for name in names)
        return list(assignment.titles(assignment.Assignment(UNIT, found)).values())

    assert titles("one") == ["Squares of x", "Squares of x (2)", "then", "adam"]
    assert titles("one", "two")[3:5] == ["one: adam", "two: Squares of x"]


def graded(folder: Path) -> dict:
    cells = [
        cell("answer", "solution", source="x = 1"),
        cell("tests", "grade", 3, locked=True, source="assert x"),
    ]
    known = {
        c.metadata.nbgrader.grade_id: {"source": c.source, "cell_type": c.cell_type, "points": 3.0}
        for c in cells
    }
    released = assignment.notebook("first", notebook(cells), known)
    handed_in = submission.read(folder, "ada")
    whole = assignment.Assignment(UNIT, (released,), {})
    return judging.grade(whole, handed_in, 1, judging.Limits(), lambda *_: Played())


def test_where_there_is_no_notebook_there_is_no_score_and_what_was_left_out_is_told(tmp_path):
    """Too large, or a link: not just that there is none."""
    (tmp_path / "secret").write_text("{}")
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "first.ipynb").symlink_to(tmp_path / "secret")
    (tmp_path / "large").mkdir()
    with (tmp_path / "large" / "first.ipynb").open("wb") as file:
        file.truncate(submission.MOST_BYTES + 1)
    for name, words in (("link", "no ordinary file"), ("large", "a submission may have 200 MB")):
        result = graded(tmp_path / name)
        score = result["scores"]["first"]["tests"]
        assert (score["auto"], score["outcome"]) == (
            None,
            "none",
        ) and "There is no notebook first.ipynb" in score["reason"]
        assert words in score["reason"] and words in result["notebooks"]["first"]
        assert any(words in note for note in result["notes"])


@pytest.mark.parametrize(
    ("stamp", "doubted"),
    [
        (None, False),
        ("2026-02-01 10:00:00", False),
        ("2999-01-01 10:00:00", True),
        ("soon", True),
        ("", True),
    ],
)
def test_a_time_that_cannot_be_right_is_told_and_not_used(tmp_path, stamp, doubted):
    (tmp_path / "first.ipynb").write_text(json.dumps(notebook([])))
    if stamp is not None:
        (tmp_path / submission.TIMESTAMP).write_text(stamp)
    result = graded(tmp_path)
    assert bool(result["doubted"]) == doubted
    assert any("the time of submission is not known" in note for note in result["notes"]) == doubted
    assert ("time of submission is not known" in result["notebooks"]["first"]) == doubted
    assert (result["timestamp"] is not None) == (stamp is not None and not doubted)


# What becomes of a submission that cannot be graded as others are


class Crew:
    """Stands in for a pool: what comes of each student's jobs, one after the other."""

    def __init__(self, **said):
        self.said = {student: list(outcomes) for student, outcomes in said.items()}
        self.runs = []

    def map(self, task, items):
        jobs = list(items)
        self.runs.append([job.student for job in jobs])
        yield from ((job, self.said[job.student].pop(0)) for job in jobs)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A course that the gradebook knows, and its assignment."""
    known = new_course(tmp_path_factory.mktemp("small") / "course")
    gradebook.register(known, SMALL)
    notebooks = tuple(
        assignment.notebook(name, notebook(CELLS[name]), cells)
        for name, cells in gradebook.source(known, SMALL).items()
    )
    return known, Setup(assignment.Assignment(SMALL, notebooks), Limits(), "none")


def graded_by(small, tmp_path, crew):
    """What is in the journal when the crew has graded all."""
    known, setup = small
    with opened(tmp_path) as journal:
        work = Work(known, SMALL, sorted(crew.said), setup, crew, crew, journal)
        grade._grade(work, force=True, seed=1)
        return {student: journal.result(student) for student in crew.said}


def auto(outcome):
    return [score["auto"] for scores in outcome["scores"].values() for score in scores.values()]


def full(student):
    return Done(result(student, notebooks={}, notes=[], **{"seed": 1}) | {"scores": SCORED})


SCORED = {name: {cell: Score(1.0, 2.0).data() for cell in cells} for name, cells in GRADED.items()}


@pytest.mark.slow
def test_what_fails_is_tried_once_more_alone_and_has_no_score_then(small, tmp_path):
    lost = Failed("the process that worked on it was ended")
    crew = Crew(ada=[full("ada")], ben=[lost, full("ben")], eva=[lost, lost], fay=[full("fay")])
    found = graded_by(small, tmp_path, crew)
    assert crew.runs == [["ada", "ben", "eva", "fay"], ["ben"], ["eva"]]
    assert all(auto(found[student]) == [1.0] * 5 for student in ("ada", "ben", "fay"))
    assert auto(found["eva"]) == [None] * 5
    assert all(
        score["outcome"] == "none" and "was ended). That is a fault of the course" in score["reason"]
        for scores in found["eva"]["scores"].values()
        for score in scores.values()
    )


def test_what_exceeds_the_budget_is_a_zero_that_says_so(small, tmp_path):
    crew = Crew(ada=[Exceeded("30 s of computing")], ben=[full("ben")])
    found = graded_by(small, tmp_path, crew)
    assert crew.runs == [["ada", "ben"]]
    assert auto(found["ada"]) == [0.0] * 5 and auto(found["ben"]) == [1.0] * 5
    assert "more than 30 s of computing" in found["ada"]["scores"]["first"]["tests"]["reason"]


@pytest.mark.slow
def test_who_got_a_score_by_hand_in_place_of_one_that_failed_is_not_graded_again(tmp_path):
    known = new_course(tmp_path / "course")
    gradebook.register(known, SMALL)
    notebooks = tuple(
        assignment.notebook(name, notebook(CELLS[name]), cells)
        for name, cells in gradebook.source(known, SMALL).items()
    )
    setup = Setup(assignment.Assignment(SMALL, notebooks), Limits(), "none")
    lost = Failed("the process that worked on it was ended")
    crew = Crew(ada=[lost, lost, lost, lost])
    for name in CELLS:
        place = known.folder("autograded", SMALL, "ada") / f"{name}.ipynb"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("{}")

    def run():
        with opened(tmp_path / "journal") as journal:
            work = Work(known, SMALL, ["ada"], setup, crew, crew, journal)
            grade._grade(work, force=False, seed=1)

    def give(*names):
        with Gradebook(known.db_url, known.course_id) as book:
            for name, cells in GRADED.items():
                for cell in set(cells) & {*names}:
                    book.find_grade(cell, name, SMALL, "ada").manual_score = 1.0
            book.db.commit()

    run()
    give("tests")
    run()
    assert crew.runs == [["ada"]] * 4, "other cells still have no score"
    give(*(cell for cells in GRADED.values() for cell in cells))
    run()
    assert crew.runs[4:] == [[]]


def test_differences_name_the_notebook_where_there_are_several():
    def of(*notebooks):
        before, now = ({"scores": {n: {"q": Score(p, 2.0).data()} for n in notebooks}} for p in (1, 2))
        return list(recheck._differences(before, now, {n: {"q": 2} for n in notebooks}))

    assert of("one") == ["q: auto was 1 and is 2."]
    assert of("one", "two") == ["one/q: auto was 1 and is 2.", "two/q: auto was 1 and is 2."]


def test_a_result_that_cannot_be_written_costs_its_student_alone(small, tmp_path):
    odd = full("ada").value | {"notebooks": {"first": "\ud800"}}
    found = graded_by(small, tmp_path, Crew(ada=[Done(odd)], ben=[full("ben")]))
    assert auto(found["ada"]) == [None] * 5 and auto(found["ben"]) == [1.0] * 5
    assert "cannot be written down (UnicodeEncodeError" in found["ada"]["scores"]["first"]["tests"]["reason"]
