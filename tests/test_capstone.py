"""The capstone: its data, what its steps rest on, and its check against code that does anything."""

import json
import re
import time
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_code_cell, new_notebook
from sklearn.datasets import load_digits

from course_lib import capstone, carry_over, notebooks
from course_lib.checks import check
from course_lib.exercises.capstone import measure, untrained
from course_lib.exercises.capstone.judging import LEARNED, STEPS
from course_lib.exercises.capstone.styles import recipe
from course_lib.exercises.folders import find
from course_lib.grading import assignment as grading_assignment
from course_lib.grading import judging, submission
from course_lib.grading.sandbox import Played
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict
from course_lib.layers import BatchNorm, Dense, Dropout, ReLU
from course_lib.network import Network
from course_lib.optimizers import SGD, Adam

EXERCISE = find("capstone")
CASES = EXERCISE.cases(7)


def report_on(student, seconds=None):
    return verdict(EXERCISE, CASES, probe(student, [case.asked for case in CASES], seconds))


# the data


def test_scans_are_as_told():
    train_scans, val, held_back = capstone.scans(3)
    assert train_scans.x.shape == (1200, 64) and val.x.shape == (300, 64)
    assert held_back.x.shape == ((1797 - 1500) * capstone.COPIES, 64)
    assert np.sum(train_scans.y != train_scans.truth) == 120 and np.sum(val.y != val.truth) == 30
    assert np.array_equal(held_back.y, held_back.truth)
    again, other = capstone.scans(3)[2], capstone.scans(4)[2]
    assert np.array_equal(again.x, held_back.x) and not np.array_equal(other.x, held_back.x)
    assert np.array_equal(capstone.scans(4)[0].x, train_scans.x)
    x_train, y_train, x_val, y_val = capstone.given()
    assert x_train.min() == 0 and x_train.max() == 1 and x_train.dtype == np.float64
    assert (len(y_train), len(x_val), len(y_val)) == (1200, 300, 300)


def test_a_scan_is_the_digit_slipped_by_a_pixel():
    rng = np.random.default_rng(0)
    digit = np.zeros((1, 64))
    digit.reshape(8, 8)[3:5, 3:5] = 16
    places = set()
    for _ in range(100):
        picture = capstone._scan(digit, np.zeros(1, dtype=int), 0.0, rng).x.reshape(8, 8)
        rows, columns = np.nonzero(picture > 128)
        assert len(rows) == 4
        places.add((int(rows.min()), int(columns.min())))
    assert places == {(i, j) for i in (2, 3, 4) for j in (2, 3, 4)}


def test_the_case_holds_no_held_back_label():
    held_back = capstone.scans(7)[2]
    assert "y_held_back" not in json.dumps([case.asked.data() for case in CASES])
    run = CASES[0].asked.settings["run"]
    given = {"x_train", "y_train", "x_val", "y_val", "held_back", "seed", "budget", "seconds"}
    assert set(run) == given
    assert run["y_train"] != run["y_val"]
    assert len(held_back.y) not in [len(v) for v in run.values() if isinstance(v, list)]


def test_the_sandbox_is_not_told_the_seed():
    """From it, and the digits, which are public, the held-back labels could be had."""
    seed = 1_234_567_891
    unit = "07_training_recipe"
    path = Path(__file__).parents[1] / "assignments" / unit / f"{unit}.ipynb"
    own = {c.metadata.nbgrader.grade_id: c for c in notebooks.read(path).cells if "nbgrader" in c.metadata}
    known = {
        grade_id: {"source": c.source, "cell_type": c.cell_type, "points": c.metadata.nbgrader.get("points")}
        for grade_id, c in own.items()
    }
    released = grading_assignment.notebook(unit, notebooks.read(path), known)
    sent = []

    def run(hidden, request):
        sent.append(request)
        return Played()

    handed_in = submission.Submission("ada", {f"{unit}.ipynb": path.read_bytes()})
    judging.grade(
        grading_assignment.Assignment(unit, (released,), {}), handed_in, seed, judging.Limits(), run
    )
    checks = [cell["check"] for request in sent for cell in request["cells"] if "check" in cell]
    assert any("run" in case["settings"] for check in checks for case in check["cases"])
    assert str(seed) not in json.dumps(sent)


