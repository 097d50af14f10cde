"""“Show me” under a failed check: a live notebook has it, grading knows nothing of it, and what it opens
shows where the student's code parts from the right one."""

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest
from each import soon
from jupyter_client.manager import start_new_kernel
from nbformat.v4 import new_code_cell, new_notebook, new_output
from test_checks_garbage import GARBAGE

from course_lib import checks, cli, errors, notebook_check, notebooks, optimizers, surfaces, training
from course_lib.exercises import entries, folders
from course_lib.exercises.folders import about, exercise_names, find
from course_lib.explorers import EXPLORERS
from course_lib.explorers.side_by_side import side_by_side
from course_lib.judging.beside import Beside, first_seen
from course_lib.judging.probe import probe
from course_lib.judging.seen import Seen
from course_lib.judging.verdict import verdict
from course_lib.jupyter import show_me
from course_lib.palette import YOURS
from course_lib.release import nbgrader
from course_lib.scene import FAINT, INK, Bars, Line, Points, Text

ROOT = Path(__file__).resolve().parents[1]
VIEW = "application/vnd.jupyter.widget-view+json"
SHOWN = [name for name in exercise_names() if about(name).explorer]
BESIDE = [name for name in exercise_names() if not about(name).explorer and not about(name).unseen]
WRONG = """class Momentum:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.v = lr, mu, 0.0

    def step(self, theta, gradient):
        self.v = self.mu * self.v + (1 - self.mu) * gradient
        return theta - self.lr * self.v"""
CHECK = f"from course_lib.checks import check\n\n{WRONG}\n\ncheck('momentum', Momentum, points=5)"


def judged(name, student):
    exercise = find(name)
    cases = exercise.cases(checks.SEED)
    return verdict(exercise, cases, probe(student, [case.asked for case in cases]))


def wrong(name, mistake):
    [found] = [each for each in find(name).misconceptions if each.id == mistake]
    return found.variants[0]


def within(panel):
    """Whether all points and bars that are drawn lie between the ends of the axes."""
    drawn = [layer for layer in panel.layers if isinstance(layer, Points | Bars)]
    x, y = (np.concatenate([np.ravel(getattr(layer, axis)) for layer in drawn]) for axis in "xy")
    finite = np.isfinite(x) & np.isfinite(y) & ((y > 0) | (not panel.y.log))
    return all(
        ((min(axis.ends) <= values[finite]) & (values[finite] <= max(axis.ends))).all()
        for axis, values in ((panel.x, x), (panel.y, y))
    )


# what it opens


def test_exercises_of_all_kinds_that_explorers_show_have_one():
    kinds = {about(name).explorer.name for name in SHOWN}
    assert kinds == {"descent", "signal_through_depth", "dropped_network", "batch_norm_lens", "gradient_home"}
    families = {name for name in exercise_names() if about(name).family in ("_optimizer", "_initializer")}
    assert families - {"lion", "muon"} <= set(SHOWN)  # the one is in no explorer, the other moves matrices


@pytest.mark.slow
@pytest.mark.parametrize("name", SHOWN + BESIDE)
def test_most_of_the_frequent_mistakes_are_seen(name):
    """A few never can: answers of another form than asked have no numbers to draw."""
    seen = []
    for mistake in about(name).frequent[:8]:
        make = wrong(name, mistake)
        report = judged(name, make())
        if report.result.wrong_with is None:
            continue
        seen.append(bool(about(name).explorer or first_seen(find(name), report.result)))
        if seen[-1]:
            scene = show_me.opened(report, make()).scene()
            seen[-1] = bool(scene.panels) and "Nothing of it is seen here." not in scene.message
            if scene.panels:
                assert scene.message.startswith(report.diagnosed.text.replace("\n", " "))
                assert scene.message in scene.alt
            if "Yours is filled" in scene.message:
                assert all(map(within, scene.panels))
    assert len(seen) >= 6
    assert np.mean(seen) >= 0.75


@pytest.mark.parametrize("name", [soon(name) for name in exercise_names() if about(name).unseen])
def test_an_exercise_that_says_why_nothing_is_seen_has_no_mistake_that_could_be(name):
    exercise, cases = find(name), find(name).cases(checks.SEED)
    for make in [mistake.variants[0] for mistake in exercise.misconceptions[:8]]:
        result = verdict(exercise, cases, probe(make(), [case.asked for case in cases])).result
        assert first_seen(exercise, result) == []


