"""What each part brought, beside a log that a person grades: there only where a grade depends on it, and
nothing of a submission's scores depends on it."""

import base64
import io
import json
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
import small_course
from nbformat.v4 import new_code_cell, new_markdown_cell
from PIL import Image
from test_grading_compatibility import grade as course_grade
from test_grading_compatibility import scores as in_gradebook

from course_lib import capstone, carry_over, texts
from course_lib.exercises.capstone import ablation_driver, task
from course_lib.grading import ablating, assignment, judging, playing, submission, written
from course_lib.grading.sandbox import Busy, Played, Sandbox
from course_lib.judging.encoding import encode
from course_lib.judging.probe import Asked, probe
from course_lib.release import nbgrader

ROOT = Path(__file__).resolve().parents[1]
UNIT = "07_capstone"
SEED = 11
HAS_SANDBOX = shutil.which("bwrap") is not None
PARTS = """\
import numpy as np
from course_lib import capstone, carry_over
from course_lib.checks import check


class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m, self.v, self.t = 0.0, 0.0, 0

    def step(self, theta, gradient):
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        m_hat, v_hat = self.m / (1 - self.beta1**self.t), self.v / (1 - self.beta2**self.t)
        return theta - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


def he_normal(fan_in, fan_out, rng):
    return rng.normal(0.0, np.sqrt(2 / fan_in), (fan_in, fan_out))


parts = carry_over.Parts(globals())
"""
TRAIN = """\
def train(network, Adam, x_train, y_train, x_val, y_val, rng, budget):
    theta, optimizer = network.initialize(rng), Adam(0.01)
    for _ in range(min(budget, 60)):
        batch = rng.integers(0, len(x_train), 64)
        theta = optimizer.step(theta, network.loss_and_gradient(theta, x_train[batch], y_train[batch])[1])
    return theta
"""
SAID = "Batch normalisation brings most."


def solution(train=TRAIN, parts=PARTS, log=SAID):
    """The capstone in short, of two parts, as a student hands it in or an instructor writes it."""
    text = f"### BEGIN SOLUTION\n{log}\n### END SOLUTION"
    cells = [
        new_markdown_cell("# Short\n\n**Points**: adam 1, `train` 18. That makes 19, full marks.\n"),
        small_course.cell("parts", "solution", source=f"### BEGIN SOLUTION\n{parts}\n### END SOLUTION"),
        small_course.cell(
            "adam", "grade", 1, locked=True, source='check("adam", parts.own("Adam"), points=1)'
        ),
        small_course.cell("train", "solution", source=f"### BEGIN SOLUTION\n{train}\n### END SOLUTION"),
        small_course.cell(
            "whole",
            "grade",
            18,
            locked=True,
            source='check("capstone", capstone.Answer(train, parts), points=18)',
        ),
        new_code_cell("raise RuntimeError('an ungraded cell ran')", metadata={"tags": ["ungraded"]}),
        new_markdown_cell(text, id="a07-log", metadata={"course": {"written": 8}}),
    ]
    for number, cell in enumerate(cells[:-1]):
        cell.id = f"a07-{number}"
    return small_course.notebook(cells)


def released(is_graded):
    """The assignment as it was released, with written answers graded by hand or not."""
    notebook = solution("raise NotImplementedError", "raise NotImplementedError", "YOUR ANSWER HERE")
    if is_graded:
        notebook.cells[-1].metadata.nbgrader = written.mark(notebook.cells[-1])
    marked = {c.metadata.nbgrader.grade_id: c for c in notebook.cells if "nbgrader" in c.metadata}
    known = {
        name: {"source": c.source, "cell_type": c.cell_type, "points": c.metadata.nbgrader.get("points")}
        for name, c in marked.items()
    }
    return assignment.Assignment(UNIT, (assignment.notebook(UNIT, notebook, known),), {})


def graded(run, is_graded=True, notebook=None):
    """The result of a submission, its graded notebook, and the cell right above the log."""
    text = nbformat.writes(notebook or solution())
    handed_in = submission.Submission("ada", {f"{UNIT}.ipynb": text.encode()})
    result = judging.grade(released(is_graded), handed_in, SEED, judging.Limits(), run)
    made = nbformat.reads(result["notebooks"][UNIT], as_version=4)
    *_, above, log = made.cells
    assert "Batch normalisation" in log.source or notebook
    return result["scores"][UNIT], made, above


def is_ablation(request):
    checks = [cell["check"] for cell in request["cells"] if "check" in cell]
    return any(case["driver"] == ablation_driver.__name__ for check in checks for case in check["cases"])


