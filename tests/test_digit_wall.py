"""The digit wall against the lecture's own cells, dropout written out in NumPy, and plain counting."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from sent import unpacked

from course_lib import datasets, explorers, plots
from course_lib.data import make_digit_wall as made
from course_lib.explorers import wall_scene
from course_lib.explorers.digit_wall import (
    BELIEVED,
    COLOURS,
    COLUMNS,
    NEITHER,
    PATIENCES,
    RIGHT,
    for_good,
    order,
    run,
    stops,
)
from course_lib.explorers.packing import packed
from course_lib.explorers.patience import NEVER
from course_lib.scene import Line, Pictures, Points

LECTURE = Path(__file__).parent.parent / "notebooks" / "03_dropout.ipynb"
SETTINGS = [(l2, rate) for l2 in made.L2 for rate in made.RATES]


@pytest.fixture(scope="module")
def lecture():
    """What the lecture's cells define that falsify the labels and train."""
    cells = json.loads(LECTURE.read_text("utf-8"))["cells"]
    sources = {cell["id"]: "".join(cell["source"]) for cell in cells}
    names = {}
    for id in ("imports", "data", "plain", "train", "with-dropout"):
        exec(sources[id], names)
    return names


def wall(**state):
    scene = wall_scene(**({"l2": 0.0, "rate": 0.0, "patience": NEVER, "epoch": 20} | state))
    [layer] = scene.panels[0].layers
    assert isinstance(layer, Pictures)
    return scene, layer


def labels(layer):
    """Given, right: as the pictures tell them."""
    told = [re.match(r"labelled (\d), really (\d); ", text).groups() for text in layer.texts]
    return np.array(told, dtype=int).T


def digits_of(text):
    return np.array([int(sign, 36) for sign in text])


# what is stored


def test_the_wall_shows_the_lectures_digits_with_its_wrong_labels(lecture):
    _, layer = wall()
    hung = lecture["mislabelled"][order()]
    assert sorted(order()) == list(range(80))
    np.testing.assert_array_equal(labels(layer), [lecture["y"][hung], lecture["right"][hung]])
    levels = np.array([[int(level, 16) for level in pixels] for pixels in layer.pixels])
    np.testing.assert_allclose(levels / 15, lecture["x"][hung], atol=0.5 / 15 + 1e-9)


@pytest.mark.parametrize(("rate", "recipe"), [(0.0, "plain"), (0.5, "with_dropout")])
def test_the_runs_are_the_lectures(lecture, rate, recipe):
    """Rounding differs from machine to machine and grows: in the end a few digits may."""
    stored = run(0.0, rate)
    network, theta, history = lecture["train"](lecture[recipe], seed=0)
    np.testing.assert_allclose(stored.val[1:6], history.val_loss[:5], rtol=5.1e-3)
    np.testing.assert_allclose(stored.train[1:6], history.train_loss[:5], rtol=5.1e-3)
    assert stored.val[50] == pytest.approx(history.val_loss[-1], abs=0.05)
    assert stored.accuracy[50] == pytest.approx(history.val_accuracy[-1], abs=0.03)
    answers = network.predict(theta, lecture["x"][lecture["mislabelled"]]).argmax(axis=1)
    assert np.sum(stored.answers[50] != answers) <= 8


def test_the_script_makes_what_is_stored():
    again = made.run(0.003, 0.5, epochs=3)
    [stored] = [each for each in json.loads(made.FILE.read_text("utf-8"))["runs"]
                if (each["l2"], each["rate"]) == (0.003, 0.5)]  # fmt: skip
    for name in ("train", "val", "accuracy"):
        np.testing.assert_allclose(again[name], stored[name][:4], rtol=1.1e-2)
    for name in ("answers", "for_given", "for_right"):
        ours, theirs = (digits_of("".join(each[name].split()[:4])) for each in (again, stored))
        assert np.mean(ours == theirs) > 0.98
    shown = json.loads(made.FILE.read_text("utf-8"))["pictures"]
    assert made.pictures() == shown
    assert made.FILE.stat().st_size <= 300_000


