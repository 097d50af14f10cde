"""Repairs of BrokenAdam in other styles: all are right."""

import numpy as np

from course_lib.exercises.repair_adam.broken import BrokenAdam, outcome


def _proof():
    given = {"lr": 0.1, "beta1": 0.5, "beta2": 0.5, "theta": [0.0], "gradients": [[1.0], [1.0]]}
    return given, [-0.2]


def _letter():
    return "D"


def two_characters_less():
    """Division that makes new arrays, in place of /=."""

    class MendedAdam(BrokenAdam):
        def step(self, theta, gradient):
            state, (beta1, beta2) = self.state, self.betas
            if not state:
                state["step"] = 0
                state["exp_avg"] = np.zeros_like(gradient)
                state["exp_avg_sq"] = np.zeros_like(gradient)
            state["step"] += 1
            exp_avg, exp_avg_sq = state["exp_avg"], state["exp_avg_sq"]
            exp_avg *= beta1
            exp_avg += (1 - beta1) * gradient
            exp_avg_sq *= beta2
            exp_avg_sq += (1 - beta2) * gradient**2
            exp_avg = exp_avg / (1 - beta1 ** state["step"])
            exp_avg_sq = exp_avg_sq / (1 - beta2 ** state["step"])
            return theta - self.lr * exp_avg / (np.sqrt(exp_avg_sq) + self.eps)

    return _letter, MendedAdam, _proof


def put_back():
    """The state is saved from the broken program's hands, and put right afterwards."""

    class MendedAdam(BrokenAdam):
        def step(self, theta, gradient):
            new = super().step(theta, gradient)
            t, (beta1, beta2) = self.state["step"], self.betas
            self.state["exp_avg"] *= 1 - beta1**t
            self.state["exp_avg_sq"] *= 1 - beta2**t
            return new

    return "D", MendedAdam, _proof


def contract():
    class MendedAdam:
        def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
            self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
            self.m = self.v = 0.0
            self.t = 0

        def step(self, theta, gradient):
            self.t += 1
            self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
            self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
            m_hat = self.m / (1 - self.beta1**self.t)
            v_hat = self.v / (1 - self.beta2**self.t)
            return theta - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)

    def proof():
        given = {
            "lr": 0.1,
            "beta1": 0.9,
            "beta2": 0.999,
            "theta": [5.0, 1.0],
            "gradients": [[3.0, -2.0]] * 10,
        }
        return given, [4.0, 2.0]

    return _letter, MendedAdam, proof


def folded():
    """Both corrections in the rate, and ε scaled as they ask."""

    class MendedAdam:
        def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
            self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
            self.m, self.v, self.t = None, None, 0

        def step(self, theta, gradient):
            if self.m is None:
                self.m, self.v = np.zeros(theta.shape), np.zeros(theta.shape)
            self.t += 1
            self.m += (1 - self.beta1) * (gradient - self.m)
            self.v += (1 - self.beta2) * (gradient**2 - self.v)
            root = np.sqrt(1 - self.beta2**self.t)
            rate = self.lr * root / (1 - self.beta1**self.t)
            return theta - rate * self.m / (np.sqrt(self.v) + root * self.eps)

    return _letter, MendedAdam, lambda: list(_proof())


def products():
    """β^t is multiplied up, in place of a power of a counter."""

    class MendedAdam:
        def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
            self.lr, self.betas, self.eps = lr, (beta1, beta2), eps
            self.left, self.m, self.v = (1.0, 1.0), 0.0, 0.0

        def step(self, theta, gradient):
            (b1, b2), (p1, p2) = self.betas, self.left
            self.left = p1, p2 = p1 * b1, p2 * b2
            self.m = b1 * self.m + (1 - b1) * gradient
            self.v = b2 * self.v + (1 - b2) * np.square(gradient)
            return theta - self.lr * (self.m / (1 - p1)) / (np.sqrt(self.v / (1 - p2)) + self.eps)

    return lambda: "d", MendedAdam, _proof


def works_on_copies():
    class MendedAdam(BrokenAdam):
        def step(self, theta, gradient):
            kept = {name: np.copy(value) for name, value in self.state.items()}
            new = super().step(theta, gradient)
            (beta1, beta2), t = self.betas, int(self.state["step"])
            m, v = (kept.get(name, np.zeros_like(gradient)) for name in ("exp_avg", "exp_avg_sq"))
            self.state["exp_avg"] = beta1 * m + (1 - beta1) * gradient
            self.state["exp_avg_sq"] = beta2 * v + (1 - beta2) * gradient**2
            self.state["step"] = t
            return new

    return _letter, MendedAdam, _proof


def by_its_own_program():
    mended = put_back()[1]

    def proof():
        given = {
            "lr": 0.2,
            "beta1": 0.3,
            "beta2": 0.7,
            "theta": [[1.0], [2.0]],
            "gradients": [[[1.0], [2.0]]] * 4,
        }
        return given, outcome(mended, **given)

    return _letter, mended, proof


def a_proof_of_changing_gradients():
    def proof():
        gradients = np.array([[1.0], [3.0]])
        return {"lr": 0.1, "beta1": 0.5, "beta2": 0.5, "theta": np.zeros(1), "gradients": gradients}, -0.1927

    return _letter, contract()[1], proof


def a_proof_that_ends_at_zero():
    def proof():
        return {"lr": 0.1, "beta1": 0.9, "beta2": 0.99, "theta": [0.3], "gradients": [[1]] * 3}, [0]

    return _letter, contract()[1], proof
