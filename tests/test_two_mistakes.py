"""Two mistakes in one program: both are named, in whatever style it is written, and nothing else is."""

import re
import time
from dataclasses import replace
from html import escape

import numpy as np
import pytest

from course_lib.exercises.folders import find
from course_lib.judging import explaining
from course_lib.judging import verdict as verdict_module
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict


def report(name, student, seed=1, change=lambda case: case):
    exercise = find(name)
    cases = [change(case) for case in exercise.cases(seed)]
    return verdict(exercise, cases, probe(student, [case.asked for case in cases]))


def half_and_sign(weights, lam):
    total, gradients = 0.0, []
    for each in weights:
        total += lam * (each * each).sum()
        gradients.append(-lam * each)
    return total, gradients


def mean_and_factor(weights, lam):
    return lam * sum(w.ravel() @ w.ravel() / w.size for w in weights) / 2, [w * lam * 2 for w in weights]


def last_and_lam(weights, lam):
    for each in weights:
        squares = np.linalg.norm(each) ** 2
    return 0.5 * lam * squares, [each + 0 for each in weights]


TWO = {
    half_and_sign: {"half-forgotten", "gradients-negative"},
    mean_and_factor: {"mean-for-sum", "gradient-doubled"},
    last_and_lam: {"last-array-only", "lam-missing-in-gradients"},
}


def test_a_machine_half_as_fast_names_the_same(monkeypatch):
    """And where evidence of single mistakes is at hand already, as in a class, nothing more is named."""
    told = [report("l2_penalty", student) for student in TWO]
    verdict_module._answers.cache_clear()
    monkeypatch.setattr(explaining, "computed", lambda: 2 * time.thread_time())
    assert [report("l2_penalty", student) for student in TWO] == told
    assert all("+" in each.diagnosis for each in told)


@pytest.mark.parametrize(("student", "ids"), TWO.items())
@pytest.mark.parametrize("seed", [1, 2, 1_000_003])
def test_both_are_named(student, ids, seed):
    told = report("l2_penalty", student, seed)
    assert set(told.diagnosis.split("+")) == ids
    words = {m.id: (m.explanation, m.hint) for m in find("l2_penalty").misconceptions}
    assert told.diagnosed.title == "Two things"
    one, other = told.diagnosis.split("+")
    says = [f"One: {words[one][0]}", f"The other: {words[other][0]}"]
    hints = [f"For the one: {words[one][1]}", f"For the other: {words[other][1]}"]
    shown = [line.strip() for line in told.text().splitlines()]
    assert shown[1:7] == ["Two things:", *says, "Hint:", *hints]
    paragraphs = re.findall(r"<p [^>]*>(.*?)</p>", told.html())
    assert paragraphs[1:6] == ["Two things", *(escape(each) for each in says + hints)]


def test_where_thousands_of_numbers_are_drawn_both_are_named_too():
    """He's uniform distribution, drawn as LeCun's normal one."""

    def student(fan_in, fan_out, rng):
        return rng.standard_normal((fan_in, fan_out)) / fan_in**0.5

    told = report("he_uniform", student).diagnosis
    assert set(told.split("+")) == {"lecun-instead", "other-distribution"}


def test_a_third_thing_beside_them_is_given_no_name():
    def three(weights, lam):
        penalty, gradients = half_and_sign(weights, lam)
        return penalty + lam, [np.cos(each) for each in gradients]

    assert report("l2_penalty", three).diagnosis is None


def test_one_mistake_is_not_told_as_two():
    def one(weights, lam):
        return lam * sum((w**2).sum() for w in weights), [lam * w for w in weights]

    assert report("l2_penalty", one).diagnosis == "half-forgotten"


def test_a_case_of_its_own_kind_takes_no_name_from_who_is_right_in_it():
    """Who guards against λ = 0 may have the factor wrong all the same; else the guard would hide its name."""

    def guarded(weights, lam):
        gradients = [lam * w for w in weights] if lam < 0.01 or lam > 1 else [-lam * w for w in weights]
        return lam / 2 * sum((w**2).sum() for w in weights), gradients

    def special(case):
        is_one = case.name == "small and large λ and weights"
        return replace(case, known=replace(case.known, special=is_one))

    assert report("l2_penalty", guarded).diagnosis is None
    assert report("l2_penalty", guarded, change=special).diagnosis == "gradients-negative"


def test_where_several_pairs_explain_it_only_what_they_share_is_named():
    """A list of penalties is looked at no further: whether the factor in it is right, nobody can say."""

    def student(weights, lam):
        return [0.7 * lam * (w**2).sum() for w in weights], [2 * lam * w for w in weights]

    told = report("l2_penalty", student)
    assert told.diagnosis == "penalty-for-each"
    assert told.diagnosed.text.endswith("That does not explain all of it: look at the cases.")


class HardCodedAndBiased:
    """What a student writes who keeps NumPy's variance and the numbers of a text."""

    parameters = ("gamma", "beta")

    def __init__(self, features, momentum=0.1, eps=1e-5):
        self.features, self.eps = features, eps
        self.gamma, self.beta = self.initial()
        self.running_mean, self.running_var = np.zeros(features), np.ones(features)

    def initial(self, rng=None):
        return np.ones(self.features), np.zeros(self.features)

    def forward(self, x, training):
        if training:
            mu, var = x.mean(0), x.var(0)
            self.running_mean = 0.9 * self.running_mean + 0.1 * mu
            self.running_var = 0.9 * self.running_var + 0.1 * var
        else:
            mu, var = self.running_mean, self.running_var
        return self.gamma * (x - mu) / np.sqrt(var + self.eps) + self.beta


def test_of_two_explanations_the_smaller_one_is_told():
    told = report("batchnorm_running", HardCodedAndBiased).diagnosis
    assert set(told.split("+")) == {"biased-running", "momentum-ignored"}


def test_a_loop_that_another_mistake_keeps_from_ending_is_not_tried():
    """`while len(history) < trials` ends, and so does a history that stays empty; both together do not."""

    def student(objective, space, trials, rng):
        best = {name: sample(rng) for name, sample in space.items()}
        for _ in range(trials):
            objective(best)
        return best, []

    exercise = find("random_search")
    whiles = [m for m in exercise.misconceptions if any("while" in e for w in m.wrongs for e in w.edits)]
    assert whiles
    assert not report("random_search", student).passed
