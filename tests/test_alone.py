"""Notebooks stand alone, as on Colab, and all that the course's address is in: with an address of its own, in
a copy of the course, and without one.

Where the environment variable ALONE is "all", each notebook is run, not only those of the day.
"""

import datetime
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from threading import Thread
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit

import nbformat
import pytest
from jinja2 import DictLoader, Environment
from nbclient import NotebookClient
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course_lib import address, alone, cli, first_cell, notebooks, release
from course_lib.errors import CourseError
from course_lib.explorers import EXPLORERS
from course_lib.jupyter import live

ROOT = Path(__file__).resolve().parents[1]
COLAB = ROOT / "tests" / "colab.txt"
BOOK = str(ROOT / "book")
REPOSITORY = "https://github.com/an-owner/optimisation"


def places(root):
    """The notebooks with code, by where they lie; assignments as their solutions."""
    found = [*root.glob("notebooks/**/*.ipynb"), *root.glob("solutions/*/*.ipynb")]
    kept = [path for path in sorted(found) if path.parent.name != ".ipynb_checkpoints"]
    return [path.relative_to(root).as_posix() for path in kept if path.stem != "index"]


PLACES = places(ROOT)


def first(root, place):
    """The first code cell of a notebook, and the others."""
    code = [cell for cell in notebooks.read(root / place).cells if cell.cell_type == "code"]
    return code[0], code[1:]


@pytest.fixture(scope="module")
def book_path():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BOOK)
        yield


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of a site, and its address."""
    folder = tmp_path_factory.mktemp("web")
    (folder / "course").mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    Thread(target=server.serve_forever, daemon=True).start()
    yield folder / "course", f"http://127.0.0.1:{server.server_port}/course"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def copy(tmp_path_factory, site):
    """The course with this address, tidied."""
    root = tmp_path_factory.mktemp("copy")
    for name in (*release.STUDENT, "solutions"):
        if name != "assignments":
            into = partial(
                shutil.copytree, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
            )
            (into if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, root / name)
    project = root / "pyproject.toml"
    urls = f'[project.urls]\nRepository = "{REPOSITORY}"\nDocumentation = "{site[1]}/"\n\n[project.scripts]'
    project.write_text(project.read_text("utf-8").replace("[project.scripts]", urls), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        assert cli.main(["tidy", "--check"]) == (address.address(ROOT) is None)
        assert cli.main(["tidy"]) == 0
        assert cli.main(["tidy", "--check"]) == 0
    return root


@pytest.fixture
def known(site):
    return address.Address(REPOSITORY, site[1])


# the first cell


@pytest.mark.parametrize("place", PLACES)
def test_each_notebook_begins_with_the_same_cell(copy, place):
    for root in (ROOT, copy):
        cell, others = first(root, place)
        assert (cell.id, cell.metadata.cellView) == (first_cell.ID, "form")
        assert cell.metadata.jupyter.source_hidden and first_cell.ID not in [other.id for other in others]
        *head, call = cell.source.splitlines()
        asked, *packages = re.findall(r'"(.*?)"', call)
        assert head == first(root, PLACES[0])[0].source.splitlines()[:-1]
        assert (ROOT / f"{asked}.ipynb").is_file() and Path(asked).name == Path(place).stem
        imported = {
            name for name in ("optuna", "sklearn") if any(f" {name}" in each.source for each in others)
        }
        assert {*packages} == {package for name, package in first_cell.OTHERS.items() if name in imported}


def test_an_assignment_begins_as_its_solution_does(copy, tmp_path):
    unit = release.units(copy)[0]
    released = release.generate(copy, [unit], tmp_path)
    assert first(released, f"{unit}/{unit}.ipynb")[0] == first(copy, f"solutions/{unit}/{unit}.ipynb")[0]


def test_the_cell_is_in_style_and_leaves_no_names(copy):
    command = [sys.executable, "-m", "ruff", "check", "--config", ROOT / "pyproject.toml", "--quiet"]
    done = subprocess.run([*command, copy / "notebooks"], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout
    formatted = [sys.executable, "-m", "ruff", "format", "--check", "--config", ROOT / "pyproject.toml"]
    assert subprocess.run([*formatted, copy / "notebooks"], capture_output=True, check=False).returncode == 0
    names = {}
    exec(first(ROOT, PLACES[0])[0].source, names)
    assert names.keys() - {"__builtins__"} == {"course_lib"}


def test_a_notebook_without_code_needs_no_library():
    index = ROOT / "notebooks" / "claims" / "index.ipynb"
    assert not [cell for cell in notebooks.read(index).cells if cell.cell_type == "code"]


class Colab:
    """What stands in for Google's own module."""

    def __init__(self):
        self.output, self.switched = self, 0

    def enable_custom_widget_manager(self):
        self.switched += 1


