"""RMSNorm in other styles: all are right."""

import numpy as np


class _Layer:
    parameters = ("gain",)

    def __init__(self, features, eps=1e-5):
        self.features, self.eps = features, eps
        self.gain = np.ones(self.features)


class AsInPyTorch(_Layer):
    """By the reciprocal of the root."""

    def forward(self, x, training):
        self.x = x
        self.rsqrt = (x * x).mean(-1, keepdims=True) + self.eps
        self.rsqrt = self.rsqrt**-0.5
        return x * self.rsqrt * self.gain

    def backward(self, grad):
        d = self.x.shape[-1]
        h = grad * self.gain
        dot = (h * self.x).sum(-1, keepdims=True)
        dx = h * self.rsqrt - self.x * self.rsqrt**3 * dot / d
        return dx, (grad * self.x * self.rsqrt).reshape(-1, d).sum(0)


class ByLength(_Layer):
    """The root of the mean square is the length over √D."""

    def forward(self, x, training):
        length = np.linalg.norm(x, axis=-1, keepdims=True)
        self.root = np.hypot(length / np.sqrt(x.shape[-1]), np.sqrt(self.eps))
        self.x_hat = x / self.root
        return np.multiply(self.x_hat, self.gain)

    def backward(self, grad):
        h = np.multiply(grad, self.gain)
        along = (h * self.x_hat).sum(axis=-1, keepdims=True) / self.features
        dx = (h - along * self.x_hat) / self.root
        return dx, np.sum(grad * self.x_hat, axis=tuple(range(grad.ndim - 1)))


class Rows(_Layer):
    """Positions are taken for examples."""

    def forward(self, x, training=True):
        self.shape = x.shape
        self.rows = x.reshape(-1, self.features)
        self.rms = np.sqrt(np.square(self.rows).mean(axis=1) + self.eps)[:, None]
        return (self.rows / self.rms * self.gain).reshape(self.shape)

    def backward(self, grad):
        grad = grad.reshape(self.rows.shape)
        x_hat = self.rows / self.rms
        h = grad * self.gain
        dx = (h - x_hat * (h * x_hat).mean(axis=1)[:, None]) / self.rms
        return dx.reshape(self.shape), (grad * x_hat).sum(axis=0)


class Loops(_Layer):
    def forward(self, x, training):
        self.kept = {}
        y = np.empty_like(x)
        for index in np.ndindex(x.shape[:-1]):
            root = (sum(float(v) ** 2 for v in x[index]) / len(x[index]) + self.eps) ** 0.5
            self.kept[index] = x[index] / root, root
            y[index] = self.gain * (x[index] / root)
        return y

    def backward(self, grad):
        dx, dgain = np.empty_like(grad), np.zeros(self.features)
        for index, (x_hat, root) in self.kept.items():
            h = self.gain * grad[index]
            dx[index] = (h - x_hat * (h @ x_hat) / len(h)) / root
            dgain += grad[index] * x_hat
        return dx, dgain


class ByEinsum(_Layer):
    def forward(self, x, training):
        self.inverse = 1 / np.sqrt(np.einsum("...d,...d->...", x, x) / self.features + self.eps)
        self.x_hat = np.einsum("...d,...->...d", x, self.inverse)
        return np.einsum("...d,d->...d", self.x_hat, self.gain)

    def backward(self, grad):
        h = np.einsum("...d,d->...d", grad, self.gain)
        along = np.einsum("...d,...d->...", h, self.x_hat) / self.features
        dx = np.einsum("...d,...->...d", h - along[..., None] * self.x_hat, self.inverse)
        return dx, np.einsum("nd,nd->d", *(each.reshape(-1, self.features) for each in (grad, self.x_hat)))


class Staged(_Layer):
    """Back along the graph, node by node."""

    def forward(self, x, training):
        self.x = x.copy()
        self.square = np.mean(x * x, axis=-1, keepdims=True) + self.eps
        self.root = np.sqrt(self.square)
        return self.gain * (self.x / self.root)

    def backward(self, grad):
        d_x_hat = grad * self.gain
        d_root = -(d_x_hat * self.x).sum(axis=-1, keepdims=True) / self.root**2
        d_square = d_root / (2 * self.root)
        d_x = d_x_hat / self.root + d_square * 2 * self.x / self.features
        d_gain = grad * self.x / self.root
        while d_gain.ndim > 1:
            d_gain = d_gain.sum(axis=0)
        return [d_x, d_gain]


class Jacobians(_Layer):
    """Each position's Jacobian, written out."""

    def forward(self, x, training):
        self.root = np.sqrt((x**2).mean(axis=-1, keepdims=True) + self.eps)
        self.x_hat = x / self.root
        return self.x_hat * self.gain

    def backward(self, grad):
        outer = self.x_hat[..., :, None] * self.x_hat[..., None, :] / self.features
        jacobian = (np.eye(self.features) - outer) / self.root[..., None]
        dx = (jacobian @ (grad * self.gain)[..., None])[..., 0]
        return dx, (grad * self.x_hat).reshape(-1, self.features).sum(axis=0)


class InPlaceOnCopies(_Layer):
    def forward(self, x, training):
        y = np.array(x)
        y *= y
        self.inverse = 1 / np.sqrt(y.mean(axis=-1) + self.eps)[..., None]
        np.multiply(x, self.inverse, out=y)
        self.hat = y.copy()
        y *= self.gain
        return y

    def backward(self, grad):
        out = grad * self.hat
        dgain = out.reshape(-1, self.features).sum(0)
        out = grad * self.gain
        out -= self.hat * (out * self.hat).mean(axis=-1)[..., None]
        out *= self.inverse
        return out, dgain


class Projecting(_Layer):
    """Takes away what lies along x̂."""

    def forward(self, x, training):
        self.root = np.sqrt(np.average(x**2, axis=-1)[..., np.newaxis] + self.eps)
        self.x_hat = x / self.root
        return self.gain * self.x_hat

    def backward(self, grad):
        def off(values, direction):
            return values - direction * np.mean(values * direction, axis=-1, keepdims=True)

        return off(self.gain * grad, self.x_hat) / self.root, np.vstack(grad * self.x_hat).sum(0)