def test_a_disguise_is_the_same_task_under_other_names():
    """What a network of dense layers learns does not depend on it."""
    seen = set()
    for seed in range(12):
        for plain, other in zip(capstone.scans(seed), capstone.disguised(seed), strict=True):
            pages, disguised = (each.x[:50].reshape(-1, 8, 8) for each in (plain, other))
            views = [np.rot90(side, k, (1, 2)) for side in (pages, pages[:, :, ::-1]) for k in range(4)]
            (view,) = [k for k, page in enumerate(views) if np.array_equal(page, disguised)]
            names = dict(zip(plain.truth.tolist(), other.truth.tolist(), strict=True))
            assert sorted(names) == sorted(names.values()) == list(range(10))
            for before, after in ((plain.y, other.y), (plain.truth, other.truth)):
                assert [names[int(label)] for label in before] == after.tolist()
        seen.add((view, tuple(sorted(names.items()))))
    assert len(seen) == 12 and len({view for view, _ in seen}) > 3


# the steps


@pytest.fixture(scope="module")
def measured():
    return json.loads(measure.FILE.read_text(encoding="utf-8"))


def test_steps_are_where_luck_neither_passes_nor_fails(measured):
    linear, recipe = measured["linear model"], measured["the recipe, tuned"]
    assert linear["mean"] + 4 * linear["standard deviation"] < STEPS[0]
    assert recipe["mean"] - 3.5 * recipe["standard deviation"] > STEPS[-1]
    assert recipe["chance of missing each step"][-1] < 1e-3
    assert list(STEPS) == sorted(STEPS) and len(STEPS) == 5
    for kind in measured.values():
        # Nobody stands on a threshold: each step is passed or missed by 19 in 20.
        assert all(chance < 0.06 or chance > 0.94 for chance in kind["chance of missing each step"])


def test_who_trains_on_the_validation_set_is_noticed_and_nobody_else(measured):
    """Taken as normal: one in a million is accused wrongly, one in a hundred gets away."""
    for name, kind in measured.items():
        chance = kind["sign of validation labels learned"]["chance of being noticed"]
        assert chance > 0.99 if "trained on validation" in name else chance < 1e-6, name


@pytest.mark.parametrize("name", measure.KINDS)
def test_what_was_measured_is_what_is_measured(measured, name):
    """On another seed, within 6 standard deviations: a false alarm once in 1e8."""
    accuracy, sign = measure.measured(measure.KINDS[name], 5)
    assert abs(accuracy - measured[name]["mean"]) < 6 * measured[name]["standard deviation"]
    assert (sign > LEARNED) == ("trained on validation" in name)


def test_partial_credit():
    bare = measure.KINDS["bare network, Adam's default rate"]
    report = report_on(bare)
    assert [case.passed for case in report.cases] == [True, True, True, False, False, False]
    assert report.points(12) == 6
    assert report.diagnosis == "underfits"
    tuned = report_on(measure.KINDS["bare network, tuned rate"])
    assert tuned.points(12) == 10 and tuned.diagnosis == "not-tuned"
    by_heart = report_on(measure.bare(0.01, 128))
    assert 2 < by_heart.points(12) < 12 and by_heart.diagnosis == "overfits"


def test_the_same_code_gets_the_same_report():
    assert report_on(recipe).text() == report_on(recipe).text()


# code as students write it, with real training


