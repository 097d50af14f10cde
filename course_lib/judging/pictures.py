"""Small pictures for reports, as SVG in the colours of the page around them."""

import math
from collections.abc import Sequence
from html import escape

import numpy as np

from course_lib import texts

say = texts.beside(__file__)

WIDTH, HEIGHT = 420, 150
LEFT, RIGHT, TOP, BOTTOM = 66, 84, 16, 30
# Okabe and Ito's blue and vermilion, a little lighter: told apart by the colour-blind, readable on white
# and on black.
COLOURS = {"expected": "#2f86c6", "yours": "#dd6a1f"}


def lines(expected: Sequence[float], yours: Sequence[float], x_label: str, y_label: str, words: str) -> str:
    """Two curves over the steps 0, 1, …: the expected one dashed, yours solid; `words` says what is to
    be seen."""
    both = np.array([*expected, *yours], dtype=float)
    both = both[np.isfinite(both)]
    low, high = (float(both.min()), float(both.max())) if both.size else (0.0, 1.0)
    if high - low == 0:
        low, high = low - 0.5, high + 0.5
    last = max(len(expected), len(yours)) - 1

    def x(step: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * step / max(last, 1)

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    digits = max(0, 1 - math.floor(math.log10(high - low)))
    parts = [
        _text(LEFT - 6, y(v) + 4, f"{v:.{digits}f}" if digits < 8 else f"{v:.4g}", "end") for v in (low, high)
    ]
    parts += [_text(x(step), HEIGHT - BOTTOM + 16, str(step), "middle") for step in range(last + 1)]
    parts.append(_text(WIDTH - RIGHT + 14, HEIGHT - BOTTOM + 16, x_label, "start"))
    parts.append(_text(LEFT + 6, TOP - 3, y_label, "start"))
    corner = f"M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}"
    parts.append(f'<path d="{corner}" fill="none" stroke="currentColor" stroke-opacity=".5"></path>')
    ends = {}
    for name, values in (("expected", expected), ("yours", yours)):
        points = [(x(i), y(v)) for i, v in enumerate(values) if np.isfinite(v)]
        dashes = ' stroke-dasharray="5 3"' if name == "expected" else ""
        path = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in points)
        style = f'fill="none" stroke="{COLOURS[name]}" stroke-width="2"{dashes}'
        parts.append(f'<path d="{path}" {style}></path>' if points else "")
        ends[name] = points[-1][1] if points else HEIGHT / 2
    gap = 15 - abs(ends["yours"] - ends["expected"])
    if gap > 0:  # keep the two words apart
        down = 1 if ends["yours"] >= ends["expected"] else -1
        ends = {"yours": ends["yours"] + down * gap / 2, "expected": ends["expected"] - down * gap / 2}
    over = max(0.0, max(ends.values()) - (HEIGHT - BOTTOM - 8))  # and off the label of the axis
    for name in ("expected", "yours"):
        parts.append(_text(WIDTH - RIGHT + 6, ends[name] + 4 - over, say(name), "start", COLOURS[name]))
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return (
        '<figure style="margin:.6em 0">'
        f'<svg role="img" aria-label="{escape(words)}" {size} style="max-width:100%;font:12px sans-serif">'
        f"<title>{escape(words)}</title>{''.join(parts)}</svg></figure>"
    )


def _text(x: float, y: float, text: str, anchor: str, colour: str = "currentColor") -> str:
    weight = "" if colour == "currentColor" else ' font-weight="600"'
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{weight}>{escape(text)}</text>'
    )
