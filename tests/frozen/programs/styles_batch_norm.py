"""Batch normalisation in the styles of students, as handed to the checks: right programs and others."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from .batch_norm_parts import Layer


class Plain:
    def __init__(self, features, momentum=0.1, eps=1e-5):
        self.momentum, self.eps = momentum, eps
        self.gamma, self.beta = np.ones(features), np.zeros(features)
        self.running_mean, self.running_var = np.zeros(features), np.ones(features)

    def forward(self, x, training):
        if training:
            n = len(x)
            mean = x.sum(axis=0) / n
            var = ((x - mean) ** 2).sum(axis=0) / n
            m = self.momentum
            self.running_mean = (1 - m) * self.running_mean + m * mean
            self.running_var = (1 - m) * self.running_var + m * var * n / (n - 1)
            self.std = np.sqrt(var + self.eps)
            self.x_hat = (x - mean) / self.std
            return self.gamma * self.x_hat + self.beta
        return self.gamma * (x - self.running_mean) / np.sqrt(self.running_var + self.eps) + self.beta

    def backward(self, grad):
        n = len(grad)
        dgamma, dbeta = np.sum(grad * self.x_hat, axis=0), np.sum(grad, axis=0)
        dx = self.gamma / (n * self.std) * (n * grad - dbeta - self.x_hat * dgamma)
        return dx, dgamma, dbeta


class Paper(Plain):
    """backward line by line, as in the paper."""

    def forward(self, x, training):
        y = super().forward(x, training)
        if training:
            self.x, self.mean, self.var = x.copy(), x.mean(axis=0), x.var(axis=0)
        return y

    def backward(self, grad):
        n = self.x.shape[0]
        centred = self.x - self.mean
        dx_hat = grad * self.gamma
        dvar = (dx_hat * centred * -0.5 * (self.var + self.eps) ** -1.5).sum(axis=0)
        dmean = (-dx_hat / np.sqrt(self.var + self.eps)).sum(axis=0) + dvar * (-2 * centred).mean(axis=0)
        dx = dx_hat / np.sqrt(self.var + self.eps) + dvar * 2 * centred / n + dmean / n
        x_hat = centred / np.sqrt(self.var + self.eps)
        return dx, (grad * x_hat).sum(axis=0), grad.sum(axis=0)


class Graph(Plain):
    """backward node by node through the computational graph, with a cache tuple."""

    def forward(self, x, training):
        if not training:
            return super().forward(x, False)
        mean = np.mean(x, axis=0, keepdims=True)
        centred = x - mean
        var = np.mean(centred**2, axis=0, keepdims=True)
        root = np.sqrt(var + self.eps)
        inverse = 1.0 / root
        self.cache = centred, root, inverse, centred * inverse
        unbiased = x.var(axis=0, ddof=1)
        self.running_mean += self.momentum * (mean[0] - self.running_mean)
        self.running_var += self.momentum * (unbiased - self.running_var)
        return centred * inverse * self.gamma + self.beta

    def backward(self, dout):
        centred, root, inverse, x_hat = self.cache
        n = dout.shape[0]
        dgamma, dbeta = np.einsum("nd,nd->d", dout, x_hat), np.einsum("nd->d", dout)
        dx_hat = dout * self.gamma
        dinverse = np.sum(dx_hat * centred, axis=0)
        dcentred = dx_hat * inverse
        droot = -dinverse / root**2
        dvar = 0.5 * droot / root
        dcentred = dcentred + 2 * centred * np.ones_like(dout) * dvar / n
        return [dcentred - dcentred.mean(axis=0), dgamma, dbeta]


class Loops(Plain):
    """Feature by feature, in plain Python."""

    def forward(self, x, training):
        if not training:
            rows = []
            for row in x:
                z = [
                    (v - m) / (s + self.eps) ** 0.5
                    for v, m, s in zip(row, self.running_mean, self.running_var, strict=True)
                ]
                rows.append([g * a + b for g, a, b in zip(self.gamma, z, self.beta, strict=True)])
            return np.array(rows)
        y = np.empty(x.shape)
        self.x_hat, self.std = np.empty(x.shape), np.empty(x.shape[1])
        for j in range(x.shape[1]):
            column = [float(v) for v in x[:, j]]
            mean = sum(column) / len(column)
            var = sum((v - mean) ** 2 for v in column) / len(column)
            self.running_mean[j] = (1 - self.momentum) * self.running_mean[j] + self.momentum * mean
            unbiased = var * len(column) / (len(column) - 1)
            self.running_var[j] = (1 - self.momentum) * self.running_var[j] + self.momentum * unbiased
            self.std[j] = (var + self.eps) ** 0.5
            self.x_hat[:, j] = [(v - mean) / self.std[j] for v in column]
            y[:, j] = self.gamma[j] * self.x_hat[:, j] + self.beta[j]
        return y


class Squares(Plain):
    """The variance as the mean of the squares without the square of the mean."""

    def forward(self, x, training):
        if training:
            n = x.shape[0]
            mean = np.mean(x, 0)
            var = np.mean(np.square(x), 0) - np.square(mean)
            self.running_mean = self.running_mean * (1 - self.momentum) + mean * self.momentum
            self.running_var = self.running_var * (1 - self.momentum) + var * (n / (n - 1)) * self.momentum
        else:
            mean, var = self.running_mean, self.running_var
        self.std = (var + self.eps) ** 0.5
        self.x_hat = np.divide(np.subtract(x, mean), self.std)
        return np.add(np.multiply(self.gamma, self.x_hat), self.beta)


class Jacobian(Plain):
    """dx as a product with the whole Jacobian of each feature."""

    def backward(self, grad):
        n, features = grad.shape
        dx = np.zeros(grad.shape)
        for j in range(features):
            column = self.x_hat[:, j]
            jacobian = np.eye(n) - 1 / n - np.outer(column, column) / n
            dx[:, j] = self.gamma[j] / self.std[j] * jacobian @ grad[:, j]
        return dx, np.diag(grad.T @ self.x_hat).copy(), np.ones(n) @ grad


class Boxed:
    """State in a dict and in a namespace, shown to the outside as properties."""

    def __init__(self, features, momentum=0.1, eps=1e-5):
        self.settings = SimpleNamespace(momentum=momentum, eps=eps)
        self.state = {
            "gamma": np.full(features, 1.0),
            "beta": np.full(features, 0.0),
            "running_mean": np.full(features, 0.0),
            "running_var": np.full(features, 1.0),
        }

    def forward(self, x, training=True):
        mean, var = self.running_mean, self.running_var
        if training:
            mean, var = x.mean(0), x.var(0)
            keep = 1 - self.settings.momentum
            for name, batch in (("running_mean", mean), ("running_var", np.cov(x.T).diagonal())):
                self.state[name] = keep * self.state[name] + (1 - keep) * batch
        scale = self.gamma / np.sqrt(var + self.settings.eps)
        if training:
            self.last = x - mean, scale
        return x * scale + (self.beta - mean * scale)

    def backward(self, grad):
        centred, scale = self.last
        inverse = scale / self.gamma
        dgamma = (grad * centred).sum(0) * inverse
        dbeta = grad.sum(0)
        return scale * (grad - dbeta / len(grad) - centred * inverse * dgamma / len(grad)), dgamma, dbeta


@dataclass
class Declared:
    features: int
    momentum: float = 0.1
    eps: float = 1e-5

    def __post_init__(self):
        self.gamma, self.beta = np.ones(self.features), np.zeros(self.features)
        self.running_mean, self.running_var = np.zeros(self.features), np.ones(self.features)

    forward = Plain.forward
    backward = Paper.backward

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)
        if name == "x_hat":  # for the line-by-line backward
            self.mean, self.var = np.zeros(self.features), self.std**2 - self.eps
            self.x = value * self.std


class InPlaceOnOwnCopies(Plain):
    def forward(self, x, training):
        x = np.array(x)
        mean, var = (x.mean(axis=0), x.var(axis=0)) if training else (self.running_mean, self.running_var)
        if training:
            self.running_mean *= 1 - self.momentum
            self.running_mean += self.momentum * mean
            self.running_var *= 1 - self.momentum
            self.running_var += self.momentum * x.var(axis=0, ddof=1)
        x -= mean
        x /= np.sqrt(var + self.eps)
        if training:
            self.x_hat, self.std = x.copy(), np.sqrt(var + self.eps)
        x *= self.gamma
        x += self.beta
        return x


class Inherited(Layer):
    """With more in it than is asked for."""

    def __init__(self, features, momentum=0.1, eps=1e-5, affine=True):
        super().__init__(features, momentum, eps)
        self.affine = affine

    def parameters_in_all(self):
        return 4 * self.features


def standardise(x, mean, var, eps):
    return (x - mean) * (var + eps) ** -0.5


def gradient_of_x(grad, x_hat, gamma, std):
    h = grad * gamma
    return (h - np.average(h, axis=0) - x_hat * np.average(h * x_hat, axis=0)) / std


class ByFunctions(Plain):
    """Functions of the module, and a dict that comes into being with the first batch."""

    def forward(self, x, training):
        if not training:
            return standardise(x, self.running_mean, self.running_var, self.eps) * self.gamma + self.beta
        if not hasattr(self, "kept"):
            self.kept = {}
        mean, var = np.average(x, axis=(0,)), np.var(x, axis=(0,))
        self.kept |= {"x_hat": standardise(x, mean, var, self.eps), "std": np.sqrt(var + self.eps)}
        n = x.shape[0]
        for name, batch in {"running_mean": mean, "running_var": var * (n / (n - 1))}.items():
            old = getattr(self, name)
            setattr(self, name, old + self.momentum * (batch - old))
        return self.kept["x_hat"] * self.gamma + self.beta

    def backward(self, grad):
        x_hat = self.kept["x_hat"]
        return gradient_of_x(grad, x_hat, self.gamma, self.kept["std"]), (x_hat * grad).sum(0), grad.sum(0)


class LikePyTorch:
    """PyTorch's names within, the contract's outside; a flag for the mode."""

    def __init__(self, features, momentum=0.1, eps=1e-5):
        self.num_features, self.m, self.e = features, momentum, eps
        self.weight, self.bias = np.ones(features), np.zeros(features)
        self.running_mean, self.running_var = np.zeros(features), np.ones(features)
        self.num_batches_tracked, self.training = 0, True

    gamma = property(lambda self: self.weight, lambda self, value: setattr(self, "weight", value))
    beta = property(lambda self: self.bias, lambda self, value: setattr(self, "bias", value))

    def train(self, mode=True):
        self.training = mode
        return self

    def __call__(self, input):
        if not self.training:
            return (input - self.running_mean) / np.sqrt(self.running_var + self.e) * self.weight + self.bias
        self.num_batches_tracked += 1
        mean, unbiased = input.mean(0), input.var(0, ddof=1)
        self.running_mean = mean * self.m + self.running_mean * (1 - self.m)
        self.running_var = unbiased * self.m + self.running_var * (1 - self.m)
        var = unbiased * (len(input) - 1) / len(input)
        self.saved = input - mean, 1 / np.sqrt(var + self.e)
        return self.saved[0] * self.saved[1] * self.weight + self.bias

    def forward(self, x, training):
        return self.train(training)(x)

    def backward(self, grad_output):
        centred, inverse = self.saved
        k = (grad_output * centred).mean(0) * inverse * inverse
        grad_input = (grad_output - grad_output.mean(0) - centred * k) * inverse * self.weight
        return grad_input, (grad_output * centred).sum(0) * inverse, grad_output.sum(0)


class Closures:
    """No state but what two inner functions share."""

    __slots__ = ("backward", "beta", "forward", "gamma", "running_mean", "running_var")

    def __init__(self, features, momentum=0.1, eps=1e-5):
        self.gamma, self.beta = np.ones((features,)), np.zeros((features,))
        self.running_mean, self.running_var = np.zeros((features,)), np.ones((features,))
        pull = None

        def forward(x, training):
            nonlocal pull
            if not training:
                return (x - self.running_mean) * self.gamma / np.sqrt(self.running_var + eps) + self.beta
            n = x.shape[0]
            ones = np.full(n, 1 / n)
            mean = ones @ x
            centre = x - mean
            var = np.einsum("nd,nd->d", centre, centre) / n
            for running, batch in ((self.running_mean, mean), (self.running_var, n / (n - 1) * var)):
                running -= momentum * (running - batch)
            inverse = 1 / np.sqrt(var + eps)
            gamma, x_hat = self.gamma, centre * inverse

            def pull(grad):
                dx_hat = grad * gamma
                dcentre = dx_hat * inverse - centre * inverse**3 * (dx_hat * centre).mean(0)
                return dcentre - ones @ dcentre, (grad * x_hat).sum(0), n * (ones @ grad)

            return gamma * x_hat + self.beta

        self.forward, self.backward = forward, lambda grad: pull(grad)


class Float32Inside(Plain):
    """What is kept for backward takes half of the memory."""

    def forward(self, x, training):
        y = super().forward(x, training)
        if training:
            self.x_hat, self.std = self.x_hat.astype(np.float32), self.std.astype(np.float32)
        return y


class History(Plain):
    """Lists of all that came; the running statistics are worked out of them when they are asked for."""

    def __init__(self, features, momentum=0.1, eps=1e-5):
        self.steps = {"running_mean": [], "running_var": []}
        super().__init__(features, momentum, eps)

    def __setattr__(self, name, value):
        if name in ("running_mean", "running_var"):
            self.steps[name] = [(0.0, np.asarray(value))]
        else:
            super().__setattr__(name, value)

    def __getattr__(self, name):
        if name not in ("running_mean", "running_var"):
            raise AttributeError(name)
        value = 0.0
        for keep, step in self.steps[name]:
            value = keep * value + step
        return value

    def forward(self, x, training):
        mean, var = (x.mean(0), x.var(0)) if training else (self.running_mean, self.running_var)
        if training:
            n, m = len(x), self.momentum
            self.steps["running_mean"].append((1 - m, m * mean))
            self.steps["running_var"].append((1 - m, m * var * n / (n - 1)))
        self.std = np.sqrt(var + self.eps)
        self.x_hat = (x - mean) / self.std
        return self.x_hat * self.gamma + self.beta


class Transposed(Plain):
    """Features in the rows, with keepdims everywhere."""

    def forward(self, x, training):
        columns = x.T
        if training:
            mean, var = columns.mean(axis=-1, keepdims=True), columns.var(axis=-1, keepdims=True)
            n = columns.shape[-1]
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean.squeeze(-1)
            unbiased = (var * n / (n - 1)).ravel()
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * unbiased
        else:
            mean, var = self.running_mean[:, None], self.running_var[:, None]
        std = np.sqrt(var + self.eps)
        x_hat = (columns - mean) / std
        if training:
            self.std, self.x_hat = std.ravel(), x_hat.T
        return (self.gamma[:, None] * x_hat + self.beta[:, None]).T


class OneFormula(Plain):
    """One line for both modes, with weights of 0 and 1."""

    def forward(self, x, training):
        batch = float(training)
        mean = batch * x.mean(0) + (1 - batch) * self.running_mean
        var = batch * x.var(0) + (1 - batch) * self.running_var
        if training:
            np.copyto(self.running_mean, (1 - self.momentum) * self.running_mean + self.momentum * mean)
            unbiased = np.array([np.var(column, ddof=1) for column in x.T])
            np.copyto(self.running_var, (1 - self.momentum) * self.running_var + self.momentum * unbiased)
        self.std = np.sqrt(var + self.eps)
        self.x_hat = (x - mean) / self.std
        columns = zip(self.gamma, self.x_hat.T, self.beta, strict=True)
        return np.stack([gamma * column + beta for gamma, column, beta in columns], axis=1)


STYLES = {
    "batchnorm_backward": (
        Plain,
        Paper,
        Graph,
        Loops,
        Squares,
        Jacobian,
        Boxed,
        Declared,
        InPlaceOnOwnCopies,
        Inherited,
        ByFunctions,
        LikePyTorch,
        Closures,
        Float32Inside,
        History,
        Transposed,
        OneFormula,
    ),
    "batchnorm_forward": (
        Plain,
        Paper,
        Graph,
        Loops,
        Squares,
        Jacobian,
        Boxed,
        Declared,
        InPlaceOnOwnCopies,
        Inherited,
        ByFunctions,
        LikePyTorch,
        Closures,
        Float32Inside,
        History,
        Transposed,
        OneFormula,
    ),
    "batchnorm_running": (
        Plain,
        Paper,
        Graph,
        Loops,
        Squares,
        Jacobian,
        Boxed,
        Declared,
        InPlaceOnOwnCopies,
        Inherited,
        ByFunctions,
        LikePyTorch,
        Closures,
        Float32Inside,
        History,
        Transposed,
        OneFormula,
    ),
    "batchnorm_test": (
        Plain,
        Paper,
        Graph,
        Loops,
        Squares,
        Jacobian,
        Boxed,
        Declared,
        InPlaceOnOwnCopies,
        Inherited,
        ByFunctions,
        LikePyTorch,
        Closures,
        Float32Inside,
        History,
        Transposed,
        OneFormula,
    ),
}
