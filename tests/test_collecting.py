"""`course collect`: from each platform's zip to the same folders, and nothing lost on the way."""

import json
import os
import shutil
import struct
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from small_course import CELLS, cell, new_course, notebook

from course_lib import release
from course_lib.errors import CourseError
from course_lib.grading import archives, collecting, naming, roster, submission
from course_lib.grading.course import course

ROOT = Path(__file__).resolve().parents[1]
UNIT = "03_curves"
OTHER = "04_surfaces"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A course of two units; the notebooks of the first: curves."""
    root = tmp_path_factory.mktemp("template") / "course"
    new_course(root)
    shutil.rmtree(root / "solutions" / "unit")
    for unit, cells in ((UNIT, CELLS["first"]), (OTHER, CELLS["second"])):
        folder = root / "solutions" / unit
        folder.mkdir()
        nbformat.write(notebook(cells), folder / f"{unit.split('_')[1]}.ipynb")
    return root


@pytest.fixture
def made(template, tmp_path):
    shutil.copytree(template, tmp_path / "course")
    return course(tmp_path / "course")


def work(word="done"):
    """A notebook as a student hands it in."""
    own = cell("own", "none", source=f"# {word}")
    own.id = "own"
    return nbformat.writes(notebook([*CELLS["first"], own])).encode()


def zipped(path, entries, *, date=(2026, 11, 28, 17, 6, 42)):
    """A zip of name → content; a content may be (content, date)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            content, when = content if isinstance(content, tuple) else (content, date)
            archive.writestr(zipfile.ZipInfo(name, when), content)
    return path


def collect(made, path, *, unit=None, kind=None, **more):
    return collecting.run(made, path, unit, kind, **more)


def handed_in(made, unit=UNIT):
    """student → file → content, of what lies in submitted/."""
    found = {}
    for path in sorted((made.root / "submitted").glob(f"*/{unit}/**/*")):
        if path.is_file():
            student, _, inside = path.relative_to(made.root / "submitted").as_posix().split("/", 2)
            found.setdefault(student, {})[inside] = path.read_bytes()
    return found


def entries(made, unit=UNIT):
    return {entry.student: entry for entry in roster.of_unit(made, unit)}


CLASS = {"Noor al-Hassan": 501, "Zoë O'Brien": 502, "李 小龙": 503, "Smith, Pat": 504}


def moodle(
    path, word="done", names=CLASS, name="curves.ipynb", form="{}_{}_assignsubmission_file/{}", **more
):
    return zipped(
        path, {form.format(student, key, name): work(word) for student, key in names.items()}, **more
    )


@pytest.mark.parametrize(
    "form",
    [
        "{}_{}_assignsubmission_file/{}",
        "{}_{}_assignsubmission_file_/{}",
        "{}_{}_assignsubmission_file_{}",
        "download/{}_{}_assignsubmission_file/{}",
    ],
    ids=["folders", "folders of older versions", "no folders", "packed again"],
)
def test_moodle_in_each_of_its_forms(made, tmp_path, capsys, form):
    path = moodle(tmp_path / "m.zip", form=form)
    assert collect(made, path) == 0
    assert handed_in(made) == {student: {"curves.ipynb": work()} for student in CLASS}
    known = entries(made)
    for student, key in CLASS.items():
        entry = known[student]
        assert (entry.platform, entry.key, entry.name) == ("moodle", str(key), student)
        # What the name begins with, before the file: feedback goes back under it.
        assert form.removeprefix("download/").format(student, key, "x.html") == f"{entry.came_as}x.html"
    said = capsys.readouterr().out
    assert "download of Moodle" in said and "4 students" in said and UNIT in said
    assert "counts as in time" in said


