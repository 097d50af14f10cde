"""Values as JSON and back: what a student's code returned, in a form that can leave its process.

Numbers survive exactly. Whatever is no number, text, array or a container of these is told by its type's
name only,
and so is what would be too large.

    3, 0.5, True, None      themselves          {"float": "nan"}, "inf", "-inf"
    text                    {"text": "…"}
    tuple, list, dict       {"tuple": […]}, {"list": […]}, {"dict": [[key, value], …]}
    array                   {"dtype": "float64", "shape": [2, 3], "data": […]}; data is null if too large,
                            or no numbers
    anything else           {"type": "its type's name"}
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from numpy import (
    array,
    bool_,
    dtype,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    isfinite,
    ndarray,
    sctypeDict,
    uint8,
    uint16,
    uint32,
    uint64,
)

MOST_ENTRIES = 10_000  # per value; the largest array that a case asks for has a few dozen
MOST_TEXT = 300
DEEPEST = 4
NUMBERS = (float64, float32, int64, int32, int16, int8, uint64, uint32, uint16, uint8)
DTYPES = {kind.__name__: kind for kind in NUMBERS} | {"bool": bool_}
NAMES = {dtype(kind): name for name, kind in DTYPES.items()}  # NumPy takes its time to spell them out
SCALARS = frozenset(sctypeDict.values())
NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


@dataclass(frozen=True)
class Foreign:
    """A value of which only the kind is known: its type's name and, for an array, dtype and shape."""

    type: str
    dtype: str | None = None
    shape: tuple[int, ...] | None = None


UNREADABLE = Foreign("something unreadable")


def shortened(text: object, most: int = MOST_TEXT) -> str:
    if type(text) is str and len(text) <= most and text.isprintable():
        return text
    text = text.expandtabs(4) if type(text) is str else "(no text)"
    # A lone surrogate cannot be written as UTF-8, so not be shown either.
    text = text[:most].encode("utf-8", "replace").decode() + ("…" if len(text) > most else "")
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def name_of(kind: type) -> str:
    """A type's own name, whatever its metaclass says."""
    return shortened(type.__dict__["__name__"].__get__(kind), 80)


def encode(value: object) -> object:
    """The JSON form of a value. No method of a foreign object is called on the way."""
    room = [MOST_ENTRIES]
    return _encode(value, room, DEEPEST)


def encode_items(items: Iterable[object]) -> dict[str, object]:
    """The JSON form of a list of them, each as it is when it comes."""
    room = [MOST_ENTRIES]
    return {"list": [_encode(item, room, DEEPEST - 1) for item in items]}


def _encode(value: Any, room: list[int], depth: int) -> object:
    kind = type(value)
    room[0] -= 1
    if value is None or kind is bool:
        return value
    if kind is int and abs(value) < 2**63:
        return value
    if kind is float:
        return _number(value) if math.isfinite(value) else {"float": _number(value)}
    if issubclass(kind, str):
        return {"text": shortened(str.__str__(value))}
    # An OrderedDict is a dict and a named tuple a tuple; they are read as such, past any method of their own.
    if issubclass(kind, dict) and depth and dict.__len__(value) <= room[0]:
        pairs = list(dict.items(value))
        return {"dict": [[_encode(k, room, 0), _encode(v, room, depth - 1)] for k, v in pairs]}
    for base in (tuple, list):
        if issubclass(kind, base) and depth and base.__len__(value) <= room[0]:
            return {base.__name__: [_encode(item, room, depth - 1) for item in base.__iter__(value)]}
    if kind is ndarray:
        return encode_array(value, room)
    if kind in SCALARS:
        return encode_array(array(value), room)
    return {"type": name_of(kind)}


def encode_array(value: ndarray, room: list[int] | None = None) -> dict[str, object]:
    """The JSON form of an array."""
    room = [MOST_ENTRIES] if room is None else room
    room[0] -= value.size
    name = NAMES.get(value.dtype) or shortened(value.dtype.name, 80)
    form: dict[str, object] = {"dtype": name, "shape": list(value.shape), "data": None}
    if name in DTYPES and room[0] >= 0:
        entries = value.ravel().tolist()
        form["data"] = entries if isfinite(value).all() else [_number(entry) for entry in entries]
    return form


def _number(entry: object) -> object:
    """JSON has no NaN and no infinity: they are written as text."""
    if type(entry) is float and not math.isfinite(entry):
        return "nan" if entry != entry else "inf" if entry > 0 else "-inf"
    return entry


def decode(form: object, depth: int = DEEPEST + 1) -> Any:
    """The value of a JSON form, Foreign where only its kind is known. Never raises, whatever it is given."""
    if form is None or type(form) in (bool, int, float):
        return form
    if type(form) is not dict or depth == 0:
        return UNREADABLE
    if "dtype" in form:
        return _decode_array(form)
    if form.get("float") in ("nan", "inf", "-inf"):
        return NOT_FINITE[form["float"]]
    if "text" in form:
        return shortened(form["text"])
    for kind in (tuple, list):
        items = form.get(kind.__name__)
        if type(items) is list and len(items) <= MOST_ENTRIES:
            return kind(decode(item, depth - 1) for item in items)
    pairs = form.get("dict")
    pairs = pairs[:MOST_ENTRIES] if type(pairs) is list else [None]
    if all(type(pair) is list and len(pair) == 2 for pair in pairs):
        keys = [decode(key, 1) for key, _ in pairs]
        if all(type(key) in (str, int, float, bool) for key in keys):
            return {key: decode(value, depth - 1) for key, (_, value) in zip(keys, pairs, strict=True)}
    return Foreign(shortened(form.get("type"), 80))


def _decode_array(form: dict[str, object]) -> object:
    name, shape, data = form.get("dtype"), form.get("shape"), form.get("data")
    if (
        type(shape) is not list
        or len(shape) > 64
        or not all(type(n) is int and 0 <= n < 2**62 for n in shape)
    ):
        return UNREADABLE
    kind = DTYPES.get(name) if type(name) is str else None
    if kind is None or type(data) is not list or math.prod(shape) != len(data) or len(data) > MOST_ENTRIES:
        return Foreign("ndarray", shortened(name, 80), tuple(shape))
    types = set(map(type, data))
    entries = data
    if str in types:
        entries = [NOT_FINITE.get(entry) if type(entry) is str else entry for entry in data]
        types = set(map(type, entries))
    if not types <= {int, float, bool}:
        return UNREADABLE
    try:
        return array(entries, dtype=kind).reshape(shape)
    except (ValueError, OverflowError, TypeError):  # NaN as an integer, 300 as an int8
        return UNREADABLE
