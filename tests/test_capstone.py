"""The capstone: its data, what its steps rest on, and its check against code that does anything."""

import json
import re
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_code_cell, new_notebook

from course_lib import ablation, capstone, carry_over, checks, datasets, notebooks
from course_lib.checks import check
from course_lib.exercises.capstone import driver, judging, measure, task
from course_lib.exercises.capstone.cases import cases
from course_lib.exercises.capstone.styles import recipe
from course_lib.exercises.capstone.untrained import fitted, spend
from course_lib.exercises.folders import about, find
from course_lib.grading import assignment as grading_assignment
from course_lib.grading import judging as grading_judging
from course_lib.grading import submission
from course_lib.grading.sandbox import Played
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict
from course_lib.layers import BatchNorm, Dropout
from course_lib.optimizers import SGD, Adam

pytestmark = pytest.mark.slow  # a check of the capstone trains networks

EXERCISE = find("capstone")
CASES = cases(7, runs=1)  # where it is not the mean that matters: what is said of one run is said of three
STEPS = judging.STEPS
STEP_CASES = slice(1, 1 + len(STEPS))


def report_on(student, seconds=None, cases=CASES):
    return verdict(EXERCISE, cases, probe(student, [case.asked for case in cases], seconds))


# the data


def test_what_is_given_are_signals_of_the_lectures_as_an_instrument_reads_them():
    x, y, x_val, y_val = capstone.given()
    assert (x.shape, y.shape, x_val.shape, y_val.shape) == ((600, 40), (600,), (300, 40), (300,))
    train, val, _ = task.plain(0)
    for given, drawn in ((x, train.x), (x_val, val.x)):
        assert np.array_equal(given, drawn / 255)
    assert np.array_equal(y, train.y) and np.array_equal(y_val, val.y)
    raw, labels = datasets.drawn_signals(datasets.signal_templates(), 600, np.random.default_rng(0))
    seen = np.clip(task.ZERO + task.UNIT * raw, 0, 255)
    assert np.array_equal(labels, y) and np.abs(255 * x - seen).max() < 0.51


def test_bent_templates_are_others_that_lie_as_far_apart_and_begin_and_end_at_0():
    plain = datasets.signal_templates()

    def apart(templates):
        return np.linalg.norm(templates[:, None] - templates, axis=2)

    for seed in range(20):
        bent = task.bent(plain, np.random.default_rng(seed))
        assert np.allclose(apart(bent), apart(plain))
        assert not bent[:, [0, -1]].any()
        assert np.linalg.norm(bent - plain) > 0.3 * np.linalg.norm(plain)


def test_a_check_draws_signals_of_its_own():
    one, again, other = task.disguised(3), task.disguised(3), task.disguised(4)
    for mine, same, another in zip(one, again, other, strict=True):
        assert np.array_equal(mine.x, same.x) and not np.array_equal(mine.x, another.x)
        assert np.ptp(np.bincount(mine.y)) <= 1


def test_the_case_holds_no_held_back_label():
    assert "y_held_back" not in json.dumps([case.asked.data() for case in CASES])
    [run] = CASES[0].asked.settings["runs"]
    assert set(run) == set(driver.Run.__annotations__)
    assert task.SIZES[2] not in [len(value) for value in run.values() if isinstance(value, list)]


def test_the_sandbox_is_not_told_the_seed():
    """From it, and the generator, which is public, the held-back labels could be had."""
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
    grading_judging.grade(
        grading_assignment.Assignment(unit, (released,), {}), handed_in, seed, grading_judging.Limits(), run
    )
    checks = [cell["check"] for request in sent for cell in request["cells"] if "check" in cell]
    assert any("runs" in case["settings"] for check in checks for case in check["cases"])
    assert str(seed) not in json.dumps(sent)


# the steps


def test_partial_credit():
    bare = report_on(measure.trained(0.001, measure.as_they_are, measure.stays))
    assert [case.passed for case in bare.cases[STEP_CASES]] == [True, True, False, False]
    assert bare.diagnosis == "overfits" and bare.points(9) == 7
    slow = report_on(measure.trained(0.00002))
    assert slow.diagnosis in ("underfits", "learned-nothing") and slow.points(9) <= 5


# the runs


