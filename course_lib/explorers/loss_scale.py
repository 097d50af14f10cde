"""How many of a gradient's entries does a format of 16 bits keep, if the loss is multiplied by a scale
before?

Rounding to the nearest, an entry below half of the format's smallest number becomes 0, and one beyond its
largest becomes infinite. The gradients are the adder's (`course_lib.data.make_gradient_sizes`); what training
came to is from the runs of `course_lib.experiments.half_on_sums`.
"""

import json
from functools import cache
from typing import Any

import numpy as np

from course_lib import texts
from course_lib.data.make_gradient_sizes import FILE, MOMENTS
from course_lib.experiments import stored
from course_lib.explorers.controls import Choice, Later, Pick, Slider, named, started
from course_lib.explorers.explorer import Explorer
from course_lib.palette import MARK, OTHERS, SPLITS
from course_lib.scene import FAINT, INK, RAISED, Axis, Bars, Handle, Layer, Line, Panel, Points, Scene

say = texts.beside(__file__)

# Powers of two: an entry below the first becomes 0, one from the second on infinite. IEEE 754-2008, binary16;
# bfloat16 has the exponents of float32 and seven bits of fraction.
FORMATS = {"float16": (-25, 16), "bfloat16": (-134, 128)}
EXPONENTS = (-24, 24)
POWERS = np.arange(-64, 33)  # that are drawn


def _power(exponent: int) -> str:
    """2 to this power, as in a book."""
    return f"2{str(exponent).translate(RAISED)}"


@cache
def counts(moment: int) -> np.ndarray:
    """How many entries have each of POWERS, before the loss is scaled; those that are 0 are left out."""
    line = json.loads(FILE.read_text(encoding="utf-8"))[str(moment)]
    counted = np.zeros(len(POWERS))
    for power, count in line.items():
        if power != "none":
            counted[int(np.clip(int(power) - POWERS[0], 0, len(POWERS) - 1))] += count
    return counted


def shares(format: str, moment: int, exponent: int) -> tuple[float, int]:
    """Which share of the entries that are not 0 vanishes, and how many overflow."""
    counted, scaled = counts(moment), POWERS + exponent
    low, high = FORMATS[format]
    return float(counted[scaled < low].sum() / counted.sum()), int(counted[scaled >= high].sum())


def loss_scale_scene(format: str, exponent: int, moment: int) -> Scene:
    """The gradient's entries beside what the format can hold, and what each scale does to them."""
    vanished, over = shares(format, moment, exponent)
    message = say(
        "message.over" if over else "message.kept",
        format=format,
        scale=_power(exponent),
        vanished=vanished,
        over=over,
        moment=moment,
    )
    panels = (_sizes_panel(format, exponent, moment), _scales_panel(format, exponent, moment))
    return Scene(panels, message, say("alt", message=message))


def _sizes_panel(format: str, exponent: int, moment: int) -> Panel:
    scaled, share = POWERS + exponent, counts(moment) / counts(moment).sum()
    low, high = FORMATS[format]
    inside = (scaled >= low) & (scaled < high)
    ends = (-64, 40)
    layers: list[Layer] = [
        Bars(scaled[inside] + 0.5, share[inside], SPLITS["training"], 0.9),
        Bars(scaled[~inside] + 0.5, share[~inside], OTHERS[1], 0.9),
    ]
    top = 0.16
    for limit, name in ((low, "low"), (high, "high")):
        if ends[0] < limit < ends[1]:
            layers.append(Line((limit, limit), (0, top), MARK, say(f"lines.{name}"), width=1.5, dashed=True))
    ticks = tuple((float(power), _power(power)) for power in range(-60, 41, 20))
    x = Axis(say("axes.size"), ends, ticks=ticks)
    return Panel(say("panels.sizes", moment=moment), x, Axis(say("axes.share"), (0, top)), tuple(layers))


def _scales_panel(format: str, exponent: int, moment: int) -> Panel:
    at = np.arange(EXPONENTS[0], EXPONENTS[1] + 1)
    lost = [shares(format, moment, int(each))[0] for each in at]
    runs = [run for run in stored("half_on_sums") if run["format"] == format]
    layers: tuple[Layer, ...] = (
        Line((exponent, exponent), (0, 1.04), FAINT, width=1),
        Line(at, lost, OTHERS[1], say("lines.vanished")),
        Points(
            [run["exponent"] for run in runs],
            [run["accuracy"][-1] for run in runs],
            SPLITS["validation"],
            size=8,
            shape="ring",
        ),
        Points([exponent], [lost[exponent - EXPONENTS[0]]], INK, size=10),
    )
    handle = Handle(say("handle"), float(exponent), lost[exponent - EXPONENTS[0]], sets_x="exponent")
    ticks = tuple((float(power), _power(power)) for power in range(-24, 25, 8))
    x = Axis(say("axes.scale"), (EXPONENTS[0] - 1, EXPONENTS[1] + 1), ticks=ticks)
    y = Axis(say("axes.both"), (-0.03, 1.06))
    return Panel(say("panels.scales", format=format), x, y, layers, handles=(handle,))


CONTROLS = Later(
    lambda: {
        "format": Choice(label=say("controls.format"), options=named(FORMATS), start="float16"),
        "exponent": Slider(label=say("controls.exponent"), low=EXPONENTS[0], high=EXPONENTS[1], start=-8),
        "moment": Pick(label=say("controls.moment"), options=named(MOMENTS), start=MOMENTS[-1]),
    }
)


def loss_scale(**starts: Any) -> Explorer:
    """What 16 bits keep of a gradient, and how a scale of the loss moves it to where they are.

    starts: values of the controls at the start, see CONTROLS.
    """
    return Explorer(loss_scale_scene, started(CONTROLS, **starts))
