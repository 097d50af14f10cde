"""Figures come with words, in fixed colours, and are the same each time."""

import base64
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from sent import unpacked

from course_lib import palette, plots, surfaces, themed
from course_lib.explorers.packing import packed
from course_lib.scene import Axis, Heat, Line, Panel, Scene, cells, contours


def test_names_keep_their_colours_and_others_get_free_ones():
    colours = plots.colours_for(["Adam", "without a hat", "SGD"])
    assert (colours["Adam"], colours["SGD"]) == (palette.COLOURS["Adam"], palette.COLOURS["SGD"])
    assert len(set(colours.values())) == 3
    assert plots.colours_for(["mine"], {"mine": "RMSprop"}) == {"mine": palette.COLOURS["RMSprop"]}
    assert plots.colours_for(["mine"], {"mine": "#123456"}) == {"mine": "#123456"}


@pytest.fixture
def shown(monkeypatch):
    outputs = []
    monkeypatch.setattr(plots, "display", lambda output: outputs.append(output.data))
    return outputs


def test_show_gives_one_figure_with_its_alternative_escaped(shown):
    figure = plt.figure()
    plots.show(figure, 'loss < 1 & "falling"', width=300)
    assert not plt.fignum_exists(figure.number)
    (html,) = shown
    assert 'alt="loss &lt; 1 &amp; &quot;falling&quot;"' in html
    assert html.count("<img") == html.count("<figure") == 1
    png = base64.b64decode(re.search(r"base64,([^\"]+)", html)[1])
    assert png.startswith(b"\x89PNG")


@pytest.mark.parametrize("alt", ["", "  ", None])
def test_a_figure_without_words_is_refused(alt, shown):
    with pytest.raises(ValueError, match="needs a text alternative"):
        plots.show(plots.bars({"SGD": 1.0}, y_label="Loss"), alt)
    assert not shown


def make_figures():
    surface = surfaces.ravine()
    paths = {"SGD": np.array([[-1.0, 1.0], [0.5, 0.2]]), "mine": np.array([[-1.0, 1.0], [np.nan, np.inf]])}
    yield plots.paths_on_surface(surface, paths, title="Paths")
    yield plots.curves(
        {"Adam": [1.0, 0.1, 0.0], "SGD": ([0, 2], [1, np.nan])}, x_label="x", y_label="y", log_y=True
    )
    labels = {"x_label": "η", "y_label": "β", "value_label": "loss"}
    yield plots.heatmap(
        [[1.0, np.nan], [2.0, 3.0]], x=[0.1, 1], y=[0, 1], **labels, log_x=True, mark=(0.1, 1)
    )
    yield plots.bars({"SGD": 1.0, "Adam": 2.0}, y_label="Loss")
    yield plots.error_bars({"here": {"a": (1.0, 0.5)}, "there": {"a": (-1.0, 0.25)}}, y_label="gain")
    yield plots.dots({"SGD": [1.0, 2.0, 4.0], "mine": np.array([0.5, 0.25])}, x_label="Loss", log_x=True)
    yield plots.dots_in_panels({"here": {"SGD": [1.0, 2.0]}, "there": {"SGD": [3.0, 5.0]}}, x_label="Loss")
    yield plots.rates_that_work({"SGD": [[True, False], [True, True]], "mine": [[False] * 2] * 2}, (0.1, 1.0))
    yield plots.spectrum([2.0, 0.5, 1e-3])
    yield plots.pictures(np.arange(24.0).reshape(1, 2, 3, 4), [["a", "b"]])
    yield plots.signals(np.arange(24.0).reshape(2, 3, 4))


def test_the_same_numbers_give_the_same_bytes():
    first = [themed.html(figure, "words") for figure in make_figures()]
    second = [themed.html(figure, "words") for figure in make_figures()]
    assert first == second
    assert len(set(first)) == len(first)


