"""Where things are: anchors as JupyterLab makes them, and for each page what else can be done with it."""

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from words import say

from course_lib import home


def anchor(heading: str) -> str:
    """A heading's anchor, by which notebooks link to it."""
    return heading.replace(" ", "-")


def _github_too(app: Sphinx, tree: nodes.document) -> None:
    """The documents' links name headings as GitHub does."""
    for section in tree.findall(nodes.section):
        title = section.next_node(nodes.title)
        name = re.sub(r"[^\w\- ]", "", title.astext().lower()).replace(" ", "-") if title else ""
        if name and name not in section["ids"]:
            section["ids"].append(name)


def _told(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """A notebook's page offers the notebook."""
    notebook = f"notebooks/{page}.ipynb"
    there = page.startswith(("notebooks/", "assignments/"))
    context["say"] = say
    context["notebook"] = f"_static/{notebook}" if there else ""
    context["laboratory"] = app.config.laboratory
    # The ledger is read, not run.
    runs = app.config.colab and f"{page}.ipynb" != home.LEDGER
    context["colab"] = f"{app.config.colab}{page}.ipynb" if runs else ""


# What the theme leaves out, and a screen reader's list of regions needs.
NAMED = {
    '<aside class="sidebar-drawer"': say("all-pages"),
    '<aside class="toc-drawer': say("this-page"),
}


def _named(app: Sphinx, error: Exception | None) -> None:
    for path in Path(app.outdir).rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for begin, name in NAMED.items():
            text = text.replace(begin, begin.replace("<aside", f'<aside aria-label="{name}"'))
        path.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("laboratory", "", "html", str)  # its first page, as seen from the book's
    app.add_config_value("colab", "", "html", str)  # where Colab has the course's folder
    app.connect("doctree-read", _github_too)
    app.connect("html-page-context", _told)
    app.connect("build-finished", _named)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
