"""What a submission may use while it runs."""

import hashlib
import json
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limits:
    """What a submission may use.

    cell_seconds  time of a cell, until it is interrupted
    seconds       time of a notebook; on Linux, of both does not count what its processes wait for a core
    patience      so many times these may pass by the clock
    cpu_seconds   computing time of a notebook, of all processes together
    memory        bytes, of all processes together
    processes     how many at once, threads too
    file_bytes    of a file; all files together get 256 MiB
    output_bytes  of all that the cells write, show and tell
    own_seconds   time of released cells that have another than the rest: "notebook/cell's id" → seconds
    """

    cell_seconds: float = 30.0
    seconds: float = 240.0
    patience: float = 6.0
    cpu_seconds: float = 240.0
    memory: int = 2**30
    processes: int = 64
    file_bytes: int = 64 * 2**20
    output_bytes: int = 8 * 2**20
    own_seconds: dict[str, float] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Another one for other limits."""
        return hashlib.sha256(json.dumps(vars(self), sort_keys=True).encode()).hexdigest()
