"""README.md, what lies beside it and the guides in docs/ name what is there, and nothing else."""

import re
import shutil
import textwrap
import tomllib
from pathlib import Path

import pytest
from PIL import Image

from course_lib import cli, home, notebooks, release
from course_lib.checks import check
from course_lib.exercises.folders import about, find
from course_lib.grading import demo_class

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
# All that a person wrote: docs/reference.md is generated, and has tests of its own.
DOCUMENTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
    if path not in (ROOT / home.PAGE, ROOT / home.REFERENCE)
}
LINKS = [
    (place, link or still)
    for place, text in DOCUMENTS.items()
    for link, still in sorted(set(re.findall(r"\]\(([^)]+)\)|srcset=\"([^\"]+)\"", text)))
]


def test_the_table_of_units_agrees_with_the_notebooks():
    rows = [line for line in README.splitlines() if re.match(r"\| \d\d \| ", line)]
    lectures = [unit for row in rows for unit in re.findall(r"notebooks/(\w+)\.ipynb", row)]
    assert lectures == sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
    assignments = [unit for row in rows for unit in re.findall(r"assignments/(\w+)/", row)]
    assert assignments == release.units(ROOT)
    assert demo_class.UNIT in assignments


@pytest.mark.parametrize(("place", "target"), LINKS)
def test_links_lead_somewhere(place, target):
    if target.startswith("https://"):
        return
    name, _, anchor = target.partition("#")
    path = (ROOT / place).parent / name if name else ROOT / place
    assert path.exists()
    if anchor:
        headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_is_a_door_whose_picture_moves_and_can_rest():
    assert len(README.splitlines()) <= 150
    with Image.open(ROOT / "docs" / "race.webp") as moving, Image.open(ROOT / "docs" / "race.png") as still:
        assert moving.n_frames >= 12 and moving.size == still.size
    assert (ROOT / "docs" / "race.webp").stat().st_size < 400_000


def test_every_make_target_and_command_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    told = "\n".join(DOCUMENTS.values())
    code = re.findall(r"`([^`\n]+)`", told) + re.findall(r"```\n(.*?)```", told, re.DOTALL)
    named = {
        name for text in code for name in re.findall(r"^ *make (?:-C course )?([\w-]+)", text, re.MULTILINE)
    }
    assert named >= {"lab", "test", "demo-class"}
    assert named <= targets
    commands = {
        name for text in code for name in re.findall(r"(?:^ *|py )course ([\w-]+)", text, re.MULTILINE)
    }
    assert commands >= {"lab", "check"}
    assert commands <= cli.COMMANDS.keys()


@pytest.mark.parametrize("unit", release.units(ROOT))
def test_the_points_are_those_of_the_assignment(unit):
    """The guide's row says what the notebook's first cell does, and both what its graded cells bring."""
    table = GUIDE.partition("## What the points mean")[2]
    rows = re.findall(rf"^\| {unit[:2]} \| (.*) \| (.*) \|$", table, re.M)
    assert len(rows) == 1, "the table below “What the points mean” has one row for each assignment"
    [row] = rows
    cells = notebooks.read(ROOT / "solutions" / unit / f"{unit}.ipynb").cells
    [told] = re.findall(r"^\*\*Points\*\*: (.*)$", cells[0].source, re.MULTILINE)
    listed, full, extra = re.fullmatch(r"(.*)\. That makes (\d+), full marks\.(.*)", told).groups()
    extra = [part.replace(" adds up to ", " ") for part in extra.strip(" .").split(". ") if part]
    assert row[0] == "; extra: ".join([listed, *extra]), (
        "the guide's row and the notebook's first cell differ: run 'make tidy'"
    )
    graded = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")]
    borrowed, own = [], []
    for cell in graded:
        [name] = re.findall(r'^check\("(\w+)"', cell.source) or [""]
        (borrowed if name and about(name).unit != unit[:2] else own).append(cell.metadata.nbgrader.points)
    points = [*([sum(borrowed)] if borrowed else []), *own]
    assert list(map(int, re.findall(r" (\d+)", row[0]))) == points
    assert list(map(int, re.findall(r"\d+", row[1]))) == [int(full), *([sum(points)] if extra else [])]
    assert int(full) == sum(points[: len(points) - len(extra)])