def network_with(budget, rng, x, y, rate=0.0, norm=False, lr=0.003, optimizer=None):
    layers = [Dense(64, 64), *([BatchNorm(64)] if norm else []), ReLU()]
    network = Network([*layers, *([Dropout(rate, rng)] if rate else []), Dense(64, 10)])
    theta, optimizer = network.initialize(rng), optimizer or Adam(lr)
    for _ in range(budget):
        batch = rng.integers(0, len(x), 32)
        theta = optimizer.step(theta, network.loss_and_gradient(theta, x[batch], y[batch])[1])
    return network, theta


def dropout_left_on(x, y, x_val, y_val, rng, budget):
    network, theta = network_with(budget, rng, x, y, rate=0.3)
    return lambda x: network.forward(theta, x, training=True).argmax(axis=1)


def norm_in_training(x, y, x_val, y_val, rng, budget):
    network, theta = network_with(budget, rng, x, y, norm=True)
    return lambda x: network.forward(theta, x, training=True).argmax(axis=1)


def all_data(x, y, x_val, y_val, rng, budget):
    x, y = np.concatenate([x, x_val, x_val]), np.concatenate([y, y_val, y_val])
    network, theta = network_with(budget, rng, x, y, lr=0.01)
    return lambda x: network.predict(theta, x).argmax(axis=1)


def far_too_fast(x, y, x_val, y_val, rng, budget):
    with np.errstate(all="ignore"):
        network, theta = network_with(budget, rng, x, y, optimizer=SGD(1e200))
    return lambda x: network.predict(theta, x).argmax(axis=1)


def epochs(x, y, x_val, y_val, rng, budget):
    network, theta = network_with(budget + 1, rng, x, y)
    return lambda x: network.predict(theta, x).argmax(axis=1)


def logits(x, y, x_val, y_val, rng, budget):
    network, theta = network_with(50, rng, x, y)
    return lambda x: network.predict(theta, x)


def apart(x, y, x_val, y_val, rng, budget):
    network, theta = network_with(budget, rng, x, rng.permutation(y))
    return lambda x: network.predict(theta, x).argmax(axis=1)


REAL = {
    "random-answers": dropout_left_on,
    "depends-on-company": norm_in_training,
    "trains-on-validation": all_data,
    "diverged": far_too_fast,
    "over-budget": epochs,
    "scores": logits,
    "learned-nothing": apart,
}


@pytest.mark.parametrize("name", REAL)
def test_real_training_with_a_mistake_is_told_by_its_name(name):
    report = report_on(REAL[name])
    assert report.diagnosis == name, report.text()
    assert report.score == 0


def test_many_updates_within_one_step_count_as_many():
    def mine(x, y, x_val, y_val, rng, budget):
        network, theta = network_with(1, rng, x, y)
        inner = Adam(0.003)

        def step(theta):
            for _ in range(10):
                batch = rng.integers(0, len(x), 32)
                theta = inner.step(theta, network.loss_and_gradient(theta, x[batch], y[batch])[1])
            return theta

        for _ in range(100):
            theta = step(theta)
        return lambda x: network.predict(theta, x).argmax(axis=1)

    report = report_on(mine)
    assert report.diagnosis == "over-budget" and "1001 updates" in report.text()


def test_slow_code_is_told_how_far_it_came():
    class Slow(Adam):
        def step(self, theta, gradient):
            end = time.thread_time() + 0.01  # 8 s for 800 updates, however fast the machine is
            while time.thread_time() < end:
                pass
            return super().step(theta, gradient)

    def mine(x, y, x_val, y_val, rng, budget):
        network, theta = network_with(budget, rng, x, y, optimizer=Slow())
        return lambda x: network.predict(theta, x).argmax(axis=1)

    run = CASES[0].asked.settings["run"] | {"seconds": 4.0}
    case = replace(CASES[0], asked=replace(CASES[0].asked, settings={"run": run}))
    report = verdict(EXERCISE, [case], probe(mine, [case.asked]))
    assert report.diagnosis == "too-slow" and "of the 800 updates" in report.text()


