"""Pages on the textbook's modules: each class and function, its docstring, and its source."""

import inspect
import re
from pathlib import Path
from types import ModuleType

from course_lib.reference import TEXTBOOK, members

TABLE = re.compile(r"^\w[\w, ]*?  +\S", re.MULTILINE)  # names on the left, what they are on the right


def api_pages() -> dict[Path, str]:
    """Place → Markdown."""
    return {
        Path(f"api/{module.__name__.rpartition('.')[2]}.md"): _page(title, module)
        for title, module in TEXTBOOK.items()
    }


def _page(title: str, module: ModuleType) -> str:
    head = f"# {title}: `{module.__name__}`\n\n{_markdown(inspect.getdoc(module) or '')}"
    return "\n\n".join([head, *map(_member, members(module))]) + "\n"


def _member(member: type) -> str:
    title = f"## {member.__name__}\n\n```python\n{member.__name__}{inspect.signature(member)}\n```"
    source = f"<details><summary>In NumPy</summary>\n\n```python\n{_code(member)}\n```\n\n</details>"
    return f"{title}\n\n{_markdown(inspect.getdoc(member) or '')}\n\n{source}"


def _code(member: type) -> str:
    """Its source without its docstring, which stands above."""
    return inspect.getsource(member).replace(f'    """{member.__doc__}"""\n', "", 1).rstrip()


def _markdown(docstring: str) -> str:
    """A docstring's paragraphs; what is set in is shown as it stands."""
    shown = []
    for paragraph in re.split(r"\n\s*\n", docstring):
        as_it_stands = paragraph.startswith("    ") or TABLE.search(paragraph)
        text = inspect.cleandoc(paragraph)
        shown.append(f"```text\n{text}\n```" if as_it_stands else text.replace("``", "`"))
    return "\n\n".join(shown)
