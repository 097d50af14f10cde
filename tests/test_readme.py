"""README.md and the guides in docs/ name what is there, and nothing else."""

import re
import textwrap
import tomllib
from pathlib import Path

import pytest

from course_lib import cli, release
from course_lib.checks import check
from course_lib.exercises.folders import find
from course_lib.grading import demo_class
from course_lib.grading.demo_students import CLASS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_units_agrees_with_the_notebooks():
    rows = [line for line in README.splitlines() if re.match(r"\| \d\d \|", line)]
    lectures = [re.search(r"notebooks/(\w+)\.ipynb", row)[1] for row in rows]
    assert lectures == sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
    assignments = [unit for row in rows for unit in re.findall(r"assignments/(\w+)/", row)]
    assert assignments == release.units(ROOT)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)]+)\)", README))))
def test_links_lead_somewhere(target):
    if target.startswith("https://"):
        return
    name, _, anchor = target.partition("#")
    path = ROOT / (name or "README.md")
    assert path.exists()
    if anchor:
        headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_make_target_and_command_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    code = re.findall(r"`([^`\n]+)`", README) + re.findall(r"```\n(.*?)```", README, re.DOTALL)
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


def test_the_points_are_those_of_the_assignment():
    rows = [re.findall(r"\d+", line) for line in README.splitlines() if "**16**" in line]
    adagrad, rmsprop, adam, full, adamw, most = map(int, rows[0])
    assert full == adagrad + rmsprop + adam
    assert most == full + adamw
    best = next(student.points for student in CLASS if student.points and student.points[3])
    assert best == (adagrad, rmsprop, adam, adamw)
    assert demo_class.UNIT in README


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