def sandbox_that(says):
    """A sandbox that plays nothing, but for an ablation: of that it says this, given the last cell."""

    def run(hidden, request):
        if not is_ablation(request):
            return Played()
        return says(request["cells"][-1])

    return run


def evidence_is(evidence):
    return sandbox_that(
        lambda cell: Played({cell["index"]: {"status": "ok", "outputs": [], "evidence": evidence}})
    )


@pytest.fixture
def short(monkeypatch):
    """Trainings of a few gradients, twice."""
    monkeypatch.setattr(ablating, "ROUNDS", 2)
    monkeypatch.setattr(capstone, "BUDGET", 30)
    ablating._case.cache_clear()
    yield
    ablating._case.cache_clear()


def answers(labels, right):
    """The labels, of which only the first `right` are right."""
    return np.where(np.arange(len(labels)) < right, labels, (labels + 1) % 10)


def made_up(*rounds, own=("Adam", "he_normal")):
    """Evidence: of each round how many answers of its trainings are right, or the name of an error."""
    labels = task.disguised(playing.derived(SEED, "ablation"))[2].y

    def event(right):
        if isinstance(right, str):
            return {
                "error": {"type": right, "kinds": [], "message": "", "line": None, "text": "", "function": ""}
            }
        told = {"answers": answers(labels, right), "losses": np.linspace(2.3, 1.0, 50)}
        return {"returned": encode(told)}

    return {"cases": [[{"returned": encode(list(own))}, *(event(one) for each in rounds for one in each)]]}


# What is shown


def test_the_table_has_the_means_and_standard_errors_of_what_came():
    """Gains of 10 and 20 points: mean 15, s = 7.07, s/√2 = 5; of −1 and 2: mean 0.5, s/√2 = 1.5."""
    came = made_up((1500, 1200, 1530), (1800, 1200, 1740))
    _, _, above = graded(evidence_is(came))
    assert above.cell_type == "markdown" and "nbgrader" not in above.metadata
    assert "| Adam | +15.0 ± 5.0 |\n| he_normal | +0.5 ± 1.5 |" in above.source
    assert "reads 55.0 % of the 3000 that were held back (mean of 2 seeds, 1000 gradients)" in above.source
    assert "left out in all trainings: Dropout, BatchNorm." in above.source
    picture = above.attachments["curves.png"]["image/png"]
    assert "](attachment:curves.png)" in above.source
    assert Image.open(io.BytesIO(base64.b64decode(picture))).width > 500


def test_one_seed_has_no_standard_error_and_an_unfinished_round_does_not_count():
    _, _, above = graded(evidence_is(made_up((1500, 1200, 1530), (1800, 1200))))
    assert "| Adam | +10.0 (one seed) |" in above.source


def test_where_train_cannot_do_without_a_part_its_line_says_so():
    _, _, above = graded(evidence_is(made_up((1500, "Attribute<b>Error", 1530), (1500, 1200, 1530))))
    assert (
        "| Adam | without it, train ends with AttributebError |\n| he_normal | -1.0 ± 0.0 |" in above.source
    )


def test_what_is_played_is_the_students_training_with_each_part_and_without(short):
    """In this process: of two parts of one's own each is taken away once a seed; no others are there."""
    seen = []

    def train(network, Adam, x, y, x_val, y_val, rng, budget):
        kinds = {type(layer).__name__ for layer in network.layers}
        assert not kinds & {"BatchNorm", "Dropout"}
        spread = np.std(network.initialize(np.random.default_rng(0))[:4000])
        seen.append((Adam.__name__, "he" if spread < 0.5 else "unscaled", float(rng.random())))
        theta = network.initialize(rng)
        for _ in range(budget):
            theta = theta - 0.01 * network.loss_and_gradient(theta, x[:64], y[:64])[1]
        return theta

    def says(cell):
        own = {name: type(name, (), {}) if name == "Adam" else he for name in ("Adam", "he_normal")}
        answer = capstone.Answer(train, carry_over.Parts(own))
        evidence = probe(answer, [Asked(**case) for case in cell["check"]["cases"]])
        return Played({cell["index"]: {"status": "ok", "outputs": [], "evidence": evidence}})

    def he(fan_in, fan_out, rng):
        return rng.normal(0.0, np.sqrt(2 / fan_in), (fan_in, fan_out))

    _, _, above = graded(sandbox_that(says))
    assert [each[:2] for each in seen] == [("Adam", "he"), ("Descent", "he"), ("Adam", "unscaled")] * 2
    draws = [each[2] for each in seen]
    assert draws[0] == draws[1] == draws[2] != draws[3] == draws[4] == draws[5], "a seed for each round"
    assert "| Adam | +0.0 ± 0.0 |" in above.source  # this train steps by itself
    assert "mean of 2 seeds, 30 gradients" in above.source and "curves.png" in above.attachments


