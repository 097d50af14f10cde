"""Words of PyTorch, TensorFlow and Keras in a student's code: each is run, and what is said of it is read."""

import numpy as np
import pytest

from course_lib.exercises.folders import find
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict

BODIES = {
    "new = theta.clone()": ("PyTorch", "x.copy()"),
    "new = theta - self.lr * gradient.sqrt_()": ("PyTorch", "in place"),
    "theta.mul_(self.lr)": ("PyTorch", "in place"),
    "new = theta.sub(gradient)": ("PyTorch", "x - y"),
    "theta.data -= self.lr * gradient": ("PyTorch", "theta - "),
    "theta.assign_sub(self.lr * gradient)": ("TensorFlow", "x = x - "),
    "new = theta - self.lr * torch.sqrt(gradient)": ("PyTorch", "NumPy"),
    "new = theta - self.lr * tf.sqrt(gradient)": ("another library", "NumPy"),
    "import torch": ("PyTorch", "NumPy"),
    "new = np.sum(gradient, dim=0)": ("PyTorch", "axis="),
    "new = gradient.mean(keepdim=True)": ("PyTorch", "keepdims="),
    "new = {theta: 0}": ("PyTorch", "self"),
    "new = {1: 0}[id(theta)]": ("id of an array", "self"),
    "new = theta.size(0)": ("PyTorch", "shape[0]"),
    "new = gradient.numel()": ("PyTorch", "x.size"),
    "new = np.tensor([1.0])": ("PyTorch", "np.array"),
    "gradient.backward()": ("PyTorch", "by hand"),
    "new = 1.0.sqrt()": ("PyTorch", "np.sqrt(x)"),
}


def told(body: str) -> str:
    space = {"np": np}
    exec(
        "class SGD:\n    def __init__(self, lr):\n        self.lr = lr\n"
        f"    def step(self, theta, gradient):\n        {body}\n        return theta",
        space,
    )
    exercise = find("sgd")
    cases = exercise.cases(1)
    report = verdict(exercise, cases, probe(space["SGD"], [case.asked for case in cases]))
    return report.diagnosed.text


@pytest.mark.parametrize(("body", "words"), BODIES.items())
def test_a_word_of_another_library_is_called_so_and_numpys_is_named(body, words):
    text = told(body)
    assert all(word in text for word in words), text


@pytest.mark.parametrize(
    "body", ["new = theta.copies()", "new = self.clone()", "new = np.nothing(theta)", "{}['m']"]
)
def test_what_is_only_misspelt_is_not_called_so(body):
    assert not any(word in told(body) for word in ("PyTorch", "TensorFlow", "library"))
