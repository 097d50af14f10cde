"""A plane through the loss of a trained network: what does the picture show of the ground, and what not?

The picture is that of Li, Xu, Taylor, Studer & Goldstein (2018), "Visualizing the Loss Landscape of Neural
Nets": two directions through the trained θ, at best normalised by filter (Section 4 there). Beside it stand
the eigenvalues of the whole Hessian. Every curvature along the plane is a weighted average of them, somewhere
between the smallest and the largest. In a ReLU network the first layer can be scaled up and the last one down
while the function stays the same. A picture that is not normalised becomes another (Section 3 there), and so
does the Hessian (Dinh, Pascanu, Bengio & Bengio (2017), "Sharp Minima Can Generalize For Deep Nets",
Section 3).
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np

from course_lib import texts
from course_lib.explorers.controls import Choice, Control, Later, Pick, Slider, Switch, started, worded
from course_lib.explorers.explorer import Explorer
from course_lib.palette import MARK, OTHERS
from course_lib.scene import (
    FAINT,
    INK,
    Axis,
    Handle,
    Heat,
    Layer,
    Line,
    Panel,
    Points,
    Scene,
    cells,
    level_line,
)
from course_lib.slices import DIGITS, SMALL, Slice, random_directions, rescaled, task_named, trained

say = texts.beside(__file__)

GRID = {SMALL: 61, DIGITS: 31}  # places along each direction: the small network's valleys are narrower
LEVELS = 12  # contour lines
WIDTHS = (0.1, 0.3, 1.0, 2.0)
SCALES = {"⅛": 0.125, "¼": 0.25, "½": 0.5, "1": 1.0, "2": 2.0, "4": 4.0, "8": 8.0}
BY_FILTER, DRAWN, EIGEN = "random, normalised by filter", "random, as drawn", "steepest and lowest λ"
FIRST, SECOND, NEGATIVE = OTHERS[:3]
SMALLEST = 1e-7  # λ that is drawn


def theta_at(network: str, scale: float) -> np.ndarray:
    """The trained parameters, the first layer times `scale` and the last one divided by it."""
    return rescaled(task_named(network), trained(network), scale)


@lru_cache(maxsize=64)
def hessian(network: str, scale: float) -> np.ndarray:
    """The whole Hessian of the trained network."""
    if scale == 1:
        return task_named(network).hessian(theta_at(network, scale))
    by = rescaled(task_named(network), np.ones(len(trained(network))), scale)
    return hessian(network, 1.0) / np.outer(by, by)


@lru_cache(maxsize=64)
def spectrum(network: str, scale: float) -> np.ndarray:
    """The eigenvalues λ of the Hessian of the trained network, the largest first."""
    return np.linalg.eigvalsh(hessian(network, scale))[::-1]


@lru_cache(maxsize=64)
def directions(network: str, scale: float, kind: str, seed: int) -> np.ndarray:
    """The plane's two directions, (2, size). At scale 1 each is as long as all weights of θ.

    Those that are not normalised stay what they are at scale 1.
    """
    task = task_named(network)
    if kind == BY_FILTER:
        return random_directions(task, theta_at(network, scale), by_filter=True, seed=seed)
    drawn = random_directions(task, trained(network), by_filter=False, seed=seed)
    if kind == DRAWN:
        return drawn
    _, axes = np.linalg.eigh(hessian(network, scale))
    return np.linalg.norm(drawn[0]) * axes[:, [-1, 0]].T


@lru_cache(maxsize=64)
def curvatures(network: str, scale: float, kind: str, seed: int) -> np.ndarray:
    """The smallest and the largest curvature that the picture shows at θ, per squared length at scale 1."""
    along, unit = (directions(network, each, kind, seed) for each in (scale, 1.0))
    shown = np.linalg.solve(unit @ unit.T, along @ hessian(network, scale) @ along.T)
    return np.sort(np.linalg.eigvals(shown).real)


@dataclass(frozen=True, eq=False)
class View:
    """The loss on a plane, and on its grid of `at` by `at`: rows along the second direction."""

    plane: Slice
    at: np.ndarray
    loss: np.ndarray


@lru_cache(maxsize=64)
def view(network: str, scale: float, kind: str, seed: int, width: float) -> View:
    task, theta = task_named(network), theta_at(network, scale)
    along = directions(network, scale, kind, seed)
    at = np.linspace(-width, width, GRID[network])
    # For colours single precision is enough, in half the time.
    coarse = Slice(task, theta.astype(np.float32), along.astype(np.float32))
    grid = np.stack(np.meshgrid(at, at), axis=-1).astype(np.float32)
    return View(Slice(task, theta, along), at, coarse.value(grid).astype(float))


def slice_scene(
    network: str, kind: str, seed: int, scale: float, width: float, log: bool, x: float, y: float
) -> Scene:
    """The plane with a dot at (x, y), the loss along both directions through it, and λ there.

    scale: of a ReLU network's first layer, against the last one; others are left at 1.
    """
    scale = scale if network == DIGITS else 1.0
    seed = seed if kind != EIGEN else 0
    seen = view(network, scale, kind, seed, width)
    dot = theta_at(network, scale) + np.array([x, y]) @ directions(network, scale, kind, seed)
    there = np.linalg.eigvalsh(task_named(network).hessian(dot))[::-1]
    shown = curvatures(network, scale, kind, seed)
    panels = [
        _plane_panel(network, scale, kind, seed, width, log, x, y),
        _cuts_panel(seen, log, x, y),
        _spectrum_panel(spectrum(network, scale), there, shown),
    ]
    if network == DIGITS:
        panels.append(_scales_panel(network, scale, seed))
    star, loss = (float(seen.plane.value(at)) for at in ((0.0, 0.0), (x, y)))
    told = (
        _star_told(spectrum(network, scale), shown, kind, scale),
        _dot_told(star, loss, there, x == y == 0),
        _scale_told(network, scale, kind, seed),
    )
    message = " ".join(filter(None, told))
    alt = say("alt", network=say(f"networks.{network}"), message=message)
    return Scene(tuple(panels), message, alt)


@lru_cache(maxsize=32)
def _ground(network: str, scale: float, kind: str, seed: int, width: float, log: bool) -> tuple[Layer, ...]:
    """The map, and lines of equal loss: even in the logarithm or, as in a bowl, in the root.

    The first one is as far from the star as a cell's diagonal is long: in a valley that is narrower than the
    cells, lines would break into islands that are none.
    """
    seen = view(network, scale, kind, seed, width)
    low, high = float(seen.loss.min()), float(seen.loss.max())
    steepest = float(np.linalg.eigvalsh(seen.plane.hessian(np.zeros(2)))[-1])
    first = low + steepest * (seen.at[1] - seen.at[0]) ** 2
    share = np.arange(LEVELS) / LEVELS
    if log:
        levels, lines = np.log(seen.loss / low) / np.log(high / low), first * (high / first) ** share
    else:
        levels, lines = (seen.loss - low) / (high - low), first + (high - first) * share**2
    heat = Heat(levels, (_large(low), _large(high)), span=(low, high), log=log)
    return (heat, *(level_line(seen.at, seen.at, seen.loss, level, INK, width=0.7) for level in lines))


def _plane_panel(
    network: str, scale: float, kind: str, seed: int, width: float, log: bool, x: float, y: float
) -> Panel:
    at = view(network, scale, kind, seed, width).at
    across, up = (cells(say(f"axes.{which}"), at) for which in ("first", "second"))
    marks = (Points([0.0], [0.0], MARK, size=15, shape="star"), Points([x], [y], MARK, size=9))
    dot = Handle(say("handles.dot"), x, y, sets_x="x", sets_y="y")
    ground = _ground(network, scale, kind, seed, width, log)
    return Panel(say("panels.plane-log" if log else "panels.plane"), across, up, marks, ground, (dot,))


def _cuts_panel(seen: View, log: bool, x: float, y: float) -> Panel:
    """The loss along each direction through the dot and, dashed, what slope and curvature there promise."""
    here = np.array([x, y])
    loss, slope, bend = seen.plane.value(here), seen.plane.gradient(here), seen.plane.hessian(here)
    at = np.linspace(seen.at[0], seen.at[-1], 61)
    layers: list[Layer] = []
    cuts = []
    for i, colour in enumerate((FIRST, SECOND)):
        places = np.tile(here, (len(at), 1))
        places[:, i] = at
        cuts.append(seen.plane.value(places))
        away = at - here[i]
        parabola = loss + slope[i] * away + bend[i, i] / 2 * away**2
        layers += [
            Line(
                at,
                np.where(parabola > 0, parabola, np.nan) if log else parabola,
                colour,
                dashed=True,
                width=1.2,
            ),
            Line(at, cuts[i], colour, f"d{'₁₂'[i]}"),
            Points(here[i : i + 1], [loss], colour, size=9),
        ]
    axis = Axis.around(say("axes.loss-log" if log else "axes.loss"), cuts, log)
    return Panel(
        say("panels.cuts"), Axis(say("axes.cuts"), (float(at[0]), float(at[-1]))), axis, tuple(layers)
    )


def _spectrum_panel(trained: np.ndarray, there: np.ndarray, shown: np.ndarray) -> Panel:
    rank = np.arange(1, len(there) + 1)
    size, up = np.abs(there), there > 0
    drawn = size > SMALLEST
    dots = 8 if len(rank) < 50 else 4
    layers: list[Layer] = [
        Points(rank, np.where(np.abs(trained) > SMALLEST, np.abs(trained), np.nan), FAINT, dots + 2, "ring"),
        Points(rank[up & drawn], size[up & drawn], INK, size=dots),
        Points(rank[~up & drawn], size[~up & drawn], NEGATIVE, size=dots + 1, shape="cross"),
    ]
    layers += [
        Line([0, len(rank) + 1], [abs(curvature)] * 2, MARK, label, width=1.5, dashed=True)
        for curvature, label in zip(shown, ("", say("lines.picture")), strict=True)
        if abs(curvature) > SMALLEST
    ]
    values = [np.abs(each)[np.abs(each) > SMALLEST] for each in (trained, there, shown)]
    axis = Axis.around(say("axes.size"), values, log=True)
    return Panel(
        say("panels.spectrum"), Axis(say("axes.number"), (0.0, len(rank) + 1.0)), axis, tuple(layers)
    )


@cache
def steepest(network: str, seed: int) -> dict[str, np.ndarray]:
    """For each scale the largest λ, and the larger curvature of each kind of picture; that at 1 is 1."""
    found = {"hessian": [spectrum(network, scale)[0] for scale in SCALES.values()]} | {
        name: [curvatures(network, scale, kind, seed)[-1] for scale in SCALES.values()]
        for name, kind in (("drawn", DRAWN), ("normalised", BY_FILTER))
    }
    at_one = list(SCALES.values()).index(1.0)
    return {name: np.array(values) / values[at_one] for name, values in found.items()}


def _scales_panel(network: str, scale: float, seed: int) -> Panel:
    at, curves = np.array(list(SCALES.values())), steepest(network, seed)
    colours = {"hessian": INK, "drawn": SECOND, "normalised": FIRST}
    layers: list[Layer] = [
        Line(at, curve, colours[name], say(f"lines.{name}"), dashed=name == "hessian")
        for name, curve in curves.items()
    ]
    here = at == scale
    layers += [Points(at[here], curve[here], colours[name], size=9) for name, curve in curves.items()]
    x = Axis(
        say("axes.scale"),
        (0.1, 16.0),
        True,
        tuple((v, k) for k, v in SCALES.items()),
    )
    y = Axis.around(say("axes.curvature"), curves.values(), log=True)
    handle = Handle(say("handles.scale"), scale, 1.0, sets_x="scale")
    return Panel(say("panels.scales"), x, y, tuple(layers), handles=(handle,))


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def _large(value: float) -> str:
    """Two digits, without powers of ten."""
    return f"{float(f'{value:.2g}'):,g}" if value < 1e6 else f"{value:.1e}"


def _star_told(trained: np.ndarray, shown: np.ndarray, kind: str, scale: float) -> str:
    below = int(np.sum(trained < -SMALLEST))
    hessian = say(
        "hessian.below" if below else "hessian.kappa",
        count=len(trained),
        least=_number(trained[-1]),
        most=_number(trained[0]),
        below=below,
        kappa=_large(trained[0] / trained[-1]),
    )
    both = {"first": _number(shown[0]), "second": _number(shown[1])}
    if kind == EIGEN:
        return f"{hessian} {say('shows.ends', **both)}"
    up = shown[0] > 0
    looks = "below" if not up else "bowl" if below else "kappa"
    looks += "" if scale == 1 or kind == DRAWN else "-at-one"
    picture = say(f"shows.{looks}", kappa=_large(shown[1] / shown[0]) if up else "", **both)
    return f"{hessian} {picture} {say('shows.hidden', hidden=len(trained) - 2, count=len(trained))}"


def _dot_told(star: float, loss: float, there: np.ndarray, at_star: bool) -> str:
    if at_star:
        return say("dot.star", loss=_number(loss))
    below = int(np.sum(there < -SMALLEST))
    return say(
        "dot.below" if below else "dot.none-below",
        loss=_number(loss),
        times=_large(loss / star),
        least=_number(there[-1]),
        most=_number(there[0]),
        below=below,
        count=len(there),
    )


def _scale_told(network: str, scale: float, kind: str, seed: int) -> str:
    if network != DIGITS or scale == 1:
        return ""
    at = list(SCALES.values()).index(scale)
    changed = {name: _large(values[at]) for name, values in steepest(network, seed).items()}
    told = [say("scale.hessian", scale=scale, hessian=changed["hessian"])]
    if kind != EIGEN:
        told.append(say("scale.stays" if kind == BY_FILTER else "scale.changes", drawn=changed["drawn"]))
    return " ".join(told)


def _places(width: float) -> dict[str, Control]:
    """What another width brings: the dot's range, and its start in it."""
    return {
        name: Slider(
            label=say(f"controls.{name}"), low=-width, high=width, start=start * width, step=width / 20
        )
        for name, start in (("x", -0.4), ("y", 0.6))
    }


CONTROLS = Later(
    lambda: {
        "network": Choice(label=say("controls.network"), options=worded(say.all("networks")), start=SMALL),
        "kind": Choice(label=say("controls.kind"), options=worded(say.all("kinds")), start=BY_FILTER),
        "width": Choice(
            label=say("controls.width"),
            options={f"±{width:g}": width for width in WIDTHS},
            start=1.0,
            sets={width: _places(width) for width in WIDTHS},
        ),
        "log": Switch(label=say("controls.log"), start=True),
        "seed": Slider(label=say("controls.seed"), low=0, high=9, start=0, when={"kind": (BY_FILTER, DRAWN)}),
        "scale": Pick(label=say("controls.scale"), options=SCALES, start=1.0, when={"network": (DIGITS,)}),
        **_places(1.0),
    }
)


def loss_slice(network: str = SMALL, **starts: Any) -> Explorer:
    """A plane through the loss of a trained network, and beside it the eigenvalues of its whole Hessian.

    starts: values of the controls at the start, see CONTROLS.
    """
    return Explorer(slice_scene, started(CONTROLS, network=network, **starts))
