"""A scene as bytes, the way it travels to a page: its words and structure as JSON, and its numbers behind it.

A move sends thousands of numbers. As text, each would be written, walked over several times on its way
through Jupyter, and read again; as 32-bit floats in one block, they are copied.

The bytes are: the length of the JSON (4 bytes, little-endian), the JSON, filled up with spaces to a multiple
of 4, and the floats. In the JSON, {"#": [first, count]} stands for so many floats, and {"#": [first, columns,
rows]} for a table. `explorers/page/packing.js` reads it.
"""

import json
import math
from dataclasses import asdict, fields
from functools import lru_cache
from typing import Any

import numpy as np

from course_lib.scene import Axis, Film, Layer, Scene, in_print

LARGEST = float(np.finfo(np.float32).max)


def packed(scene: Scene, number: int = 0) -> tuple[bytes, list[bytes]]:
    """The scene, and apart from it each panel's backdrop.

    number: which scene of a session it is. It stands first, so that two are told apart at once.
    """
    pack = _Pack()
    panels = [
        {
            "title": panel.title,
            "x": _axis(panel.x),
            "y": _axis(panel.y),
            "layers": [pack.layer(layer) for layer in panel.layers],
            "handles": [asdict(handle) for handle in panel.handles],
        }
        for panel in scene.panels
    ]
    told = {"message": in_print(scene.message), "alt": in_print(scene.alt), "time": scene.time}
    front = pack.closed({"number": number, "panels": panels, "stacked": scene.stacked, **told})
    return front, [_backdrop(panel.backdrop) for panel in scene.panels]


@lru_cache(maxsize=64)
def _backdrop(backdrop: tuple[Layer, ...]) -> bytes:
    """Remembered, as the same backdrop comes with many scenes: a layer is only ever equal to itself."""
    pack = _Pack()
    return pack.closed([pack.layer(layer) for layer in backdrop])


def _axis(axis: Axis) -> dict[str, Any]:
    return {
        "label": axis.label,
        "ends": list(axis.ends),
        "log": axis.log,
        "gap": axis.gap,
        "ticks": [list(t) for t in axis.ticks],
    }


class _Pack:
    """Gathers the numbers of layers while these become JSON."""

    def __init__(self) -> None:
        self.parts: list[np.ndarray] = []
        self.count = 0

    def layer(self, layer: Layer) -> dict[str, Any]:
        data: dict[str, Any] = {"kind": type(layer).__name__.lower()}
        if isinstance(layer, Film):
            frames = [[self.layer(each) for each in frame] for frame in layer.frames]
            return data | {"frames": frames, "turns": layer.turns}
        for field in fields(layer):
            data[field.name] = self.value(getattr(layer, field.name))
        return data

    def value(self, value: Any) -> Any:
        if value is None or isinstance(value, str | bool):
            return value
        if isinstance(value, tuple):
            return [self.value(each) for each in value]
        if isinstance(value, int | float):
            return float(f"{value:.4g}") if math.isfinite(value) else None
        return self.numbers(np.asarray(value, dtype=float))

    def numbers(self, array: np.ndarray) -> Any:
        if not array.ndim:
            return self.value(array.item())
        self.parts.append(array.ravel())
        first, self.count = self.count, self.count + array.size
        return {"#": [first, *reversed(array.shape)]}

    def closed(self, data: Any) -> bytes:
        """All of it. What is no number in 32 bits is NaN, of which a page draws nothing."""
        text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        numbers = np.concatenate([np.empty(0), *self.parts])
        numbers = np.where(np.isfinite(numbers), np.clip(numbers, -LARGEST, LARGEST), np.nan)
        return len(text).to_bytes(4, "little") + text + numbers.astype("<f4").tobytes()
