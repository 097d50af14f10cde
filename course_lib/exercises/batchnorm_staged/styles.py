"""The way back through batch normalisation in other styles: all are right."""

import numpy as np


def as_they_come(grad, x, gamma, eps):
    found = {}
    mu = np.mean(x, axis=0)
    c = x - mu
    r = (np.mean(c * c, axis=0) + eps) ** -0.5
    found["x_hat"] = gamma * grad
    found["gamma"] = np.sum(grad * (c * r), axis=0)
    found["beta"] = np.sum(grad, axis=0)
    found["r"] = np.sum(found["x_hat"] * c, axis=0)
    found["v"] = -found["r"] / 2 * r * r * r
    found["c"] = r * found["x_hat"] + found["v"] * (2 / len(x) * c)
    found["mu"] = np.sum(-found["c"], axis=0)
    found["x"] = found["c"] + np.ones_like(x) / len(x) * found["mu"]
    return found


def by_einsum(grad, x, gamma, eps):
    n = x.shape[0]
    c = x - np.einsum("nd->d", x) / n
    v = np.einsum("nd,nd->d", c, c) / n
    r = 1 / np.sqrt(v + eps)
    h = np.einsum("nd,d->nd", grad, gamma)
    dr = np.einsum("nd,nd->d", h, c)
    dv = -0.5 * dr * (v + eps) ** -1.5
    dc = np.einsum("nd,d->nd", h, r) + 2 / n * np.einsum("nd,d->nd", c, dv)
    dmu = -np.einsum("nd->d", dc)
    back = {"x_hat": h, "r": dr, "v": dv, "c": dc, "mu": dmu, "x": dc + dmu / n}
    return back | {"gamma": np.einsum("nd,nd,d->d", grad, c, r), "beta": np.einsum("nd->d", grad)}


def by_loops(grad, x, gamma, eps):
    n, d = x.shape
    names = ("beta", "gamma", "r", "v", "mu")
    back = {name: np.zeros(d) for name in names} | {name: np.zeros((n, d)) for name in ("x_hat", "c", "x")}
    for k in range(d):
        mean = sum(x[i, k] for i in range(n)) / n
        c = [x[i, k] - mean for i in range(n)]
        r = 1 / (sum(each**2 for each in c) / n + eps) ** 0.5
        for i in range(n):
            back["beta"][k] += grad[i, k]
            back["gamma"][k] += grad[i, k] * c[i] * r
            back["x_hat"][i, k] = grad[i, k] * gamma[k]
            back["r"][k] += back["x_hat"][i, k] * c[i]
        back["v"][k] = -back["r"][k] * r**3 / 2
        for i in range(n):
            back["c"][i, k] = back["x_hat"][i, k] * r + back["v"][k] * 2 * c[i] / n
            back["mu"][k] -= back["c"][i, k]
        for i in range(n):
            back["x"][i, k] = back["c"][i, k] + back["mu"][k] / n
    return back


def by_matrices(grad, x, gamma, eps):
    """Each node's Jacobian, feature by feature."""
    n = len(x)
    columns = []
    for g, values, scale in zip(grad.T, x.T, gamma, strict=True):
        centring = np.eye(n) - np.ones((n, n)) / n
        c = centring @ values
        r = 1 / np.sqrt(c @ c / n + eps)
        h = scale * g
        dr = c @ h
        dv = -(r**3) / 2 * dr
        dc = r * h + 2 / n * c * dv
        columns.append((g.sum(), g @ (c * r), h, dr, dv, dc, -dc.sum(), centring @ dc))
    names = ("beta", "gamma", "x_hat", "r", "v", "c", "mu", "x")
    return {
        name: np.stack(each, axis=-1) for name, each in zip(names, zip(*columns, strict=True), strict=True)
    }


def with_the_short_form(grad, x, gamma, eps):
    """c, μ and x from what is known in the end."""
    x_hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)
    r = 1 / np.sqrt(x.var(axis=0) + eps)
    h = gamma * grad
    along = (h * x_hat).mean(axis=0)
    dc = r * (h - x_hat * along)
    return {
        "x": r * (h - h.mean(axis=0) - x_hat * along),
        "mu": -r * h.sum(axis=0),
        "c": dc,
        "v": -0.5 * r**2 * len(x) * along,
        "r": len(x) * along / r,
        "x_hat": h,
        "gamma": (x_hat * grad).sum(axis=0),
        "beta": grad.sum(axis=0),
    }


