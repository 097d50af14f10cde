"""The templates of the pages that are made here, and the style that they share."""

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, Template

_FOLDER = Path(__file__).parent / "templates"


@lru_cache
def template(name: str) -> Template:
    """A template; what it shows is escaped, unless it says `safe` of it."""
    environment = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True)
    environment.filters["shown"] = _shown
    return environment.get_template(name)


def _shown(points: float | None) -> str:
    """Points as nbgrader writes them; a dash where there are none yet, which is no zero."""
    return "–" if points is None else str(round(float(points), 2))
