"""Figures for the lectures: one look, one colour per method, and a text alternative for each.

The makers return a matplotlib figure; `show(figure, alt)` displays it. Names stand beside what they name, in
its colour, instead of in a legend.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from textwrap import fill
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, display
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.ticker import (
    FixedLocator,
    LogFormatterSciNotation,
    MaxNLocator,
    NullFormatter,
    NullLocator,
)
from matplotlib.transforms import ScaledTranslation
from numpy.typing import ArrayLike

from course_lib import themed
from course_lib.palette import COLOURS, MARK, ON_PALE, OTHERS, PALE, PAPER_INK, SPLITS
from course_lib.scene import (
    FAINT,
    INK,
    Axis,
    Bars,
    Bounds,
    Film,
    Heat,
    Layer,
    Line,
    Panel,
    Pictures,
    Points,
    Scene,
    Text,
    cells,
    contours,
    heat_of_losses,
    landmarks,
    path_lines,
)
from course_lib.strokes import Stroke, stroke

_INK: dict[str, Any] = {INK: PAPER_INK, FAINT: (PAPER_INK, 0.3)}
_LONGEST = 14  # characters in a line of a name beside a panel
_WIDEST, _HIGHEST = 32, 26  # of its title, and of what its axes are called, across and up
_STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.edgecolor": (PAPER_INK, 0.5),
    "axes.grid": True,
    "grid.color": (PAPER_INK, 0.08),
    "axes.axisbelow": True,
    "text.color": _INK[INK],
    "axes.labelcolor": _INK[INK],
    "xtick.color": _INK[INK],
    "ytick.color": _INK[INK],
    "xtick.direction": "in",
    "ytick.direction": "in",
}


def show(figure: Figure, alt: str, width: int | None = None) -> None:
    """Display a figure with its text alternative, once, in every viewer, and close it.

    alt: what is to be seen, for a reader who does not see it. width: in CSS pixels, if not the figure's own.
    """
    display(HTML(themed.html(figure, alt, width)))
    plt.close(figure)


def colours_for(names: Iterable[str], chosen: Mapping[str, str] | None = None) -> dict[str, str]:
    """A colour for each name: the chosen (one, or a name in COLOURS), its own, or one without meaning."""
    names = list(names)
    chosen = chosen or {}
    own = {name: COLOURS.get(chosen[name], chosen[name]) for name in names if name in chosen}
    own |= {name: COLOURS[name] for name in names if name in COLOURS and name not in own}
    free = [colour for colour in (*OTHERS, *COLOURS.values()) if colour not in own.values()] or [*OTHERS]
    others = [name for name in names if name not in own]
    own |= {name: free[i % len(free)] for i, name in enumerate(others)}
    return {name: own[name] for name in names}


def strokes_for(names: Iterable[str], chosen: Mapping[str, str] | None = None) -> dict[str, Stroke]:
    """A stroke for each name, in the colour that is for it: that of the name that was chosen, or its own."""
    called = chosen or {}
    return {name: stroke(called.get(name, name), of) for name, of in colours_for(names, chosen).items()}


def paths_on_surface(
    surface: Any,
    paths: Mapping[str, np.ndarray],
    *,
    title: str = "",
    bounds: Bounds | None = None,
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """Paths {name: (steps + 1, 2)} over the surface's contours; a ring marks the start, a star a minimum."""
    return draw(Scene((_surface_panel(title, surface, paths, bounds, colours),), "", ""))


def gallery(walks: Mapping[str, tuple[Any, np.ndarray]], method: str = "SGD") -> Figure:
    """Several surfaces side by side, {title: (surface, path)}, each with one path in the method's colour."""
    panels = [
        _surface_panel(title, surface, {"": path}, colours={"": method})
        for title, (surface, path) in walks.items()
    ]
    return draw(Scene(tuple(panels), "", ""))


def _surface_panel(
    title: str,
    surface: Any,
    paths: Mapping[str, np.ndarray],
    bounds: Bounds | None = None,
    colours: Mapping[str, str] | None = None,
) -> Panel:
    bounds = surface.bounds if bounds is None else bounds
    return Panel(
        title,
        Axis("θ₁", tuple(bounds[0])),
        Axis("θ₂", tuple(bounds[1])),
        (*path_lines(paths, strokes_for(paths, colours)), *landmarks(surface, paths.values())),
        contours(surface.value, bounds),
    )