def test_on_colab_widgets_are_switched_on_and_links_lead_to_the_book(monkeypatch, tmp_path, capsys):
    colab = Colab()
    monkeypatch.setattr(alone, "_site", lambda: "https://example.org/course")
    alone.begin("notebooks/03_dropout")
    assert capsys.readouterr().out == "", "in the course's folder links hold"
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    monkeypatch.chdir(tmp_path)
    alone.begin("notebooks/03_dropout")
    assert capsys.readouterr().out.endswith(" https://example.org/course/notebooks/03_dropout.html\n")
    assert colab.switched == 1


def test_on_colab_an_explorer_says_what_draws_it(monkeypatch):
    """As Google's own hook does it, googlecolab/colabtools, google/colab/output/_widgets.py."""
    manager = SimpleNamespace(_installed_url="https://example.org/manager.min.js")
    colab = SimpleNamespace(_widgets=manager, enable_custom_widget_manager=lambda: None)
    monkeypatch.setitem(sys.modules, "google.colab.output", colab)
    shown = []
    monkeypatch.setattr(live, "display", lambda data, metadata=None, **_: shown.append((data, metadata)))
    live.show(EXPLORERS["neuron"]())
    view = "application/vnd.jupyter.widget-view+json"
    [about] = [about[view] for data, about in shown if isinstance(data, dict)]
    assert about == {"colab": {"custom_widget_manager": {"url": manager._installed_url}}}