def test_an_error_bar_reaches_from_below_its_mean_to_above_it():
    gains = {"here": {"a": (1.0, 0.5), "b": (2.0, 0.0)}, "there": {"a": (-1.0, 0.25), "b": (0.0, 3.0)}}
    figure = plots.error_bars(gains, y_label="gain")
    for axes, (title, means) in zip(figure.axes, gains.items(), strict=True):
        assert axes.get_title() == title and axes.get_ylim() == figure.axes[0].get_ylim()
        assert [label.get_text() for label in axes.get_xticklabels()] == list(means)
        bars = [line.get_ydata() for line in axes.lines if list(line.get_xdata()) in ([0, 0], [1, 1])]
        assert [list(bar) for bar in bars] == [[m - e, m + e] for m, e in means.values()]


@pytest.mark.parametrize("log", [False, True])
def test_a_bar_reaches_from_the_axis_to_its_value_and_there_is_room_above_it(log):
    values = {"a": 2e-5, "b": 3.0, "c": 1e10}
    [axes] = plots.bars(values, y_label="size", log_y=log).findobj(Axes)
    low, high = axes.get_ylim()
    for bar, value in zip(axes.patches, values.values(), strict=True):
        feet, head = bar.get_extents().y0, bar.get_extents().y1  # in pixels, as it is drawn
        assert feet == pytest.approx(axes.transData.transform((0, low))[1], abs=0.5)
        assert head == pytest.approx(axes.transData.transform((0, value))[1], abs=0.5)
    assert max(values.values()) < high and np.all(np.isfinite([text.get_position() for text in axes.texts]))


def test_dots_show_each_seed_and_its_methods_mean_with_the_standard_error():
    values = {"Adam": [1.0, 2.0, 3.0, 6.0], "SGD": np.array([4.0, 8.0])}
    (axes,) = plots.dots(values, x_label="loss", title="a race").axes
    assert (axes.get_xlabel(), axes.get_title()) == ("loss", "a race")
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Adam", "SGD"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1], "the first stands at the top"
    # By hand: (1 + 4 + 9 + 36 - 4 · 3²) / 3 = 14/3, over 4 seeds; (16 + 64 - 2 · 6²) / 1 = 8, over 2.
    errors = {"Adam": np.sqrt(14 / 3 / 4), "SGD": np.sqrt(8 / 2)}
    for row, (name, given) in enumerate(values.items()):
        ring, mean = axes.collections[2 * row : 2 * row + 2]
        line, error = axes.lines[row], errors[name]
        x, y = ring.get_offsets().T
        assert list(x) == list(given) and (np.abs(y - row) < 0.5).all() and len(set(y)) == len(y)
        assert mean.get_offsets()[0, 0] == np.mean(given)
        assert list(line.get_xdata()) == pytest.approx([np.mean(given) - error, np.mean(given) + error])
        assert len({*line.get_ydata(), mean.get_offsets()[0, 1]}) == 1
        colour = to_rgba(palette.COLOURS[name])
        assert tuple(ring.get_edgecolor()[0]) == tuple(mean.get_facecolor()[0]) == colour
        assert to_rgba(line.get_color()) == colour and len(ring.get_facecolor()) == 0
    low, high = axes.get_xlim()
    assert low < 1.0 < 8.0 < high


def test_a_single_number_has_no_seeds_and_is_a_disc_in_its_row():
    (axes,) = plots.dots({"baseline": 0.5, "SGD": [1.0, 2.0]}, x_label="loss").axes
    disc, ring, mean = axes.collections
    assert [list(place) for place in disc.get_offsets()] == [[0.5, 0]]
    assert len(disc.get_facecolor()) == len(mean.get_facecolor()) == 1 > len(ring.get_facecolor())
    assert len(axes.lines) == 1, "the error of the other's mean"
    assert axes.get_xlim()[0] < 0.5


def test_dots_in_panels_have_each_its_title_and_its_scale():
    groups = {"near": {"SGD": [1.0, 3.0]}, "far": {"SGD": [100.0, 300.0]}}
    figure = plots.dots_in_panels(groups, x_label="loss")
    for axes, (title, values) in zip(figure.axes, groups.items(), strict=True):
        assert axes.get_title() == title
        assert axes.collections[1].get_offsets()[0, 0] == np.mean(values["SGD"])
        low, high = axes.get_xlim()
        assert 0 < low < values["SGD"][0] < values["SGD"][1] < high < 2 * values["SGD"][1]