def test_moodles_text_anonymous_participants_and_groups(made, tmp_path, capsys):
    path = zipped(
        tmp_path / "m.zip",
        {
            "Participant_71_assignsubmission_file/curves.ipynb": work(),
            "Participant_72_assignsubmission_onlinetext/onlinetext.html": "<p>I could not upload</p>",
            "Participant_72_assignsubmission_file/curves.ipynb": work("72"),
            "Team Blue_9_assignsubmission_file/curves.ipynb": work("blue"),
            "Default group_assignsubmission_file/curves.ipynb": work("rest"),
        },
    )
    assert collect(made, path) == 0
    found = handed_in(made)
    assert set(found) == {"Participant (71)", "Participant (72)", "Team Blue", "Default group"}
    assert set(found["Participant (72)"]) == {"onlinetext.html", "curves.ipynb"}
    assert entries(made)["Participant (72)"].came_as == "Participant_72_assignsubmission_file/"
    assert entries(made)["Default group"].key == ""


def test_canvas_with_marks_versions_text_and_anonymous(made, tmp_path, capsys):
    path = zipped(
        tmp_path / "c.zip",
        {
            "alhassannoor_501_9001_curves.ipynb": work("old"),
            "alhassannoor_501_9010_curves-1.ipynb": work("new"),
            "obrienzoë_LATE_502_9002_curves.ipynb": work(),
            "lee_sam_503_9003_my_curves_1_2.ipynb": work(),
            "smithpat_504_text.html": "typed",
            "anon_x9Yz1_9005_curves.ipynb": work(),
            "LATE_anon_12345_9006_curves.ipynb": work(),
        },
    )
    assert collect(made, path) == 0
    assert handed_in(made) == {
        "alhassannoor": {"curves.ipynb": work("old"), "curves-1.ipynb": work("new")},
        "obrienzoë": {"curves.ipynb": work()},
        "lee_sam": {"my_curves_1_2.ipynb": work()},
        "smithpat": {"text.html": b"typed"},
        "anon_x9Yz1": {"curves.ipynb": work()},
        "anon_12345": {"curves.ipynb": work()},
    }
    known = entries(made)
    assert known["alhassannoor"].came_as == "alhassannoor_501_9010_" and known["alhassannoor"].number == 9010
    assert known["obrienzoë"].late and known["anon_12345"].late and not known["lee_sam"].late
    assert known["lee_sam"].key == "503"
    said = capsys.readouterr().out
    assert "Marked late by Canvas: obrienzoë, anon_12345" in said
    assert "alhassannoor: curves.ipynb, curves-1.ipynb" in said
    assert "smithpat: text.html" in said


METADATA = """---
:submission_8001:
  :submitters:
  - :name: Noor al-Hassan
    :sid: '501'
    :email: noor@uni.example
  :created_at: 2026-11-20 10:00:00.123456789 Z
  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
    score: 3
:submission_8002:
  :submitters:
  - :name: Zoë O'Brien
    :sid:
    :email: zoe@uni.example
  - :name: "=cmd|calc"
    :sid: '503'
    :email: x@uni.example
  :created_at: 2026-11-21 12:00:00 +02:00
:submission_8003:
  :submitters:
  - :name: Noor al-Hassan
    :sid: '501'
    :email: noor@uni.example
  :created_at: 2026-11-22 10:00:00 Z
"""


def test_gradescope_knows_times_addresses_and_groups(made, tmp_path, capsys):
    inside = {
        f"assignment_7_export/submission_{key}/curves.ipynb": work(key) for key in ("8003", "8001", "8002")
    }
    path = zipped(tmp_path / "g.zip", {"assignment_7_export/submission_metadata.yml": METADATA, **inside})
    assert collect(made, path) == 0
    found = handed_in(made)
    assert found["Noor al-Hassan"] == {
        "curves.ipynb": work("8003"),
        "timestamp.txt": b"2026-11-22 10:00:00 UTC\n",
    }
    group = "Zoë O'Brien + =cmd calc"
    assert found[group]["timestamp.txt"] == b"2026-11-21 10:00:00 UTC\n"
    members = [entry for entry in roster.of_unit(made, UNIT) if entry.student == group]
    assert {(one.key, one.email) for one in members} == {
        ("zoe@uni.example", "zoe@uni.example"),
        ("503", "x@uni.example"),
    }
    # The earlier upload is not lost.
    assert (made.records / UNIT / "earlier" / "Noor al-Hassan" / "1" / "curves.ipynb").read_bytes() == work(
        "8001"
    )
    assert "Replaced by a newer upload: Noor al-Hassan" in capsys.readouterr().out
    assert collect(made, path) == 0
    assert handed_in(made) == found