def test_a_step_within_a_step_counts_once():
    class Wrapped:
        def __init__(self):
            self.inner = Adam(0.003)

        def step(self, theta, gradient):
            return self.inner.step(theta, gradient)

    def mine(x, y, x_val, y_val, rng, budget):
        network, theta = network_with(budget, rng, x, y, optimizer=Wrapped())
        return lambda x: network.predict(theta, x).argmax(axis=1)

    assert report_on(mine).cases[0].passed


# what is learned elsewhere, or from the wrong set


def public(x, y, x_val, y_val, rng, budget):
    """All public digits at all nine places, looked up; and a few updates for show."""
    network_with(9, rng, x, y)
    pixels, labels = load_digits(return_X_y=True)
    pages = np.pad(pixels.reshape(-1, 8, 8) / 16, ((0, 0), (1, 1), (1, 1)))
    known = [pages[:, i : i + 8, j : j + 8].reshape(-1, 64) for i in range(3) for j in range(3)]
    return untrained.nearest(np.concatenate(known), np.tile(labels, 9))


def trained_on_globals(x, y, x_val, y_val, rng, budget):
    x, y, _, _ = capstone.given()
    network, theta = network_with(budget, rng, x, y)
    return lambda new: network.predict(theta, new).argmax(axis=1)


@pytest.mark.parametrize("student", [public, trained_on_globals])
def test_what_was_learned_by_heart_elsewhere_reaches_no_step(student):
    told = []
    for seed in (1, 2, 3):
        cases = EXERCISE.cases(seed)
        report = verdict(EXERCISE, cases, probe(student, [case.asked for case in cases]))
        assert report.score == 0
        told.append(report.diagnosis)
    assert "learned-nothing" in told


def test_a_recipe_trained_on_the_validation_set_is_told():
    report = report_on(measure.with_validation(recipe))
    assert report.diagnosis == "trains-on-validation" and report.score == 0


def test_a_weak_network_is_not_accused_of_knowing_the_wrong_labels_it_gives():
    """One batch again and again: a third right, and by chance as many as seven of the thirty wrong labels."""

    def one_batch(x, y, x_val, y_val, rng, budget):
        network, theta = network_with(budget, rng, x[:32], y[:32], rate=0.3, norm=True)
        return lambda x: network.predict(theta, x).argmax(axis=1)

    for seed in (1, 2, 3):
        cases = EXERCISE.cases(seed)
        assert (
            verdict(EXERCISE, cases, probe(one_batch, [case.asked for case in cases])).diagnosis
            == "underfits"
        )


# code that misbehaves


def raises(x, y, x_val, y_val, rng, budget):
    return x @ np.zeros(7)


def raises_when_asked(*_):
    return lambda x: undefined  # noqa: F821


def loops(*_):
    while True:
        pass


def loops_when_asked(*_):
    def predict(x):
        while True:
            pass

    return predict


def leaves(*_):
    raise SystemExit


MISBEHAVES = {
    "raises": (raises, "raises"),
    "raises when asked": (raises_when_asked, "raises"),
    "leaves": (leaves, "raises"),
    "other arguments": (lambda x, y: None, "raises"),
    "loops": (loops, "never-ends"),
    "loops when asked": (loops_when_asked, "never-ends"),
}


@pytest.mark.parametrize(("student", "diagnosis"), MISBEHAVES.values(), ids=MISBEHAVES)
def test_code_that_misbehaves_gets_a_report(student, diagnosis):
    report = report_on(student, seconds=0.5)
    assert report.score == 0
    assert report.diagnosis == diagnosis, report.text()