def test_a_spectrum_falls_and_leaves_out_what_has_no_logarithm():
    (axes,) = plots.spectrum([0.5, -1.0, 20.0, 0.0]).axes
    drawn = np.ma.filled(axes.collections[0].get_offsets().astype(float), np.nan)
    np.testing.assert_allclose(drawn[:2], [[1, 20.0], [2, 0.5]])
    assert axes.get_yscale() == "log" and np.isnan(drawn[2:, 1]).all()


@pytest.mark.parametrize("given", [[1.0], [], np.nan, [[1.0, 2.0]], [1.0, np.nan], [1.0, np.inf]])
def test_dots_refuse_what_has_no_mean_and_error(given):
    with pytest.raises(ValueError, match=r"two finite numbers or more for each name.*'mine'"):
        plots.dots({"SGD": [1.0, 2.0], "mine": given}, x_label="loss")


def test_early_stopping_marks_where_it_goes_back_to_and_how_long_it_waited():
    losses = [3.0, 2.0, 2.5, 1.0, 1.5, 1.25]
    (axes,) = plots.early_stopping(losses, {"patience 1": (2, 3), "patience 2": (4, 6)}).axes
    curve, *lines = axes.lines
    assert (list(curve.get_xdata()), list(curve.get_ydata())) == ([1, 2, 3, 4, 5, 6], losses)
    waited = [line for line in lines if line.get_xdata()[0] != line.get_xdata()[1]]
    assert [list(line.get_xdata()) for line in waited] == [[2, 3], [4, 6]]
    heights = [line.get_ydata()[0] for line in waited]
    assert min(losses) > heights[0] > heights[1] > axes.get_ylim()[0]
    for rings, (best, height, loss) in zip(
        axes.collections, zip((2, 4), heights, (2.0, 1.0), strict=True), strict=True
    ):
        assert rings.get_offsets().tolist() == [[best, height], [best, loss]]
    assert [text.get_text() for text in axes.texts] == ["patience 1", "patience 2"]
    assert min(axes.get_yticks()) >= min(losses), "a loss is told where there is one"


def test_beliefs_show_what_a_model_has_seen_and_how_sure_it_is():
    x = np.linspace(0, 1, 5)
    figure = plots.beliefs(x, x**2, {"two looks": (x, 0.5 + 0 * x, [0.0, 1.0])})
    [axes] = figure.axes
    drawn = {tuple(np.round(line.get_ydata(), 3)) for line in axes.lines if len(line.get_xdata()) == 5}
    assert drawn == {tuple(np.round(y, 3)) for y in (x**2, x, x - 1, x + 1)}


def test_plans_have_their_best_corner_on_the_highest_line_of_equal_value():
    figure = plots.plans(
        [[0, 0], [4, 0], [2, 3], [0, 4]], [0, 4, 8, 8.1], worth=(1, 2), x_label="a", y_label="b"
    )
    [axes] = figure.axes
    assert {text.get_text().strip() for text in axes.texts} >= {"0", "4", "8", "8.1"}
    dashed = [line for line in axes.lines if line.get_linestyle() != "-" and len(line.get_xdata()) == 2]
    values = [line.get_xdata() + 2 * line.get_ydata() for line in dashed]
    assert np.allclose(sorted(value[0] for value in values), [0, 4, 8, 8.1])
    assert all(np.allclose(value, value[0]) for value in values)


def test_every_curve_is_named_beside_it_in_its_colour_and_no_name_covers_another():
    names = ["SGD", "Momentum", "Adam", "mine"]
    figure = plots.curves(
        {name: [1.0, 0.5 + i * 1e-3] for i, name in enumerate(names)}, x_label="x", y_label="y"
    )
    (axes,) = figure.axes
    texts = {text.get_text(): text for text in axes.texts}
    assert set(texts) == set(names)
    heights = sorted(text.get_position()[1] for text in texts.values())
    assert np.diff(heights).min() >= 0.059
    assert axes.get_legend() is None
    # from the lowest end to the highest
    assert sorted(names, key=lambda name: texts[name].get_position()[1]) == names