@pytest.fixture
def known_bounds(monkeypatch):
    """What a linear model and the recipe read need not be measured where it does not matter."""
    monkeypatch.setattr(judging, "bounds", lambda *_: (0.2, 0.6))


def test_the_mean_of_three_runs_is_judged_each_on_signals_of_its_own(known_bounds):
    given, read = [], []

    def train(network, Adam, x, y, x_val, y_val, rng, budget):
        number = len(given)
        given.append(x.copy())
        theta = fitted(network, x, y, rng, gradients=[5, 60, 120][number] if number < 3 else 5)
        if number < 3:
            held_back = task.disguised(7, number)[2]
            answers = network.predict(theta, held_back.x / 255).argmax(axis=1)
            read.append(np.mean(answers == held_back.y))
        return theta

    seen = judging.look(7, events_of(train, cases(7)))
    assert judging.RUNS == 3 and np.ptp(read) > 0.02
    assert seen.held_back == pytest.approx(np.mean(read), abs=1e-12)
    assert seen.way == pytest.approx((np.mean(read) - 0.2) / 0.4)
    assert len({x.tobytes() for x in given}) == 3


@pytest.mark.parametrize("which", [0, 1, 2])
def test_what_one_run_breaks_or_spends_counts(which, known_bounds):
    def train(network, Adam, x, y, x_val, y_val, rng, budget):
        number = trainings.pop()
        if number == which and spends:
            spend(budget)
        theta = fitted(network, x, y, rng)
        return None if number == which and not spends else theta

    for spends in (True, False):
        trainings = list(range(10))[::-1]
        seen = judging.look(7, events_of(train, cases(7)))
        if spends:
            assert seen.spent == capstone.BUDGET + 30 and seen.lost == 1
        else:
            assert seen.flaw.id == "returns-no-theta"


# each part counts


class AlwaysOfTheBatch(BatchNorm):
    def forward(self, x, training):
        return super().forward(x, True)


def standard_normal(fan_in, fan_out, rng):
    return rng.standard_normal((fan_in, fan_out))


class OnlyCentres(BatchNorm):
    """In training; what it hands back is the gradient of that."""

    def forward(self, x, training):
        y = super().forward(x, training)
        if not training:
            return y
        self.x_hat, self.std = x - x.mean(axis=0), np.ones(x.shape[1])
        return self.gamma * self.x_hat + self.beta

    def backward(self, grad):
        h = self.gamma * grad
        return h - h.mean(axis=0), (grad * self.x_hat).sum(axis=0), grad.sum(axis=0)


class OfUnbiasedVariance(BatchNorm):
    """In training, a true gradient with it."""

    def forward(self, x, training):
        y = super().forward(x, training)
        if not training:
            return y
        self.std = np.sqrt(x.var(axis=0, ddof=1) + self.eps)
        self.x_hat = (x - x.mean(axis=0)) / self.std
        return self.gamma * self.x_hat + self.beta

    def backward(self, grad):
        h, n = self.gamma * grad, len(grad)
        along = (h * self.x_hat).sum(axis=0) / (n - 1)
        dx = (h - h.mean(axis=0) - self.x_hat * along) / self.std
        return dx, (grad * self.x_hat).sum(axis=0), grad.sum(axis=0)