# When it is run


def test_it_runs_only_where_a_person_grades_the_log_and_there_is_one():
    asked = []

    def run(hidden, request):
        asked.append((hidden, is_ablation(request)))
        return Played()

    for is_graded, notebook, runs in (
        (True, solution(), 1),
        (False, solution(), 0),
        (True, released_log(), 0),
    ):
        asked.clear()
        _, made, _ = graded(run, is_graded, notebook)
        assert sum(is_ablation for _, is_ablation in asked) == runs
        assert any("each part brought" in cell.source for cell in made.cells) == bool(runs)
    assert ablating.seconds(released(True).notebooks[0]) > 0


def released_log():
    """A log that was left as it was released."""
    notebook = solution()
    notebook.cells[-1].source = "### BEGIN SOLUTION\nYOUR ANSWER HERE\n### END SOLUTION"
    return notebook


def test_no_reference_and_no_label_is_near():
    asked = []

    def run(hidden, request):
        if is_ablation(request):
            asked.append((hidden, request))
        return Played()

    graded(run)
    [(hidden, request)] = asked
    assert {("optimizers", "Adam")} <= hidden
    assert not any("an ungraded cell ran" in cell.get("source", "") for cell in request["cells"])
    drawn_from = playing.derived(SEED, "ablation")
    labels = task.disguised(drawn_from)[2].y.tolist()
    sent = json.dumps(request)
    assert json.dumps(labels)[1:-1] not in sent and str(drawn_from) not in sent


# What cannot be had


def raising(error):
    def says(cell):
        raise error

    return sandbox_that(says)


def cell_that(status, deaths=(), **said):
    return sandbox_that(
        lambda cell: Played(
            {cell["index"]: {"status": status, "outputs": [], **said}},
            [{"index": cell["index"], "why": why} for why in deaths],
        )
    )


NAMELESS = {"output_type": "error", "ename": "Name<b>Error", "evalue": "<script>", "traceback": []}
NOT_HAD = {
    "timeout": (cell_that("timeout"), "it took longer than a cell may"),
    "died": (cell_that("died", ["memory"]), "it used more memory than there is for it"),
    "no time": (cell_that("not run"), "the notebook's other cells used up the time for it"),
    "no train": (
        cell_that("error", outputs=[NAMELESS]),
        "what the check is called with ends with NamebError",
    ),
    "busy": (raising(Busy("The machine was busy.")), "the sandbox gave no answer"),
    "raises": (evidence_is(made_up(("ValueError", 1200, 1530))), "train ended with ValueError"),
    "slow": (
        evidence_is(made_up((1500, 1200))),
        "no round of its trainings ended within 60 seconds of computing",
    ),
    "no part": (evidence_is(made_up((1500,), own=())), "none of the four parts is the student's own"),
    "nothing": (sandbox_that(lambda cell: Played()), "what came back cannot be read"),
    "junk": (evidence_is([[["x"]], {"cases": 3}]), "none of the four parts is the student's own"),
}


@pytest.mark.parametrize(("run", "why"), NOT_HAD.values(), ids=NOT_HAD)
def test_one_sentence_says_why_there_is_none_and_the_scores_are_the_same(run, why):
    scores, _, above = graded(run)
    assert above.source == (
        f"**What each part brought** could not be measured: {why}. That is no part of the score."
    )
    without, _, _ = graded(lambda *_: Played(), is_graded=False)
    assert {name: score for name, score in scores.items() if name != "log"} == without


def test_a_fault_of_ours_costs_nobody_anything(monkeypatch):
    monkeypatch.setattr(ablating, "_curves", lambda losses: 1 / 0)
    _, _, above = graded(evidence_is(made_up((1500, 1200, 1530))))
    assert "could not be measured: what came back cannot be read." in above.source