def kept_in_two_dimensions(grad, x, gamma, eps):
    c = x - x.mean(axis=0, keepdims=True)
    s = np.sqrt((c**2).mean(axis=0, keepdims=True) + eps)
    dh = grad * gamma[np.newaxis, :]
    dr = (dh * c).sum(axis=0, keepdims=True)
    dv = -0.5 * dr / s**3
    dc = dh / s + np.repeat(dv, len(x), axis=0) * c * (2 / len(x))
    dmu = -dc.sum(axis=0, keepdims=True)
    dx = dc + dmu / len(x)
    shared = {"gamma": (grad * c / s).sum(axis=0, keepdims=True), "r": dr, "v": dv, "mu": dmu}
    whole = {"x_hat": dh, "c": dc, "x": dx, "beta": grad.sum(axis=0)}
    return {name: each[0] for name, each in shared.items()} | whole


def through_the_root(grad, x, gamma, eps):
    """With s = 1/r between, and the gradients at v and r from it."""
    n, c = len(x), x - x.mean(axis=0)
    s = np.sqrt((c**2).mean(axis=0) + eps)
    d_x_hat = gamma * grad
    d_s = -(d_x_hat * c / s**2).sum(axis=0)
    d_v = d_s / (2 * s)
    d_c = d_x_hat / s + d_v * 2 * c / n
    d_mu = -d_c.sum(axis=0)
    affine = {"gamma": (grad * c / s).sum(axis=0), "beta": grad.sum(axis=0)}
    return affine | {
        "x": d_c + d_mu / n,
        "mu": d_mu,
        "c": d_c,
        "v": d_v,
        "r": -(s**2) * d_s,
        "x_hat": d_x_hat,
    }


def on_a_copy(grad, x, gamma, eps):
    grad, x = grad.copy(), x.copy()
    x -= x.mean(axis=0)
    r = np.reciprocal(np.sqrt(np.square(x).mean(axis=0) + eps))
    back = {"beta": grad.sum(axis=0), "gamma": (grad * x * r).sum(axis=0)}
    grad *= gamma
    back["x_hat"] = grad.copy()
    back["r"] = np.add.reduce(grad * x)
    back["v"] = np.negative(back["r"]) * np.power(r, 3) * 0.5
    grad *= r
    grad += 2 * x * back["v"] / x.shape[0]
    back["c"] = grad
    back["mu"] = 0 - grad.sum(axis=0)
    back["x"] = grad + back["mu"] / grad.shape[0]
    return back


class _Node:
    """A small machine that differentiates: what it is made of, and how a gradient goes to each of these."""

    def __init__(self, value, *behind):
        self.value, self.behind, self.gradient = value, behind, np.zeros_like(value)

    def back(self, gradient):
        self.gradient = self.gradient + gradient
        return [(node, share(gradient)) for node, share in self.behind]


def by_a_machine(grad, x, gamma, eps):
    n = len(x)
    x, gamma, beta = _Node(x), _Node(gamma), _Node(np.zeros_like(gamma))
    mu = _Node(x.value.mean(axis=0), (x, lambda g: np.broadcast_to(g / n, x.value.shape)))
    c = _Node(x.value - mu.value, (x, lambda g: g), (mu, lambda g: -g.sum(axis=0)))
    v = _Node((c.value**2).mean(axis=0), (c, lambda g: 2 * c.value * g / n))
    r = _Node(1 / np.sqrt(v.value + eps), (v, lambda g: -g / (v.value + eps) ** 1.5 / 2))
    x_hat = _Node(c.value * r.value, (c, lambda g: g * r.value), (r, lambda g: (g * c.value).sum(axis=0)))
    y = _Node(
        gamma.value * x_hat.value,
        (x_hat, lambda g: g * gamma.value),
        (gamma, lambda g: (g * x_hat.value).sum(axis=0)),
        (beta, lambda g: g.sum(axis=0)),
    )
    named = {"x": x, "mu": mu, "c": c, "v": v, "r": r, "x_hat": x_hat, "gamma": gamma, "beta": beta}
    y.gradient = grad
    for node in (y, x_hat, r, v, c, mu):
        gradient, node.gradient = node.gradient, np.zeros_like(node.value)
        for target, share in node.back(gradient):
            target.gradient = target.gradient + share
    return {name: node.gradient for name, node in named.items()}