def test_pictures_stand_in_their_rows_and_columns_on_one_scale_with_their_names():
    sheet = np.arange(48.0).reshape(2, 2, 3, 4)
    axes = plots.pictures(sheet, [["a", "b"], ["c", "d"]]).axes
    assert [ax.get_title() for ax in axes] == ["a", "b", "c", "d"]
    for ax, picture in zip(axes, sheet.reshape(4, 3, 4), strict=True):
        (image,) = ax.images
        assert np.array_equal(image.get_array(), picture) and image.get_clim() == (0, 47)


def test_shades_are_dark_where_a_row_is_large_from_the_top_with_a_border_between_groups():
    figure = plots.shades({"first": [0.0, 4.0, 1.0], "second": [[7.0], [5.0], [6.0]]}, {"cats": 1, "dogs": 2})
    axes, _ = figure.findobj(Axes)  # and its colour bar
    drawn = np.asarray(axes.images[0].get_array())
    np.testing.assert_allclose(drawn, [[1, 0, 0.5], [0, 1, 0.25]])  # the lower row comes first
    assert [text.get_text() for text in axes.get_yticklabels()] == ["first", "second"]
    assert list(axes.get_yticks()) == [1, 0] and list(axes.get_xticks()) == [0, 1.5]
    upright, level = axes.lines
    assert list(upright.get_xdata()) == [0.5, 0.5] and list(level.get_ydata()) == [0.5, 0.5]


def test_signals_stand_in_their_rows_and_columns_on_one_scale_with_their_names():
    sheet = np.arange(24.0).reshape(2, 3, 4)
    axes = plots.signals(sheet, [["a", "b", "c"], ["d", "e", "f"]]).axes
    assert [ax.get_title() for ax in axes] == ["a", "b", "c", "d", "e", "f"]
    for ax, signal in zip(axes, sheet.reshape(6, 4), strict=True):
        (line,) = ax.lines
        assert np.array_equal(line.get_ydata(), signal) and np.array_equal(line.get_xdata(), range(4))
        assert ax.get_ylim() == axes[0].get_ylim() and ax.get_ylim()[0] < 0 and ax.get_ylim()[1] > 23
    flat = plots.signals(np.ones((1, 1, 3))).axes[0]
    assert flat.get_ylim()[0] < 1 < flat.get_ylim()[1]


def pixels(figure):
    """Of the only line: its points in pixels, and the frame that they are drawn in."""
    figure.canvas.draw()
    [line] = figure.axes[0].lines
    return line.get_transform().transform(line.get_xydata()), figure.axes[0].bbox


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("losses", "said"),
    [([0.2, 2.0], {"0.2", "0.4", "1", "2"}), ([0.02, 30.0], {"0.1", "1", "10"}), ([1e-7, 1e5], set())],
)
def test_a_log_axis_has_its_numbers_in_digits_but_for_the_very_small_and_large(losses, said):
    figure = plots.curves({"": losses}, x_label="t", y_label="J", log_y=True)
    figure.canvas.draw()
    [axes] = figure.findobj(Axes)
    texts = {each.get_text() for each in axes.yaxis.get_ticklabels(which="both")} - {""}
    assert said <= texts
    assert all(text.replace(".", "").isdigit() for text in texts) == bool(said)


def test_a_line_on_a_log_axis_rises_evenly_however_large_its_numbers():
    """A loss that grows tenfold at each step is straight there; one that ends at infinity leaves the top."""
    places, frame = pixels(plots.curves({"": 10.0 ** np.arange(281)}, x_label="t", y_label="J", log_y=True))
    np.testing.assert_allclose(np.diff(places[:, 1]), np.diff(places[:, 1])[0], rtol=1e-6)
    assert frame.y0 < places[0, 1] < places[-1, 1] < frame.y1
    endless = 10.0 ** np.array([0.0, 140.0, 280.0, np.inf])
    places, frame = pixels(plots.curves({"": endless}, x_label="t", y_label="J", log_y=True))
    assert places[2, 1] < frame.y1 < places[3, 1]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("end", [1e8, 1e200, -1e200, np.inf, -np.inf])
