"""The lines of docs/pytorch.md, and what both sides of them are run on."""

import re
from pathlib import Path

import numpy as np

PAGE = Path(__file__).parents[2] / "docs" / "pytorch.md"
ROW = re.compile(r"^\| `([^`]+)` \| `([^`]+)` \|", re.MULTILINE)
STEPS, RATES = 20, 100  # updates of an optimiser, of a schedule
SIZE, BATCH = 6, 8  # of the loop: features, examples


def section(heading):
    """What stands below a heading."""
    [found] = re.findall(rf"^## {heading}$(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), re.M | re.S)
    return found


def rows(heading):
    """(course's line, PyTorch's line) in the table below a heading."""
    return ROW.findall(section(heading))


def programs(heading):
    """The programs below a heading, in their order."""
    return re.findall(r"```python\n(.*?)```", section(heading), re.S)


def drawn(seed, *shape):
    return np.random.RandomState(seed).standard_normal(shape)


def sizes():
    """Numbers of many sizes: those that float16 cannot hold, those between two that it can, both signs."""
    sizes = np.array([0, 2.0**-26, 2.0**-25, 3e-8, 6.1e-5, 1 / 3, 1.0, 1 + 2**-11, 65504, 65519, 65520, 1e30])
    return np.concatenate([sizes, -sizes, drawn(10, 40) * 10.0 ** drawn(11, 40)]).astype(np.float32)


def batches():
    """Of the loop: thirty of (x, y), and the start, each weight as PyTorch holds it."""
    random = np.random.RandomState(9)
    given = [(random.standard_normal((BATCH, SIZE)), random.randint(0, 3, BATCH)) for _ in range(30)]
    return given, random.standard_normal(6 * 8 + 8 + 8 * 3 + 3) / 2
