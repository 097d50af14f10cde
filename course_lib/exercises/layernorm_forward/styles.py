"""Layer normalisation in other styles: all are right."""

import numpy as np


class _Layer:
    parameters = ("gamma", "beta")

    def __init__(self, features, eps=1e-5):
        self.features, self.eps = features, eps
        self.gamma, self.beta = self.initial()

    def initial(self, rng=None):
        return np.ones(self.features), np.zeros(self.features)


class Transposed(_Layer):
    """Examples in the columns, as in batch normalisation."""

    def forward(self, x, training):
        columns = x.T - x.T.mean(axis=0)
        self.root = np.sqrt((columns**2).mean(axis=0) + self.eps)
        self.columns = columns / self.root
        return self.columns.T * self.gamma + self.beta

    def backward(self, grad):
        h = (grad * self.gamma).T
        back = h - h.mean(axis=0) - self.columns * (h * self.columns).mean(axis=0)
        return (back / self.root).T, (grad * self.columns.T).sum(axis=0), grad.sum(axis=0)


class Staged(_Layer):
    """Back along the graph, node by node."""

    def forward(self, x, training):
        self.c = x - np.mean(x, axis=-1, keepdims=True)
        self.v = np.mean(np.square(self.c), axis=-1, keepdims=True)
        self.r = (self.v + self.eps) ** -0.5
        return self.gamma * (self.c * self.r) + self.beta

    def backward(self, grad):
        d = grad.shape[1]
        d_x_hat = grad * self.gamma
        d_r = np.sum(d_x_hat * self.c, axis=1, keepdims=True)
        d_v = -0.5 * d_r * self.r**3
        d_c = d_x_hat * self.r + 2 / d * self.c * d_v
        d_x = d_c - d_c.sum(axis=1, keepdims=True) / d
        return d_x, np.sum(grad * self.c * self.r, axis=0), np.sum(grad, axis=0)


class ByLoop(_Layer):
    """Example by example."""

    def forward(self, x, training):
        self.rows, self.roots = [], []
        for row in x:
            root = (np.var(row) + self.eps) ** 0.5
            self.rows.append((row - np.mean(row)) / root)
            self.roots.append(root)
        return np.array([self.gamma * row + self.beta for row in self.rows])

    def backward(self, grad):
        dx, dgamma, dbeta = [], np.zeros(self.features), np.zeros(self.features)
        for g, row, root in zip(grad, self.rows, self.roots, strict=True):
            h = g * self.gamma
            dx.append((h - h.mean() - row * (h @ row) / len(row)) / root)
            dgamma += g * row
            dbeta += g
        return np.array(dx), dgamma, dbeta


class ByEinsum(_Layer):
    def forward(self, x, training):
        d = x.shape[1]
        c = x - np.einsum("nd->n", x)[:, None] / d
        self.s = np.sqrt(np.einsum("nd,nd->n", c, c) / d + self.eps)
        self.x_hat = np.einsum("nd,n->nd", c, 1 / self.s)
        return np.einsum("nd,d->nd", self.x_hat, self.gamma) + self.beta

    def backward(self, grad):
        d = grad.shape[1]
        h = np.einsum("nd,d->nd", grad, self.gamma)
        along = np.einsum("nd,nd,ne->ne", h, self.x_hat, self.x_hat) / d
        dx = np.einsum("nd,n->nd", h - np.einsum("nd->n", h)[:, None] / d - along, 1 / self.s)
        return [dx, np.einsum("nd,nd->d", grad, self.x_hat), np.einsum("nd->d", grad)]


class ByMatrices(_Layer):
    """The Jacobian of each example, as a matrix."""

    def forward(self, x, training):
        self.x = x.copy()
        return np.stack([self.normalised(row)[0] for row in x]) * self.gamma + self.beta

    def normalised(self, row):
        d = len(row)
        centring = np.eye(d) - np.ones((d, d)) / d
        c = centring @ row
        s = np.sqrt(c @ c / d + self.eps)
        return c / s, (np.eye(d) - np.outer(c, c) / (d * s**2)) @ centring / s

    def backward(self, grad):
        pairs = [self.normalised(row) for row in self.x]
        dx = np.stack([jacobian.T @ (self.gamma * g) for g, (_, jacobian) in zip(grad, pairs, strict=True)])
        x_hat = np.stack([each for each, _ in pairs])
        return dx, np.sum(x_hat * grad, axis=0), np.sum(grad, axis=0)


class Recomputed(_Layer):
    """Keeps x alone, and computes the rest again on the way back."""

    def forward(self, x, training):
        self.kept = x.copy()
        x_hat, _ = self.parts()
        return self.beta + x_hat * self.gamma

    def parts(self):
        mean = self.kept.sum(axis=1) / self.kept.shape[1]
        var = (self.kept**2).sum(axis=1) / self.kept.shape[1] - mean**2
        std = np.sqrt(var + self.eps)
        return (self.kept - mean[:, np.newaxis]) / std[:, np.newaxis], std[:, np.newaxis]

    def backward(self, grad):
        x_hat, std = self.parts()
        n, d = grad.shape
        h = grad * np.tile(self.gamma, (n, 1))
        dx = (d * h - h.sum(axis=1, keepdims=True) - x_hat * np.sum(h * x_hat, axis=1, keepdims=True)) / (
            d * std
        )
        return dx, np.ones(n) @ (grad * x_hat), np.ones(n) @ grad


class InPlaceOnCopies(_Layer):
    def forward(self, x, training=True):
        y = np.array(x)
        y -= y.mean(axis=1)[:, None]
        self.inverse = 1 / np.sqrt(y.var(axis=1) + self.eps)[:, None]
        y *= self.inverse
        self.hat = y.copy()
        y *= self.gamma
        y += self.beta
        return y

    def backward(self, grad):
        out = grad.copy()
        dgamma, dbeta = np.add.reduce(out * self.hat), np.add.reduce(out)
        out *= self.gamma
        along = (out * self.hat).mean(axis=1)[:, None]
        out -= out.mean(axis=1)[:, None]
        out -= self.hat * along
        out *= self.inverse
        return out, dgamma, dbeta


class Projecting(_Layer):
    """Subtracts the projections on 1 and on x̂, one after the other."""

    def forward(self, x, training):
        center = x - np.average(x, axis=1, weights=np.ones(x.shape[1]))[:, None]
        self.std = np.hypot(np.sqrt((center**2).mean(axis=1, keepdims=True)), np.sqrt(self.eps))
        self.x_hat = np.divide(center, self.std)
        return np.multiply(self.x_hat, self.gamma) + self.beta

    def backward(self, grad):
        def off(values, direction):
            return values - direction * np.mean(values * direction, axis=1, keepdims=True)

        back = off(off(self.gamma * grad, np.ones_like(grad)), self.x_hat)
        return back / self.std, (grad * self.x_hat).sum(0), grad.sum(0)