def test_gradescope_without_its_list(made, tmp_path):
    path = zipped(
        tmp_path / "g.zip", {"submission_metadata.yml": "- a\n", "submission_1/curves.ipynb": work()}
    )
    with pytest.raises(CourseError, match="--as folder"):
        collect(made, path)
    with pytest.raises(CourseError, match="says who is who"):
        collect(made, zipped(path, {"submission_1/curves.ipynb": work()}), kind="gradescope")


def test_classroom_and_files_without_a_name(made, tmp_path, capsys):
    path = zipped(
        tmp_path / "drive.zip",
        {
            "Curves/Noor al-Hassan - curves.ipynb": work(),
            "Curves/Zoë O'Brien - Copy of curves.ipynb": work(),
            "Curves/Eva Müller-Lind - my - curves.ipynb": work(),
            "Curves/curves.ipynb": work("whose"),
            "Curves/curves - Copy.ipynb": work("whose"),
        },
    )
    assert collect(made, path) == 1
    assert set(handed_in(made)) == {"Noor al-Hassan", "Zoë O'Brien", "Eva Müller-Lind"}
    assert entries(made)["Noor al-Hassan"].came_as == "Noor al-Hassan - "
    said = capsys.readouterr().out
    assert "Curves/curves.ipynb" in said and "Curves/curves - Copy.ipynb" in said
    assert "make a copy for each student" in said
    with pytest.raises(CourseError, match="no student's name"):
        collect(made, zipped(path, {"curves.ipynb": work(), "curves (1).ipynb": work()}))


