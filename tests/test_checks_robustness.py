"""Whatever a student's code does, and whatever evidence says, the answer is a report."""

import contextlib
import json
import logging
import signal
import sys
import threading
import time
import warnings
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace

import numpy as np
import pytest

from course_lib import optimizers
from course_lib.checks import check
from course_lib.exercises.folders import find
from course_lib.judging import clock
from course_lib.judging.encoding import MOST_ENTRIES, decode, encode
from course_lib.judging.guard import guarded
from course_lib.judging.limits import TimeLimit, by_thread, by_timer, by_trace
from course_lib.judging.limits import limiter as limiter_here
from course_lib.judging.probe import probe
from course_lib.judging.report import Report
from course_lib.judging.verdict import verdict


class Base(optimizers.Adam):
    """Adam, right but for what a test overrides."""


def report_on(student, name="adam"):
    report = check(name, student)
    assert isinstance(report, Report)
    return report


# Errors


def test_an_error_is_told_with_the_students_own_line_and_no_frame_of_ours():
    class Adam(Base):
        def step(self, theta, gradient):
            return theta - self.lr * gradients  # noqa: F821

    report = report_on(Adam)
    assert report.score == 0
    assert report.diagnosis == "raises"
    assert "NameError (name 'gradients' is not defined)" in report.cases[0].message
    assert "return theta - self.lr * gradients" in report.cases[0].message
    assert "course_lib" not in report.text()
    assert report.text().count("NameError") == 2  # once as finding, once as diagnosis; not for each case


class Weird(Exception):
    def __str__(self):
        raise RuntimeError("no message")


def recurse(self, theta, gradient):
    return self.step(theta, gradient)


RAISES = {
    "exit": lambda self, theta, gradient: sys.exit(1),
    "interrupt": lambda self, theta, gradient: (_ for _ in ()).throw(KeyboardInterrupt()),
    "base exception": lambda self, theta, gradient: (_ for _ in ()).throw(BaseException("x")),
    "no message": lambda self, theta, gradient: (_ for _ in ()).throw(Weird()),
    "recursion": recurse,
    "memory": lambda self, theta, gradient: np.zeros((10**6, 10**6, 10**3)),
    "arguments": lambda self, theta: theta,
    "extra argument": lambda self, theta, gradient, t: theta,
    "markup": lambda self, theta, gradient: (_ for _ in ()).throw(ValueError("<script>alert(1)</script>")),
    "floating point": lambda self, theta, gradient: np.seterr(all="raise") and theta / 0.0,
}


@pytest.mark.parametrize("step", RAISES.values(), ids=RAISES)
def test_whatever_is_raised_is_reported(step):
    report = report_on(type("Adam", (Base,), {"step": step}))
    assert report.score == 0
    assert report.diagnosis == "raises"
    assert "<script" not in report.html()


def test_a_method_that_is_missing_is_named():
    report = report_on(type("Adam", (), {"update": lambda self, theta, gradient: theta}))
    assert "step" in report.cases[0].message
    assert report.score == 0


def test_what_is_not_written_yet_scores_zero_and_is_said():
    class Adam:
        def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
            raise NotImplementedError

        def step(self, theta, gradient):
            raise NotImplementedError

    class OnlyStep(Base):
        def step(self, theta, gradient):
            raise NotImplementedError("your code")

    for student in (Adam, OnlyStep):
        report = report_on(student)
        assert report.score == 0
        assert report.diagnosis == "not-written"


# The constructor: one mistake, one message, and step is judged all the same


class Renamed(optimizers.Adam):
    def __init__(self, lr=1e-3, b1=0.9, b2=0.999, epsilon=1e-8):
        super().__init__(lr, b1, b2, epsilon)


class EpsNotStored(optimizers.Adam):
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        super().__init__(lr, beta1, beta2)
        del self.eps


class NoClock(optimizers.Adam):
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        super().__init__(lr, beta1, beta2, eps)
        del self.t


class RaisesAtTheEnd(optimizers.Adam):
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        super().__init__(lr, beta1, beta2, eps)
        self.m = zeros  # noqa: F821


class NeedsEps(optimizers.Adam):
    def __init__(self, lr, beta1, beta2, eps):
        super().__init__(lr, beta1, beta2, eps)