@pytest.mark.parametrize(
    "mistake", ["no-bias-correction", "t-never-advances", "eps-inside-root", "rate-hard-coded"]
)
def test_it_stands_at_the_first_step_where_two_paths_part(mistake):
    make = wrong("adam", mistake)
    explorer = show_me.opened(judged("adam", make()), make())
    at = {name: control.start for name, control in explorer.controls.items()}
    field = surfaces.ravine()
    given = at["rate"], at["beta1"], at["beta2"], at["eps"]
    right, theirs = (
        training.descend(field.loss_and_gradient, (at["x"], at["y"]), each(*given), 200)[0]
        for each in (optimizers.Adam, make())
    )
    apart = ~np.isclose(right, theirs, rtol=1e-6, atol=1e-9).all(axis=1)
    assert apart.argmax() == at["steps"] > 0
    assert f"leaves the way of the course's Adam at step {at['steps']}." in explorer.scene().message


def test_the_settings_are_those_under_which_values_went_wrong():
    report = judged("momentum", wrong("momentum", "mu-ignored")())
    assert report.result.wrong_with["mu"] != 0.9
    explorer = show_me.opened(report, wrong("momentum", "mu-ignored")())
    assert explorer.controls["mu"].start == report.result.wrong_with["mu"]


def test_where_a_setting_hides_what_is_wrong_that_is_said():
    make = wrong("momentum", "mu-ignored")
    explorer = show_me.opened(judged("momentum", make()), make())
    message = explorer.scene(mu=0.9).message
    assert " Nothing of it is seen here. Your Momentum goes the way of the course's momentum." in message


def test_what_one_path_cannot_show_lies_beside_the_right_numbers():
    """Two instances share their velocity: the place is the step that the report names."""
    make = wrong("momentum", "class-level-state")
    report = judged("momentum", make())
    explorer = show_me.opened(report, make())
    place = explorer.controls["place"].start
    failed = [case.message for case in report.cases if not case.passed]
    assert failed[0].lower().startswith(place)
    assert "yours" in explorer.scene().message


def test_a_class_of_another_name_walks_beside_what_was_asked():
    mine = type("Mine", (wrong("adam", "no-bias-correction")(),), {"__module__": "__main__"})
    message = show_me.opened(judged("adam", mine), mine).scene().message
    assert "Your Mine leaves the way of the course's Adam at step 1." in message


def test_batch_normalisation_stands_at_its_first_batch_that_differs():
    make = wrong("batchnorm_running", "biased-running")
    explorer = show_me.opened(judged("batchnorm_running", make()), make())
    assert explorer.controls["updates"].start == 1
    assert "differs from the course's (thin) in" in explorer.scene().message


# answers beside the right ones


def pairs(name, mistake):
    return first_seen(find(name), judged(name, wrong(name, mistake)()).result)


def open_at(name, mistake):
    """The scene at which it opens, its place, and the pairs of this place by their titles."""
    make = wrong(name, mistake)
    explorer = show_me.opened(judged(name, make()), make())
    place = explorer.controls["place"].start if explorer.controls else ""
    return explorer.scene(), {p.seen.title: p for p in pairs(name, mistake) if p.seen.place == place}


def layers(panel, kind, colour):
    return [layer for layer in panel.layers if isinstance(layer, kind) and layer.colour == colour]


def test_two_stops_stand_on_the_losses_that_both_were_given():
    scene, shown = open_at("early_stopping", "one-too-late")
    [panel] = scene.panels
    [pair] = shown.values()
    patience = int(re.search(r"patience = (\d)", pair.seen.title)[1])
    [(_, _, losses)] = pair.seen.given
    best = waited = 0
    for right, loss in enumerate(losses):
        best, waited = (right, 0) if loss < losses[best] or right == 0 else (best, waited + 1)
        if waited == patience:
            break
    [yours], [asked] = (layers(panel, Points, colour) for colour in (YOURS, INK))
    assert (list(asked.x), list(asked.y)) == ([right + 1], [losses[right]])
    assert (list(yours.x), list(yours.y)) == ([right + 2], [losses[right + 1]])
    assert f"yours at update {right + 2}, asked at update {right + 1}." in scene.message


