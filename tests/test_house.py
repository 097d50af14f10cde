"""The repository's own order: environments that agree, notebooks that are clean, licences."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import get_args

import mypy.api
import nbformat
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from rattler import MatchSpec, Version, VersionSpec

from course_lib import notebooks
from course_lib.judging import probe, reading

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT))  # where bootstrap.py lies

import bootstrap  # noqa: E402

NOTEBOOKS = sorted(
    path
    for folder in ("notebooks", "solutions", "assignments")
    for path in (ROOT / folder).rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
)


# notebooks


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_notebook_is_clean(path):
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
    assert path.read_bytes() == notebooks.to_bytes(notebooks.tidy(notebook)), "run 'make tidy'"


# environments


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def requirements(project) -> dict[str, Requirement]:
    """What pyproject.toml asks for where notebooks run, Python among it."""
    extras = (text for extra in bootstrap.EXTRAS for text in project["optional-dependencies"][extra])
    asked = [*project["dependencies"], *extras, f"python{project['requires-python']}"]
    return {requirement.name: requirement for requirement in map(Requirement, asked)}


@pytest.fixture(scope="module")
def locked() -> dict[str, list[str]]:
    """The versions in uv.lock: package name → versions (several where they depend on the Python)."""
    versions: dict[str, list[str]] = {}
    for package in tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]:
        if "version" in package:
            versions.setdefault(package["name"], []).append(package["version"])
    return versions


@pytest.fixture(scope="module")
def conda() -> dict:
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def conda_specs(conda) -> dict[str, MatchSpec]:
    """Conda's packages as conda reads them (a malformed one raises), and what pip adds to them."""
    *named, by_pip = conda["dependencies"]
    texts = [*named, *(text for text in by_pip["pip"] if text != "-e .")]
    specs = [MatchSpec(text, strict=True) for text in texts]
    return {spec.name.normalized: spec for spec in specs if spec.name.normalized != "pip"}


def test_conda_installs_from_conda_forge_and_then_this_package(conda):
    assert conda["channels"][0] == "conda-forge"
    assert conda["dependencies"][-2] == "pip"
    assert conda["dependencies"][-1]["pip"][-1] == "-e ."


def test_conda_has_the_same_packages(conda_specs, requirements):
    assert conda_specs.keys() == requirements.keys()


def test_conda_has_the_same_ranges(conda_specs, requirements):
    for name, requirement in requirements.items():
        # The versions at which one of the two could change its mind, and their neighbours.
        bounds = re.findall(r"\d+(?:\.\d+)*", f"{requirement.specifier} {conda_specs[name].version}")
        for bound in bounds:
            *front, last = (int(part) for part in bound.split("."))
            for neighbour in (last - 1, last, last + 1):
                version = ".".join(str(part) for part in (*front, max(neighbour, 0)))
                by_conda = VersionSpec(str(conda_specs[name].version)).matches(Version(version))
                assert by_conda == requirement.specifier.contains(version), f"{name} {version}"


def test_locked_versions_satisfy_both(conda_specs, requirements, locked):
    for name in requirements.keys() - {"python"}:
        assert locked[canonicalize_name(name)]
        for version in locked[canonicalize_name(name)]:
            assert requirements[name].specifier.contains(version), name
            assert VersionSpec(str(conda_specs[name].version)).matches(Version(version)), name


def test_lock_file_belongs_to_this_project(project):
    """As `uv lock --check` would, for the packages that we name, without network."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    ours = next(package for package in lock["package"] if package["name"] == "course-lib")
    locked = {
        (one.get("marker", ""), one["name"], SpecifierSet(one.get("specifier", "")))
        for one in ours["metadata"]["requires-dist"]
    }
    groups = {"": project["dependencies"]} | {
        f"extra == '{extra}'": texts for extra, texts in project["optional-dependencies"].items()
    }
    asked = {
        (marker, canonicalize_name(one.name), one.specifier)
        for marker, texts in groups.items()
        for one in map(Requirement, texts)
    }
    assert lock["requires-python"] == project["requires-python"]
    assert locked == asked


def test_lock_file_names_no_machine_of_ours():
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    sources = {package["source"].get("registry", "local") for package in lock["package"]}
    assert sources == {"https://pypi.org/simple", "local"}


# what is imported


def imported(path: Path, at_once: bool = False) -> set[str]:
    """The packages that a module imports; at once: those without which it cannot be loaded."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    deferred = {
        id(node)
        for function in ast.walk(tree)
        if at_once and isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    names = set()
    for node in ast.walk(tree):
        if id(node) in deferred:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            names |= {str(each.value) for each in node.args[:1] if isinstance(each, ast.Constant)}
    modules = {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"course_lib"}
    return {canonicalize_name(PACKAGES.get(module, [module])[0]) for module in modules}


