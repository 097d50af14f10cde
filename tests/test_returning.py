"""`course return` and `course forget`: the platform's own file, filled; no formulas; what is deleted."""

import csv
import io
import shutil
import zipfile

import pytest
from nbgrader.api import Gradebook
from small_course import UNIT, course_with_deadline, result

from course_lib.errors import CourseError
from course_lib.grading import forgetting, gradebook, returning, roster, tables
from course_lib.grading.course import course
from course_lib.grading.returning import Options
from course_lib.grading.roster import Entry

# nbgrader's own way with SQLAlchemy, where it enters a submission.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

CLASS = {  # student → number, scores; full marks are 20.5
    "Noor al-Hassan": (501, (3.0, 2.5, 4.0, 5.0, 6.0)),
    "Zoë O'Brien": (502, (0.0, 0.0, 0.0, 0.0, 0.0)),
    "李 小龙": (503, (1.0, 1 / 3, 0.0, 0.0, 0.0)),
    "Kim Waiting": (504, (3.0, 0.0, None, 0.0, 1.0)),
    "Late Bloom": (505, (3.0, 0.0, 0.0, 0.0, 0.0)),
}
GRADES = {501: "20.5", 502: "0", 503: "1.33", 504: "", 505: "0"}  # who is late, gets nothing


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A graded class, with pages of feedback, and without a roster."""
    made = course_with_deadline(tmp_path_factory.mktemp("returning") / "course")
    with Gradebook(made.db_url, made.course_id) as book:
        book.add_student("Absent")
    with gradebook.opened(made, UNIT) as book:
        for student, (_, scores) in CLASS.items():
            month = "03" if student == "Late Bloom" else "01"
            book.write(result(student, scores, timestamp=f"2026-{month}-05 10:00:00"))
            for step in ("submitted", "autograded", "feedback"):
                made.folder(step, UNIT, student).mkdir(parents=True)
            (made.folder("feedback", UNIT, student) / "first.html").write_text(f"page of {student}")
            (made.folder("submitted", UNIT, student) / "first.ipynb").write_text("work")
    return made.root


@pytest.fixture
def made(template, tmp_path):
    shutil.copytree(template, tmp_path / "course")
    return course(tmp_path / "course")


CAME_AS = {"moodle": "{}_{}_assignsubmission_file/", "canvas": "{}_{}_8000_", "gradescope": "submission_{1}/"}


def enrol(made, platform, *more, came_as=None):
    """Write the roster of the class: came_as is a form of name and number."""
    came_as = came_as or CAME_AS[platform]
    roster.write(
        made,
        [
            *(
                Entry(
                    UNIT,
                    student,
                    platform,
                    str(number),
                    student,
                    f"{number}@uni.example",
                    came_as.format(student, number),
                )
                for student, (number, _) in CLASS.items()
            ),
            *more,
        ],
    )


def back(made, content=None, **options):
    """What the command returns, and the file that it wrote."""
    worksheet = None
    if content is not None:
        worksheet = made.root.parent / "from the platform.csv"
        worksheet.write_bytes(content)
    code = returning.run(made, Options(UNIT, worksheet, **options))
    if worksheet:
        assert worksheet.read_bytes() == content
    pattern = "grades.csv" if content is None else "*-grades.csv"
    return code, next((made.root / "reports" / UNIT).glob(pattern)).read_bytes()


# Moodle

MOODLE = (
    '{0}Identifier{0},{0}Full name{0},"Email address",Status,Grade,{0}Maximum Grade{0},'
    '"Grade can be changed","Last modified (submission)","Last modified (grade)","Feedback comments"\n'
    + "".join(
        f'{{0}}Participant {number}{{0}},{{0}}{student}{{0}},{number}@uni.example,"Submitted for grading",'
        f'{{g{number}}},{{most}},Yes,"Friday, 20 November 2026, 10:00 AM",-,"Well, ""so"";\nand on"\n'
        for student, (number, _) in CLASS.items()
    )
    + "{0}Participant 506{0},{0}=cmd|' /C calc'!A0{0},x@uni.example,No submission,7.5,{most},Yes,-,-,\n"
)
EMPTY = {f"g{number}": "" for number in GRADES}
FULL = {f"g{number}": grade for number, grade in GRADES.items()}


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_moodles_worksheet_changes_in_its_grades_only(made, capsys, quote, newline, encoding):
    def file(grades):
        return MOODLE.format(quote, most="20.50", **grades).replace("\n", newline).encode(encoding)

    enrol(made, "moodle")
    code, after = back(made, file(EMPTY))
    assert after == file(FULL)
    assert code == 1  # one waits
    said = capsys.readouterr().out
    assert "Kim Waiting: second/essay" in said and "Full marks" not in said
    assert back(made, file(FULL))[1] == file(FULL)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_languages_and_decimal_commas(made, capsys, separator):
    head = [
        "ID",
        "Vollständiger Name",
        "E-Mail-Adresse",
        "Status",
        "Bewertung",
        "Bestwertung",
        "Bewertung kann geändert werden",
    ]

    def file(grades):
        rows = [head] + [
            [
                f"Teilnehmer/in{number}",
                student,
                "",
                "Abgegeben",
                grades[number].replace(".", ","),
                "20,50",
                "Ja",
            ]
            for student, (number, _) in CLASS.items()
        ]
        return ("\r\n".join(separator.join(row) for row in rows) + "\r\n").encode("cp1252", "replace")

    enrol(made, "moodle")
    _, after = back(made, file(dict.fromkeys(GRADES, "")))
    # For 李 there is a question mark, which does not speak against the number.
    assert after == file(GRADES)
    assert "'Bewertung'" in capsys.readouterr().out


def test_grades_in_quotes_stay_there_and_other_grades_are_told(made, capsys):
    enrol(made, "moodle")
    quoted = {f"g{number}": '"1.00"' for number in GRADES}
    _, after = back(made, MOODLE.format("", most="20.5", **quoted).encode())
    assert (
        after == MOODLE.format("", most="20.5", **{key: f'"{grade}"' for key, grade in FULL.items()}).encode()
    )
    said = capsys.readouterr().out
    assert "Noor al-Hassan 1.00 → 20.5" in said and "Kim Waiting 1.00 → blank" in said


def test_moodle_full_marks_that_are_others(made, capsys):
    enrol(made, "moodle")
    sheet = MOODLE.format("", most="16.00", **EMPTY).encode()
    code, after = back(made, sheet)
    said = capsys.readouterr().out
    assert "--out-of 16" in said and "Moodle leaves out" in said and "Noor al-Hassan 20.5" in said
    assert code == 1
    _, after = back(made, sheet, out_of=16, cap=True)
    assert b'Noor al-Hassan,501@uni.example,"Submitted for grading",16,16.00' in after
    assert "Full marks" not in capsys.readouterr().out
    _, after = back(made, MOODLE.format("", most="100.00", **EMPTY).encode(), out_of=16, percent=True)
    assert b",128.12,100.00," in after  # 20.5 of 16
    assert "Full marks" not in capsys.readouterr().out
    back(made, MOODLE.format("", most="100.00", **EMPTY).encode())
    assert "use --percent" in capsys.readouterr().out


def test_a_number_that_is_somebody_elses_gets_nothing(made, capsys):
    """A worksheet of another assignment, where Moodle has drawn other numbers."""
    enrol(made, "moodle")
    rows = ["Identifier,Full name,Status,Grade,Maximum Grade,Last modified (grade)"]
    rows += ["Participant 501,Tom al-Other,,,20.5,-", "Participant 502,Zoe OBrien,,,20.5,-"]
    sheet = "\n".join(rows).encode()
    code, after = back(made, sheet)
    assert after == sheet.replace(b"Zoe OBrien,,,", b"Zoe OBrien,,0,")
    said = capsys.readouterr().out
    assert code == 1 and "Noor al-Hassan (501), who is 'Tom al-Other' there" in said
    with zipfile.ZipFile(made.root / "reports" / UNIT / "moodle-feedback.zip") as archive:
        assert not [name for name in archive.namelist() if "_501_" in name]
    with pytest.raises(CourseError, match="is it this assignment's"):
        back(made, sheet.replace(b"Participant 50", b"Participant 90"))


def test_anonymous_participants_are_found_by_number(made):
    roster.write(
        made,
        [
            Entry(
                UNIT,
                "Zoë O'Brien",
                "moodle",
                "502",
                "Participant",
                "",
                "Participant_502_assignsubmission_file/",
            )
        ],
    )
    sheet = b"Identifier,Status,Grade,Maximum Grade\nParticipant 501,,,20.5\nParticipant 502,,,20.5\n"
    assert back(made, sheet)[1] == sheet.replace(b"502,,,", b"502,,0,")


def test_a_group_of_moodles_gets_its_grade_and_feedback_by_member(made, capsys):
    """A group's number in the zip (501) is a participant's, too."""
    roster.write(
        made,
        [
            Entry(
                UNIT, "Zoë O'Brien", "moodle", "501", "Team Blue", "", "Team Blue_501_assignsubmission_file/"
            )
        ],
    )
    sheet = (
        b"Identifier,Full name,Status,Group,Grade,Maximum Grade\n"
        b"Participant 501,Tom Other,,Team Red,,20.5\nParticipant 502,Ada B,,Team Blue,,20.5\n"
        b"Participant 503,Ben_C,,Team Blue,,20.5\n"
    )
    _, after = back(made, sheet)
    assert after == sheet.replace(b"Team Blue,,", b"Team Blue,0,")
    with zipfile.ZipFile(made.root / "reports" / UNIT / "moodle-feedback.zip") as archive:
        mine = [name for name in archive.namelist() if "assignsubmission" in name]
    assert mine == [
        "Ada B_502_assignsubmission_file/first.html",
        "Ben C_503_assignsubmission_file/first.html",
    ]


# Canvas

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (4710),{title} (4711),Current Score\r\n"
    '    Points Possible,,,,,10,{most},"(read only)"\r\n'
    + "".join(
        f'"{student}",{number},s{number},{number}@uni,"A, b; c",9.{number},{{g{number}}},88\r\n'
        for student, (number, _) in CLASS.items()
    )
    + '"Student, Test",999,,abc,,,,\r\n'
)


@pytest.mark.parametrize("title", ["Unit", "Homework 2", "unit"])
def test_canvas_gradebook_changes_in_its_column_only(made, capsys, title):
    enrol(made, "canvas")
    column = {} if title != "Homework 2" else {"column": "4711"}
    _, after = back(made, CANVAS.format(title=title, most="20.5", **EMPTY).encode("utf-8-sig"), **column)
    assert after == CANVAS.format(title=title, most="20.5", **FULL).encode("utf-8-sig")
    assert f"{title} (4711)" in capsys.readouterr().out


def test_canvas_columns_that_are_not_clear_are_asked_for(made):
    enrol(made, "canvas")
    sheet = CANVAS.format(title="Homework 2", most="20.5", **EMPTY).encode()
    with pytest.raises(
        CourseError, match=r"--column, with one of 'Homework 1 \(4710\)', 'Homework 2 \(4711\)'"
    ):
        back(made, sheet)
    with pytest.raises(CourseError, match="names none"):
        back(made, sheet, column="Homework 3")
    assert back(made, sheet, column="Homework 2")[1] == back(made, sheet, column="Homework 2 (4711)")[1]


def test_canvas_takes_more_than_full_marks(made, capsys):
    enrol(made, "canvas")
    _, after = back(made, CANVAS.format(title="Unit", most="16", **EMPTY).encode(), out_of=16)
    assert after == CANVAS.format(title="Unit", most="16", **FULL).encode()
    assert "leaves out" not in capsys.readouterr().out


# Gradescope, and tables of any kind


def test_a_table_by_address_or_number(made, capsys):
    enrol(made, "gradescope")
    heads = "First Name,Last Name,SID,Email,Total Score,Max Points,Status\n"
    rows = {number: f"X,Y,{number},{number}@UNI.example,{{g{number}}},20.5,Graded\n" for number in GRADES}
    sheet = heads + "".join(rows.values())
    assert back(made, sheet.format(**EMPTY).encode())[1] == sheet.format(**FULL).encode()
    # Without a column for scores, one is added; who stands there twice, is left alone.
    sheet = "Mail;Room\n" + "".join(f"{number}@uni.example;B{number}\n" for number in (501, 502, 503, 503))
    code, after = back(made, sheet.encode())
    assert after.decode() == "Mail;Room;unit\n501@uni.example;B501;20.5\n502@uni.example;B502;0\n" + (
        "503@uni.example;B503\n" * 2
    )
    assert code == 1 and "李 小龙" in capsys.readouterr().out


def test_without_a_roster_the_folders_names_count(made, capsys):
    sheet = "Who,Points\n" + "".join(f"{student},\n" for student in CLASS)
    _, after = back(made, sheet.encode())
    assert [row[1] for row in csv.reader(io.StringIO(after.decode()))] == ["Points", *GRADES.values()]


def test_without_a_worksheet_there_is_a_table_of_our_own(made, capsys):
    enrol(made, "moodle")
    code, after = back(made)
    heads, *rows = csv.reader(io.StringIO(after.decode()))
    assert heads == ["Name", "Email", "Participant", "Folder", "Handed in (UTC)", "Late", "Score", "Maximum"]
    assert {row[0]: (row[2], row[6]) for row in rows} == {
        student: (str(number), GRADES[number]) for student, (number, _) in CLASS.items()
    }
    assert code == 1
    said = capsys.readouterr().out
    assert "--worksheet" in said
    assert "Kim Waiting: second/essay" in said, "there are two notebooks"


def test_who_is_collected_and_not_graded_is_told(made, capsys):
    enrol(made, "moodle", Entry(UNIT, "New One", "moodle", "9", "New One", "", "x/"))
    back(made)
    assert "New One" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04", "save or download it as CSV"),
        (b"", "is no table"),
        (b"\xff\xfeA", "is damaged"),
        (b"one\ntwo\n", "one column"),
    ],
)
def test_a_file_that_is_no_table_is_refused(made, content, message):
    enrol(made, "moodle")
    with pytest.raises(CourseError, match=message):
        back(made, content)


def test_the_instructors_own_file_is_never_written(made):
    enrol(made, "moodle")
    target = made.root / "reports" / UNIT / "moodle-grades.csv"
    target.parent.mkdir(parents=True)
    target.write_text(MOODLE.format("", most="20.5", **EMPTY))
    before = target.read_bytes()
    with pytest.raises(CourseError, match="what this command writes"):
        returning.run(made, Options(UNIT, target))
    assert target.read_bytes() == before


# Feedback


@pytest.mark.parametrize(
    ("platform", "came_as"),
    [
        ("moodle", "{}_{}_assignsubmission_file/"),
        ("moodle", "{}_{}_assignsubmission_file_"),
        ("canvas", "{}_LATE_{}_88201_"),
        ("gradescope", "submission_{1}/"),
        ("classroom", "{} - "),
    ],
)
def test_feedback_goes_back_under_the_names_under_which_work_came(made, platform, came_as):
    enrol(made, platform, came_as=came_as)
    back(made)
    with zipfile.ZipFile(made.root / "reports" / UNIT / f"{platform}-feedback.zip") as archive:
        pages = {name: archive.read(name).decode() for name in archive.namelist()}
    assert pages == {
        f"{came_as.format(student, number)}first.html": f"page of {student}"
        for student, (number, _) in CLASS.items()
    }


def test_who_has_no_page_is_told(made, capsys):
    enrol(made, "moodle")
    shutil.rmtree(made.folder("feedback", UNIT, "Zoë O'Brien"))
    back(made)
    assert "No feedback page yet" in capsys.readouterr().out


# Formulas

BEGINNINGS = ["=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠", " =", '"=']
INSIDE = ["x;=1+1", "x\t=1+1", "x,=1+1", "x|=1+1", "x\n=1+1", 'x;"=1+1"', "x; =1+1", "a,b;=cmd|' /C calc'!A0"]


def is_formula(value):
    return value.lstrip(" \"'\t\r\n").startswith(
        ("=", "+", "-", "@", "＝", "＋", "－", "＠")
    ) and not value.lstrip(' "\t\r\n').startswith("'")


@pytest.mark.parametrize("text", [f"{beginning}1+1" for beginning in BEGINNINGS] + INSIDE)
def test_no_cell_of_ours_is_a_formula_whatever_separates_them(made, text):
    roster.write(made, [Entry(UNIT, "Zoë O'Brien", "moodle", text, text, text, f"{text}/", handed_in=text)])
    _, after = back(made)
    for separator in ",;\t|":
        for row in csv.reader(io.StringIO(after.decode(), newline=""), delimiter=separator):
            assert not any(map(is_formula, row)), row
        for line in after.decode().splitlines():  # and for who knows no quotes
            assert not any(map(is_formula, line.split(separator))), line


def test_harmless_texts_stay_as_they_are():
    for value in (
        "Ada Berg",
        "Müller-Lind, Eva",
        "a-b@c.example",
        "2026-11-20 10:00:00",
        "x = 1",
        "李 小龙",
        "1.5",
    ):
        assert tables.text(value) == value


# Forgetting


def left(made):
    return {path.relative_to(made.root).as_posix() for path in made.root.rglob("*") if path.is_file()}


def test_forget_deletes_names_and_says_what_stays(made, capsys):
    enrol(made, "moodle", Entry("other", "x", "moodle", "1", "X", "", "x/"))
    gradebook.introduce(made, roster.people(roster.read(made)))
    back(made)
    (made.root / "reports" / UNIT / "summary.html").write_text("")
    before = left(made)
    with gradebook.opened(made, UNIT) as book:
        known = {one.id: one for one in book.students()}
    assert known["Noor al-Hassan"].first_name == "Noor" and known["Noor al-Hassan"].last_name == "al-Hassan"
    assert known["Zoë O'Brien"].email == "502@uni.example" and known["Zoë O'Brien"].lms_user_id == "502"

    assert forgetting.run(made, UNIT, False, True) == 0
    assert [entry.unit for entry in roster.read(made)] == ["other"]
    assert before - left(made) == {f"reports/{UNIT}/grades.csv", f"reports/{UNIT}/moodle-feedback.zip"}
    said = capsys.readouterr().out
    assert (
        "roster.json: the entries of unit" in said and "--all" in said and "zips that you downloaded" in said
    )

    assert forgetting.run(made, None, False, True) == 0
    assert not roster.path(made).exists()
    with gradebook.opened(made, UNIT) as book:
        assert {(one.first_name, one.last_name, one.email, one.lms_user_id) for one in book.students()} == {
            (None,) * 4
        }
    assert forgetting.run(made, None, False, True) == 0


def test_forget_all_of_a_unit_and_of_the_class(made, capsys):
    source = {path for path in left(made) if path.startswith(("solutions/", "assignments/"))}
    assert source
    enrol(made, "moodle")
    (made.records / UNIT / "earlier").mkdir(parents=True)
    (made.records / UNIT / "earlier" / "x").touch()
    (made.root / "submitted" / "Zoë O'Brien" / "other").mkdir()
    (made.root / "submitted" / "Zoë O'Brien" / "other" / "x.ipynb").touch()
    back(made)
    assert forgetting.run(made, UNIT, True, True) == 0
    with gradebook.opened(made, UNIT) as book:
        assert not any(scores for _, scores in book.everyone())
    assert source <= left(made)
    assert left(made) - source == {
        "submitted/Zoë O'Brien/other/x.ipynb",
        "gradebook.db",
        "nbgrader_config.py",
    }
    assert forgetting.run(made, None, True, True) == 0
    assert left(made) == source | {"nbgrader_config.py"}
    capsys.readouterr()
    assert forgetting.run(made, None, True, True) == 0
    assert "nothing to delete" in capsys.readouterr().out


@pytest.mark.parametrize("answer", ["no", ""])
def test_forget_asks_first(made, monkeypatch, capsys, answer):
    enrol(made, "moodle")
    before = left(made)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    assert forgetting.run(made, None, True, False) == 1
    assert left(made) == before
    monkeypatch.setattr("builtins.input", lambda _: (_ for _ in ()).throw(EOFError))
    with pytest.raises(CourseError, match="--yes"):
        forgetting.run(made, None, True, False)
    monkeypatch.setattr("builtins.input", lambda _: "Yes")
    assert forgetting.run(made, None, False, False) == 0
    assert not roster.path(made).exists()