def test_a_line_leaves_a_picture_upright_where_it_diverges(end):
    y = np.array([0.0, 1.0, end, end])
    places, frame = pixels(plots.curves({"": y}, x_label="t", y_label="J", y_range=(-1, 2)))
    below, above = frame.y0 < places[:, 1], places[:, 1] < frame.y1
    assert (below & above).tolist() == [True, True, False, False]
    assert (places[2:, 1] > frame.y1).all() == (end > 0)
    steps = np.diff(places[:3], axis=0)
    width = abs(steps[1, 0] / steps[1, 1]) * frame.height  # by which it moves aside on its way out
    assert np.isfinite(places).all() and width < 0.01


def test_spread_moves_labels_apart_as_little_as_needed_and_keeps_them_in_order():
    assert plots.spread([0.1, 0.5], gap=0.06) == [0.1, 0.5]
    moved = plots.spread([0.95, 0.96, 0.2], gap=0.06, top=0.97)
    assert moved == pytest.approx([0.91, 0.97, 0.2])


def test_a_heat_map_ends_half_a_cell_beyond_its_centres():
    axis = cells("η", [0.01, 0.1, 1.0], log=True)
    assert axis.ends == pytest.approx((10**-2.5, 10**0.5))
    assert cells("β", [0, 1, 2]).ends == pytest.approx((-0.5, 2.5))
    assert cells("epoch", [1, 2]).ticks == ((1.0, "1"), (2.0, "2"))  # no half epochs


def test_a_contour_lies_at_one_height():
    surface = surfaces.himmelblau()
    lines = contours(surface.value, surface.bounds)
    assert len(lines) == 14
    for line in lines:
        heights = surface.value(np.column_stack([line.x, line.y]))
        heights = heights[np.isfinite(heights)]
        # between grid points the line is straight and the surface is not
        assert np.ptp(heights) < 0.1 * np.median(heights) + 2.0


def test_an_axis_shows_all_that_is_finite():
    low, high = Axis.around("y", [[1.0, np.nan], [np.inf, 3.0]]).ends
    assert low < 1.0 < 3.0 < high < 4.0
    low, high = Axis.around("y", [[0.0, -1.0, 0.01, 100.0]], log=True).ends
    assert 0.001 < low < 0.01 < 100 < high < 1000
    assert Axis.around("y", [[0.0, 0.0]]).ends[0] < Axis.around("y", [[0.0, 0.0]]).ends[1]


def test_a_scene_travels_as_words_and_32_bit_floats_and_what_is_none_as_nan():
    line = Line([0.123456789, np.nan, 1e99], [np.inf, 1e-9, -1e99], "#123456", "name", width=1 / 3)
    panel = Panel(
        "t", Axis("x", (0, 1)), Axis("y", (0, 1)), (line,), (Heat([[0.0, np.nan], [1.0, 0.5]], ("0", "1")),)
    )
    front, (backdrop,) = packed(Scene((panel,), "ein Gefäß", "alt"), number=7)
    assert (unpacked(front)["message"], unpacked(front)["number"]) == ("ein Gefäß", 7)
    [layer] = unpacked(front)["panels"][0]["layers"]
    most = np.finfo(np.float32).max
    np.testing.assert_allclose(layer["x"], [0.123456789, np.nan, most], rtol=1e-7)
    np.testing.assert_allclose(layer["y"], [np.nan, 1e-9, -most], rtol=1e-7)
    assert (layer["colour"], layer["width"], layer["since"]) == ("#123456", 0.3333, None)
    [heat] = unpacked(backdrop)
    np.testing.assert_array_equal(heat["levels"], [[0.0, np.nan], [1.0, 0.5]])
    assert heat["ends"] == ["0", "1"]


def test_rates_that_work_are_counted_by_rate_and_by_seed():
    """The area of a disc is the share of seeds; where none works stands a small cross."""
    works = {
        "SGD": [[True, False, False, True], [True] * 4],
        "mine": [[False] * 4, [True, False, False, False]],
    }
    by_rate, by_seed = plots.rates_that_work(works, (0.1, 1.0)).axes
    sizes = [float(points.get_sizes()[0]) for points in by_rate.collections]
    assert sizes[0] / sizes[1] == pytest.approx(0.5) and sizes[3] / sizes[1] == pytest.approx(0.25)
    seeds = sorted(points.get_offsets()[:, 0].tolist() for points in by_seed.collections)
    assert seeds == sorted([[2, 1, 1, 2], [1.5], [1, 0, 0, 0], [0.25]])