def test_a_folder_or_a_file_for_each_student(made, tmp_path, capsys):
    place = tmp_path / "handed in"
    for name in ("noor/curves.ipynb", "noor/data/x.csv", "Zoë/curves (1).ipynb", "sam@uni.example/a.zip"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(work(name))
    (place / "pat_curves.ipynb").write_bytes(work("pat"))
    (place / "kim.ipynb").write_bytes(work("kim"))
    os.symlink("/etc/passwd", place / "noor" / "curves2.ipynb")
    os.symlink("/etc", place / "root")
    assert collect(made, place) == 1
    found = handed_in(made)
    assert set(found) == {"noor", "Zoë", "sam@uni.example", "pat", "kim"}
    assert set(found["noor"]) == {"curves.ipynb", "data/x.csv"}
    assert entries(made)["sam@uni.example"].email == "sam@uni.example"
    said = capsys.readouterr().out
    assert "noor/curves2.ipynb" in said and "'root'" in said
    assert "timestamp.txt" not in str(found)


def test_one_folder_around_all_is_no_student(made, tmp_path):
    collect(made, zipped(tmp_path / "a.zip", {"all/noor/curves.ipynb": work(), "all/zoe.ipynb": work()}))
    assert set(handed_in(made)) == {"noor", "zoe"}
    collect(made, zipped(tmp_path / "b.zip", {"pat/curves.ipynb": work(), "pat/helper.py": ""}))
    assert set(handed_in(made)["pat"]) == {"curves.ipynb", "helper.py"}


# Which unit


def test_the_unit_is_recognised_by_cells_and_names(made, tmp_path):
    second = nbformat.writes(notebook(CELLS["second"])).encode()
    collect(made, zipped(tmp_path / "a.zip", {"A B_1_assignsubmission_file/homework.ipynb": second}))
    assert set(handed_in(made, OTHER)) == {"A B"}
    collect(
        made, zipped(tmp_path / "b.zip", {"A B_1_assignsubmission_file/my surfaces (2).ipynb": "damaged"})
    )
    with pytest.raises(CourseError, match=f"add --unit, with one of {UNIT}, {OTHER}"):
        collect(made, zipped(tmp_path / "c.zip", {"A B_1_assignsubmission_file/x.ipynb": "{}"}))
    collect(made, tmp_path / "c.zip", unit="3")
    assert set(handed_in(made)) == {"A B"}
    before = handed_in(made)
    with pytest.raises(CourseError, match=f"look like those of {OTHER}, not of {UNIT}, .* --force"):
        collect(made, tmp_path / "a.zip", unit="3")
    assert handed_in(made) == before
    collect(made, tmp_path / "a.zip", unit="3", force=True)
    assert handed_in(made) != before
    with pytest.raises(CourseError, match="There is no assignment '9'"):
        collect(made, tmp_path / "a.zip", unit="9")


# Who


def test_students_of_the_same_name_are_told_apart_and_stay_who_they_are(made, tmp_path):
    def both(first, second):
        return {
            f"Sam Lee_{first}_assignsubmission_file/curves.ipynb": work("one"),
            f"sam LEE_{second}_assignsubmission_file/curves.ipynb": work("two"),
            "Kim Roe_17_assignsubmission_file/curves.ipynb": work("kim"),
        }

    collect(made, zipped(tmp_path / "a.zip", both(11, 12)))
    assert handed_in(made)["Sam Lee (11)"]["curves.ipynb"] == work("one")
    assert handed_in(made)["sam LEE (12)"]["curves.ipynb"] == work("two")
    collect(made, zipped(tmp_path / "a.zip", dict(reversed(both(11, 12).items()))))
    assert set(handed_in(made)) == {"Sam Lee (11)", "sam LEE (12)", "Kim Roe"}
    # Moodle numbers participants anew in each assignment: a name that only one has is enough, another is not.
    collect(made, zipped(tmp_path / "b.zip", {**both(31, 32)} | {}), unit="4", force=True)
    assert set(handed_in(made, OTHER)) == {"Sam Lee (31)", "sam LEE (32)", "Kim Roe"}


def test_a_second_student_of_the_same_name_comes_later(made, tmp_path):
    one = {"Sam Lee_11_assignsubmission_file/curves.ipynb": work("one")}
    collect(made, zipped(tmp_path / "a.zip", one))
    collect(
        made,
        zipped(tmp_path / "b.zip", {"Sam Lee_12_assignsubmission_file/curves.ipynb": work("two"), **one}),
    )
    assert {name: content["curves.ipynb"] for name, content in handed_in(made).items()} == {
        "Sam Lee": work("one"),
        "Sam Lee (12)": work("two"),
    }


def test_who_is_known_from_a_platform_may_send_by_mail(made, tmp_path):
    moodle(tmp_path / "m.zip")
    collect(made, tmp_path / "m.zip")
    (tmp_path / "mail" / "Noor al-Hassan").mkdir(parents=True)
    (tmp_path / "mail" / "Noor al-Hassan" / "curves.ipynb").write_bytes(work("by mail"))
    (tmp_path / "mail" / "kim").mkdir()
    (tmp_path / "mail" / "kim" / "curves.ipynb").write_bytes(work("by mail"))
    collect(made, tmp_path / "mail")
    assert handed_in(made)["Noor al-Hassan"]["curves.ipynb"] == work("by mail")
    assert entries(made)["Noor al-Hassan"].key == "501"  # where the grade goes back to
    assert entries(made)["kim"].platform == "folder"


@pytest.mark.parametrize(
    "name",
    [
        "../../evil",
        ".hidden",
        "-rf",
        "=1+1",
        "a/b",
        "CON",
        "x" * 300,
        "a;=1",
        "‮evil",
        "ben [x]",
        "李" * 90,
    ],
)
def test_a_students_folder_has_a_name_that_all_can_hold(name):
    made = naming.student_name(name)
    assert made.isprintable() and 0 < len(made.encode()) < 250
    assert made[0].isalnum() or made == "_CON"
    assert not set(made) & set('<>:"/\\|?*[];')


def test_a_name_of_which_nothing_is_left_gives_way_to_the_key(made, tmp_path):
    collect(made, moodle(tmp_path / "m.zip", names={"..": 77, "--": 78}))
    assert set(handed_in(made)) == {"77", "78"}


# Again


def test_collecting_again_adds_replaces_with_a_word_and_loses_nothing(made, tmp_path, capsys):
    collect(made, moodle(tmp_path / "m.zip"))
    before = handed_in(made)
    stamp = made.folder("submitted", UNIT, "Zoë O'Brien") / "timestamp.txt"
    stamp.write_text("2026-11-20 10:00:00 UTC")  # the instructor's
    capsys.readouterr()
    assert collect(made, moodle(tmp_path / "m.zip")) == 0
    assert "As before: Noor al-Hassan" in capsys.readouterr().out
    assert stamp.exists()
    stamp.unlink()

    later = {"Noor al-Hassan": 501, "Kim Roe": 505}
    assert collect(made, moodle(tmp_path / "later.zip", "better", later)) == 0
    said = capsys.readouterr().out
    assert "Replaced by a newer upload: Noor al-Hassan" in said and "Kim Roe" in said
    assert handed_in(made) == before | {
        "Noor al-Hassan": {"curves.ipynb": work("better")},
        "Kim Roe": {"curves.ipynb": work("better")},
    }
    aside = made.records / UNIT / "earlier" / "Noor al-Hassan" / "1"
    assert str(aside) in said and (aside / "curves.ipynb").read_bytes() == work()
    collect(made, moodle(tmp_path / "latest.zip", "best", {"Noor al-Hassan": 501}))
    assert (aside.with_name("2") / "curves.ipynb").read_bytes() == work("better")
    assert len(roster.of_unit(made, UNIT)) == 5


def test_an_older_upload_takes_no_newer_ones_place(made, tmp_path, capsys):
    new = zipped(tmp_path / "new.zip", {"noor_501_9010_curves-1.ipynb": work("new")})
    old = zipped(tmp_path / "old.zip", {"noor_501_9001_curves.ipynb": work("old")})
    collect(made, new)
    collect(made, old)
    assert handed_in(made) == {"noor": {"curves-1.ipynb": work("new")}}
    assert "there is a newer upload already: noor" in capsys.readouterr().out
    assert entries(made)["noor"].came_as == "noor_501_9010_"


def test_what_was_there_by_hand_is_kept_aside(made, tmp_path, capsys):
    folder = made.folder("submitted", UNIT, "Kim Roe")
    folder.mkdir(parents=True)
    (folder / "curves.ipynb").write_text("by hand")
    collect(made, moodle(tmp_path / "m.zip", names={"Kim Roe": 1}))
    assert (made.records / UNIT / "earlier" / "Kim Roe" / "1" / "curves.ipynb").read_text() == "by hand"


# When


def test_times_of_a_zip_count_where_they_differ(made, tmp_path, capsys):
    names = {name: f"{name}_{key}_assignsubmission_file/curves.ipynb" for name, key in CLASS.items()}
    days = dict(zip(names, (3, 4, 5, 6), strict=True))
    path = zipped(
        tmp_path / "m.zip", {names[name]: (work(), (2026, 11, day, 9, 30, 0)) for name, day in days.items()}
    )
    collect(made, path)
    for name, day in days.items():
        local = datetime(2026, 11, day, 9, 30).astimezone(UTC)
        written = (made.folder("submitted", UNIT, name) / "timestamp.txt").read_text()
        assert written == f"{local:%Y-%m-%d %H:%M:%S} UTC\n"
        assert entries(made)[name].handed_in == f"{local:%Y-%m-%d %H:%M:%S}"
    assert "by this machine's clock" in capsys.readouterr().out


def test_an_exact_time_is_taken_before_a_clocks(made, tmp_path):
    exact = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        for number, name in enumerate(CLASS):
            entry = zipfile.ZipInfo(
                f"{name}_{number}_assignsubmission_file/curves.ipynb", (2026, 1, 1, 0, 0, 0)
            )
            at = int((exact + timedelta(days=number)).timestamp())
            entry.extra = struct.pack("<HHBi", 0x5455, 5, 1, at)
            archive.writestr(entry, work())
    collect(made, tmp_path / "m.zip")
    assert entries(made)["Noor al-Hassan"].handed_in == "2026-11-03 09:30:00"


WORKSHEET = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Last modified (submission)",'
    '"Last modified (grade)"\n'
    'Participant 501,Noor al-Hassan,noor@uni.example,,,20,"Friday, 20 November 2026, 10:05 AM",-\n'
    'Participant 502,Zoë OBrien,zoe@uni.example,,,20,"Saturday, 21 November 2026, 11:05 PM",-\n'
    'Participant 503,Somebody Else,else@uni.example,,,20,"Friday, 20 November 2026, 10:05 AM",-\n'
    "Participant 504,Pat Smith,pat@uni.example,,,20,-,-\n"
)


