"""Wrong ways back through batch normalisation, node by node."""

from .lines import entered

RIGHT = """
import numpy as np


def batchnorm_staged(grad, x, gamma, eps):
    mu = x.mean(axis=0)
    c = x - mu
    v = (c**2).mean(axis=0)
    r = 1 / np.sqrt(v + eps)
    x_hat = c * r
    # y = gamma * x_hat + beta, and grad is the gradient there: now back, node by node
    d_beta = grad.sum(axis=0)
    d_gamma = (grad * x_hat).sum(axis=0)
    d_x_hat = grad * gamma
    d_r = (d_x_hat * c).sum(axis=0)
    d_v = d_r * -0.5 * r**3
    d_c = d_x_hat * r + d_v * 2 * c / len(x)
    d_mu = -d_c.sum(axis=0)
    d_x = d_c + d_mu / len(x)
    affine = {"beta": d_beta, "gamma": d_gamma}
    return affine | {"x_hat": d_x_hat, "r": d_r, "v": d_v, "c": d_c, "mu": d_mu, "x": d_x}
"""

wrong = entered(
    "batchnorm_staged",
    RIGHT,
    [
        (
            "wrong-axis",
            {
                10: "    d_beta = grad.sum(axis=1)",
                11: "    d_gamma = (grad * x_hat).sum(axis=1)",
                13: "    d_r = (d_x_hat * c).sum(axis=1)[:, None]",
                16: "    d_mu = -d_c.sum(axis=1)[:, None]",
            },
        ),
        ("beta-averaged", {10: "    d_beta = grad.mean(axis=0)"}),
        ("gamma-averaged", {11: "    d_gamma = (grad * x_hat).mean(axis=0)"}),
        ("gamma-without-x-hat", {11: "    d_gamma = grad.sum(axis=0)"}),
        ("gamma-without-x-hat", {11: "    d_gamma = (grad * c).sum(axis=0)"}),
        ("gamma-without-x-hat", {11: "    d_gamma = (grad * x).sum(axis=0)"}),
        ("beta-and-gamma-swapped", {18: '    affine = {"beta": d_gamma, "gamma": d_beta}'}),
        (
            "gamma-in-its-own-gradient",
            {
                10: "    d_beta = (gamma * grad).sum(axis=0)",
                11: "    d_gamma = (gamma * grad * x_hat).sum(axis=0)",
            },
        ),
        ("gamma-in-its-own-gradient", {11: "    d_gamma = (gamma * grad * x_hat).sum(axis=0)"}),
        ("gamma-in-its-own-gradient", {10: "    d_beta = (gamma * grad).sum(axis=0)"}),
        ("gamma-missing", {12: "    d_x_hat = grad * 1.0"}),
        ("divided-by-gamma", {12: "    d_x_hat = grad / gamma"}),
        ("sum-missing-at-r", {13: "    d_r = d_x_hat * c", 14: "    d_v = d_r.sum(axis=0) * -0.5 * r**3"}),
        ("sum-missing-at-r", {13: "    d_r = d_x_hat * c"}),
        ("mean-for-sum-at-r", {13: "    d_r = (d_x_hat * c).mean(axis=0)"}),
        ("x-hat-for-c-at-r", {13: "    d_r = (d_x_hat * x_hat).sum(axis=0)"}),
        ("x-hat-for-c-at-r", {13: "    d_r = (d_x_hat * x).sum(axis=0)"}),
        ("factor-missing-at-r", {13: "    d_r = d_x_hat.sum(axis=0)"}),
        ("grad-for-x-hat-at-r", {13: "    d_r = (grad * c).sum(axis=0)"}),
        ("divided-by-c-squared", {13: "    d_r = -(d_x_hat * c).sum(axis=0)"}),
        ("divided-by-c-squared", {13: "    d_r = -(d_x_hat * c * r**2).sum(axis=0)"}),
        ("divided-by-c-squared", {13: "    d_r = -(d_x_hat * c / r**2).sum(axis=0)"}),
        ("sign-at-v", {14: "    d_v = d_r * 0.5 * r**3"}),
        ("half-missing-at-v", {14: "    d_v = -d_r * r**3"}),
        ("power-at-v", {14: "    d_v = d_r * -0.5 * r"}),
        ("power-at-v", {14: "    d_v = d_r * -0.5 * r**2"}),
        ("power-at-v", {14: "    d_v = d_r * -0.5 / r**3"}),
        ("power-at-v", {14: "    d_v = d_r * -0.5 / r"}),
        ("root-for-reciprocal-at-v", {14: "    d_v = d_r * 0.5 * r"}),
        ("eps-missing-at-v", {14: "    d_v = d_r * -0.5 / (v + 1e-300) ** 1.5"}),
        ("eps-missing-at-v", {14: "    d_v = d_r * -0.5 * v**-1.5"}),
        ("direct-way-only-at-c", {15: "    d_c = d_x_hat * r_v * 2 * c / len(x)"}),
        ("way-through-v-only-at-c", {15: "    d_c = d_v * 2 * c / len(x)"}),
        ("two-missing-at-c", {15: "    d_c = d_x_hat * r + d_v * c / len(x)"}),
        ("sum-for-mean-at-c", {15: "    d_c = d_x_hat * r + d_v * 2 * c"}),
        ("c-missing-at-c", {15: "    d_c = d_x_hat * r + d_v * 2 / len(x)"}),
        ("x-for-c-at-c", {15: "    d_c = d_x_hat * r + d_v * 2 * x / len(x)"}),
        ("x-for-c-at-c", {15: "    d_c = d_x_hat * r + d_v * 2 * x_hat / len(x)"}),
        ("r-missing-at-c", {15: "    d_c = d_x_hat + d_v * 2 * c / len(x)"}),
        ("r-missing-at-c", {15: "    d_c = d_x_hat / r + d_v * 2 * c / len(x)"}),
        ("ways-multiplied-at-c", {15: "    d_c = d_x_hat * r * d_v * 2 * c / len(x)"}),
        ("ways-multiplied-at-c", {15: "    d_c = d_x_hat * r - d_v * 2 * c / len(x)"}),
        ("sign-at-mu", {16: "    d_mu = d_c.sum(axis=0)"}),
        ("mean-for-sum-at-mu", {16: "    d_mu = -d_c.mean(axis=0)"}),
        ("mean-for-sum-at-mu", {16: "    d_mu = -d_c.mean(axis=0)", 17: "    d_x = d_c + d_mu"}),
        ("sum-missing-at-mu", {16: "    d_mu = -d_c"}),
        ("sum-for-mean-at-x", {17: "    d_x = d_c + d_mu"}),
        ("way-through-mu-missing", {17: "    d_x = d_c + 0"}),
        ("sign-of-the-way-through-mu", {17: "    d_x = d_c - d_mu / len(x)"}),
        (
            "features-counted",
            {15: "    d_c = d_x_hat * r + d_v * 2 * c / x.shape[1]", 17: "    d_x = d_c + d_mu / x.shape[1]"},
        ),
        ("features-counted", {17: "    d_x = d_c + d_mu / x.shape[1]"}),
        ("features-counted", {15: "    d_c = d_x_hat * r + d_v * 2 * c / x.shape[1]"}),
        ("unbiased-counted", {15: "    d_c = d_x_hat * r + d_v * 2 * c / (len(x) - 1)"}),
        (
            "unbiased-counted",
            {
                15: "    d_c = d_x_hat * r + d_v * 2 * c / (len(x) - 1)",
                17: "    d_x = d_c + d_mu / (len(x) - 1)",
            },
        ),
        ("grad-changed", {12: "    grad *= gamma; d_x_hat = grad"}),
    ],
)
