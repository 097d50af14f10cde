"""Nesterov in other styles: all are right."""

import numpy as np

from course_lib.exercises.momentum import styles as momentum


class Contract:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.v = lr, mu, 0.0

    def step(self, theta, gradient):
        self.v = self.mu * self.v + gradient
        return theta - self.lr * (gradient + self.mu * self.v)


class OldAndNew:
    """−μ u_old + (1 + μ) u, with the rate in the velocity."""

    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.u = lr, mu, 0.0

    def step(self, theta, gradient):
        old = self.u
        self.u = self.mu * self.u - self.lr * gradient
        return theta - self.mu * old + (1 + self.mu) * self.u


class RateInside:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.velocity = lr, mu, None

    def step(self, theta, gradient):
        if self.velocity is None:
            self.velocity = np.zeros_like(theta)
        self.velocity = self.mu * self.velocity - self.lr * gradient
        return theta + self.mu * self.velocity - self.lr * gradient


class Unrolled:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.v = lr, mu, 0.0

    def step(self, theta, gradient):
        update = (1 + self.mu) * gradient + self.mu**2 * self.v
        self.v = self.mu * self.v + gradient
        return theta - self.lr * update


class Dict:
    def __init__(self, lr, mu=0.9):
        self.settings, self.state = {"lr": lr, "mu": mu}, {}

    def step(self, theta, gradient):
        lr, mu = self.settings["lr"], self.settings["mu"]
        self.state["v"] = np.add(mu * self.state.get("v", 0.0), gradient)
        return theta - lr * gradient - lr * mu * self.state["v"]


class Subclass(momentum.Contract):
    def step(self, theta, gradient):
        super().step(theta, gradient)
        return theta - self.lr * (gradient + self.mu * self.v)


class History:
    """From all gradients: one that is k steps old counts μᵏ, and μᵏ⁺¹ once more for the look ahead."""

    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.gradients = lr, mu, []

    def step(self, theta, gradient):
        self.gradients.insert(0, gradient.copy())
        velocity = sum(self.mu**age * g for age, g in enumerate(self.gradients))
        return theta - self.lr * (gradient + self.mu * velocity)


class LooksAhead:
    """θ is where the look ahead arrives; where the ball is, is found by going back."""

    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.move = lr, mu, 0.0

    def step(self, theta, gradient):
        ball = theta - self.mu * self.move
        self.move = self.mu * self.move - self.lr * gradient
        return ball + self.move + self.mu * self.move