def test_its_words_are_the_readers(tmp_path, monkeypatch):
    (tmp_path / "grading").mkdir()
    (tmp_path / "grading" / "ablating.toml").write_text(
        'not-had = "Keine Tabelle: {why}."\nhead = "Es las {accuracy:.0f}"\n[why]\nsandbox = "kaputt"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("COURSE_LANGUAGE", str(tmp_path))
    monkeypatch.setattr(ablating, "say", texts.beside(ablating.__file__))
    assert graded(raising(Busy("")))[2].source == "Keine Tabelle: kaputt."
    assert graded(evidence_is(made_up((1500, 1200, 1530))))[2].source.startswith("Es las 50\n\n|")


# In the sandbox

LEAVES = TRAIN.replace(
    "    theta, opt",
    "    if Adam.__name__ == 'Descent':\n        import os\n        os._exit(0)\n    theta, opt",
)
FORGES = TRAIN.replace(
    "    return theta",
    """\
    from course_lib.exercises.capstone import ablation_driver
    import numpy
    right = {"answers": numpy.zeros(3000, int), "losses": numpy.full(50, -1e300)}
    ablation_driver._trained = lambda *_: right
    ablation_driver.Network.predict = lambda *_: numpy.eye(10)[y_train[:3000 % 600]]
    return theta""",
)


@pytest.fixture(scope="module")
def run():
    """Plays in sandboxes, as a worker does."""
    kind, opened = "bubblewrap" if HAS_SANDBOX else "none", {}

    def run(hidden, request):
        if hidden not in opened:
            opened[hidden] = Sandbox(kind, hidden)
        return opened[hidden].run(request)

    yield run
    for sandbox in opened.values():
        sandbox.close()


@pytest.mark.slow
def test_an_honest_training_is_told_and_the_course_s_parts_are_not_there(run, short):
    _, _, above = graded(run)
    assert "| Adam | " in above.source and "| he_normal | " in above.source and "±" in above.source
    course_s = solution(
        TRAIN.replace(
            "Adam(0.01)", "capstone.SGD(0.01) and __import__('course_lib.optimizers').optimizers.Adam(0.01)"
        )
    )
    assert "train ended with NotHere" in graded(run, notebook=course_s)[2].source


@pytest.mark.slow
@pytest.mark.parametrize(
    ("train", "told"),
    [(LEAVES, "could not be measured: it ended the kernel."), (FORGES, "What each part brought")],
)
def test_a_hostile_training_gains_and_loses_nothing(run, short, train, told):
    scores, _, above = graded(run, notebook=solution(train))
    assert told in above.source and "inf" not in above.source and "nan" not in above.source
    without, _, _ = graded(run, is_graded=False, notebook=solution(train))
    assert {name: score for name, score in scores.items() if name != "log"} == without
    if train == FORGES:  # of ten classes each is a tenth of what is held back, whatever is answered
        assert (
            "reads 10.0 %" in above.source or "cannot be read" in above.source or "ended with" in above.source
        )


@pytest.mark.slow
def test_stock_nbgrader_reads_what_stands_beside_the_log(tmp_path):
    """Released, autograded and shown by nbgrader; graded by us; then shown by both."""
    course = tmp_path / "course"
    (course / "solutions" / UNIT).mkdir(parents=True)
    settings = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    line = "c.Release.written_answers = False"
    patient = "\nc.ExecutePreprocessor.iopub_timeout = 60\n"
    (course / "nbgrader_config.py").write_text(
        settings.replace(line, line.replace("False", "True")) + patient
    )
    nbformat.write(solution(), course / "solutions" / UNIT / f"{UNIT}.ipynb")
    made = nbgrader(course, "generate_assignment", UNIT)
    assert made.returncode == 0, made.stderr
    handed_in = nbformat.read(course / "assignments" / UNIT / f"{UNIT}.ipynb", as_version=4)
    for cell, own in zip(handed_in.cells, solution().cells, strict=True):
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = own.source
    (folder := course / "submitted" / "ada" / UNIT).mkdir(parents=True)
    nbformat.write(handed_in, folder / f"{UNIT}.ipynb")
    stock = Path(shutil.copytree(course, tmp_path / "stock"))
    assert nbgrader(stock, "autograde", UNIT).returncode == 0
    assert course_grade(course, UNIT) == 0
    ours, theirs = in_gradebook(course, UNIT), in_gradebook(stock, UNIT)
    assert ours["ada", UNIT, "log"] == theirs["ada", UNIT, "log"] == (None, 8, True)
    assert ours["ada", UNIT, "adam"] == theirs["ada", UNIT, "adam"] == (1, 1, False)
    page = course / "feedback" / "ada" / UNIT / f"{UNIT}.html"
    for shown in ("ours", "nbgrader's"):
        if shown != "ours":
            done = nbgrader(course, "generate_feedback", UNIT, "--force")
            assert done.returncode == 0, done.stderr
        text = page.read_text(encoding="utf-8")
        table = text.index("own − none, in points")
        assert "±" in text[table:] and 'src="data:image/png;base64,' in text[table:], shown
        assert table < text.index(SAID), shown