def test_moodles_worksheet_has_addresses_and_times(made, tmp_path, capsys):
    (tmp_path / "Grades.csv").write_text(WORKSHEET, encoding="utf-8")
    path = moodle(tmp_path / "m.zip")
    collecting.run(made, path, None, None, tmp_path / "Grades.csv")
    known = entries(made)
    written = datetime(2026, 11, 21, 23, 5).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    assert (known["Zoë O'Brien"].email, known["Zoë O'Brien"].handed_in) == ("zoe@uni.example", written)
    assert handed_in(made)["Zoë O'Brien"]["timestamp.txt"].decode() == f"{written} UTC\n"
    assert (known["李 小龙"].email, known["李 小龙"].handed_in) == ("", "")  # the number is somebody else's
    assert (known["Smith, Pat"].email, known["Smith, Pat"].handed_in) == ("pat@uni.example", "")
    assert "address of 3 of 4 students, and the time of 2" in capsys.readouterr().out
    collect(made, path)  # a zip alone takes none of that back
    assert entries(made) == known
    collect(made, moodle(path, "newer", {"Zoë O'Brien": 502}))
    assert (entries(made)["Zoë O'Brien"].email, entries(made)["Zoë O'Brien"].handed_in) == (
        "zoe@uni.example",
        "",
    )


