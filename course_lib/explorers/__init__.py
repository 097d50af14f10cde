"""Explorers: pictures with controls, each for one question of a lecture.

Each has a plain function from its state to a Scene, which needs no browser, and one that returns the widget.
Both are found in whichever module here they stand, by what they return.
"""

from importlib import import_module
from inspect import Parameter, isfunction, signature
from pathlib import Path
from types import FunctionType

from course_lib.explorers.explorer import Explorer
from course_lib.scene import Scene

FOLDER = Path(__file__).parent


def _returning(kind: type) -> dict[str, FunctionType]:
    """The functions of the modules here, by name."""
    modules = [import_module(f"{__package__}.{path.stem}") for path in sorted(FOLDER.glob("[!_]*.py"))]
    return {
        name: found
        for module in modules
        for name, found in vars(module).items()
        if isfunction(found) and found.__module__ == module.__name__ and not name.startswith("_")
        if found.__annotations__.get("return") is kind
    }


def _opens(explorer: FunctionType) -> bool:
    """Whether it opens as it is. `side_by_side` does not: it needs answers to a check."""
    free = Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD
    given = signature(explorer).parameters.values()
    return all(p.kind in free or p.default is not Parameter.empty for p in given)


# All that return a widget, by their names.
EXPLORERS = {name: explorer for name, explorer in _returning(Explorer).items() if _opens(explorer)}

globals().update(_returning(Scene) | EXPLORERS)
__all__ = ["EXPLORERS", "Explorer", *EXPLORERS, *_returning(Scene)]