def networks(drawings: Mapping[str, Sequence[Sequence[int]]]) -> Figure:
    """Drawings of networks, {title: layers}; a layer lists its units, 1 for kept and 0 for dropped.

    Only kept units are connected.
    """
    blank = ((-9.0, ""),)  # a tick out of sight: a drawing has no scale
    panels = []
    for title, layers in drawings.items():
        places = [np.linspace(-1, 1, len(layer) + 2)[1:-1] for layer in layers]
        wires = [
            Line([depth, depth + 1], [places[depth][i], places[depth + 1][j]], FAINT, width=1)
            for depth in range(len(layers) - 1)
            for i, kept in enumerate(layers[depth])
            for j, fed in enumerate(layers[depth + 1])
            if kept and fed
        ]
        units = [
            Points([depth], [height], INK, size=11, shape="disc" if kept else "ring")
            for depth, layer in enumerate(layers)
            for height, kept in zip(places[depth], layer, strict=True)
        ]
        across = Axis("inputs → outputs", (-0.4, len(layers) - 0.6), ticks=blank)
        panels.append(Panel(title, across, Axis("", (-1, 1), ticks=blank), tuple(units), tuple(wires)))
    return draw(Scene(tuple(panels), "", ""))


def pictures(sheet: ArrayLike, names: ArrayLike | None = None) -> Figure:
    """Small pictures in rows and columns: sheet (rows, columns, height, width), dark is large.

    names (rows, columns): what stands above each picture.
    """
    sheet = np.asarray(sheet, dtype=float)
    figure, grid = _small_frames(sheet.shape[:2], names)
    for axes, picture in zip(grid, sheet.reshape(-1, *sheet.shape[2:]), strict=True):
        axes.imshow(picture, cmap="gray_r", vmin=sheet.min(), vmax=sheet.max())
    return figure


def shades(rows: Mapping[str, ArrayLike], groups: Mapping[str, int]) -> Figure:
    """Rows of tiles, {name: values}, from the top; in each the smallest value is pale, the largest dark.

    groups: {name: how many tiles}, from the left; their names stand below.
    """
    values = [np.ravel(np.asarray(row, dtype=float)) for row in rows.values()]
    levels = np.array([(row - row.min()) / np.ptp(row) for row in reversed(values)])
    ends = np.cumsum(list(groups.values()))
    middles = [end - (size + 1) / 2 for end, size in zip(ends, groups.values(), strict=True)]
    across = cells("", np.arange(ends[-1]), ticks=tuple(zip(middles, groups, strict=True)))
    up = cells(
        "", np.arange(len(values)), ticks=tuple((len(values) - 1.0 - i, name) for i, name in enumerate(rows))
    )
    borders = [Line([end - 0.5] * 2, up.ends, MARK, width=1.5) for end in ends[:-1]]
    borders += [Line(across.ends, [row + 0.5] * 2, MARK, width=1.5) for row in range(len(values) - 1)]
    heat = Heat(levels, ("light", "dark"), (PALE[0], PAPER_INK))  # white would be the page's
    return draw(Scene((Panel("", across, up, (heat, *borders)),), "", ""))


def signals(sheet: ArrayLike, names: ArrayLike | None = None) -> Figure:
    """Small signals in rows and columns, each a line over position: sheet (rows, columns, positions).

    All have one scale. names (rows, columns): what stands above each signal.
    """
    sheet = np.asarray(sheet, dtype=float)
    figure, grid = _small_frames(sheet.shape[:2], names)
    margin = 0.05 * (np.ptp(sheet) or 1.0)
    ends = sheet.min() - margin, sheet.max() + margin
    for axes, signal in zip(grid, sheet.reshape(-1, sheet.shape[2]), strict=True):
        axes.plot(signal, color=_INK[INK], linewidth=1.2)
        axes.set(ylim=ends)
    return figure