def test_without_an_address_nothing_is_said(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    alone.begin("notebooks/03_dropout")
    assert capsys.readouterr() == ("", "")


def test_what_pip_cannot_fetch_is_told_in_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(alone.Unfetched) as told:
        alone.begin("notebooks/03_dropout", "numpy", "a-package-that-nobody-has")
    assert told.value._render_traceback_() == [str(told.value)]
    assert "needs a-package-that-nobody-has, which" in str(told.value)


# links


def test_the_readme_and_the_guide_have_links_of_the_form_that_each_host_reads(copy, site):
    readme = (copy / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\((https?://[^)]+)\)", readme)
    start = "notebooks/00_start_here.ipynb"
    for link in (
        f"{site[1]}/",
        f"{site[1]}/lab/lab/index.html?path={start}",
        f"https://colab.research.google.com/github/an-owner/optimisation/blob/main/{start}",
        f"https://mybinder.org/v2/gh/an-owner/optimisation/main?urlpath=lab/tree/{start}",
        "https://codespaces.new/an-owner/optimisation",
    ):
        assert link in links
    assert f"git clone {REPOSITORY} course\n" in readme and len(readme.splitlines()) <= 150
    guide = (copy / "docs" / "instructors.md").read_text(encoding="utf-8")
    [hub] = re.findall(r"^https://YOUR\.HUB/.*$", guide, re.MULTILINE)
    asked = parse_qs(urlsplit(hub).query)
    assert urlsplit(hub).path == "/hub/user-redirect/git-pull"
    assert asked == {"repo": [REPOSITORY], "branch": ["main"], "urlpath": [f"lab/tree/optimisation/{start}"]}
    assert "no public address" not in readme + guide and address.NO_ADDRESS not in readme + guide


def test_without_an_address_there_is_one_sentence_and_no_link(copy):
    hosts = re.compile(r"colab\.research|mybinder|codespaces\.new|git-pull\?|library\.txt|an-owner")
    if address.address(ROOT) is None:
        for name in ("README.md", "docs/instructors.md", *PLACES):
            text = (ROOT / name).read_text(encoding="utf-8")
            assert not hosts.search(text)
            assert (name in PLACES) or text.count("no public address") == 1
    for name in (address.README, address.GUIDE):
        text = (copy / name).read_text(encoding="utf-8")
        without = address.put_links(None, name, text)
        assert not hosts.search(without) and without.count("no public address") == 1


@pytest.mark.parametrize(
    "urls", ['Repository = "https://github.com/a/b"', 'Documentation = "https://a.b"', ""]
)
def test_half_an_address_is_refused(tmp_path, urls):
    (tmp_path / "pyproject.toml").write_text(f"[project.urls]\n{urls}\n")
    with pytest.raises(CourseError, match=r"\[project\.urls\].*two addresses"):
        address.address(tmp_path)


def test_a_document_without_a_place_for_links_is_named():
    with pytest.raises(CourseError, match=r"README\.md is to have one <!-- address -->"):
        address.put_links(None, address.README, "# A course\n")


@pytest.mark.parametrize(
    "place", ["notebooks/02_adaptive_optimizers.ipynb", "notebooks/claims/01_gradient_descent.ipynb"]
)
def test_in_a_notebook_to_download_links_lead_to_the_book(book_path, copy, known, place):
    import layout

    shown = {path.relative_to(ROOT) for path in ROOT.glob("**/*.ipynb") if path.parts[-3] != "solutions"}
    taken = nbformat.reads(layout._to_take_away(copy, Path(place), shown, known), as_version=4)
    before = notebooks.read(copy / place)
    texts = ["\n".join(c.source for c in each.cells if c.cell_type == "markdown") for each in (before, taken)]
    old, new = ([target for _, target in layout.LINK.findall(text)] for text in texts)
    assert len(old) == len(new) > 3
    for was, link in zip(old, new, strict=True):
        if "://" in was or was.startswith("#"):
            assert link == was
            continue
        page, _, part = link.removeprefix(f"{known.site}/").partition("#")
        meant = (ROOT / place).parent / was.partition("#")[0]
        assert ROOT / f"{page.removesuffix('.html')}.ipynb" == meant.resolve()
        assert unquote(part) == was.partition("#")[2]
    assert layout._to_take_away(copy, Path(place), shown, None) == (copy / place).read_text(encoding="utf-8")


@pytest.mark.parametrize("colab", ["", "https://colab.research.google.com/github/a/b/blob/main/"])
@pytest.mark.parametrize("page", ["notebooks/03_dropout", "notebooks/claims/index"])
def test_a_page_leads_to_colab_where_there_is_an_address(book_path, colab, page):
    import places as pages

    template = (ROOT / "book" / "templates" / "page.html").read_text(encoding="utf-8")
    frame = "{% block extrahead %}{% endblock %}{% block content %}{% endblock %}"
    templates = {"page.html": template.replace("!page.html", "frame.html"), "frame.html": frame}
    context = {"pathto": lambda place, _: place, "pagename": page}
    config = SimpleNamespace(laboratory="lab/lab/index.html", colab=colab)
    pages._told(SimpleNamespace(config=config), page, "page.html", context, None)
    shown = Environment(loader=DictLoader(templates)).get_template("page.html").render(context)
    runs = colab and page != "notebooks/claims/index"
    assert re.findall(r'<a href="([^"]*)"', shown) == [
        f"lab/lab/index.html?path={page}.ipynb",
        *([f"{colab}{page}.ipynb"] if runs else []),
        f"_static/notebooks/{page}.ipynb",
    ]


# alone, with what Colab has


def uv():
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "bootstrap.py")
    bootstrap = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bootstrap)
    return bootstrap.uv()


def reached(*command, **given):
    """Run a command that asks a registry; where none is reached, the test is skipped."""
    done = subprocess.run(
        list(map(str, command)), capture_output=True, encoding="utf-8", check=False, **given
    )
    if done.returncode and re.search(r"Failed to fetch|error sending request|Temporary failure", done.stderr):
        pytest.skip(f"no registry is reached: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return done.stdout


LISTED = [line for line in COLAB.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
THERE = [canonicalize_name(line.partition("==")[0]) for line in LISTED]


def test_the_list_of_what_colab_has_names_all_that_the_core_needs_and_nothing_twice():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert sorted(set(THERE)) == THERE
    needed = {requirement.name: requirement for requirement in map(Requirement, project["dependencies"])}
    versions = {name: line.partition("==")[2] for name, line in zip(THERE, LISTED, strict=True)}
    assert {name for name, each in needed.items() if versions[name] not in each.specifier} == set()


@pytest.fixture(scope="module")
def colab(tmp_path_factory):
    """An environment with what Colab has, and a folder with what pip fetches there besides."""
    folder, extra = tmp_path_factory.mktemp("colab"), tmp_path_factory.mktemp("fetched")
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    reached(uv(), "venv", "--quiet", "--clear", "--python", os.environ.get("COLAB", sys.executable), folder)
    reached(uv(), "pip", "install", "--quiet", "--python", python, "--no-deps", "--requirement", COLAB)
    asked = ["--quiet", "--no-header", "--no-annotate", "--python", python, "--extra", "tune"]
    closure = reached(uv(), "pip", "compile", *asked, "--constraints", COLAB, ROOT / "pyproject.toml")
    besides = [line for line in closure.split() if line.partition("==")[0] not in THERE]
    if besides:
        reached(python, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", extra, *besides)
    kernel = folder / "share" / "jupyter" / "kernels" / "colab"
    kernel.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "Colab", "language": "python"})
    )
    return python, extra


@pytest.fixture(scope="module")
def published(book_path, copy, site):
    """The site with the wheel, as make book puts it there."""
    import course_wheel

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(course_wheel, "ROOT", copy)
        course_wheel.publish(site[0], address.address(copy))


def of_the_day():
    """The notebooks of a unit, another each day: 50 s of computing with what they are tried in."""
    if os.environ.get("ALONE") == "all":
        return PLACES
    units = sorted({Path(place).stem for place in PLACES})
    unit = units[datetime.date.today().toordinal() % len(units)]
    return [place for place in PLACES if Path(place).stem == unit]


# Runs before the first cell: nothing but this machine is reached.
WITHOUT_NETWORK = """
import socket as _socket

def _here(self, address, *rest):
    if self.family == _socket.AF_UNIX or address[0] in ("127.0.0.1", "::1", "localhost"):
        return _connect(self, address, *rest)
    raise OSError(f"reached for {address}")

_connect, _socket.socket.connect = _socket.socket.connect, _here
try:
    import course_lib
except ModuleNotFoundError:
    print("missing")
"""


@pytest.mark.slow
@pytest.mark.parametrize("place", of_the_day())
def test_a_notebook_runs_alone_with_what_colab_has(
    colab, published, copy, site, place, tmp_path, monkeypatch
):
    """In an empty folder: its first cell fetches the library from the site, and pip asks no index."""
    python, extra = colab
    for name, value in {
        "JUPYTER_PATH": python.parents[1] / "share" / "jupyter",
        "PIP_NO_INDEX": 1,
        "PIP_FIND_LINKS": extra,
        "OPENBLAS_NUM_THREADS": 1,
    }.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    notebook = notebooks.read(copy / place)
    before = nbformat.v4.new_code_cell(WITHOUT_NETWORK)
    after = nbformat.v4.new_code_cell("import time\nprint(course_lib.__file__, time.process_time())")
    notebook.cells = [before, *notebook.cells, after]
    client = NotebookClient(
        notebook, timeout=900, kernel_name="colab", resources={"metadata": {"path": str(tmp_path)}}
    )
    try:
        client.execute()
    finally:
        subprocess.run([python, "-m", "pip", "uninstall", "--quiet", "--yes", "course_lib"], check=False)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code[0].outputs[0].text == "missing\n"
    [said] = code[1].outputs
    page = PurePosixPath(place.replace("solutions", "assignments")).with_suffix(".html")
    assert said.text.endswith(f" {site[1]}/{page}\n")
    assert str(python.parents[1]) in code[-1].outputs[0].text
    errors = [output.text for cell in code for output in cell.outputs if output.get("name") == "stderr"]
    assert errors == [] and list(tmp_path.iterdir()) == []
    print(f"{place}: {code[-1].outputs[0].text.split()[-1]} s of computing")


def test_where_the_library_cannot_be_had_one_sentence_says_so(copy, monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    for root in (ROOT, copy):  # nothing is on the site yet, or there is none
        cell, _ = first(root, PLACES[0])
        source = cell.source.replace("library.txt", "nothing.txt")
        hide = "import sys; sys.modules['course_lib'] = None"
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(each) for each in (hide, source)]
        )
        client = NotebookClient(notebook, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}})
        client.execute()
        [told] = notebook.cells[1].outputs
        assert told.output_type == "error"
        [sentence] = told.traceback
        assert sentence.startswith("The course's library ") and sentence.endswith(".")
