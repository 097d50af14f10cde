"""From what a learning platform lets one download to its own table, filled: collect, grade, return."""

import csv
import io
import shutil
import subprocess
import zipfile

import nbformat
import pytest
from small_course import CELLS, UNIT, new_course, notebook

from course_lib.release import nbgrader

pytestmark = pytest.mark.slow  # a class is graded for each platform

RIGHT, EMPTY = "x = 1", "raise NotImplementedError"
CLASS = {"Noor al-Hassan": ("501", RIGHT), "Zoë O'Brien": ("502", EMPTY)}
SCORES = {"501": "5.5", "502": "0"}  # of 3 + 2.5
LIST = """\
:submission_501:
  :submitters:
  - :name: Noor al-Hassan
    :sid: '501'
    :email: noor@uni.example
  :created_at: 2026-11-22 10:00:00 Z
:submission_502:
  :submitters:
  - :name: Zoë O'Brien
    :sid: '502'
    :email: zoe@uni.example
  :created_at: 2026-11-22 10:00:00 Z
"""
# Where a file lies in the zip; what else does; the platform's table; its columns of number and grade.
PLATFORMS = {
    "moodle": (
        "{name}_{number}_assignsubmission_file/first.ipynb",
        {},
        "Identifier,Full name,Status,Grade,Maximum Grade\n"
        "Participant 501,Noor al-Hassan,Submitted,,5.5\nParticipant 502,Zoë O'Brien,Submitted,,5.5\n",
        ("Identifier", "Grade"),
    ),
    "canvas": (
        "{letters}_{number}_8000_first.ipynb",
        {},
        "Student,ID,SIS User ID,SIS Login ID,Section,Unit (4711)\n    Points Possible,,,,,5.5\n"
        '"al-Hassan, Noor",501,s501,noor,A,\n"O\'Brien, Zoë",502,s502,zoe,A,\n',
        ("ID", "Unit (4711)"),
    ),
    "gradescope": (
        "assignment_7_export/submission_{number}/first.ipynb",
        {"assignment_7_export/submission_metadata.yml": LIST},
        "First Name,Last Name,SID,Email,Score\nNoor,al-Hassan,501,noor@uni.example,\n"
        "Zoë,O'Brien,502,zoe@uni.example,\n",
        ("SID", "Score"),
    ),
}


def course(root, *arguments):
    command = ["course", *arguments, "--course", str(root)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    root = new_course(tmp_path_factory.mktemp("whole-way") / "course").root
    (root / "solutions" / UNIT / "second.ipynb").unlink()
    made = nbgrader(root, "generate_assignment", UNIT)
    assert made.returncode == 0, made.stderr
    return root


@pytest.mark.parametrize("platform", PLATFORMS)
def test_scores_come_back_into_the_platforms_own_table(released, tmp_path, platform):
    root = shutil.copytree(released, tmp_path / "course")
    place, more, table, (number, grade) = PLATFORMS[platform]
    with zipfile.ZipFile(tmp_path / "work.zip", "w") as archive:
        for name, content in more.items():
            archive.writestr(name, content)
        for student, (key, answer) in CLASS.items():
            cells = nbformat.from_dict([dict(each) for each in CELLS["first"]])
            cells[0]["source"] = answer
            letters = "".join(filter(str.isalpha, student.lower()))
            path = place.format(name=student, number=key, letters=letters)
            archive.writestr(path, nbformat.writes(notebook(cells)))
    (tmp_path / "table.csv").write_text(table, encoding="utf-8")
    course(root, "collect", str(tmp_path / "work.zip"))
    course(root, "grade", UNIT)
    course(root, "return", UNIT, "--worksheet", str(tmp_path / "table.csv"))
    [filled] = (root / "reports" / UNIT).glob("*-grades.csv")
    rows = csv.DictReader(io.StringIO(filled.read_text("utf-8-sig")))
    came = {row[number].removeprefix("Participant "): row[grade] for row in rows}
    assert {key: came[key] for key in SCORES} == SCORES
    assert (tmp_path / "table.csv").read_text("utf-8") == table
    assert list((root / "reports" / UNIT).glob("*feedback*.zip"))