MODULES = sorted((ROOT / "course_lib").rglob("*.py"))
PACKAGES = packages_distributions()  # module → packages that have it


@pytest.fixture(scope="module")
def declared(project) -> dict[str, set[str]]:
    """The names of pyproject.toml's packages: extra → names, the core's under ""."""
    groups = {"": project["dependencies"], **project["optional-dependencies"]}
    return {
        extra: {canonicalize_name(Requirement(text).name) for text in texts}
        for extra, texts in groups.items()
    }


def test_what_is_imported_is_declared(declared):
    assert set().union(*map(imported, MODULES)) - set().union(*declared.values()) == set()


def test_a_lecture_needs_the_core_only(declared):
    """Without JupyterLab, nbgrader and scikit-learn the library loads: all but the command's modules."""
    of_the_command = {
        "answers.py",
        "cli.py",
        "first_cell.py",
        "lab.py",
        "ledger.py",
        "minutes.py",
        "notebook_check.py",
        "notebooks.py",
        "points.py",
    }
    for path in MODULES:
        place = path.relative_to(ROOT / "course_lib")
        if place.parts[0] not in {"grading", *of_the_command}:
            assert imported(path, at_once=True) <= declared[""], place


# types


MOST_ANY = 30  # places: where a student's values come in, and JSON


def anys(path: Path) -> list[str]:
    """The places where a module says Any."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute | ast.alias)]
    renamed = [node for node in nodes if isinstance(node, ast.alias) and node.name == "Any" and node.asname]
    said = [node for node in nodes if "Any" in (getattr(node, "id", ""), getattr(node, "attr", ""))]
    return [f"{path.relative_to(ROOT)}:{node.lineno}" for node in (*renamed, *said)]


def test_any_stands_in_few_places_of_what_judges():
    of_the_checks = ("judging", "exercises", "checks.py")
    modules = [path for path in MODULES if path.relative_to(ROOT / "course_lib").parts[0] in of_the_checks]
    places = [place for path in modules for place in anys(path)]
    assert 0 < len(places) <= MOST_ANY, "\n".join(places)


@pytest.mark.parametrize("text", ["x: Any", "x: dict[str, typing.Any]", "from typing import Any as A"])
def test_any_is_found(tmp_path, monkeypatch, text):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    path = tmp_path / "module.py"
    path.write_text(f"from typing import Any\n{text}  # not this Any")
    assert anys(path) == ["module.py:2"]


def test_what_is_read_of_evidence_is_what_the_probe_writes_down():
    written = {key for kind in (probe.Evidence, probe.Event, probe.Raised) for key in kind.__annotations__}
    assert {key for keys in get_args(reading.Key) for key in get_args(keys)} <= written


def test_no_module_opts_out_of_mypy():
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    assert told.keys().isdisjoint({"exclude", "ignore_errors", "follow_imports"})
    ours = [o for o in told["overrides"] if any(name.startswith("course_lib") for name in o["module"])]
    # The cell of an exercise goes on from another cell's program, whose names and attributes are not in it.
    missing = ["name-defined", "has-type"]
    assert ours == [{"module": ["course_lib.exercises.*.right"], "disable_error_code": missing}]
    assert [path for path in MODULES if re.search(r"^\s*# mypy:", path.read_text("utf-8"), re.M)] == []


MISSPELT = """
from typing import TypedDict

class Call(TypedDict, total=False):
    make: str

def asked(call: Call) -> list[object]:
    return [call.get("make"), "make" in call, call.get("mkae"), "mkea" in call]
"""


def test_a_misspelt_key_is_an_error_of_mypy_however_it_is_asked_for(tmp_path):
    path = tmp_path / "misspelt.py"
    path.write_text(MISSPELT, encoding="utf-8")
    config, cache = ROOT / "pyproject.toml", tmp_path / "cache"
    said, _, _ = mypy.api.run([f"--config-file={config}", f"--cache-dir={cache}", str(path)])
    assert re.findall(r"no key ['\"](\w+)", said) == ["mkae", "mkea"]


# licences


def test_licences_say_which_covers_what(project):
    code = (ROOT / "LICENSE").read_text(encoding="utf-8")
    text = (ROOT / "LICENSE-TEXT").read_text(encoding="utf-8")
    assert code.startswith("MIT License")
    assert "https://creativecommons.org/licenses/by/4.0/legalcode" in text
    assert project["license-files"] == ["LICENSE", "LICENSE-TEXT"]