def test_a_worksheet_in_another_language_or_for_another_platform(made, tmp_path, capsys):
    german = WORKSHEET.replace("Friday", "Freitag").replace("Saturday", "Samstag")
    (tmp_path / "Grades.csv").write_text(german, encoding="utf-8")
    collecting.run(made, moodle(tmp_path / "m.zip"), None, None, tmp_path / "Grades.csv")
    said = capsys.readouterr().out
    assert "another language than English" in said and "counts as in time" in said
    assert entries(made)["Zoë O'Brien"].email == "zoe@uni.example"
    path = zipped(tmp_path / "c.zip", {"noor_501_9010_curves.ipynb": work()})
    with pytest.raises(CourseError, match="a download of Canvas"):
        collecting.run(made, path, None, None, tmp_path / "Grades.csv")
    (tmp_path / "Grades.csv").write_text(german.replace("Participant 5", "Participant 9"), encoding="utf-8")
    with pytest.raises(CourseError, match="belongs to one assignment"):
        collecting.run(made, moodle(tmp_path / "m.zip"), None, None, tmp_path / "Grades.csv")
    (tmp_path / "Grades.csv").write_text("a,b\n1,2\n")
    with pytest.raises(CourseError, match="no column of participants"):
        collecting.run(made, moodle(tmp_path / "m.zip"), None, None, tmp_path / "Grades.csv")


# Hostile and strange names and contents


def test_no_name_leads_out_of_the_students_folder(made, tmp_path, capsys):
    top = "Eve Il_9_assignsubmission_file/"
    names = [
        f"{top}../../../evil.txt",
        f"/{top}evil.txt",
        f"C:\\{top}evil.txt",
        "../evil_1_assignsubmission_file/evil.txt",
    ]
    path = zipped(tmp_path / "m.zip", dict.fromkeys(names, b"evil") | {f"{top}curves.ipynb": work()})
    before = set(tmp_path.rglob("*"))
    assert collect(made, path) == 1
    assert handed_in(made) == {"Eve Il": {"curves.ipynb": work()}}
    assert not [path for path in set(tmp_path.rglob("*")) - before if "evil" in path.name]
    said = capsys.readouterr().out
    assert said.count("leads out of the folder") == len(names)


