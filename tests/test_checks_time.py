"""How long a student's code may compute: an endless loop is soon at its end, and slow code is far from it."""

import copy
import importlib
import sys
import time

import numpy as np
import pytest

from course_lib.exercises.batchnorm_forward.styles import Jacobian, Loops
from course_lib.exercises.capstone.styles import recipe
from course_lib.exercises.dropout.styles import ByLoop
from course_lib.exercises.folders import exercise_names, find, of_family
from course_lib.exercises.minibatches.styles import by_drawing_from_what_is_left, by_fisher_yates
from course_lib.judging import clock, guard, limits
from course_lib.judging import probe as probing
from course_lib.judging.guard import guarded
from course_lib.judging.verdict import verdict

BATCH_NORM = of_family("_batchnorm")
INITIALIZERS = of_family("_initializer")

SPARE = 5  # so many times as long as our slowest students a right answer may compute


def compute(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


class SlowAdam:
    """All that was ever seen is kept, copied, printed, and gone through again, number by number."""

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.seen = []

    def step(self, theta, gradient):
        self.seen.append(gradient.astype(float).copy())
        before = copy.deepcopy(self.__dict__)
        out = np.zeros_like(theta)
        t = len(before["seen"])
        for index in np.ndindex(*theta.shape):
            m = v = np.float64(0)
            for each in before["seen"]:
                m = np.add(np.multiply(self.beta1, m), np.multiply(1 - self.beta1, each[index]))
                v = np.add(np.multiply(self.beta2, v), np.multiply(1 - self.beta2, np.power(each[index], 2)))
                print("step", t, index, m, v)
            m, v = m / (1 - np.power(self.beta1, t)), v / (1 - np.power(self.beta2, t))
            out[index] = theta[index] - self.lr * m / (np.sqrt(v) + self.eps)
        return out


def slow_initializer(name):
    """Number by number, each of them an array, its size computed anew, into lists."""
    uniform = name.endswith("uniform")

    def draw(fan_in, fan_out, rng):
        rows = []
        for _ in range(fan_in):
            row = []
            for _ in range(fan_out):
                fans = fan_in if name.startswith("he") else fan_in + fan_out
                size = np.sqrt((6 if uniform else 2) / fans)
                drawn = rng.uniform(-size, size, size=1) if uniform else rng.normal(0, size, size=1)
                row.append(float(drawn[0]))
            rows.append(row)
        return np.array(rows)

    return draw


SLOW = [
    ("adam", SlowAdam),
    ("minibatches", by_fisher_yates),
    ("minibatches", by_drawing_from_what_is_left),
    ("dropout", ByLoop),
    *((name, style) for name in BATCH_NORM for style in (Loops, Jacobian)),
    *((name, slow_initializer(name)) for name in INITIALIZERS),
]


def shares(name, student, monkeypatch):
    """Which share of its limit each case takes, and all of them together of theirs."""
    computed = []
    play = probing.play

    def timed(student, case, events=None):
        began = time.thread_time()
        try:
            return play(student, case, events)
        finally:
            computed.append((time.thread_time() - began) / (case.seconds or probing.CASE_SECONDS))

    cases = find(name).cases(3)
    asked = [case.asked for case in cases]
    monkeypatch.setattr(probing, "play", timed)
    began = time.thread_time()
    evidence = probing.probe(student, asked)
    computed.append((time.thread_time() - began) / probing.seconds_for(asked))
    monkeypatch.setattr(probing, "play", play)
    assert verdict(find(name), cases, evidence).passed
    return computed


@pytest.mark.parametrize(("name", "student"), SLOW, ids=lambda value: getattr(value, "__name__", value))
def test_who_writes_slow_code_has_time_to_spare(name, student, monkeypatch):
    """Best of three: a collection of garbage is none of a student's doing."""
    runs = [shares(name, student, monkeypatch) for _ in range(3)]
    assert max(map(min, zip(*runs, strict=True))) < 1 / SPARE


@pytest.mark.slow
@pytest.mark.parametrize(("name", "student"), SLOW, ids=lambda value: getattr(value, "__name__", value))
def test_the_trace_leaves_slow_code_half_of_that_time(name, student, monkeypatch):
    monkeypatch.setattr(guard, "limiter", lambda: limits.by_trace)
    runs = [shares(name, student, monkeypatch) for _ in range(3)]
    assert max(map(min, zip(*runs, strict=True))) < 2 / SPARE


@pytest.mark.slow
def test_each_exercise_leaves_its_reference_far_more(monkeypatch):
    for name in exercise_names():
        times = 1 if name == "capstone" else 3
        share = 2 if name == "capstone" else 4 * SPARE  # which trains four times: seven seconds of 28
        student = recipe if name == "capstone" else find(name).reference  # the judge's own trains thrice
        runs = [shares(name, student, monkeypatch) for _ in range(times)]
        assert max(map(min, zip(*runs, strict=True))) < 1 / share, name


def test_a_step_that_computes_too_long_is_ended_and_many_short_ones_are_not(limiter):
    def many():
        for _ in range(5):
            yield 0.3
            compute(0.1)

    def one():
        yield 0.3
        compute(0.1)
        yield 0.3
        while True:
            pass

    assert guarded(many, 9.0).in_time
    began = time.thread_time()
    assert not guarded(one, 9.0).in_time
    assert 0.4 < time.thread_time() - began < 1.2


def test_many_steps_have_a_limit_in_all(limiter):
    def steps():
        while True:
            yield 0.3
            compute(0.05)

    began = time.thread_time()
    assert not guarded(steps, 0.4).in_time
    assert time.thread_time() - began < 1.2


def test_waiting_is_not_computing(limiter):
    def waits():
        yield 0.1
        time.sleep(0.5)

    assert guarded(waits, 9.0).in_time


def test_loading_modules_is_not_computing(limiter, tmp_path, monkeypatch):
    """Each takes half of what a step may compute, and what comes after them a third."""
    names = [f"takes_long_{number}" for number in range(4)]
    for name in names:
        body = "import time\nend = time.thread_time() + 0.15\nwhile time.thread_time() < end: pass\n"
        (tmp_path / f"{name}.py").write_text(body)
    monkeypatch.syspath_prepend(tmp_path)

    def loads():
        yield 0.3
        for name in names:
            importlib.import_module(name)
        compute(0.1)

    try:
        assert guarded(loads, 9.0).in_time
    finally:
        for name in names:
            sys.modules.pop(name, None)


class Clocks:
    """The clocks of a machine that stands still now and then: then all of them jump."""

    def __init__(self, monkeypatch):
        self.jumped, times = 0.0, clock.times
        monkeypatch.setattr(clock, "times", lambda: self.after(*times()))

    def after(self, clock, waited, computed):
        return clock + self.jumped, waited, computed + self.jumped


def test_a_machine_that_stands_still_ends_nobodys_step(limiter, monkeypatch):
    clocks = Clocks(monkeypatch)

    def stands_still():
        yield 0.5
        for _ in range(2):
            compute(0.1)
            clocks.jumped += 3600
            compute(0.1)

    assert guarded(stands_still, 2.0).in_time


def test_code_whose_single_calls_are_long_is_ended(limiter, monkeypatch):
    clocks = Clocks(monkeypatch)

    def calls():
        yield 2.0
        while True:
            clocks.jumped += 0.5
            compute(2 * limits.AGAIN)

    began = time.thread_time()
    assert not guarded(calls, 9.0).in_time
    assert time.thread_time() - began < 2.0