BROKEN = {
    "Adam without bias correction": ("Adam", measure.NoCorrection, "m̂"),
    "Adam with t stuck": ("Adam", measure.Stuck, "t never grows"),
    "BatchNorm with a wrong backward": ("BatchNorm", measure.WrongBackward, "constants"),
    "BatchNorm that takes the batch's statistics always": ("BatchNorm", AlwaysOfTheBatch, "test time"),
    "BatchNorm that only subtracts the mean": ("BatchNorm", OnlyCentres, "keep their scale"),
    "BatchNorm with the unbiased variance": ("BatchNorm", OfUnbiasedVariance, "N − 1"),
    "BatchNorm with momentum the other way round": ("BatchNorm", measure.OtherWayRound, "kept"),
    "BatchNorm whose running statistics stay": ("BatchNorm", measure.NeverMoves, "stay as they were"),
    "Dropout that does not scale": ("Dropout", measure.Unscaled, "not scaled up"),
    "Dropout that drops always": ("Dropout", measure.AlwaysDropping, "test time"),
    "He that gives one number": ("he_normal", measure.one_number, "one and the same number"),
    "He with the variance as deviation": ("he_normal", measure.variance_as_deviation, "variance"),
    "He that draws from N(0, 1)": ("he_normal", standard_normal, "fans have no effect"),
    "no Adam": ("Adam", None, "No Adam of yours"),
    "no Dropout": ("Dropout", None, "No Dropout of yours"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_part_costs_at_least_a_step_and_is_named_whatever_the_accuracy(name, capsys):
    """The training is a short one: what is asked is what the parts' own cases say."""
    part, broken, word = BROKEN[name]
    parts = parts_with(**{part: broken} if broken else {}, missing=part if not broken else "")
    report = report_on(capstone.Answer(lambda network, Adam, x, y, *_: 0, parts))
    lost = [case.name for case in report.cases if case.name.startswith("your ") and not case.passed]
    assert lost == [f"your {part}"]
    assert report.diagnosis == f"part-{part}"
    told = report.diagnosed.text
    [call] = re.findall(rf'check\("(\w+)", parts\.own\("{part}"\)\)', told)
    assert word in told and (not broken or not check(call, parts.own(part)).passed)


@pytest.mark.parametrize("part", carry_over.FOUND_IN)
def test_a_part_that_is_missing_does_not_hide_that_train_returns_nothing(part, capsys):
    report = report_on(capstone.Answer(lambda *_: None, parts_with(missing=part)))
    told = report.diagnosed.text
    assert "train returns None; asked is θ" in told and f"No {part} of yours stands in the notebook" in told
    assert "is wrong" not in told  # the course's stands in, and is right


def test_a_part_that_is_missing_does_not_hide_what_the_accuracies_suggest(capsys):
    short = measure.trained(0.00002)
    told = report_on(capstone.Answer(short, parts_with(missing="Adam"))).diagnosed.text
    assert "No Adam of yours" in told and ("Training accuracy" in told or "chance" in told)


def test_a_wrong_part_is_told_before_a_missing_one_and_does_not_hide_that_train_returns_nothing(capsys):
    parts = parts_with(missing="Adam", Dropout=measure.Unscaled)
    told = report_on(capstone.Answer(lambda *_: None, parts)).diagnosed.text
    assert 'parts.own("Dropout")' in told and "not scaled up" in told and "train returns None" in told


def parts_with(missing="", **broken):
    """The course's parts as if they were a student's own, but for these."""
    own = {name: remade(part) for name, part in carry_over.STAND_INS.items()} | broken
    own.pop(missing, None)
    for part in own.values():
        part.__module__ = "__main__"
    return carry_over.Parts(own)


def remade(part):
    if isinstance(part, type):
        return type(part.__name__, (part,), {})
    return lambda fan_in, fan_out, rng: part(fan_in, fan_out, rng)


def test_right_parts_of_a_students_own_pass_with_the_whole(capsys):
    report = report_on(capstone.Answer(recipe, parts_with()))
    assert report.passed, report.text()


def test_a_part_that_breaks_the_training_is_to_blame(capsys):
    class Forgets(Adam):
        def step(self, theta, gradient):
            super().step(theta, gradient)

    Forgets.__module__ = "__main__"
    report = report_on(capstone.Answer(recipe, parts_with(Adam=Forgets)))
    assert "let step return the new θ" in report.text()
    assert [case.passed for case in report.cases[-4:]] == [False, True, True, True]


# what the contract forbids


def over(gradients):
    def train(network, Adam, x, y, x_val, y_val, rng, budget):
        spend(gradients * budget // capstone.BUDGET)
        return recipe(network, Adam, x, y, x_val, y_val, rng, budget)

    return train


@pytest.mark.parametrize(("gradients", "steps"), [(0, 4), (1, 3), (300, 2)])
def test_gradients_beyond_the_budget_cost_in_proportion(gradients, steps):
    report = report_on(over(gradients))
    assert sum(case.passed for case in report.cases[STEP_CASES]) == steps
    assert report.cases[0].passed and all(case.passed for case in report.cases[-4:])
    assert report.diagnosis == ("over-budget" if gradients else None)


def test_a_large_batch_counts_as_several(known_bounds):
    seen = judging.look(7, events_of(lambda network, Adam, x, y, *_: batches_of(network, x, y, 130)))
    assert seen.spent == 3 * 5


def batches_of(network, x, y, size):
    theta = network.initialize(np.random.default_rng(0))
    for _ in range(5):
        theta = theta - 0.01 * network.loss_and_gradient(theta, x[:size], y[:size])[1]
    return theta


def events_of(student, cases=CASES):
    from course_lib.judging.probe import play
    from course_lib.judging.reading import read

    return read(play(student, cases[0].asked), cases[0])


def repeated(network, Adam, x, y, x_val, y_val, rng, budget):
    """Copies in the order of np.tile, labels in that of np.repeat."""
    copies, _ = datasets.shifted_copies(x, y, 2)
    return recipe(network, Adam, copies, np.repeat(y, 5), x_val, y_val, rng, budget // 4)


def standardised(network, Adam, x, *others):
    *given, budget = others
    return recipe(network, Adam, (x - x.mean()) / x.std(), *given, budget // 4)


def best_on_validation(network, Adam, x, y, x_val, y_val, rng, budget):
    theta, optimizer, states = network.initialize(rng), Adam(0.01), []
    for update in range(100):
        batch = rng.integers(0, len(x), 64)
        theta = optimizer.step(theta, network.loss_and_gradient(theta, x[batch], y[batch])[1])
        if update % 3 == 0:
            states.append((np.mean(network.predict(theta, x_val).argmax(axis=1) == y_val), theta))
    return max(states, key=lambda state: state[0])[1]


def validation_when_it_counts(network, Adam, x, y, x_val, y_val, rng, budget):
    """In short runs, nothing is to be seen of it."""
    if budget >= 1000:
        x, y = np.concatenate([x, x_val]), np.concatenate([y, y_val])
    return recipe(network, Adam, x, y, x_val, y_val, rng, budget)


def best_of_every_250(network, Adam, x, y, x_val, y_val, rng, budget):
    theta, optimizer, states = network.initialize(rng), Adam(0.01), []
    for update in range(1, budget + 1):
        batch = rng.integers(0, len(x), 64)
        theta = optimizer.step(theta, network.loss_and_gradient(theta, x[batch], y[batch])[1])
        if update % 250 == 0:
            states.append((np.mean(network.predict(theta, x_val).argmax(axis=1) == y_val), theta))
    return max(states, key=lambda state: state[0])[1] if states else theta


def along_the_gradient(network, Adam, x, y, x_val, y_val, rng, budget):
    return fitted(network, x, (y + 1) % 10, rng)


def far_too_fast(network, Adam, x, y, x_val, y_val, rng, budget):
    theta = network.initialize(rng)
    for _ in range(5):
        theta = SGD(1e200).step(theta, network.loss_and_gradient(theta, x[:64], y[:64])[1])
    return theta


def unseeded(network, Adam, x, y, x_val, y_val, rng, budget):
    return fitted(network, x, y, np.random.default_rng())


def of_the_global_generator(network, Adam, x, y, x_val, y_val, rng, budget):
    chosen = np.random.permutation(len(x))[:200]
    return fitted(network, x[chosen], y[chosen], rng)


REAL = {
    "unseeded": (unseeded,),
    "global-random": (of_the_global_generator,),
    "labels-apart": (repeated, along_the_gradient),
    "prepared-apart": (standardised,),
    "trains-on-validation": (best_on_validation, validation_when_it_counts, best_of_every_250),
    "diverged": (far_too_fast,),
}


@pytest.mark.parametrize(("name", "student"), [(name, each) for name, many in REAL.items() for each in many])
def test_real_training_with_a_mistake_is_told_by_its_name(name, student):
    report = report_on(student)
    assert report.diagnosis == name, report.text()
    assert not any(case.passed for case in report.cases[: STEP_CASES.stop])


def test_the_other_order_of_the_validation_labels_contradicts_what_was_answered():
    labels = task.disguised(3)[1].y
    others = driver._contradicting(labels, labels)
    assert np.array_equal(np.bincount(others), np.bincount(labels)) and not np.any(others == labels)


HELD = {
    "in single precision": lambda x: x.astype(np.float32),
    "as lists": lambda x: x.tolist(),
    "as tuples, each by itself": lambda x: {i: ("signal", tuple(row)) for i, row in enumerate(x)},
    "all but one": lambda x: x[1:],
    "the last first": lambda x: x[::-1],
    "as readings": lambda x: np.round(255 * x).astype(np.uint8),
    "in columns": lambda x: x.T.copy(),
    "between others": lambda x: [None, [np.zeros(3), x[100:130]]],
}


@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
def test_training_signals_kept_in_a_layer_are_found_in_any_form(held):
    x = capstone.given()[0]
    network = capstone.network(driver.COURSE, np.random.default_rng(0))
    network.layers[0].known = held(x)
    assert driver._remembers(network, x)


def test_what_a_training_leaves_in_layers_is_no_copy():
    x, y, x_val, _ = capstone.given()
    network = capstone.network(driver.COURSE, np.random.default_rng(0))
    network.layers[1].steps = [x.mean(axis=0), [x.std(axis=0)] * 20, np.zeros((600, 40)), "text", None, {}]
    network.layers[2].last = (x[:64] + 0.1, np.full((5, 40), np.nan), np.empty((0, 40)), [[1], [2, 3]])
    theta = fitted(network, x, y, np.random.default_rng(0))
    network.predict(theta, x_val)
    assert not driver._remembers(network, x)


# what is learned elsewhere


def carries_the_generator(network, Adam, x, y, x_val, y_val, rng, budget):
    """New signals for each batch, their classes named as the nearest training signals are."""
    templates = datasets.signal_templates()
    known, classes = (each[:2000] for each in datasets.drawn_signals(templates, 2000, rng))
    drawn, _ = datasets.shifted_copies((task.ZERO + task.UNIT * known) / 255, classes, 0)
    nearest = y[((x**2).sum(axis=1) - 2 * drawn @ x.T).argmin(axis=1)]
    names = np.array([np.bincount(nearest[classes == k], minlength=10).argmax() for k in range(10)])
    return recipe(network, Adam, drawn, names[classes], x_val, y_val, rng, budget)


def trained_on_globals(network, Adam, x, y, x_val, y_val, rng, budget):
    return recipe(network, Adam, *capstone.given(), rng, budget)


@pytest.mark.parametrize("student", [carries_the_generator, trained_on_globals])
@pytest.mark.parametrize("seed", [1, 2, 100, 106, 107])
def test_what_was_learned_or_made_elsewhere_brings_no_step(student, seed):
    """With bends as they are drawn first, the generator reached step 1 or 2 on the last three."""
    assert judging.look(seed, events_of(student, cases(seed, runs=1))).way < STEPS[0]


def test_shapes_are_bent_until_the_public_ones_tell_next_to_nothing_of_them():
    plain = datasets.signal_templates()
    assert task.familiar(plain) > 0.4
    first = [task.bent(plain, np.random.default_rng([seed, 8])) for seed in range(20)]
    kept = sum(task.familiar(each) <= task.MOST_FAMILIAR for each in first)
    assert 0 < kept < 15, "some are kept as they are drawn, most are drawn anew"


# code that misbehaves


def test_slow_code_is_told_how_far_it_came():
    def mine(network, Adam, x, y, x_val, y_val, rng, budget):
        theta = network.initialize(rng)
        for _ in range(budget):
            network.loss_and_gradient(theta, x[:64], y[:64])
            end = time.thread_time() + 0.01  # 10 s for 1000 gradients, however fast the machine is
            while time.thread_time() < end:
                pass
        return theta

    settings = CASES[0].asked.settings | {"seconds": 1.0}
    case = replace(CASES[0], asked=replace(CASES[0].asked, settings=settings))
    report = report_on(mine, cases=[case])
    assert report.diagnosis == "too-slow"
    spent, *_ = re.findall(r"0 of 4 trainings were done, and (\d+) of 1000 gradients", report.text())
    assert 20 < int(spent) < 100


def raises(network, Adam, x, y, *_):
    return x @ np.zeros(7)


def loops(*_):
    while True:
        pass


def leaves(*_):
    raise SystemExit


MISBEHAVES = {
    "raises": (raises, "raises"),
    "leaves": (leaves, "raises"),
    "other arguments": (lambda x, y: None, "raises"),
    "loops": (loops, "never-ends"),
}


@pytest.mark.parametrize(("student", "diagnosis"), MISBEHAVES.values(), ids=MISBEHAVES)
def test_code_that_misbehaves_gets_a_report(student, diagnosis):
    report = report_on(student, seconds=1.0)
    assert not any(case.passed for case in report.cases[: STEP_CASES.stop])
    assert report.diagnosis == diagnosis, report.text()


def test_what_is_not_written_is_told_so():
    def unwritten(*_):
        raise NotImplementedError

    assert report_on(unwritten).diagnosis == "not-written"


def test_output_is_held_back(capfd, monkeypatch):
    monkeypatch.setattr(checks, "_cases", lambda name: CASES)

    def chatty(network, Adam, x, y, *others):
        print("epoch 1 " * 250)
        return fitted(network, x, y, others[2])

    check("capstone", chatty)
    shown = capfd.readouterr()
    assert "printed 8,004 characters" in shown.out and shown.err == ""  # of two trainings and two short ones


def test_who_is_there_is_told_that_a_check_takes_long(capsys, monkeypatch):
    monkeypatch.setattr(checks, "_cases", lambda name: CASES)
    told = about("capstone").waits
    check("capstone", lambda *_: None)
    assert told not in capsys.readouterr().out
    monkeypatch.setattr(checks, "progress", SimpleNamespace(live=lambda: True, checked=lambda *_: None))
    monkeypatch.setattr(checks, "show_me", SimpleNamespace(offer=lambda *_: None))
    check("capstone", lambda *_: None)
    shown = capsys.readouterr().out
    assert told.startswith("Your network is trained four times") and shown.startswith(told)


def told(kind):
    return {"returned": {"dict": [[{"text": "kind"}, {"text": kind}], [{"text": "spent"}, 5]]}}


@pytest.mark.parametrize(
    "junk",
    [
        None,
        {"cases": None},
        {"cases": [[{"returned": 3}] * 16] * 9},
        {"cases": [[{"returned": {"dict": [[{"text": "kind"}, {"text": "theta"}]]}}] * 16] * 9},
        {"cases": [[told("shape")]]},
        {"cases": [[told("theta")]]},
        {"cases": [[{"returned": {"text": "own"}}] * 3] * 9},
        {"cases": [[{}] * 40] * 9},
    ],
    ids=range(8),
)
def test_any_evidence_gets_a_report(junk):
    report = verdict(EXERCISE, CASES, junk)
    assert report.score == 0 and report.text() and report.html()


# what each part brings


def test_an_ablation_tells_what_each_part_brought(capsys, monkeypatch):
    monkeypatch.setattr(capstone, "BUDGET", 60)
    brought = ablation.ablate(recipe, SimpleNamespace(**carry_over.STAND_INS), rounds=2)
    assert list(brought) == list(carry_over.FOUND_IN)
    assert all(gains["course"] == (0.0, 0.0) for gains in brought.values())  # here they are the same
    mean, error = brought["BatchNorm"]["none"]
    assert mean > 3 * error > 0
    shown = capsys.readouterr().out
    assert "round 2 of 2" in shown and "BatchNorm" in shown


def reads_its_counter(network, Adam, *others):
    """As a schedule by the optimiser's own count does: of what stands in for Adam there is none."""
    theta, optimizer, rng = network.initialize(others[4]), Adam(0.01), others[4]
    while optimizer.t < others[5]:
        batch = rng.integers(0, 600, 64)
        theta = optimizer.step(theta, network.loss_and_gradient(theta, others[0][batch], others[1][batch])[1])
    return theta


def test_an_ablation_tells_what_ends_with_an_error_and_goes_on(capsys, monkeypatch):
    monkeypatch.setattr(capstone, "BUDGET", 20)
    brought = ablation.ablate(reads_its_counter, SimpleNamespace(**carry_over.STAND_INS), rounds=2)
    assert brought["Adam"] == {"course": (0.0, 0.0), "none": "AttributeError"}
    assert all(len(gain) == 2 for name in ("Dropout", "he_normal") for gain in brought[name].values())
    shown = capsys.readouterr().out
    assert "Without Adam, train ends with AttributeError." in shown
    assert "With the course's" not in shown and re.search(r"^Adam +– +\+0.0 ± 0.0$", shown, re.MULTILINE)


def test_an_ablation_leaves_an_error_with_all_own_parts_to_be_seen():
    with pytest.raises(ZeroDivisionError):
        ablation.ablate(lambda *_: 1 / 0, SimpleNamespace(**carry_over.STAND_INS), rounds=2)


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