def test_a_student_cannot_hand_in_for_another(made, tmp_path):
    mine = "Eve Il_9_assignsubmission_file"
    path = zipped(
        tmp_path / "m.zip",
        {
            f"{mine}/Ada Berg_1_assignsubmission_file/curves.ipynb": work("forged"),
            f"{mine}_Ada Berg_1_assignsubmission_file_curves.ipynb": work("forged"),
            "Ada Berg_1_assignsubmission_file/curves.ipynb": work("ada"),
        },
    )
    collect(made, path)
    assert handed_in(made)["Ada Berg"] == {"curves.ipynb": work("ada")}
    canvas = zipped(tmp_path / "c.zip", {"eve_9_800_ada_1_801_curves.ipynb": work()})
    collect(made, canvas)
    assert set(handed_in(made)["eve"]) == {"ada_1_801_curves.ipynb"}


def test_a_student_sets_no_time(made, tmp_path):
    path = moodle(tmp_path / "m.zip", names={"Eve Il": 9}, name="timestamp.txt")
    collect(made, path, unit="3")
    assert set(handed_in(made)["Eve Il"]) == {"timestamp (2).txt"}


def test_names_that_no_disk_can_hold_and_files_of_one_name(made, tmp_path):
    top = "Eve Il_9_assignsubmission_file/"
    names = [
        "a:b?.py",
        "CON.py",
        "x" * 300 + ".py",
        "tab\there.py",
        "A.py",
        "a.py",
        "f",
        "f/g.py",
        "back\\slash.py",
    ]
    path = zipped(tmp_path / "m.zip", {f"{top}{name}": name for name in [*names, "curves.ipynb"]})
    assert collect(made, path) == 0
    found = handed_in(made)["Eve Il"]
    assert len(found) == len(names) + 1
    assert {content.decode(errors="replace") for content in found.values()} >= {"A.py", "a.py", "f", "f/g.py"}
    assert "back/slash.py" in found
    assert len({name.casefold() for name in found}) == len(found)


def test_names_in_utf_8_that_the_zip_does_not_call_so(made, tmp_path):
    path = moodle(tmp_path / "m.zip", names={"Zoë Öz": 1})
    content = path.read_bytes()
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.index(signature) + offset
        flags = struct.unpack("<H", content[place : place + 2])[0]
        content = content[:place] + struct.pack("<H", flags & ~0x800) + content[place + 2 :]
    path.write_bytes(content)
    collect(made, path)
    assert set(handed_in(made)) == {"Zoë Öz"}