def test_rates_that_grow_evenly_lie_beside_those_of_equal_ratios():
    scene, shown = open_at("learning_rate_range_test", "linear-rates")
    pair = shown["Rate at each step"]
    (low, high), steps = pair.asked[1, [0, -1]], pair.asked.shape[1]
    np.testing.assert_allclose(pair.asked[1], low * (high / low) ** (np.arange(steps) / (steps - 1)))
    np.testing.assert_allclose(pair.yours[1], low + (high - low) * np.arange(steps) / (steps - 1))
    assert pair.parts == 1
    assert "Rate at each step: at step 2, yours " in scene.message
    for panel in scene.panels:
        assert panel.y.log and layers(panel, Line, FAINT)[0].dashed


def test_a_batch_that_is_lost_is_missing_in_the_bars():
    scene, shown = open_at("minibatches", "last-batch-lost")
    [pair] = shown.values()
    n, size = map(int, re.findall(r"= (\d+)", pair.seen.place))
    assert list(pair.asked[1]) == [size] * (n // size) + [n % size]
    assert list(pair.yours[1]) == [size] * (n // size)
    [bars] = layers(scene.panels[0], Bars, YOURS)
    assert list(bars.y) == list(pair.yours[1])
    assert "yours has come to its end, where one more is asked." in scene.message


@pytest.mark.parametrize("mistake", ["not-shuffled", "same-order"])
def test_an_order_that_does_not_change_has_the_same_companions_in_all_epochs(mistake):
    scene, shown = open_at("minibatches", mistake)
    companions = shown["With its most frequent companion"]
    assert set(companions.yours[1]) == {1.0} and companions.asked[1].max() < 0.65
    assert "asked about 0." in scene.message


def test_numbers_that_are_uniform_by_themselves_fall_into_the_last_tenth():
    scene, shown = open_at("log_uniform", "uniform")
    [pair] = shown.values()
    assert list(pair.asked[1]) == [0] + 10 * [0.1] + [0]
    [parts] = re.findall(r"at tenth (\d+), ", scene.message)
    assert pair.parts == int(parts) == 1
    # Of the numbers between low and high = 20,000 low, all but 37 % are in the last tenth of the logarithm.
    assert pair.yours[1, 10] == pytest.approx(1 - (0.001 / 40) ** 0.1, abs=0.05)


def test_the_best_trial_is_marked_on_the_values_that_came():
    _, shown = open_at("random_search", "maximises")
    [pair] = shown.values()
    [(_, trials, values)] = pair.seen.given
    assert pair.asked.ravel().tolist() == [trials[np.argmin(values)], min(values)]
    assert pair.yours.ravel().tolist() == [trials[np.argmax(values)], max(values)]


def test_a_run_is_shown_whose_cause_is_named_wrong():
    scene, _ = open_at("diagnose", "noise-unknown")
    answers, run = scene.panels
    assert re.search(
        r"The cause: yours (underfitting|good|plateau|rate too low), asked noisy\.", scene.message
    )
    assert [line.label for line in run.layers if isinstance(line, Line)] == ["training", "validation"]
    assert "noisy" in [text.text.strip() for text in answers.layers if isinstance(text, Text)]


def test_the_way_back_of_dropout_lies_beside_the_mask_of_its_own_forward():
    _, shown = open_at("dropout", "backward-not-masked")
    [pair] = shown.values()
    assert set(pair.yours[1]) == {1.0}
    rate = float(re.search(r"rate = (0\.\d+)", judged("dropout", wrong("dropout", "no-rescale")()).text())[1])
    np.testing.assert_allclose(np.unique(pair.asked[1].round(9)), [0, 1 / (1 - rate)], rtol=1e-6)


def test_what_has_one_number_more_or_less_is_told_where_it_ends():
    def told(yours, asked):
        seen = Seen("", "Numbers", "Entry", "", yours, asked=asked)
        parts = next((i for i in range(9) if yours[i : i + 1] != asked[i : i + 1]), None)
        both = (np.array([range(1, len(each) + 1), each], dtype=float) for each in (yours, asked))
        return side_by_side([Beside(seen, *both, parts)]).scene().message

    assert told([1, 2], [1, 2]).startswith("Here yours goes with what is asked.")
    assert told([1, 2], [1, 3]).startswith("Numbers: at entry 2, yours 2, asked 3.")
    assert "at entry 3, yours goes on where nothing is asked." in told([1, 2, 3], [1, 2])
    assert "at entry 1, yours stands nowhere, where one more is asked." in told([], [1, 2])


@pytest.mark.slow  # in all of them together
@pytest.mark.parametrize("name", BESIDE)
def test_whatever_comes_back_is_drawn_or_not_but_never_an_error(name):
    exercise, cases = find(name), find(name).cases(checks.SEED)
    for one in GARBAGE[::7]:
        made = type("Made", (), {"__init__": lambda self, *_, **__: None, "update": lambda *_, one=one: one})
        student = made if exercise.method else lambda *_, one=one: one
        result = verdict(exercise, cases, probe(student, [case.asked for case in cases], seconds=60)).result
        if found := first_seen(exercise, result):
            assert side_by_side(found).scene().panels


# the exercise's folder


@pytest.mark.parametrize("name", SHOWN)
def test_an_exercise_names_an_explorer_that_there_is_and_its_argument(name):
    shown = about(name).explorer
    assert shown.name in EXPLORERS
    right = EXPLORERS[shown.name](**{shown.own: about(name).program.answer()}, **shown.starts).scene()
    assert right.panels


def test_an_explorer_that_there_is_not_is_named(monkeypatch, tmp_path):
    report = judged("momentum", wrong("momentum", "averaged")())
    monkeypatch.setattr(
        show_me,
        "about",
        lambda name: folders.About(
            name, "M", "01", "", 1, 5, (), explorer=folders.Shown("descend", "method")
        ),
    )
    with pytest.raises(errors.CourseError, match=r"momentum/exercise\.toml names the explorer 'descend'"):
        show_me.opened(report, object)
    path = tmp_path / "momentum" / "exercise.toml"
    path.parent.mkdir()
    for said, complaint in (
        ('{ name = "descent", own = "method", start = {} }', "key 'start', which nobody reads"),
        ('{ name = "descent" }', r"\[explorer\] in momentum/exercise.toml lacks own"),
        ('"descent"', "outside of any entry"),
    ):
        path.write_text(f"explorer = {said}\n")
        with pytest.raises(errors.CourseError, match=complaint):
            entries.about(path, ["explorer"], [])


# who sees it


@pytest.fixture(scope="module")
def alone():
    """What the check says, told in this process."""
    names = {}
    exec(WRONG, names)
    return judged("momentum", names["Momentum"]).bundle(5)


class Kernel:
    def __init__(self, folder):
        self.manager, self.client = start_new_kernel(cwd=str(folder))

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def run(self, source, **metadata):
        """What a cell displays and prints."""
        content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False}
        sent = self.client.session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(sent)
        shown, late = [], time.monotonic() + 60
        while time.monotonic() < late:
            message = self.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != sent["header"]["msg_id"]:
                continue
            content = message["content"]
            if content.get("execution_state") == "idle":
                return shown
            if message["msg_type"] in ("display_data", "stream"):
                shown.append(content.get("data") or content)
        raise TimeoutError(source)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    made = Kernel(tmp_path_factory.mktemp("work"))
    made.run("import sys, os; os.environ['HOME'] = os.getcwd()")
    try:
        yield made
    finally:
        made.close()


LOADED = "print([name for name in ('course_lib.explorers', 'ipywidgets') if name in sys.modules])"


def test_only_a_live_notebook_has_it_and_it_loads_the_explorers_when_it_is_pressed(kernel, alone):
    assert kernel.run(CHECK) == [alone]
    assert kernel.run(LOADED)[0]["text"].strip() == "[]"
    report, button = kernel.run(CHECK, cellId="a-cell")
    assert report == alone
    assert button.keys() == {"text/html"}
    [name] = re.findall(r'^<div data-show-me="([\w-]+)"></div>$', button["text/html"])
    assert kernel.run(LOADED)[0]["text"].strip() == "['ipywidgets']"
    pressed = f"""
import ipywidgets
made = ipywidgets.widgets.widget._instances
[button] = [each for each in made.values() if getattr(each, "name", "") == {name!r}]
button.pressed = 1
first = made[button.opened]
button.pressed = 2
live = made[button.opened]
print(first.comm, live.values["steps"], live.session.scene().message)"""
    [said] = kernel.run(pressed)
    assert said["text"].startswith("None 1 ")
    assert "Your Momentum leaves the way of the course's momentum at step 1." in said["text"]


def test_right_code_errors_and_exercises_without_an_explorer_have_none(kernel):
    right = WRONG.replace("(1 - self.mu) * ", "")
    raising = WRONG.replace("return theta", "raise NotImplementedError")
    for code in (CHECK.replace(WRONG, right), CHECK.replace(WRONG, raising)):
        shown = kernel.run(code, cellId="a-cell")
        assert len([each for each in shown if "text/html" in each]) == 1
    fans = "from course_lib.checks import check\ncheck('fans', lambda shape: shape)"
    assert len(kernel.run(fans, cellId="a-cell")) == 1


def test_an_exercise_that_no_explorer_shows_has_the_button_too(kernel):
    swapped = "check('fans', lambda shape: (shape[1], shape[0]))"
    _, button = kernel.run(f"from course_lib.checks import check\n{swapped}", cellId="a-cell")
    assert button.keys() == {"text/html"} and "data-show-me" in button["text/html"]


def test_without_widgets_there_is_the_report_alone(kernel, alone):
    button = "course_lib.jupyter.show_me_button"
    kernel.run(f"kept = sys.modules.pop('anywidget', None); sys.modules.pop({button!r}, None)")
    kernel.run("sys.modules['anywidget'] = None")
    try:
        assert kernel.run(CHECK, cellId="a-cell") == [alone]
    finally:
        kernel.run("del sys.modules['anywidget']; sys.modules.update(anywidget=kept) if kept else None")


@pytest.mark.slow
def test_course_check_and_nbconvert_show_the_report_alone(tmp_path, alone):
    path = tmp_path / "try.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(CHECK)]), path)
    [finding] = notebook_check.findings(path)
    assert not finding.passed
    command = ["-m", "nbconvert", "--to", "notebook", "--execute", "--allow-errors", "--inplace", str(path)]
    subprocess.run([sys.executable, *command], check=True, capture_output=True)
    [shown, *_] = notebooks.read(path).cells[0].outputs
    assert json.loads(json.dumps(shown.data)) == json.loads(json.dumps(alone))
    assert VIEW not in path.read_text(encoding="utf-8")


@pytest.mark.slow
def test_neither_grader_keeps_a_widget_that_a_live_notebook_was_saved_with(tmp_path, alone):
    unit = "01_gradient_descent"
    course = tmp_path / "course"
    shutil.copytree(ROOT / "solutions" / unit, course / "solutions" / unit)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    assert nbgrader(course, "generate_assignment", unit).returncode == 0
    notebook = notebooks.read(ROOT / "solutions" / unit / f"{unit}.ipynb")
    for cell in notebook.cells:
        role = cell.metadata.get("nbgrader", {})
        if role.get("grade_id") == "momentum":
            cell.source = WRONG
        if cell.cell_type == "code" and role.get("grade"):
            cell.outputs = [
                new_output("display_data", {VIEW: {"model_id": "0", "version_major": 2, "version_minor": 0}}),
                new_output("display_data", {"text/html": '<div data-show-me="show-me-1-1"></div>'}),
            ]
    target = course / "submitted" / "ada" / unit
    target.mkdir(parents=True)
    nbformat.write(notebook, target / f"{unit}.ipynb")
    ours = Path(shutil.copytree(course, tmp_path / "ours"))
    for step in ("autograde", "generate_feedback"):
        done = nbgrader(course, step, unit)
        assert done.returncode == 0, done.stderr
    sandbox = [] if shutil.which("bwrap") else ["--sandbox", "none"]
    assert cli.main(["grade", unit, "--course", str(ours), "--workers", "1", *sandbox]) == 0
    for graded in (course, ours):
        written = [*graded.glob("autograded/**/*.ipynb"), *graded.glob("feedback/**/*.html")]
        assert len(written) == 2
        for mark in ("jupyter.widget", "data-show-me"):
            assert not any(mark in path.read_text(encoding="utf-8") for path in written)
        [page] = [path.read_text(encoding="utf-8") for path in written if path.suffix == ".html"]
        assert "Show me" not in page and "Momentum: " in page
