"""What Sphinx reads: the course's pages, in the folders that they have in the repository."""

import posixpath
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import nbformat
from api import api_pages
from living import living, pack_library, standing
from nbformat import NotebookNode
from words import say

from course_lib import first_cell, home, notebooks
from course_lib.address import Address
from course_lib.explorers import page as explorers_page

HERE = Path(__file__).parent
EXPLORERS = HERE.parent / "course_lib" / "explorers" / "page"
DOCUMENTS = ("README.md", "docs/*.md", "CONTRIBUTING.md", "CHANGELOG.md")
OTHERWISE = re.compile(r"</?picture>|<source [^>]*>")  # around a picture: what a code host shows in its place
LINK = re.compile(r"\[([^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]\(([^()\s]+)\)")
TITLES = say.all("titles")
CELL = re.compile(r"\]\(([^()\s#]*)#cell-id=([^()\s]+)\)")
EXPLORER = re.compile(r"```explorer\n(.*?)\n```", re.DOTALL)
PRINTED = re.compile(r'<img hidden [^>]*src="data:image/png;base64,[^"]*">')  # for pages that take no SVG


def lay_out(
    root: Path, executed: Mapping[Path, NotebookNode], folder: Path, known: Address | None = None
) -> None:
    """Write the pages into a folder of their own, and beside it, in static/, what they load."""
    static = folder.parent / "static"
    for place in (folder, static):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
    assignments = sorted((root / "assignments").glob("*/*.ipynb"))
    statements = {path.relative_to(root): notebooks.read(path) for path in assignments}
    texts = {path.relative_to(root): path for each in DOCUMENTS for path in sorted(root.glob(each))}
    api = api_pages()
    shown = {*executed, *statements, *texts}
    linked = _linked_cells({**executed, **statements}, texts)
    for place, notebook in {**executed, **statements}.items():
        _write(folder / place, _notebook(place, notebook, shown, linked, static))
        _write(static / "notebooks" / place, _to_take_away(root, place, shown, known))
    for place, path in texts.items():
        text = OTHERWISE.sub("", path.read_text(encoding="utf-8"))
        _write(folder / place, _relinked(text, place, shown))
    for place, text in api.items():
        _write(folder / place, text)
    shutil.copytree(root / "docs", folder / "docs", ignore=shutil.ignore_patterns("*.md"), dirs_exist_ok=True)
    _write(folder / "index.md", _home(static, executed, statements, texts, api))
    _write(static / "explorer.js", explorers_page.SCRIPT)
    for path in (EXPLORERS / "page.js", EXPLORERS / "explorer.css", HERE / "sessions.py"):
        shutil.copy(path, static)
    pack_library(root, static / "course_lib.zip")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _linked_cells(pages: Mapping[Path, NotebookNode], texts: Mapping[Path, Path]) -> set[tuple[Path, str]]:
    """The cells that a link leads to, by JupyterLab's name for them: page and the cell's id."""
    written = {place: [cell.source for cell in page.cells] for place, page in pages.items()}
    written |= {place: [path.read_text(encoding="utf-8")] for place, path in texts.items()}
    return {
        (_meant(place, path) if path else place, cell)
        for place, sources in written.items()
        for source in sources
        for path, cell in CELL.findall(source)
    }


def _meant(place: Path, path: str) -> Path:
    """Where a link on a page leads."""
    return Path(posixpath.normpath((place.parent / path).as_posix()))


def _notebook(
    place: Path, notebook: NotebookNode, shown: set[Path], linked: set[tuple[Path, str]], static: Path
) -> str:
    """A notebook as a page: explorers live, plumbing folded away, and links only to what is in the book."""
    for cell in list(notebook.cells):
        if (place, cell.id) in linked:
            mark = nbformat.v4.new_markdown_cell(f'<span id="cell-id={cell.id}"></span>')
            notebook.cells.insert(notebook.cells.index(cell), mark)
        if cell.cell_type == "markdown":
            cell.source = _relinked(cell.source, place, shown)
            continue
        if cell.cell_type != "code":
            continue
        if cell.id == first_cell.ID:
            cell.metadata.tags = ["remove-cell"]
        elif cell.metadata.get("jupyter", {}).get("source_hidden"):
            cell.metadata.tags = [*cell.metadata.get("tags", []), "hide-input"]
        name = f"{place.parent.name}-{place.stem}-{cell.id}"
        cell.outputs = living(notebook, cell, name, static / "explorers")
        for output in cell.outputs:
            if "text/html" in output.get("data", {}):
                output.data = {"text/html": PRINTED.sub("", output.data["text/html"])}
    notebook.metadata.pop("widgets", None)
    return nbformat.writes(notebook)


def _to_take_away(root: Path, place: Path, shown: set[Path], known: Address | None) -> str:
    """A notebook to download: its links to the course lead to the book, if that has an address."""
    if known is None:
        return (root / place).read_text(encoding="utf-8")
    notebook = notebooks.read(root / place)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _abroad(_relinked(cell.source, place, shown), place, known)
    return notebooks.to_bytes(notebook).decode()


def _abroad(text: str, place: Path, known: Address) -> str:
    """Markdown whose links to pages of the book are whole addresses."""

    def whole(link: re.Match[str]) -> str:
        words, target = link.groups()
        path, mark, part = target.partition("#")
        if not path or "://" in path or target.startswith("mailto:"):
            return link[0]
        return f"[{words}]({known.page(_meant(place, path).as_posix())}{mark}{part})"

    return LINK.sub(whole, text)


def _relinked(text: str, place: Path, shown: set[Path]) -> str:
    """Markdown whose links to files that are no pages of the book have become their names."""

    def kept(link: re.Match[str]) -> str:
        words, target = link.groups()
        path = target.partition("#")[0]
        if not path or "://" in path or target.startswith("mailto:"):
            return link[0]
        if _meant(place, path) in shown:
            return link[0]
        return link[0] if link.string[link.start() - 1 : link.start()] == "!" else words

    return LINK.sub(kept, text)


def _home(
    static: Path,
    executed: Mapping[Path, NotebookNode],
    statements: Mapping[Path, NotebookNode],
    texts: Mapping[Path, Path],
    api: Mapping[Path, str],
) -> str:
    """The first page: home.md, its explorer live, and after it the table of all pages."""
    text = (HERE / "home.md").read_text(encoding="utf-8")
    text = EXPLORER.sub(lambda code: _raw(standing("home", code[1], static / "explorers")), text)
    paths = [place for place in executed if place.parent.name == "notebooks"]
    claims = [place for place in executed if place.parent.name == "claims"]
    parts = {
        "lectures": paths,
        "claims": sorted(claims, key=lambda place: place.stem != "index"),
        "assignments": list(statements),
        "look-up": [Path(home.REFERENCE), *api],
        "guides": [place for place in texts if place != Path(home.REFERENCE)],
    }
    trees = [_tree(say(f"parts.{part}"), places) for part, places in parts.items()]
    return "\n\n".join([text, *trees])


def _raw(html: str) -> str:
    return f"```{{raw}} html\n{html}\n```"


def _tree(caption: str, places: list[Path]) -> str:
    names = [place.with_suffix("").as_posix() for place in places]
    listed = "\n".join(f"{TITLES[name]} <{name}>" if name in TITLES else name for name in names)
    return f"```{{toctree}}\n:caption: {caption}\n:hidden:\n\n{listed}\n```"
