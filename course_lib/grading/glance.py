"""Whether a unit looks as if it can be graded, seen without nbgrader, which takes a second to load.

It is a guess by the folders, and decides one thing alone: whether the sandbox is begun in that second. What
is refused, nbgrader's own settings decide; where no sandbox was begun, it is once they refuse nothing.
"""

import json
from pathlib import Path

from course_lib.course_folder import CONFIG, unit_meant
from course_lib.errors import CourseError
from course_lib.grading import language


def looks_gradable(root: Path, asked: str) -> bool:
    """Whether two folders of the course, its source and what was released, hold this unit, for Python; and
    somebody has handed it in."""
    holders = [folder for folder in root.glob("*/*") if unit_meant(asked, [folder.name])]
    found = [paths for folder in holders if (paths := sorted(folder.glob("*.ipynb")))]
    return (
        (root / CONFIG).is_file()
        and len(found) >= 2
        and all(_is_for_python(path) for paths in found for path in paths)
        and any(True for folder in holders for _ in root.glob(f"*/*/{folder.name}"))
    )


def _is_for_python(path: Path) -> bool:
    try:
        notebook = json.loads(path.read_bytes())
        sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
        language.require_python(path.name, notebook["metadata"], sources)
    except (OSError, ValueError, KeyError, TypeError, CourseError):  # which one, will be said when it is read
        return False
    return True