def test_a_zip_of_too_many_entries_is_no_classs_work_be_they_folders(made, tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_FILES", 3)
    top = "Ada Berg_1_assignsubmission_file/"
    path = zipped(
        tmp_path / "m.zip", {f"{top}{number}/": b"" for number in range(3)} | {f"{top}a.ipynb": work()}
    )
    with pytest.raises(CourseError, match=r"more than .* files in there: that is no class's work"):
        collect(made, path)
    assert not (made.root / "submitted").exists()


def test_as_many_files_are_collected_as_grading_reads_the_notebook_first(made, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(collecting, "MOST_FILES", 3)
    monkeypatch.setattr(submission, "MOST_FILES", 3)
    top = "Ada Berg_1_assignsubmission_file/"
    entries = {f"{top}{number}.csv": b"1" for number in range(5)} | {f"{top}curves.ipynb": work()}
    assert collect(made, zipped(tmp_path / "m.zip", entries)) == 1
    assert "Ada Berg: '2.csv' is one of more than 3 files" in capsys.readouterr().out
    folder = made.folder("submitted", UNIT, "Ada Berg")
    (folder / submission.TIMESTAMP).write_text("2026-11-20 10:00:00")
    read = submission.read(folder, "Ada Berg")
    assert read.files.keys() == {"curves.ipynb", "0.csv", "1.csv"} and not read.left_out


def test_a_bomb_a_lock_a_link_and_junk(made, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(archives, "MOST_BYTES", 2**20)
    monkeypatch.setattr(collecting, "MOST_BYTES", 3 * 2**20)
    top = "Eve Il_9_assignsubmission_file/"
    link = zipfile.ZipInfo(f"{top}link.ipynb")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "m.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{top}bomb.bin", b"\0" * 2**24)
        for number in range(5):
            archive.writestr(f"{top}part{number}.bin", b"\0" * 2**20)
        archive.writestr(link, "/etc/passwd")
        archive.writestr(f"{top}__MACOSX/._curves.ipynb", "junk")
        archive.writestr(f"{top}.DS_Store", "junk")
        archive.writestr("Ada Berg_1_assignsubmission_file/curves.ipynb", work())
        archive.writestr("Ben Oz_2_assignsubmission_file/curves.ipynb", work())
    content = bytearray((tmp_path / "m.zip").read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # Ben's is locked
        content[content.rindex(signature) + offset] |= 1
    (tmp_path / "m.zip").write_bytes(content)
    assert collect(made, tmp_path / "m.zip") == 1
    found = handed_in(made)
    assert found["Ada Berg"] == {"curves.ipynb": work()}
    assert sorted(found["Eve Il"]) == ["part0.bin", "part1.bin", "part2.bin"]
    assert made.folder("submitted", UNIT, "Ben Oz").is_dir()  # grading lists who has no notebook
    said = capsys.readouterr().out
    assert "Eve Il: 'bomb.bin' is larger than 1 MB" in said
    assert "Eve Il: 'part3.bin' exceeds" in said
    assert "Ben Oz: 'curves.ipynb' is locked with a password" in said
    assert "is a link" in said and "DS_Store" not in said and "._curves" not in said


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 and then nothing"])
def test_what_is_no_zip_is_refused_in_a_sentence(made, tmp_path, content):
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(CourseError, match="no zip that can be read"):
        collect(made, tmp_path / "x.zip")
    with pytest.raises(CourseError, match="There is no"):
        collect(made, tmp_path / "y.zip")
    with pytest.raises(CourseError, match="no file that could be"):
        collect(made, zipped(tmp_path / "z.zip", {}))
    assert not roster.path(made).exists()


def test_a_damaged_file_costs_nobody_else_anything(made, tmp_path, capsys):
    path = moodle(tmp_path / "m.zip")
    content = bytearray(path.read_bytes())
    place = content.index(b"curves.ipynb") + 40
    content[place : place + 30] = b"\xff" * 30
    path.write_bytes(content)
    assert collect(made, path) == 1
    assert "Noor al-Hassan: 'curves.ipynb' is damaged" in capsys.readouterr().out
    assert set(handed_in(made)) == set(CLASS) - {"Noor al-Hassan"}


# Privacy


def test_the_roster_is_kept_from_git_and_from_students(made, tmp_path):
    collect(made, moodle(tmp_path / "m.zip"))
    assert json.loads(roster.path(made).read_text(encoding="utf-8"))
    ignored = (ROOT / ".gitignore").read_text().split()
    assert f"/{roster.FILE}" in ignored
    assert roster.FILE not in release.STUDENT
    root = tmp_path / "bundled"
    for name in release.STUDENT:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / roster.FILE).write_text("private")
    with zipfile.ZipFile(release.bundle(root, tmp_path / "course.zip")) as archive:
        assert roster.FILE not in " ".join(archive.namelist())


def test_a_large_class_is_collected_in_linear_time(made, tmp_path):
    names = {f"Given{number} Family{number}": number for number in range(1, 301)}
    path = moodle(tmp_path / "m.zip", names=names)
    started = time.process_time()
    assert collect(made, path) == 0
    assert time.process_time() - started < 20
    assert len(handed_in(made)) == 300


def test_nothing_that_a_terminal_would_obey_is_printed(made, tmp_path, capsys):
    evil = "\x1b[2Jx"
    inside = {f"submission_2/{evil}{number}.ipynb": work() for number in (1, 2)}
    inside[f"submission_1/{evil}.pdf"] = b""
    metadata = (
        METADATA.replace("8001", "1")
        .replace("8002", "2")
        .replace("Noor", '"\\e[2JNoor')
        .replace("Hassan", 'Hassan"')
    )
    zipped(tmp_path / "g.zip", {"submission_metadata.yml": metadata, **inside, f"{evil}.txt": b""})
    collect(made, tmp_path / "g.zip", unit="3")
    assert "\x1b" not in capsys.readouterr().out
    assert not any("\x1b" in name for name in entries(made))