def test_an_error_in_the_course_is_told_where_the_student_called_it():
    """A step that returns None makes a θ that the network refuses: the line is the student's."""

    class Forgets(Adam):
        def step(self, theta, gradient):
            super().step(theta, gradient)

    def mine(x, y, x_val, y_val, rng, budget):
        network, theta = network_with(budget, rng, x, y, optimizer=Forgets())
        return lambda x: network.predict(theta, x)

    report = report_on(mine)
    assert report.diagnosis == "raises" and "let step return the new θ" in report.text()
    assert (
        "“theta = optimizer.step(theta, network.loss_and_gradient(theta, x[batch], y[batch])[1])”"
        in report.text()
    )


def test_what_is_not_written_is_told_so():
    def unwritten(*_):
        raise NotImplementedError

    assert report_on(unwritten).diagnosis == "not-written"


def test_output_is_held_back(capfd):
    def chatty(*given):
        print("epoch 1 " * 1000)
        return recipe(*given)

    assert check("capstone", chatty, points=12) == 12.0
    shown = capfd.readouterr()
    assert "printed 8,001 characters" in shown.out and shown.err == ""


UPDATES = [{"text": "updates"}, 5]


@pytest.mark.parametrize(
    "junk",
    [
        None,
        {"cases": None},
        {"cases": [[{"returned": 3}] * 16] * 6},
        {"cases": [[{"returned": {"dict": [[{"text": "kind"}, {"text": "a function"}]]}}] * 16] * 6},
        {"cases": [[{"returned": {"dict": [[{"text": "kind"}, {"text": "a function"}], UPDATES]}}]]},
        {"cases": [[{}] * 40] * 6},
    ],
    ids=range(6),
)  # fmt: skip
def test_any_evidence_gets_a_report(junk):
    report = verdict(EXERCISE, CASES, junk)
    assert report.score == 0 and report.text() and report.html()


# carrying parts over


def assignment(folder, unit, *cells):
    path = Path(folder) / unit / f"{unit}.ipynb"
    path.parent.mkdir()
    nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in cells]), path)


def test_source_comes_with_what_it_uses_and_without_markers(tmp_path):
    assignment(
        tmp_path,
        "05_weight_initialization",
        "import numpy as np\nprint('not this')",
        "%matplotlib inline",
        "GAIN = 2.0\n\n\ndef spread(n):\n    return np.sqrt(GAIN / n)",
        "def he_normal(a, b, rng):\n    # Your code starts here.\n    return rng.normal(0, spread(a), (a,b))",
        "he_normal(1, 2, np.random.default_rng(0))",
    )
    text = carry_over.source(tmp_path, "he_normal")
    assert "print" not in text and "starts here" not in text
    namespace = {"np": np}
    exec(text, namespace)
    drawn = namespace["he_normal"](1000, 100, np.random.default_rng(0))
    # 1e5 draws: their standard deviation is known to 0.25 %.
    assert drawn.std() == pytest.approx(np.sqrt(2 / 1000), rel=0.02)


def test_source_comes_with_imports_and_computed_constants_and_nothing_else(tmp_path):
    assignment(
        tmp_path,
        "02_adaptive_optimizers",
        "import numpy as np\nimport os\nimport math\nfrom dataclasses import dataclass, field",
        "theta = np.zeros(3)\nDECAYS = BETA1, BETA2 = (0.9, 0.999)\nTINY: float = 10**-8",
        "def root(x):\n    return math.sqrt(x) if np.isscalar(x) else np.vectorize(root)(x)",
        "@dataclass\nclass Adam:\n    lr: float = 0.1\n    m: float = field(default=0.0)\n\n"
        "    def step(self, theta, gradient):\n"
        "        return theta - self.lr * gradient / (root(1 - BETA2) + DECAYS[0] + TINY)",
    )
    text = carry_over.source(tmp_path, "Adam")
    assert "import os" not in text and "theta = np" not in text and text.count("BETA2 = (") == 1
    namespace = {"np": np}
    exec(text, namespace)
    assert namespace["Adam"](lr=1.0).step(1.0, 1.0) == pytest.approx(1 - 1 / (0.001**0.5 + 0.9 + 1e-8))