class OtherDefault(optimizers.Adam):
    def __init__(self, lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8):
        super().__init__(lr, beta1, beta2, eps)


class Misspelled:
    def _init_(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m = self.v = self.t = 0

    step = optimizers.Adam.step


@pytest.mark.parametrize(
    ("student", "failing", "words"),
    [
        (Renamed, 1, "does not know the arguments beta1, beta2 and eps; it has b1, b2 and epsilon"),
        (EpsNotStored, 1, "step uses self.eps, which __init__ never sets"),
        (NoClock, 1, "step uses self.t, which __init__ never sets"),
        (RaisesAtTheEnd, 1, "__init__ raised NameError"),
        (NeedsEps, 1, "cannot do without a value for lr, beta1, beta2 and eps"),
        (Misspelled, 1, "two underscores on each side"),
        (OtherDefault, 1, "The default of lr is 0.01"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_fault_of_the_constructor_is_one_message(student, failing, words):
    report = report_on(student)
    assert sum(not case.passed for case in report.cases) == failing
    assert report.diagnosis in ("constructor", "other-default")
    assert words in report.diagnosed.text
    assert not next(case for case in report.cases if case.name == "your hyperparameters").passed


def test_a_wrong_step_below_a_faulty_constructor_is_still_found():
    class Adam(EpsNotStored):
        def step(self, theta, gradient):
            return super().step(theta, -gradient)

    report = report_on(Adam)
    assert report.score == 0
    assert report.diagnosis == "constructor"
    assert "the other sign" in report.cases[0].message


# Returned nonsense


class Hostile:
    """Raises whatever is done with it."""

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __array__(self, *args, **kwargs):
        raise RuntimeError("array")

    def __eq__(self, other):
        raise RuntimeError("eq")

    __hash__ = None
    __len__ = __iter__ = __bool__ = __float__ = __repr__ = __array__

    @property
    def __class__(self):
        raise RuntimeError("class")


class Pretender(np.ndarray):
    def __array_function__(self, *args, **kwargs):
        return True

    def __array_ufunc__(self, *args, **kwargs):
        return True


def cyclic(theta):
    items = [theta]
    items.append(items)
    return items


NONSENSE = {
    "text": lambda theta: "θ",
    "hostile": lambda theta: Hostile(),
    "class": lambda theta: Hostile,
    "nan": lambda theta: theta * np.nan,
    "infinity": lambda theta: theta + np.inf,
    "objects": lambda theta: np.array([Hostile()] * 4, dtype=object),
    "huge array": lambda theta: np.broadcast_to(theta.flat[0], (10**6, 10**6)),
    "huge list": lambda theta: [0.0] * 10**6,
    "huge number": lambda theta: 10**5000,
    "generator": lambda theta: (x for x in theta),
    "endless generator": lambda theta: iter(int, 1),
    "matrix": lambda theta: np.asmatrix(theta.ravel()),
    "masked": lambda theta: np.ma.masked_array(theta, theta > 0),
    "ndarray pretender": lambda theta: theta.view(Pretender),
    "complex": lambda theta: theta + 1j,
    "integer": lambda theta: 3,
    "structured": lambda theta: np.zeros(theta.shape, dtype=[("a", float)]),
    "longdouble": lambda theta: theta.astype(np.longdouble) * 2,
    "float16": lambda theta: theta.astype(np.float16),
    "dates": lambda theta: np.zeros(theta.shape, dtype="M8[s]"),
    "cycle": cyclic,
    "dict": lambda theta: {Hostile: theta, "θ": {"a": {"b": {"c": {"d": {}}}}}},
    "empty": lambda theta: np.array([]),
    "surrogate": lambda theta: "\ud800",
}


@pytest.mark.slow
@pytest.mark.parametrize("make", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_gets_a_report(make, capfd):
    report = report_on(type("Adam", (Base,), {"step": lambda self, theta, gradient: make(theta)}))
    assert report.score == 0
    json.dumps(report.data(5)).encode()
    report.html().encode()
    assert len(report.html()) < 20_000
    assert capfd.readouterr().err == ""


def test_every_kind_of_value_survives_json_or_is_told_by_its_type():
    values = [
        None,
        True,
        3,
        -0.1,
        1e-300,
        "text",
        (1, [2.5, "a"]),
        {"a": 1.0},
        np.arange(6).reshape(2, 3) / 7,
    ]
    for value in values:
        back = decode(json.loads(json.dumps(encode(value))))
        assert type(back) is type(value)
        assert back.tolist() == value.tolist() if isinstance(value, np.ndarray) else back == value
    special = np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324, 0.1 + 0.2])
    assert decode(json.loads(json.dumps(encode(special), allow_nan=False))).tobytes() == special.tobytes()
    single = np.array([0.1, 1e-45, 3e38], dtype=np.float32)
    assert decode(json.loads(json.dumps(encode(single)))).tobytes() == single.tobytes()
    large = encode(np.zeros(MOST_ENTRIES + 1))
    assert large == {"dtype": "float64", "shape": [MOST_ENTRIES + 1], "data": None}


# Time, output, and what is left behind


def swallow_all(self, theta, gradient):
    while True:
        try:
            time.sleep(0.001)
        except:  # noqa: E722
            continue


def swallow_twice(self, theta, gradient):
    while True:
        try:
            try:
                while True:
                    pass
            except BaseException:
                pass
        except BaseException:
            continue


def loop(self, theta, gradient):
    while True:
        theta = theta + 0


@pytest.mark.slow
@pytest.mark.parametrize("step", [loop, swallow_all, swallow_twice])
def test_a_loop_without_end_comes_to_an_end(step, limiter, monkeypatch):
    monkeypatch.setattr(clock, "waited", lambda: 0.0)  # so that the limit is one by the clock
    before, computed, traced = time.monotonic(), time.thread_time(), sys.gettrace()
    report = report_on(type("Adam", (Base,), {"step": step}))
    assert time.monotonic() - before < 8  # the limit is 2 s; the rest is for a busy machine
    assert time.thread_time() - computed < 1.5  # the limit of the one case is 0.25 s
    assert report.diagnosis == "never-ends"
    assert report.score == 0
    assert "in line" in report.cases[0].message
    assert sys.gettrace() is traced


@pytest.mark.slow
def test_what_is_waited_for_a_core_is_not_its_time(limiter, monkeypatch):
    """Where half of the time is waited, it may take twice as long; where all is, there is an end too."""

    def nap(seconds):
        yield 9.0
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(0.01)

    monkeypatch.setattr(clock, "PATIENCE", 4)
    for share, seconds, in_time, least in (
        (0.0, 9.0, False, 0.5),
        (0.5, 0.8, True, 0.8),
        (1.0, 9.0, False, 2.0),
    ):
        began = time.monotonic()
        monkeypatch.setattr(clock, "waited", lambda b=began, s=share: s * (time.monotonic() - b))
        assert guarded(lambda seconds=seconds: nap(seconds), 0.5).in_time == in_time
        assert time.monotonic() - began >= least


def test_cases_before_the_endless_one_count(limiter):
    def step(self, theta, gradient):
        while theta.ndim > 1:
            pass
        return Base.step(self, theta, gradient)

    report = report_on(type("Adam", (Base,), {"step": step}))
    assert 0 < report.score < 1
    assert report.diagnosis == "never-ends"


def test_the_time_limit_works_without_signals_too():
    ended = []

    def elsewhere():
        def work():
            yield 9.0
            try:
                while True:
                    pass
            finally:
                ended.append(True)

        ended.append(guarded(work, 0.2).in_time)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join(10)
    assert ended == [True, False]


@contextmanager
def traced_by(debugger):
    before = sys.gettrace()
    sys.settrace(debugger)
    try:
        yield
    finally:
        sys.settrace(before)


def test_a_debugger_is_back_whatever_happens_under_the_trace():
    """By the limiter alone: it is not the guard that puts it back."""

    def debugger(*_):
        return None

    def endless():
        yield 0.1
        while True:
            theirs()

    def theirs():
        with suppress(BaseException):
            while True:
                np.ones(9)

    def fails():
        yield 9.0
        raise KeyError

    def traces():
        yield 9.0
        sys.settrace(lambda *_: None)

    for work, in_time in ((endless, False), (traces, True)):
        with traced_by(debugger):
            assert by_trace(work, 9.0) == in_time
            assert sys.gettrace() is debugger
    with traced_by(debugger):
        with pytest.raises(KeyError):
            by_trace(fails, 9.0)
        assert sys.gettrace() is debugger


def test_the_trace_goes_on_after_a_recursion_without_end():
    def deeper():
        return deeper()

    def work():
        yield 0.1
        while True:
            with suppress(RecursionError):
                deeper()

    assert not by_trace(work, 9.0)


def test_the_trace_watches_the_lines_of_a_students_code_alone():
    watched = []

    def callback():
        theirs, librarys = sys._getframe(), sys._getframe(1)
        watched.append((theirs.f_trace is not None, librarys.f_code.co_filename, librarys.f_trace))

    def work():
        yield 9.0
        stack = ExitStack()
        stack.callback(callback)
        stack.close()

    assert by_trace(work, 9.0)
    [(theirs, file, librarys)] = watched
    assert theirs and file == contextlib.__file__ and librarys is None


def test_each_platform_has_its_limiter(monkeypatch):
    elsewhere = []
    assert limiter_here() is (by_timer if hasattr(signal, "setitimer") else by_thread)
    thread = threading.Thread(target=lambda: elsewhere.append(limiter_here()))
    thread.start()
    thread.join()
    assert elsewhere == [by_thread]
    monkeypatch.delattr(signal, "setitimer", raising=False)
    assert limiter_here() is by_thread
    monkeypatch.setattr(sys, "platform", "emscripten")
    assert limiter_here() is by_trace


def test_outside_signals_are_as_they_were():
    signal = pytest.importorskip("signal")
    if not hasattr(signal, "setitimer"):
        pytest.skip("this platform has no interval timer")
    handler = signal.getsignal(signal.SIGALRM)
    report_on(optimizers.Adam)
    assert signal.getsignal(signal.SIGALRM) is handler
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_limit_passes_through_except_exception():
    assert not issubclass(TimeLimit, Exception)


def test_output_is_held_back_and_mentioned(capfd):
    class Adam(Base):
        def step(self, theta, gradient):
            print("step " * 1000)
            print("oops", file=sys.stderr)
            logging.getLogger("student").warning("careful")
            warnings.warn("a warning", stacklevel=1)
            return super().step(theta, gradient)

    report = report_on(Adam)
    assert report.passed
    shown = capfd.readouterr()
    assert shown.err == ""
    assert len(shown.out) < 2000
    assert any("held back" in note for note in report.notes)


def test_numpys_warnings_do_not_reach_stderr_and_are_mentioned(capfd):
    class AdaGrad(optimizers.AdaGrad):
        def step(self, theta, gradient):
            self.s = self.s + gradient**2
            return theta - self.lr * gradient / np.sqrt(self.s)

    report = report_on(AdaGrad, "adagrad")
    assert report.diagnosis == "eps-missing"
    assert any("warned" in note for note in report.notes)
    assert capfd.readouterr().err == ""


def test_functions_of_numpy_that_were_replaced_are_put_back():
    root = np.sqrt

    class Adam(Base):
        def step(self, theta, gradient):
            np.sqrt = np.abs = np.asarray = np.array = np.allclose = lambda *args, **kwargs: 1
            del np.zeros
            return theta

    assert report_on(Adam).score == 0
    assert np.sqrt is root
    assert np.zeros(2).tolist() == [0, 0]


# Hostile evidence


def evidence_of(student):
    exercise = find("adam")
    cases = exercise.cases(3)
    return exercise, cases, json.loads(json.dumps(probe(student, [case.asked for case in cases])))


def test_evidence_survives_json_exactly():
    exercise, cases, evidence = evidence_of(optimizers.Adam)
    assert evidence == probe(optimizers.Adam, [case.asked for case in cases])
    assert verdict(exercise, cases, evidence).passed


JUNK = [
    None, 3, "x", [], {}, [None], {"cases": None}, {"cases": {}}, {"cases": [None] * 7}, {"cases": [[]] * 99},
    {"cases": [[None] * 99] * 7}, {"cases": [[{}] * 13] * 7}, {"cases": [[{"returned": {}}] * 13] * 7},
    {"cases": [[{"error": 3}] * 13] * 7}, {"cases": [[{"error": {"type": 3, "line": "x"}}] * 13] * 7},
    {"cases": [[{"made": "x", "refused": 3, "supplied": [3, None]}] * 13] * 7},
    {"cases": [[{"returned": {"dtype": "float64", "shape": [-1], "data": []}}] * 13] * 7},
    {"cases": [[{"returned": {"dtype": "float64", "shape": [4], "data": [1, 2, 3]}}] * 13] * 7},
    {"cases": [[{"returned": {"dtype": "float64", "shape": [4], "data": [1, "2", None, []]}}] * 13] * 7},
    {"cases": [[{"returned": {"dtype": "int64", "shape": [4], "data": [1e400, 1, 1, 2**80]}}] * 13] * 7},
    {"cases": [[{"returned": {"dtype": ["O"], "shape": [4], "data": [1, 1, 1, 1]}}] * 13] * 7},
    {"cases": [[{"returned": {"dtype": "float64", "shape": [10**9] * 70, "data": []}}] * 13] * 7},
    {"cases": [[{"returned": {"dtype": "object", "shape": [4], "data": [1, 1, 1, 1]}}] * 13] * 7},
    {"cases": [[{"returned": {"tuple": [{"tuple": [{"tuple": [{"tuple": [{"tuple": [{}]}]}]}]}]}}] * 13] * 7},
    {"cases": [[{"returned": {"float": "one"}}] * 13] * 7, "warnings": 3, "printed_length": ""},
    {"cases": [[{"returned": {"text": "x" * 10**6}}] * 13] * 7, "printed": "y" * 10**6, "printed_length": -1},
    {"cases": [[{"returned": 1}] * 13] * 7, "signature": [1], "warnings": [1, None]},
    {"cases": [[{"returned": 1}] * 13] * 7, "signature": {"lr": {}, "eps": "x", "beta1": {"float": "nan"}}},
    {"cases": [[{"returned": {"list": [0.0] * 10**6}}] * 13] * 7, "in_time": "no"},
    {"cases": [[{"returned": {"dict": [[1], 2]}}] * 13] * 7},
    {"cases": [[{"returned": {"dict": [[{"list": []}, 2]]}}] * 13] * 7},
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("evidence", JUNK)
def test_malformed_evidence_fails(evidence):
    exercise = find("adam")
    report = verdict(exercise, exercise.cases(3), evidence)
    assert report.score == 0
    assert not report.passed
    assert len(report.html()) < 30_000


def mutated(value, rng, depth=0):
    """The same JSON with some parts replaced."""
    if rng.random() < 0.02:
        return [None, 0, -1, 1e308, "nan", "x", [], {}, [[]], {"returned": 3}, True][rng.integers(11)]
    if isinstance(value, dict):
        return {k: mutated(v, rng, depth + 1) for k, v in value.items() if rng.random() > 0.01}
    if isinstance(value, list):
        return [mutated(v, rng, depth + 1) for v in value if rng.random() > 0.01]
    return value


@pytest.mark.slow
def test_damaged_evidence_never_crashes_the_verdict():
    exercise, cases, evidence = evidence_of(optimizers.Adam)
    rng = np.random.default_rng(5)
    for _ in range(60):
        report = verdict(exercise, cases, mutated(evidence, rng))
        assert 0 <= report.score <= 1
        report.html()


def test_the_probe_imports_no_reference_and_no_verdict():
    import subprocess

    code = (
        "import sys, course_lib.judging.probe;"
        "bad = [m for m in sys.modules if m.startswith('course_lib') and m.split('.')[-1] not in"
        " ('course_lib', 'judging', 'probe', 'guard', 'limits', 'clock', 'surroundings', 'frames',"
        " 'encoding', 'functions')];"
        "print(bad, 'matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] False"


@pytest.mark.parametrize("what", ["suggest", "picture", "remark"])
def test_a_fault_of_what_is_told_beside_them_leaves_the_points_standing(what):
    class Other:
        def __init__(self, lr):
            self.lr = lr

        def step(self, theta, gradient):
            return theta - self.lr * np.cbrt(gradient)

    def broken(result):
        raise IndexError("no entry 1")

    exercise = find("sgd")
    cases = exercise.cases(1)
    evidence = probe(Other, [case.asked for case in cases])
    right = verdict(exercise, cases, evidence)
    report = verdict(replace(exercise, **{what: broken}), cases, evidence)
    assert [case.passed for case in report.cases] == [case.passed for case in right.cases]
    assert report.diagnosed.text
    assert "IndexError: no entry 1" in report.notes[-1] and "fault of the course" in report.notes[-1]
