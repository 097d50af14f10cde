"""Where the course is on the web: its repository, and the site that `make book` builds.

Both addresses stand in pyproject.toml, in `[project.urls]`, and nowhere else. `course tidy` makes of them the
links in README.md and docs/instructors.md and the first cell of each notebook; `make book` takes those of its
pages from them. Where there are none, one sentence stands in place of links.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from course_lib.errors import CourseError

README, GUIDE = "README.md", "docs/instructors.md"
LIBRARY = "library.txt"  # on the site: what pip is told to read, which names the wheel
BRANCH = "main"
START = "notebooks/00_start_here.ipynb"
BLOCK = re.compile(r"(?<=<!-- address -->\n).*?(?=<!-- /address -->)", re.DOTALL)
CLONE = re.compile(r"(?<=^git clone ).*(?= course$)", re.MULTILINE)
GITHUB = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+)")
NO_ADDRESS = "<address of this repository>"
NO_DOOR = """\
This copy of the course has no public address, so there is nothing to open in one click: `make book` and
`make lite` build its pages here.
"""
NO_HUB = "This copy of the course has no public address, so it has no such link yet.\n"


@dataclass(frozen=True)
class Address:
    """Of the repository, https://github.com/owner/name, and of the site; neither ends in a slash."""

    repository: str
    site: str

    @property
    def _name(self) -> str:
        return self.repository.removeprefix("https://github.com/")

    def page(self, notebook: str) -> str:
        """The page that a notebook or document has in the book, such as "notebooks/03_dropout.ipynb"."""
        return f"{self.site}/{notebook.rpartition('.')[0]}.html"

    def laboratory(self, notebook: str) -> str:
        """A notebook in JupyterLite."""
        return f"{self.site}/lab/lab/index.html?path={notebook}"

    def colab(self, notebook: str) -> str:
        return f"https://colab.research.google.com/github/{self._name}/blob/{BRANCH}/{notebook}"

    def binder(self, notebook: str) -> str:
        return f"https://mybinder.org/v2/gh/{self._name}/{BRANCH}?urlpath=lab/tree/{notebook}"

    def codespaces(self) -> str:
        return f"https://codespaces.new/{self._name}"

    def hub(self, notebook: str) -> str:
        """What follows a JupyterHub's own address in a link for nbgitpuller."""
        path = quote(f"lab/tree/{self._name.rpartition('/')[2]}/{notebook}", safe="")
        repository = quote(self.repository, safe="")
        return f"/hub/user-redirect/git-pull?repo={repository}&branch={BRANCH}&urlpath={path}"

    def requirements(self) -> str:
        """What pip reads to fetch this library: of one name, though the wheel's changes with each version."""
        return f"{self.site}/{LIBRARY}"


def address(root: Path) -> Address | None:
    """The address that the course's pyproject.toml has; None where it has none.

    Raises CourseError where it is no address that links can be made of.
    """
    path = root / "pyproject.toml"
    if not path.is_file():
        return None
    urls = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {}).get("urls")
    if urls is None:
        return None
    found = Address(*(urls.get(name, "").rstrip("/") for name in ("Repository", "Documentation")))
    if not GITHUB.fullmatch(found.repository) or not re.fullmatch(r"https?://\S+", found.site):
        raise CourseError(
            "[project.urls] in pyproject.toml is to have two addresses: Repository, such as "
            "https://github.com/owner/name, and Documentation, where the web book is."
        )
    return found


def put_links(known: Address | None, name: str, text: str) -> str:
    """The README, or the instructors' guide, with the links that this address has.

    Raises CourseError where its text has no place for them.
    """
    text = CLONE.sub(known.repository if known else NO_ADDRESS, text)
    block = {README: _door, GUIDE: _hub}[name](known)
    text, found = BLOCK.subn(lambda _: block, text)
    if found != 1:
        raise CourseError(f"{name} is to have one <!-- address -->, and below it <!-- /address -->.")
    return text


def _door(known: Address | None) -> str:
    if known is None:
        return NO_DOOR
    return (
        f"**Open it now**, with nothing installed: [the book]({known.site}/), with explorers that you can "
        f"touch;\n[the laboratory]({known.laboratory(START)}), JupyterLab in your browser; or "
        f"[Colab]({known.colab(START)}),\n[Binder]({known.binder(START)}),\n"
        f"[Codespaces]({known.codespaces()}).\n"
    )


def _hub(known: Address | None) -> str:
    if known is None:
        return NO_HUB
    told = "It is this one, with your hub's address in place of YOUR.HUB:"
    return f"{told}\n\n```\nhttps://YOUR.HUB{known.hub(START)}\n```\n"