def test_the_votes_are_those_of_thinned_networks(lecture):
    """Masks written out: 400 of them give each digit's share, of which 30 votes are a draw.

    Over 80 digits the sum is normal; 6 standard errors are a false alarm in 1e8 seeds.
    """
    rate, epoch, masks = 0.5, 4, 400
    *_, theta = made.thetas(0.0, rate, epoch)
    w1, b1, w2, b2, w3, b3 = np.split(theta, np.cumsum([64 * 80, 80, 80 * 80, 80, 80 * 10]))
    x, rng = lecture["x"][lecture["mislabelled"]], np.random.default_rng(5)
    answers = np.empty((masks, 80), dtype=int)
    for k in range(masks):
        keep_1, keep_2 = rng.random((2, 80, 80)) >= rate
        h = np.maximum(x @ w1.reshape(64, 80) + b1, 0) * keep_1 / (1 - rate)
        h = np.maximum(h @ w2.reshape(80, 80) + b2, 0) * keep_2 / (1 - rate)
        answers[k] = (h @ w3.reshape(80, 10) + b3).argmax(axis=1)
    for votes, name in zip(run(0.0, rate).votes[:, epoch], ("y", "right"), strict=True):
        share = np.mean(answers == lecture[name][lecture["mislabelled"]], axis=0)
        error = np.sqrt(np.sum(share * (1 - share)) * (30 + 30**2 / masks))
        assert abs(votes.sum() - 30 * share.sum()) < 6 * error


@pytest.mark.parametrize(("l2", "rate"), SETTINGS)
def test_no_more_masks_vote_than_are_asked(l2, rate):
    result = run(l2, rate)
    assert result.answers.shape == (made.EPOCHS + 1, 80)
    if rate:
        assert result.votes.sum(axis=0).max() <= made.MASKS
    else:
        assert result.votes is None


# what is shown


@pytest.mark.parametrize("patience", [3, NEVER])
@pytest.mark.parametrize(("l2", "rate"), [(0.0, 0.0), (0.003, 0.5)])
def test_each_picture_is_what_the_networks_answer_makes_it(l2, rate, patience):
    scene, layer = wall(l2=l2, rate=rate, patience=patience, epoch=25)
    given, right = labels(layer)
    for turns, signs in zip(layer.turns, layer.signs, strict=True):
        answer = digits_of(signs)
        kind = [BELIEVED if a == g else RIGHT if a == r else NEITHER
                for a, g, r in zip(answer, given, right, strict=True)]  # fmt: skip
        assert digits_of(turns).tolist() == kind
    now = layer.turns[25]
    numbers = map(
        int, re.search(r"believes (\d+) of 80 .* reads (\d+) .* and (\d+) as", scene.message).groups()
    )
    assert list(numbers) == [now.count(str(kind)) for kind in (BELIEVED, RIGHT, NEITHER)]
    curves = {each.label: each for each in scene.panels[1].layers if isinstance(each, Line) and each.label}
    for kind, curve in enumerate(curves.values()):
        counts = [turns.count(str(kind)) for turns in layer.turns]
        assert list(curve.y) == counts[: len(curve.y)]
        assert curve.colour == COLOURS[kind]


def test_the_masks_are_in_picture_and_message():
    scene, layer = wall(rate=0.5, epoch=60)
    believed, right = (digits_of(votes[60]) for votes in layer.votes)
    np.testing.assert_array_equal([believed, right], run(0.0, 0.5).votes[:, 60][:, order()])
    agreed = f"agree to believe {np.sum(believed == 30)} labels, and to read {np.sum(right == 30)} right"
    assert agreed in scene.message
    assert wall()[1].votes == ()


def test_for_good_by_going_through():
    kinds = run(0.003, 0.2).kinds()
    for column, since in zip(kinds.T, for_good(kinds), strict=True):
        later = [k for k in range(len(column)) if all(column[k:] == BELIEVED)]
        assert since == (later[0] if later else len(column))
    assert for_good(np.full((4, 2), BELIEVED)).tolist() == [0, 0]


def test_the_first_state_tells_how_all_are_learned_by_heart():
    """And the wall hangs in that order."""
    scene, layer = wall()
    since = [int(re.search(r"from epoch (\d+) on", text)[1]) for text in layer.texts]
    assert since == sorted(since)
    assert (
        f"believes 80: the first for good from epoch {since[0]} on, half of all by {since[39]}"
        in scene.message
    )
    assert f"the last from {since[79]} on." in scene.message
    assert explorers.digit_wall().scene().message == scene.message