def test_what_is_not_there_or_not_written_is_none(tmp_path):
    assert carry_over.source(tmp_path, "Adam") is None
    assignment(
        tmp_path,
        "02_adaptive_optimizers",
        "class Adam:\n    def step(self):\n        raise NotImplementedError",
    )
    assert carry_over.source(tmp_path, "Adam") is None
    assignment(tmp_path, "03_dropout", "x = 1")
    assert carry_over.source(tmp_path, "Dropout") is None
    (tmp_path / "04_batch_normalization").mkdir()
    (tmp_path / "04_batch_normalization" / "04_batch_normalization.ipynb").write_text("{")
    assert carry_over.source(tmp_path, "BatchNorm") is None


def test_the_courses_own_solutions_can_be_carried_over():
    solutions = Path(__file__).resolve().parents[1] / "solutions"
    for name in carry_over.FOUND_IN:
        namespace = {"np": np}
        exec(carry_over.source(solutions, name), namespace)
        assert callable(namespace[name])


def test_parts_stand_in_and_bring_no_points(capsys):
    class BatchNorm:  # as an assignment asks for it, without what a network asks beside
        def __init__(self, features, momentum=0.1, eps=1e-5):
            self.gamma, self.beta = np.ones(features), np.zeros(features)

    parts = carry_over.Parts({"BatchNorm": BatchNorm, "Adam": Adam})
    assert parts.own("BatchNorm") is BatchNorm
    assert parts.BatchNorm(3).parameters == ("gamma", "beta")
    assert [list(value) for value in parts.BatchNorm(2).initial()] == [[1, 1], [0, 0]]
    assert parts.Adam is Adam and parts.Dropout is Dropout  # imported from the course: not one's own
    shown = capsys.readouterr().out
    assert shown.count("the course stands in") == 3 and shown.count("yours") == 1


def test_parts_that_are_no_classes_are_left_to_their_checks():
    def dropout(rate, rng):
        return None

    parts = carry_over.Parts({"Dropout": dropout, "BatchNorm": 3})
    assert parts.own("Dropout") is dropout and parts.own("BatchNorm") == 3


@pytest.mark.parametrize(
    "name", ["adam", "dropout", "batchnorm_forward", "batchnorm_test", "batchnorm_backward", "he_normal"]
)
def test_a_part_that_is_not_there_counts_as_not_written(name, capsys):
    part = {"adam": "Adam", "dropout": "Dropout", "he_normal": "he_normal"}.get(name, "BatchNorm")
    missing = carry_over.Parts({}).own(part)
    report = check(name, missing)
    assert report.diagnosis == "not-written" and report.score == 0
    told = report.text()
    assert f"Not carried over yet: Your notebook has no {part} at work." in told
    assert carry_over.FOUND_IN[part] in told and told.count(f"no {part} at work") <= 1
    assert not re.search(r"in line \d|NotImplementedError|NotThere|Not written", told)
    assert check(name, missing, points=1) == 0.0  # it raises nothing, so Run All goes on


@pytest.mark.parametrize("part", carry_over.FOUND_IN)
def test_what_is_fetched_is_at_work_at_once(tmp_path, monkeypatch, part):
    """Else Run All after `fetch` finds none of the parts that the cell shows."""
    unit = carry_over.FOUND_IN[part]
    assignment(tmp_path, unit, f"def {part}():\n    return {unit!r}", "wrong = 1 / 0")
    (tmp_path / "07_training_recipe").mkdir()
    monkeypatch.chdir(tmp_path / "07_training_recipe")
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    done = shell.run_cell("from course_lib import carry_over\ncarry_over.fetch()\nafter = 1")
    assert done.success and shell.user_ns["after"] == 1
    assert shell.user_ns[part]() == unit
    assert carry_over.Parts(shell.user_ns).own(part) is shell.user_ns[part]