def _small_frames(shape: tuple[int, ...], names: ArrayLike | None) -> tuple[Figure, list[Axes]]:
    """A figure of rows and columns of frames without ticks, under their names, and the frames row by row."""
    rows, columns = shape
    titles = [""] * (rows * columns) if names is None else [str(name) for name in np.ravel(names)]
    with plt.rc_context(_STYLE):
        figure = Figure(
            figsize=(0.9 * columns, (0.95 if names is None else 1.3) * rows), layout="constrained"
        )
        if names is None:  # nothing is read in it: it is as wide as the page
            grid = list(figure.subplots(rows, columns, squeeze=False).ravel())
        else:
            grid = [place.subplots() for place in figure.subfigures(rows, columns, squeeze=False).ravel()]
        for axes, title in zip(grid, titles, strict=True):
            axes.set(xticks=[], yticks=[])
            axes.set_title(title, fontsize=10, fontweight="normal")
    return figure, grid


def curves(
    curves: Mapping[str, Any],
    *,
    x_label: str,
    y_label: str,
    title: str = "",
    log_x: bool = False,
    log_y: bool = False,
    y_range: tuple[float, float] | None = None,
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """Curves {name: y, or (x, y)}; without x, y is drawn over 0, 1, 2, … (1, 2, 3, … on a log axis)."""
    strokes = strokes_for(curves, colours)
    lines = []
    for name, curve in curves.items():
        x, y = curve if isinstance(curve, tuple) else (np.arange(len(curve)) + int(log_x), curve)
        lines.append(Line(x, y, strokes[name].colour, name, dashed=strokes[name].dashed))
    x_axis = Axis.around(x_label, [line.x for line in lines], log_x)
    y_axis = (
        Axis(y_label, y_range, log_y) if y_range else Axis.around(y_label, [line.y for line in lines], log_y)
    )
    return draw(Scene((Panel(title, x_axis, y_axis, tuple(lines)),), "", ""))


def early_stopping(losses: ArrayLike, waits: Mapping[str, tuple[int, int]]) -> Figure:
    """A validation loss by epoch, from 1, and below it how long each patience waits.

    waits: {name: (the epoch that is gone back to, the epoch at which training ends)}; the first has a ring.
    """
    losses = np.asarray(losses, dtype=float)
    low, top = losses.min(), losses[len(losses) // 10 :].max()  # a steep beginning would flatten the rest
    row = 0.12 * (top - low)
    layers: list[Layer] = [Line(np.arange(1, len(losses) + 1), losses, SPLITS["validation"], width=1.5)]
    for k, (name, colour) in enumerate(colours_for(waits).items(), start=1):
        (best, last), height = waits[name], low - k * row
        layers += [
            Line([best, best], [height, losses[best - 1]], FAINT, width=1),
            Line([best, last], [height, height], colour, name, width=4),
            Points([best, best], [height, losses[best - 1]], colour, size=10, shape="ring"),
        ]
    ticks = tuple((place, f"{place:.3g}") for place in MaxNLocator(4).tick_values(low, top) if place >= low)
    y = Axis("validation loss (nats)", (low - (len(waits) + 0.7) * row, top), ticks=ticks)
    return draw(Scene((Panel("", Axis("epoch", (0, len(losses) + 1)), y, tuple(layers)),), "", ""))


def heatmap(
    values: ArrayLike,
    *,
    x: ArrayLike,
    y: ArrayLike,
    x_label: str,
    y_label: str,
    value_label: str,
    title: str = "",
    log_x: bool = False,
    log_y: bool = False,
    mark: tuple[float, float] | None = None,
    losses: bool = False,
) -> Figure:
    """values (rows, columns) over evenly spaced cell centres x (columns) and y (rows); NaN cells stay blank.

    Dark is low; but of losses bright is, on a logarithmic scale, as in the explorers' maps of trainings.
    On a log axis the centres are evenly spaced in the logarithm. mark=(x, y) draws a cross.
    """
    values = np.asarray(values, dtype=float)
    low, high = np.nanmin(values), np.nanmax(values)
    levels = (values - low) / (high - low if high > low else 1.0)
    heat = heat_of_losses(values) if losses else Heat(levels, (f"{low:.3g}", f"{high:.3g}"))
    layers: list[Layer] = [heat]
    if mark:
        layers.append(Points([mark[0]], [mark[1]], MARK, size=11, shape="cross"))
    heading = f"{title}\n{value_label}" if title else value_label
    return draw(
        Scene((Panel(heading, cells(x_label, x, log_x), cells(y_label, y, log_y), tuple(layers)),), "", "")
    )


def bars(
    values: Mapping[str, float],
    *,
    y_label: str,
    title: str = "",
    log_y: bool = False,
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """One bar for each name, its value written above it."""
    palette = colours_for(values, colours)
    layers: list[Layer] = []
    heights = np.array(list(values.values()), dtype=float)
    room = (heights.max() / heights.min()) ** 0.1 if log_y else 1.1  # for what is written above
    axis = Axis.around(y_label, [heights, room * heights] if log_y else [room * heights, [0.0]], log_y)
    if not log_y and (heights >= 0).all():
        axis = Axis(y_label, (0.0, axis.ends[1]))
    for i, (name, value) in enumerate(values.items()):
        layers += [Bars([i], [value], palette[name]), Text(i, value, f"{value:.3g}\n", align="centre")]
    ticks = tuple((float(i), name) for i, name in enumerate(values))
    x_axis = Axis("", (-0.7, len(values) - 0.3), ticks=ticks)
    return draw(Scene((Panel(title, x_axis, axis, tuple(layers)),), "", ""))


def error_bars(groups: Mapping[str, Mapping[str, tuple[float, float]]], *, y_label: str) -> Figure:
    """A panel for each group, all on one scale: each name's mean, and a bar of its error to both sides.

    groups: {title: {name: (mean, error)}}
    """
    panels = []
    ends = [[m - e, m + e] for means in groups.values() for m, e in means.values()]
    axis = Axis.around(y_label, [*ends, [0.0]])
    for title, means in groups.items():
        layers: list[Layer] = [Line([-0.7, len(means) - 0.3], [0, 0], FAINT, width=1.0)]
        for i, (mean, error) in enumerate(means.values()):
            layers += [Line([i, i], [mean - error, mean + error]), Points([i], [mean])]
        ticks = tuple((float(i), name) for i, name in enumerate(means))
        panels.append(Panel(title, Axis("", (-0.7, len(means) - 0.3), ticks=ticks), axis, tuple(layers)))
    return draw(Scene(tuple(panels), "", ""))


def dots(
    values: Mapping[str, ArrayLike],
    *,
    x_label: str,
    title: str = "",
    log_x: bool = False,
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """A row for each name, from the top: its values over seeds, each a ring; their mean, ± standard error.

    values: {name: one value for each of at least two seeds}. The first seed's ring is the highest in its row.
    A single number, which is no list, has no seeds: it is a disc and no more.
    """
    return dots_in_panels({title: values}, x_label=x_label, log_x=log_x, colours=colours)


def dots_in_panels(
    groups: Mapping[str, Mapping[str, ArrayLike]],
    *,
    x_label: str,
    log_x: bool = False,
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """`dots` side by side, {title: values}, each on a scale of its own."""
    panels = (_dots_panel(title, values, x_label, log_x, colours) for title, values in groups.items())
    return draw(Scene(tuple(panels), "", ""))


def _dots_panel(
    title: str,
    values: Mapping[str, ArrayLike],
    x_label: str,
    log_x: bool,
    colours: Mapping[str, str] | None,
) -> Panel:
    palette = colours_for(values, colours)
    layers: list[Layer] = []
    for row, (name, given) in enumerate(values.items()):
        seeds = np.asarray(given, dtype=float)
        if seeds.ndim > 1 or seeds.shape in ((0,), (1,)) or not np.isfinite(seeds).all():
            raise ValueError(
                "plots.dots needs two finite numbers or more for each name, one for each seed, or a single "
                f"number without a list; for {name!r} it was given {given!r}. Runs that diverged have no "
                "mean: leave the name out, and say so."
            )
        if seeds.ndim == 0:
            layers.append(Points([float(seeds)], [row], palette[name], size=9))
            continue
        mean, error = seeds.mean(), seeds.std(ddof=1) / np.sqrt(len(seeds))
        places = np.linspace(row - 0.3, row, len(seeds))
        layers += [
            Points(seeds, places, palette[name], size=7, shape="ring"),
            Line([mean - error, mean + error], [row + 0.2, row + 0.2], palette[name], width=3),
            Points([mean], [row + 0.2], palette[name], size=9),
        ]
    drawn = [layer.x for layer in layers if isinstance(layer, Line | Points)]
    ticks = tuple((float(row), name) for row, name in enumerate(values))
    names = Axis("", (len(values) - 0.4, -0.6), ticks=ticks)
    return Panel(title, Axis.around(x_label, drawn, log_x), names, tuple(layers))


def rates_that_work(works: Mapping[str, ArrayLike], rates: Sequence[float]) -> Figure:
    """A row for each name: at which rates how many seeds work, and at how many rates each seed does.

    works: {name: (rates, seeds)}, whether a run works. The area of a disc is the share of seeds; a cross is
    none. Beside it the number of rates, as `dots` draws it.
    """
    layers: list[Layer] = []
    for row, each in enumerate(works.values()):
        for lr, share in zip(rates, np.asarray(each, float).mean(axis=1), strict=True):
            kind = {"size": 20 * np.sqrt(share)} if share else {"size": 7, "shape": "cross"}
            layers.append(Points([lr], [row], INK if share else FAINT, **kind))
    wide = {name: np.sum(each, axis=0) for name, each in works.items()}
    beside = _dots_panel("seed by seed", wide, "number of rates", False, dict.fromkeys(wide, INK))
    ticks = tuple((lr, f"{1000 * lr:g}") for lr in rates)  # short, as they stand close
    whole = tuple((float(count), str(count)) for count in range(len(rates) + 1))
    counted = Axis("number of rates", (-0.3, len(rates) + 0.3), ticks=whole)
    x = Axis("1,000 η (log scale)", (rates[0] / 1.5, rates[-1] * 1.5), log=True, ticks=ticks)
    panels = (Panel("seeds that work", x, beside.y, tuple(layers)), replace(beside, x=counted))
    return draw(Scene(panels, "", ""))


def spectrum(eigenvalues: ArrayLike) -> Figure:
    """The eigenvalues of a Hessian from the largest down, on a log scale, where only those above 0 are."""
    falling = np.sort(np.ravel(eigenvalues))[::-1]
    number = np.arange(1, len(falling) + 1)
    y = Axis.around("curvature λ (log scale)", [falling], log=True)
    points = Points(number, np.where(falling > 0, falling, np.nan), INK, size=8)
    x = Axis("direction, the steepest first", (0, len(falling) + 1))
    return draw(Scene((Panel("", x, y, (points,)),), "", ""))


def beliefs(
    x: np.ndarray, truth: np.ndarray, states: Mapping[str, tuple[np.ndarray, np.ndarray, Sequence[float]]]
) -> Figure:
    """What a model believes of a curve, a panel for each state: {title: (mean, uncertainty, looks at x)}.

    Dashed is the truth; pale are twice the uncertainty above and below the mean; a disc is a look.
    """
    model = OTHERS[0]
    ends = [truth, *(mean + k * unsure for mean, unsure, _ in states.values() for k in (-2, 2))]
    below, above = Axis("x", (float(x[0]), float(x[-1]))), Axis.around("J", ends)
    panels = []
    for title, (mean, unsure, looks) in states.items():
        band = [Line(x, mean + k * unsure, model, width=0.8) for k in (-2, 2)]
        line = Line(x, mean, model, "the model")
        found = Points(looks, np.interp(looks, x, truth), INK, size=7)
        layers: tuple[Layer, ...] = (Line(x, truth, INK, "J", width=1.2, dashed=True), *band, line, found)
        panels.append(Panel(title, below, above, layers))
    return draw(Scene(tuple(panels), "", ""))


def clouds(states: Mapping[str, np.ndarray], goal: ArrayLike, *, x_label: str, y_label: str) -> Figure:
    """A panel for each of {title: (points, 2)}, all on one scale; a star marks the goal."""
    across, up = np.concatenate(list(states.values())).T
    x, y = Axis.around(x_label, [across]), Axis.around(y_label, [up])
    star_x, star_y = np.asarray(goal)
    star = Points([star_x], [star_y], MARK, size=12, shape="star")
    panels = (
        Panel(title, x, y, (Points(points[:, 0], points[:, 1], OTHERS[0], size=4), star))
        for title, points in states.items()
    )
    return draw(Scene(tuple(panels), "", ""))


def plans(
    corners: ArrayLike, values: ArrayLike, *, worth: tuple[float, float], x_label: str, y_label: str
) -> Figure:
    """A linear program of two numbers: the area of plans, by its corners in order, with the value of each.

    Dashed are lines of equal value, worth[0] · x + worth[1] · y; a star marks the best corner.
    """
    corners, values = np.asarray(corners, dtype=float), np.asarray(values)
    x = np.array([-0.05, 1.25]) * corners[:, 0].max()
    levels = (Line(x, (value - worth[0] * x) / worth[1], FAINT, dashed=True) for value in np.unique(values))
    edge = np.vstack([corners, corners[:1]])
    names = [Text(x, y, f"  {value:g}") for (x, y), value in zip(corners, values, strict=True)]
    best = corners[np.argmax(values)]
    star = Points([best[0]], [best[1]], MARK, size=14, shape="star")
    panel = Panel(
        "",
        Axis(x_label, (float(x[0]), float(x[1]))),
        Axis(y_label, (-0.05 * corners[:, 1].max(), 1.1 * corners[:, 1].max())),
        (*levels, Line(edge[:, 0], edge[:, 1]), *names, star),
    )
    return draw(Scene((panel,), "", ""))


def draw(scene: Scene) -> Figure:
    """Any scene as a matplotlib figure, its panels side by side, one or two over the width of a page.

    Those that are stacked have one axis across. The message is left to the caller.
    """
    with plt.rc_context(_STYLE):
        arranged = _below_each_other if scene.stacked else _side_by_side
        figure, frames = arranged(len(scene.panels))
        for axes, panel in zip(frames, scene.until_now(), strict=True):
            _draw_panel(axes, panel)
    return figure


def _side_by_side(count: int) -> tuple[Figure, list[Axes]]:
    rows = -(-count // 3)  # at most three in a row, and the rows as even as can be
    columns = -(-count // rows)
    wide, high = themed.PANEL
    size = themed.WIDE.get(count, (wide * columns, high * rows))
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.add_gridspec(rows, columns)
    return figure, [figure.add_subfigure(grid[divmod(i, columns)]).subplots() for i in range(count)]


def _below_each_other(count: int) -> tuple[Figure, list[Axes]]:
    wide, high = themed.STACKED
    figure = Figure(figsize=(wide, high * count), layout="constrained", gid=themed.ONE_PICTURE)
    return figure, list(figure.subplots(count, squeeze=False).flat)


def _draw_panel(axes: Axes, panel: Panel) -> None:
    axes.set_title(fill(panel.title, _WIDEST))
    axes.set(xlabel=fill(panel.x.label, _WIDEST), ylabel=fill(panel.y.label, _HIGHEST))
    for axis, matplotlib_axis, set_ends in (
        (panel.x, axes.xaxis, axes.set_xlim),
        (panel.y, axes.yaxis, axes.set_ylim),
    ):
        if axis.log:
            getattr(axes, f"set_{matplotlib_axis.axis_name}scale")("log", nonpositive="mask")
            matplotlib_axis.set_major_formatter(_Plain())
            matplotlib_axis.set_minor_formatter(_Plain())
        if axis.gap:
            getattr(axes, f"set_{matplotlib_axis.axis_name}scale")("function", functions=_GAP)
        set_ends(*axis.ends)
        if axis.ticks:
            matplotlib_axis.set_major_locator(FixedLocator([place for place, _ in axis.ticks]))
            matplotlib_axis.set_ticklabels([text for _, text in axis.ticks])
            matplotlib_axis.set_minor_locator(NullLocator())
            matplotlib_axis.set_minor_formatter(NullFormatter())
    for order, layer in enumerate((*panel.backdrop, *panel.layers), start=2):
        _draw_layer(axes, layer, order, panel)
    for handle in panel.handles:
        axes.plot([handle.x], [handle.y], "o", color=_INK[INK], fillstyle="none", markersize=9, zorder=30)
    _name_lines(axes, [layer for layer in panel.layers if isinstance(layer, Line) and layer.label])


class _Plain(LogFormatterSciNotation):
    """Numbers on a log axis, as explorers have them: in digits, but for the very small and large."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        text = super().__call__(x, pos)
        return f"{x:g}" if text and 0.001 <= x < 10_000 else text


# Even in the logarithm of the distance to 1, which is kept away from 0.
_GAP = (lambda v: -np.log10(np.maximum(1 - v, 1e-12)), lambda v: 1 - 10.0**-v)

_MARKERS = {
    "disc": "o",
    "square": "s",
    "diamond": "D",
    "up": "^",
    "down": "v",
    "star": "*",
    "plus": "+",
    "cross": "x",
}
_MARK = 9  # pixels, at the end of a line


def _shaped(shape: str, size: float, colour: Any) -> dict[str, Any]:
    """How points of this shape and size are scattered, as arguments of matplotlib's."""
    form = "disc" if shape == "ring" else shape.removeprefix("open ")
    paint = {"color": colour} if form == shape else {"facecolors": "none", "edgecolors": colour}
    return {"s": (0.75 * size) ** 2, "marker": _MARKERS[form], **paint}


def _linestyle(line: Line) -> Any:
    """matplotlib counts dashes in widths of their line."""
    if isinstance(line.dashed, bool) or not line.dashed:
        return "--" if line.dashed else "-"
    return 0, [each / line.width for each in line.dashed]


def _draw_layer(axes: Axes, layer: Layer, order: int, panel: Panel) -> None:
    assert not isinstance(layer, Film)  # a scene's present step has no films, but their frames
    if isinstance(layer, Heat):
        _draw_heat(axes, layer)
        return
    if isinstance(layer, Pictures):
        _draw_pictures(axes, layer, order)
        return
    colour = _INK.get(layer.colour, layer.colour)
    if isinstance(layer, Line):
        axes.plot(
            _within_reach(layer.x, panel.x),
            _within_reach(layer.y, panel.y),
            color=colour,
            linewidth=0.75 * layer.width,
            linestyle=_linestyle(layer),
            zorder=order,
        )
        if layer.mark:
            last = np.flatnonzero(np.isfinite(layer.x) & np.isfinite(layer.y))[-1:]
            x, y = np.asarray(layer.x)[last], np.asarray(layer.y)[last]
            axes.scatter(x, y, zorder=order, **_shaped(layer.mark, _MARK, colour))
    elif isinstance(layer, Points):
        axes.scatter(layer.x, layer.y, zorder=order, **_shaped(layer.shape, layer.size, colour))
    elif isinstance(layer, Bars):
        foot = panel.y.ends[0] if panel.y.log else 0.0  # which on a log axis has no place
        heights = np.asarray(layer.y, dtype=float) - foot
        axes.bar(layer.x, heights, width=layer.width, bottom=foot, color=colour, zorder=order)
    else:
        side = {"centre": "center"}.get(layer.align, layer.align)
        axes.text(
            layer.x,
            layer.y,
            layer.text,
            **themed.words(colour),
            ha=side,
            va="center",
            zorder=order,
            path_effects=[withStroke(linewidth=2, foreground="white", alpha=0.75)],
        )


def _within_reach(values: ArrayLike, axis: Axis) -> np.ndarray:
    """Values beyond an axis, so near to it that the pen can go there: a path that diverges, even to infinity,
    leaves the picture where it does."""
    low, high = sorted(axis.ends)
    # On a log axis even the largest numbers are near.
    far = 1e308 if axis.log else 1e6 * (high - low)
    return np.clip(np.asarray(values, dtype=float), low - far, high + far)


def _draw_heat(axes: Axes, layer: Heat) -> None:
    levels = np.asarray(layer.levels, dtype=float)
    colours = LinearSegmentedColormap.from_list("heat", layer.palette)
    # Cells are even in the axes' own pixels, whatever the scale of the data.
    image = axes.imshow(
        levels, cmap=colours, vmin=0, vmax=1, origin="lower", aspect="auto", extent=(0, 1, 0, 1),
        transform=axes.transAxes, interpolation="none",
    )  # fmt: skip
    axes.grid(False)
    bar = axes.figure.colorbar(image, ax=axes, ticks=[0, 1], pad=0.02, aspect=30)
    bar.ax.set_yticklabels(layer.ends)


def _draw_pictures(axes: Axes, layer: Pictures, order: int) -> None:
    """Frame, ground and sign of each as it is now, a bar of those asked beside it, and all pixels at once."""
    # Their pixels are dark, whatever the page: so is all else on them, and their ground is light.
    colours = [ON_PALE if colour in _INK else colour for colour in layer.colours]
    rows, across = -(-len(layer.pixels) // layer.columns), math.isqrt(len(layer.pixels[0]))
    # A picture leaves a rim free, and at its right the room for sign and bar.
    sheet = np.zeros((rows, across + 2, layer.columns, across + 5))
    for i, (pixels, turn, sign) in enumerate(zip(layer.pixels, layer.turns[0], layer.signs[0], strict=True)):
        row, column = divmod(i, layer.columns)
        levels = np.array([int(level, 16) for level in pixels]) / 15
        sheet[row, 1:-1, column, 1 : across + 1] = levels.reshape(across, across)
        colour, first = colours[int(turn)], turn == "0"
        ground = 1 - (0.25 if first else 0.08) * (1 - np.array(to_rgb(colour)))
        width, style = 2 if first else 0.8, "--" if turn > "1" else "-"
        frame = Rectangle((column - 0.47, row - 0.46), 0.94, 0.92, fc=ground, ec=colour, lw=width, ls=style)
        axes.add_patch(frame)
        shade = themed.words(colour)["color"]
        axes.text(column + 0.25, row, sign, color=shade, ha="center", va="center", fontsize=7)
        counts = [int(each[0][i], 36) for each in layer.votes]
        ends = np.cumsum([0, *counts, layer.asked[0] - sum(counts)]) / layer.asked[0] if counts else ()
        for low, high, part in zip(ends[:-1], ends[1:], colours, strict=False):
            corner = column + 0.38, row + 0.42 - 0.84 * high
            axes.add_patch(Rectangle(corner, 0.07, 0.84 * (high - low), fc=part, lw=0))
    ink = np.zeros((rows * (across + 2), layer.columns * (across + 5), 4))
    ink[..., :3], ink[..., 3] = to_rgb(ON_PALE), sheet.reshape(ink.shape[:2])
    extent = (-0.5, layer.columns - 0.5, rows - 0.5, -0.5)
    axes.imshow(ink, aspect="auto", extent=extent, interpolation="none", zorder=order)
    axes.grid(False)


def _name_lines(axes: Axes, lines: Sequence[Line]) -> None:
    """Each line's name, after its mark, right of the axes, at the height where it ends, none over another."""
    ends = []
    for line in lines:
        xy = np.column_stack([line.x, line.y]).astype(float)
        with np.errstate(all="ignore"):  # on a log axis 0 has no place
            place = axes.transAxes.inverted().transform(axes.transData.transform(xy))[:, 1]
        place = place[np.isfinite(place)]
        ends.append(float(np.clip(place[-1], 0.03, 0.97)) if place.size else 0.03)
    names = [fill(line.label, _LONGEST) for line in lines]
    gap = 0.075 * max((1 + name.count("\n") for name in names), default=1)
    for line, name, height in zip(lines, names, spread(ends, gap), strict=True):
        colour = _INK.get(line.colour, line.colour)
        beside = axes.transAxes + ScaledTranslation(
            (7 if line.mark else 5) / 72, 0, axes.figure.dpi_scale_trans
        )
        if line.mark:
            axes.scatter([1], [height], transform=beside, clip_on=False, **_shaped(line.mark, _MARK, colour))
            beside += ScaledTranslation(8 / 72, 0, axes.figure.dpi_scale_trans)
        axes.text(1, height, name, transform=beside, va="center", **themed.words(colour))


def spread(places: Sequence[float], gap: float, top: float = 0.97) -> list[float]:
    """Move places apart until they are `gap` from each other and none lies above `top`; the order stays."""
    order = np.argsort(places, kind="stable")
    moved = np.array(places, dtype=float)[order]
    for i in range(1, len(moved)):
        moved[i] = max(moved[i], moved[i - 1] + gap)
    limit = top
    for i in reversed(range(len(moved))):
        moved[i] = min(moved[i], limit)
        limit = moved[i] - gap
    result = np.empty_like(moved)
    result[order] = moved
    return [float(place) for place in result]
