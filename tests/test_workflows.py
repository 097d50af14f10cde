"""The workflows of GitHub Actions, as far as they can be tried without it: their form, their rights, their
pins, and that what they run is there."""

import functools
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

import course_lib

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT))  # where bootstrap.py lies

import bootstrap  # noqa: E402

FOLDER = ROOT / ".github" / "workflows"
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.iterdir())}
WORKFLOWS = {name: yaml.safe_load(text) for name, text in TEXTS.items()}
JOBS = [(name, job, about) for name, whole in WORKFLOWS.items() for job, about in whole["jobs"].items()]
STEPS = [(name, job, step) for name, job, about in JOBS for step in about.get("steps", ())]


@pytest.mark.parametrize(
    "linter",
    [
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, FOLDER.iterdir())],
        ["zizmor", "--offline", "--quiet", str(FOLDER)],
    ],
    ids=lambda linter: linter[0],
)
def test_a_linter_has_nothing_to_say(linter):
    done = subprocess.run(
        [Path(sys.executable).with_name(linter[0]), *linter[1:]], capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_actions_are_githubs_own_each_pinned_to_one_commit():
    used = [line.strip() for text in TEXTS.values() for line in text.splitlines() if "uses: " in line]
    there = {line for line in used if "uses: ./" in line}
    pin = re.compile(r"(?:- )?uses: (actions/[\w-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)")
    pins = {found.groups() for line in used if line not in there and (found := pin.fullmatch(line))}
    assert all(pin.fullmatch(line) for line in used if line not in there), used
    assert len({action for action, *_ in pins}) == len(pins) > 0
    assert all((ROOT / line.split()[1]).is_file() for line in there)


def test_a_job_that_may_write_runs_nothing_of_the_repository():
    """What a dependency does while it is installed or tested, it does without these rights."""
    writing = {
        (name, job): [step.get("uses", step.get("run")).split("@")[0] for step in about.get("steps", ())]
        for name, job, about in JOBS
        if "write" in about.get("permissions", {}).values()
    }
    assert all(whole["permissions"] == {"contents": "read"} for whole in WORKFLOWS.values())
    assert [
        did for steps in writing.values() for did in steps if not did.startswith(("actions/", "gh "))
    ] == []
    assert "actions/checkout" not in str(writing)
    assert {("pages", "deploy"), ("release", "release")} <= writing.keys()


def test_each_target_of_make_is_there():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    asked = set()
    for _, _, step in STEPS:
        for word in re.findall(r"\bmake (\S+)", step.get("run", "")):
            variable = word.strip('"').removeprefix("$")
            asked |= {word} if variable == word else {*re.findall(r"'([a-z-]+)'", step["env"][variable])}
    assert {"lint", "test", "test-all", "release", "wheel", "lite", "book"} <= asked
    assert asked <= targets


# Systems, Pythons, versions


def pythons():
    return WORKFLOWS["tests"]["jobs"]["tests"]["strategy"]["matrix"]["python"]


def test_three_systems_and_the_supported_pythons_are_tested():
    matrix = WORKFLOWS["tests"]["jobs"]["tests"]["strategy"]["matrix"]
    assert {name.split("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    assert pythons() == [f"3.{minor}" for minor in range(bootstrap.OLDEST_PYTHON[1], 15)]


def test_the_lowest_versions_are_tested_on_the_oldest_python_and_the_newest_on_the_newest():
    job = WORKFLOWS["tests"]["jobs"]["versions"]
    tried = {(each["python"], each["versions"]) for each in job["strategy"]["matrix"]["include"]}
    assert tried == {(pythons()[0], "--resolution lowest-direct"), (pythons()[-1], "--upgrade")}
    assert f"pip install --quiet uv=={bootstrap.UV_VERSION}" in [step.get("run") for step in job["steps"]]


SYSTEMS = {
    "Linux": {"sys_platform": "linux", "os_name": "posix", "platform_machine": "x86_64"},
    "Darwin": {"sys_platform": "darwin", "os_name": "posix", "platform_machine": "arm64"},
    "Windows": {"sys_platform": "win32", "os_name": "nt", "platform_machine": "AMD64"},
}
PLATFORM = {
    "Linux": r"any|manylinux.*x86_64",
    "Darwin": r"any|macosx.*(arm64|universal2)",
    "Windows": "any|win_amd64",
}


@functools.cache
def fits(tag: Tag, minor: int) -> bool:
    """Whether what has this tag is for Python 3.minor, on its platform."""
    ours = cpython_tags((3, minor), platforms=[tag.platform])
    return tag in {*ours, *compatible_tags((3, minor), f"cp3{minor}", [tag.platform])}


def test_nothing_that_students_need_has_to_be_compiled():
    """For each system and Python that is tested, the lock has a wheel of each package; a Python that is not
    here, too."""
    command = [bootstrap.uv(), "export", "--offline", "--quiet", "--frozen", "--no-dev", "--no-hashes"]
    command += ["--no-header", "--no-annotate", "--no-emit-project"]
    command += [word for extra in bootstrap.EXTRAS for word in ("--extra", extra)]
    exported = subprocess.check_output(command, cwd=ROOT, encoding="utf-8").splitlines()
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    tags = {
        f"{package['name']}=={package['version']}": [
            tag for wheel in package["wheels"] for tag in parse_wheel_filename(wheel["url"].split("/")[-1])[3]
        ]
        for package in packages
        if package.get("wheels")
    }
    lacking = []
    for python in pythons():
        minor = int(python.split(".")[1])
        for system, about in SYSTEMS.items():
            versions = {"python_version": python, "python_full_version": f"{python}.9"}
            here = {**about, **versions, "platform_system": system, "implementation_name": "cpython"}
            for need in map(Requirement, exported):
                if need.marker is None or need.marker.evaluate(
                    {**here, "platform_python_implementation": "CPython"}
                ):
                    fitting = [tag for tag in tags[f"{need.name}{need.specifier}"] if fits(tag, minor)]
                    if not any(re.fullmatch(PLATFORM[system], tag.platform) for tag in fitting):
                        lacking.append((python, system, str(need)))
    assert len(exported) > 50 and lacking == []


# A release


@pytest.mark.skipif(sys.platform == "win32", reason="GitHub runs this step in Linux's shell")
@pytest.mark.parametrize(
    ("tag", "goes"), [(f"v{course_lib.__version__}", True), ("v0.0.1", False), ("v9.9", False)]
)
def test_a_release_is_named_after_the_version_and_says_what_is_new(tmp_path, tag, goes):
    """There is a wheel of 0.0.1, of which nothing is told; of 9.9 there is only what is new."""
    [script] = [
        step["run"] for name, _, step in STEPS if name == "release" and "CHANGELOG.md" in step.get("run", "")
    ]
    (tmp_path / "dist").mkdir()
    for version in (course_lib.__version__, "0.0.1"):
        (tmp_path / "dist" / f"course_lib-{version}-py3-none-any.whl").touch()
    parts = ["# What is new", "", "## Unreleased", "- Soon.", "## 9.9 (2031-01-01)", "- Much."]
    mine = f"## {course_lib.__version__} (2030-01-01)\n\n- This.\n"
    (tmp_path / "CHANGELOG.md").write_text("\n".join([*parts, mine, "## 0.0.0 (2029-01-01)", "- Old.", ""]))
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=tmp_path, env={"GITHUB_REF_NAME": tag, "PATH": "/usr/bin:/bin"}
    )
    assert (done.returncode == 0) == goes
    if goes:
        assert (tmp_path / "dist" / "new.md").read_text().rstrip() == mine.rstrip()
