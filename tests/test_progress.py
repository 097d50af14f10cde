"""What a student has done is kept where a person sat, and nowhere else; and the course's home tells it."""

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbformat.v4 import new_code_cell, new_notebook

from course_lib import cli, home, notebook_check, progress, quiz
from course_lib.answers import answer
from course_lib.exercises.folders import about, exercises_of

ROOT = Path(__file__).resolve().parents[1]
UNIT = "02_adaptive_optimizers"
FULL_MARKS = f"{sum(of.points for of in exercises_of(UNIT[:2]) if of.name != 'adamw'):g}"  # AdamW is extra
FIRST, SECOND = quiz.load(UNIT)[:2]
CHECK = f"import numpy as np\nfrom course_lib.checks import check\n\n{answer(about('sgd'))}\n\n"
CHECK += 'check("sgd", SGD)'


@pytest.fixture
def course(tmp_path, monkeypatch):
    """The course as a student has it, without its library, and with a home directory of its own."""
    for name in ("notebooks", "assignments", "docs"):
        shutil.copytree(ROOT / name, tmp_path / "course" / name)
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path / "course")
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "course" / "notebooks")
    return tmp_path / "course"


def option(question, correct):
    return next(each["text"] for each in question["options"] if each["correct"] is correct)


def kept(course):
    """All that was written, wherever."""
    return [
        *course.rglob(progress.NAME),
        *course.rglob(home.PAGE),
        *(course.parent / "home").glob(".course*"),
    ]


# the file


def test_what_is_noted_is_read_again_in_order(course):
    progress.checked("adam", 0.5714285)
    progress.answered(UNIT, "epsilon", "outside `√`", True)
    lines = (course / progress.NAME).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {"when": json.loads(lines[0])["when"], "check": "adam", "score": 0.5714},
        {
            "when": json.loads(lines[1])["when"],
            "quiz": UNIT,
            "question": "epsilon",
            "answer": "outside `√`",
            "right": True,
        },
    ]
    done, complaints = progress.done()
    assert [each.check or each.question for each in done] == ["adam", "epsilon"]
    assert complaints == []


def test_a_broken_file_is_told_in_a_sentence_and_keeps_all_that_it_holds(course, capsys):
    path = course / progress.NAME
    progress.checked("adam", 1)
    broken = path.read_bytes() + b'\xff\n[]\n{"check": "sgd"}\n\n{"when": "2026-11-29T10:00", "check'
    path.write_bytes(broken)
    progress.checked("rmsprop", 1)
    assert path.read_bytes().startswith(broken)
    done, (complaint,) = progress.done()
    assert {each.check for each in done} == {"adam", "rmsprop"}
    assert complaint.startswith(f"{path}: lines 2, 3, 4, 6 cannot be read")
    assert cli.main(["progress"]) == 0
    assert complaint in capsys.readouterr().out


def test_where_the_course_cannot_be_written_it_is_kept_at_home_and_said_once(course, capsys):
    (course / progress.NAME).mkdir()  # no user's rights matter here
    progress.checked("adam", 1)
    progress.checked("sgd", 1)
    elsewhere = course.parent / "home" / f".course-{progress.NAME}"
    assert len(elsewhere.read_text().splitlines()) == 2
    said = f"{course / progress.NAME} cannot be written: what you have done is kept in {elsewhere}.\n"
    assert capsys.readouterr().out == said
    done, complaints = progress.done()
    assert len(done) == 2 and len(complaints) == 1


def test_a_notebook_on_its_own_leaves_nothing_beside_it(tmp_path, course, monkeypatch):
    alone = tmp_path / "alone"
    alone.mkdir()
    monkeypatch.chdir(alone)
    progress.checked("adam", 1)
    assert [*alone.iterdir()] == []
    assert [each.check for each in progress.done()[0]] == ["adam"]


def test_the_best_check_and_the_last_answer_count():
    those = [
        progress.Done("1", check="adam", score=0.5),
        progress.Done("2", check="adam", score=1),
        progress.Done("3", check="adam", score=0),
        progress.Done("4", quiz="q", question="a", answer="x", score=1),
        progress.Done("5", quiz="q", question="a", answer="y", score=0),
        progress.Done("6", quiz="q", question="a", answer="z", score=1, again=True),
    ]
    assert progress.best_checks(those)["adam"].when == "2"
    assert progress.last_answers(those)["q", "a"].answer == "y"
    assert progress.last_answers(those, again=True)["q", "a"].answer == "z"