@pytest.fixture
def copy_of_the_course(tmp_path, monkeypatch):
    """What `course tidy` looks at, but for the lectures."""
    (tmp_path / "docs").mkdir()
    for name in ("docs/instructors.md", "nbgrader_config.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    for unit in release.units(ROOT):
        (tmp_path / "solutions" / unit).mkdir(parents=True)
        shutil.copy(ROOT / "solutions" / unit / f"{unit}.ipynb", tmp_path / "solutions" / unit)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_tidy_writes_the_table_of_points_and_its_check_finds_another(copy_of_the_course, capsys):
    guide = copy_of_the_course / "docs" / "instructors.md"
    rows = re.findall(r"^\| \d\d \| .* \| \d+(?:, nbgrader's maximum \d+)? \|\n", GUIDE, re.MULTILINE)
    assert len(rows) == len(release.units(ROOT))
    for drifted in (
        GUIDE.replace("Adam 8", "Adam 9"),
        GUIDE.replace(rows[-1], ""),
        GUIDE.replace("".join(rows), ""),
        GUIDE.replace(rows[-1], rows[-1] + "| 99 | a unit that is gone 3 | 3 |\n"),
    ):
        guide.write_text(drifted, encoding="utf-8")
        assert cli.main(["tidy", "--check"]) == 1
        assert capsys.readouterr().out.startswith(f"{guide}: holds")
        assert guide.read_text(encoding="utf-8") == drifted
        assert cli.main(["tidy"]) == 0
        assert capsys.readouterr().out == f"{guide}: tidied\n"
        assert guide.read_text(encoding="utf-8") == GUIDE
    assert cli.main(["tidy", "--check"]) == 0


def test_tidy_follows_the_first_cell_and_asks_for_its_line(copy_of_the_course, capsys):
    path = copy_of_the_course / "solutions" / "01_gradient_descent" / "01_gradient_descent.ipynb"
    text = path.read_text(encoding="utf-8")
    [(said, points, most)] = re.findall(r"(\*\*Points\*\*: (.*?)\. That makes (\d+), full marks\.)", text)
    more = f"{said} Restarts adds up to 2. Polyak adds up to 3."
    path.write_text(text.replace(said, more), encoding="utf-8")
    assert cli.main(["tidy"]) == 0
    assert (
        f"| 01 | {points}; extra: Restarts 2, Polyak 3 | {most}, nbgrader's maximum {int(most) + 5} |"
        in (copy_of_the_course / "docs" / "instructors.md").read_text(encoding="utf-8").splitlines()
    )
    path.write_text(text.replace(f"That makes {most}, full marks.", "That is all."), encoding="utf-8")
    assert cli.main(["tidy"]) == 1
    assert re.match(
        "The first cell of “Assignment 01 · .*” is to name its points in a line such", capsys.readouterr().err
    )


@pytest.mark.parametrize(("guide", "package"), [("grading", "grading"), ("architecture", "judging")])
def test_a_guide_names_each_module_of_its_package_once(guide, package):
    text = (ROOT / "docs" / f"{guide}.md").read_text(encoding="utf-8")
    rows = text.partition(f"| module of `course_lib/{package}` |")[2].partition("\n\n")[0].splitlines()[2:]
    named = [name for row in rows for name in re.findall(r"`([\w/]+)`", row.split("|")[1])]
    folder = ROOT / "course_lib" / package
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    packages = {f"{path.parent.name}/" for path in folder.glob("*/__init__.py")}
    assert sorted(named) == sorted(modules | packages)


def test_the_walk_of_one_mistake_is_as_it_happens():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (said,) = tomllib.loads(textwrap.dedent(f"   {shown}")).items()
    (misconception,) = (m for m in find("adam").misconceptions if m.id == said[0])
    assert misconception.explanation == said[1]["says"]
    assert misconception.hint == said[1]["hint"]
    assert misconception.wrongs[0].edits == (said[1]["edit"],)
    report = check("adam", misconception.variants[0]())
    assert report.diagnosis == said[0]
    quoted = re.sub(r"\s+", " ", text).partition("the first difference: “")[2].partition("”")[0]
    assert report.cases[0].message == quoted