def test_patience_ends_a_run_as_fit_does(lecture):
    _, _, history = lecture["train"](lecture["plain"], seed=0, patience=5)
    end, used = stops(run(0.0, 0.0).val, 5)
    assert (end, used) == (len(history.val_loss), history.best_epoch + 1)
    scene, layer = wall(patience=5, epoch=end + 1)
    assert f"ended after epoch {end} and went back to epoch {used}." in scene.message
    assert set(layer.turns[end + 1 :]) == {layer.turns[used]}
    assert layer.turns[: end + 1] == wall()[1].turns[: end + 1]
    [handle] = scene.panels[2].handles
    assert handle.x == end == handle.places_x[PATIENCES.index(5)]
    assert handle.y == run(0.0, 0.0).val[end]
    [ring] = [each for each in scene.panels[2].layers if isinstance(each, Points) and each.shape == "ring"]
    assert ring.x == [used]


@pytest.mark.parametrize(("l2", "rate"), SETTINGS)
def test_more_patience_never_ends_a_run_earlier(l2, rate):
    val = run(l2, rate).val
    ends = [stops(val, patience)[0] for patience in PATIENCES]
    assert ends == sorted(ends)
    assert ends[-1] == made.EPOCHS
    for patience in PATIENCES[:-1]:
        end, used = stops(val, patience)
        assert val[used] == val[1 : end + 1].min()
        assert end == used + patience or end == made.EPOCHS


def test_remedies_leave_labels_unbelieved():
    """As the lecture says: every remedy moves the training accuracy down, towards the truth."""
    believed = {setting: np.sum(run(*setting).kinds()[-1] == BELIEVED) for setting in SETTINGS}
    assert believed[0.0, 0.0] == 80
    assert all(count < 80 for setting, count in believed.items() if setting != (0.0, 0.0))
    assert believed[0.01, 0.0] < 40
    assert believed[0.0, 0.5] < 40


def test_what_the_lecture_says_of_the_wall():
    cells = {cell["id"]: "".join(cell["source"]) for cell in json.loads(LECTURE.read_text("utf-8"))["cells"]}
    told = re.search(
        r"half of them by epoch (\d+) and the last at (\d+)\. An L2 of λ = 0\.01 leaves (\d+) believed, "
        r"dropout at 0\.5 leaves (\d+), and patience 3 goes back to a network that believes (\d+)\.",
        cells["wall-answer"],
    )
    since = np.sort(for_good(run(0.0, 0.0).kinds()))

    def believed(l2, rate, patience=NEVER):
        result = run(l2, rate)
        return np.sum(result.kinds()[stops(result.val, patience)[1]] == BELIEVED)

    measured = [since[39], since[79], believed(0.01, 0.0), believed(0.0, 0.5), believed(0.0, 0.0, 3)]
    assert [int(number) for number in told.groups()] == measured
    early = run(0.0, 0.0).kinds()[10]
    assert np.sum(early == RIGHT) > 60, "after ten epochs it reads most of them right"


# pictures as a layer


def test_pictures_travel_as_text():
    scene, layer = wall(rate=0.2)
    sent = unpacked(packed(scene)[0])["panels"][0]["layers"][0]
    assert sent["kind"] == "pictures"
    assert sent["pixels"] == list(layer.pixels)
    assert sent["votes"] == [list(votes) for votes in layer.votes]
    assert sent["asked"] == [30, "dropout masks"]
    assert len(json.dumps(sent)) < 50_000


def test_pictures_on_paper_stand_where_the_axes_say():
    """Each picture's dark pixels are in its own cell of the image; its frame, sign and bar are there."""
    scene, layer = wall(rate=0.5, epoch=40)
    axes = plots.draw(scene).axes[0]
    [image] = axes.images
    left, right, bottom, top = image.get_extent()
    assert (left, right, bottom, top) == (-0.5, COLUMNS - 0.5, 7.5, -0.5)
    ink = np.asarray(image.get_array())[..., 3]
    cells = ink.reshape(8, ink.shape[0] // 8, COLUMNS, -1).transpose(0, 2, 1, 3).reshape(80, -1)
    sums = [sum(int(level, 16) for level in pixels) / 15 for pixels in layer.pixels]
    np.testing.assert_allclose(cells.sum(axis=1), sums)
    assert [text.get_text() for text in axes.texts] == list(layer.signs[40])
    frames = [patch for patch in axes.patches if patch.get_width() > 0.5]
    assert sum(patch.get_linewidth() == 2 for patch in frames) == layer.turns[40].count("0")
    bars = [patch for patch in axes.patches if patch.get_width() < 0.5]
    assert sum(bar.get_height() for bar in bars) == pytest.approx(80 * 0.84)


def test_the_digits_need_no_data_set_at_hand(monkeypatch):
    monkeypatch.setattr(datasets, "digit_originals", None)
    assert wall(l2=0.01)[1].pixels