# who writes it


@pytest.mark.slow
def test_only_a_cell_that_a_front_end_sent_is_noted(course):
    folder = course / "notebooks"
    path = folder / "try.ipynb"
    sources = [CHECK, f'from course_lib import quiz\nquiz.show("{UNIT}")']
    nbformat.write(new_notebook(cells=[new_code_cell(source) for source in sources]), path)
    assert [finding.passed for finding in notebook_check.findings(path)] == [True]
    for command in (["nbgrader", "validate"], ["nbconvert", "--to", "html", "--execute"]):
        run = [sys.executable, "-m", *command, str(path)]
        done = subprocess.run(run, capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stderr
    assert 'type="radio"' in path.with_suffix(".html").read_text(encoding="utf-8")
    assert kept(course) == []

    manager, client = start_new_kernel(cwd=str(folder))
    try:
        for metadata in ({}, {"cellId": "a-cell", "deletedCells": []}):
            assert kept(course) == []
            content = {"code": CHECK, "silent": False, "store_history": True, "allow_stdin": False}
            sent = client.session.msg("execute_request", content, metadata=metadata)
            client.shell_channel.send(sent)
            late = time.monotonic() + 60
            while client.get_shell_msg(timeout=60)["parent_header"].get("msg_id") != sent["header"]["msg_id"]:
                assert time.monotonic() < late
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert kept(course) == [course / progress.NAME]
    assert [(each.check, each.score) for each in progress.done()[0]] == [("sgd", 1.0)]


# the home


def targets(page):
    return re.findall(r"\]\(([^)]+)\)", page)


def test_a_new_home_names_all_units_and_its_links_lead_somewhere(course):
    page = home.write(course).read_text(encoding="utf-8")
    assert "**Begin with [00 · Start here](notebooks/00_start_here.ipynb).**" in page
    lectures = {f"notebooks/{path.name}" for path in (course / "notebooks").glob("*.ipynb")}
    assignments = {path.relative_to(course).as_posix() for path in course.glob("assignments/*/*.ipynb")}
    claims = {path.relative_to(course).as_posix() for path in course.glob("notebooks/claims/*.ipynb")}
    assert lectures | claims | assignments <= set(targets(page))
    assert [target for target in targets(page) if not (course / target).is_file()] == []
    assert kept(course) == [course / home.PAGE]


def test_home_leads_to_the_claims_of_a_unit_that_has_a_page_of_them(course):
    page = course / "notebooks" / "claims" / f"{UNIT}.ipynb"
    page.unlink(missing_ok=True)
    assert f"(notebooks/claims/{UNIT}.ipynb)" not in home.page(course)
    page.touch()
    assert f"| [tested](notebooks/claims/{UNIT}.ipynb) |" in home.page(course)


def test_home_follows_what_is_done(course):
    home.write(course)
    progress.checked("adam", 4 / 7)
    progress.checked("adagrad", 1)
    progress.answered(UNIT, FIRST["id"], option(FIRST, False), False)
    progress.answered(UNIT, SECOND["id"], option(SECOND, True), True)
    page = (course / home.PAGE).read_text(encoding="utf-8")
    assert "**Go on with [the quiz at the end of 02 · Adaptive optimisers]" in page
    asked = len(quiz.load(UNIT))
    assert f"| 1 of {asked} right, {asked - 2} open | [8.57 of {FULL_MARKS} points, 20" in page
    again = page.partition("## To look at again")[2]
    assert FIRST["id"] and "How long is step 25? ([lecture 02]" in again
    assert "- `adam`: 4.57 of 8 points ([assignment 02]" in again
    assert "adagrad" not in again
    assert [target for target in targets(page) if not (course / target).is_file()] == []


def test_home_names_the_checks_that_passed_those_tried_and_those_to_do(course, capsys):
    done = {"adamw": 0.25, "adagrad": 1, "batchnorm_test": 1, "l2_penalty": 0, "rmsprop": 0, "adam": 1}
    for name, score in done.items():
        progress.checked(name, score)
    progress.checked("adam", 0.5)
    page = home.page(course)
    assert re.search(rf"\[13 of {FULL_MARKS} points, [\d-]+\]\([\w/]+\.ipynb\)<br>", page)
    words = (
        f"2 of {len(exercises_of('02'))} passed: AdaGrad, Adam; not yet: RMSprop, AdamW; to do: ",
        "not yet: l2_penalty; to do: Dropout, EarlyStopping, ",
        f"1 of {len(exercises_of('04'))} passed: batchnorm_test; to do: ",
    )
    for each in words:
        assert "<br>" + each.replace("_", r"\_") in page
    assert page.count("<br>") == len(words)
    assert cli.main(["progress"]) == 0
    told = [line.strip() for line in capsys.readouterr().out.splitlines()]
    lines = [line for line in told if "not yet" in line or "to do" in line]
    assert all(line.startswith(each) for line, each in zip(lines, words, strict=True))


def test_an_assignment_that_cannot_be_read_hides_no_check(course):
    progress.checked("adam", 1)
    (course / "assignments" / UNIT / f"{UNIT}.ipynb").write_text("torn")
    assert f"1 of {len(exercises_of('02'))} passed: Adam; to do: " in home.text(course)


def test_when_all_is_done_home_says_so(course):
    for unit in home.units(course, []):
        for exercise in exercises_of(unit.name[:2]):
            if exercise.name != "adamw":  # extra credit
                progress.checked(exercise.name, 1)
        for question in quiz.load(unit.name):
            progress.answered(unit.name, question["id"], option(question, True), True)
    page = home.page(course)
    assert "all is done" in page
    assert page.count("✓") == len([*course.glob("assignments/*/*.ipynb")])
    assert "To look at again" not in page


def test_a_page_that_is_not_there_is_not_made(course):
    progress.checked("adam", 1)
    assert not (course / home.PAGE).exists()


def test_where_there_is_no_lecture_it_says_so(course, capsys):
    for path in (course / "notebooks").glob("*.ipynb"):
        path.unlink()
    assert cli.main(["progress"]) == 1
    assert capsys.readouterr().err.startswith(f"There is no lecture in {course / 'notebooks'}")


def test_questions_are_shown_as_they_are():
    assert home._markdown("is `a_b` < *2* [x] | $1$?") == r"is `a_b` \< \*2\* \[x\] \| \$1\$?"


def test_the_command_prints_the_same(course, capsys):
    progress.checked("adam", 4 / 7)
    assert cli.main(["progress"]) == 0
    said = capsys.readouterr().out
    assert re.search(
        rf"^02 · Adaptive optimisers +quiz open +assignment 4\.57 of {FULL_MARKS} points, 20", said, re.M
    )
    assert "- `adam`: 4.57 of 8 points (assignment 02)" in said
    assert f"Go on with the quiz at the end of 02 · Adaptive optimisers: notebooks/{UNIT}.ipynb" in said


# quizzes that are remembered


@pytest.fixture
def shown(course, monkeypatch):
    """What quiz.show displays in a live notebook, and whom it listens to."""
    from course_lib import quiz_ear

    displayed, heard = [], {}
    monkeypatch.setattr(progress, "live", lambda: True)
    monkeypatch.setattr(quiz, "display", lambda page: displayed.append(page.data))
    monkeypatch.setattr(quiz_ear, "listen", heard.__setitem__)
    return displayed, heard


def test_an_answer_is_remembered_the_next_time(shown):
    displayed, heard = shown
    quiz.show(UNIT)
    assert " checked" not in displayed[0].partition("</style>")[2]
    heard[UNIT](FIRST["id"], 1)
    quiz.show(UNIT)
    (ticked,) = re.findall(r'id="([^"]+)"[^>]* checked>', displayed[1])
    assert ticked == f"quiz-{UNIT}-{FIRST['id']}-2"


def test_a_quiz_taken_again_begins_afresh_and_says_which_answers_have_changed(shown, course):
    displayed, heard = shown
    quiz.show(UNIT)
    heard[UNIT](FIRST["id"], 0)
    heard[UNIT](SECOND["id"], 0)
    quiz.show(UNIT, again=True)
    page = displayed[1].partition("</style>")[2]
    assert " checked" not in page
    assert page.count("You said so before.") == 2
    others = len(FIRST["options"]) + len(SECOND["options"]) - 2
    assert page.count("Before, you said: ") == others
    heard[f"{UNIT}-again"](FIRST["id"], 1)
    heard[f"{UNIT}-again"](SECOND["id"], 0)
    assert "; answers changed: 1." in home.page(course)
    assert progress.last_answers(progress.done()[0])[UNIT, FIRST["id"]].answer == FIRST["options"][0]["text"]
