"""What training code of today has beside the optimisers of lecture 02: momentum by its sign, or
orthogonalised; a rule for each group of parameters; clipping; averages of θ; gradients in 16 bits.

The contract of an optimiser is that of ``course_lib.optimizers``, and so are the letters.
"""

from copy import deepcopy

import numpy as np


class Lion:
    """Evolved sign momentum: every entry moves by the same amount, and only its direction is learned.

        c = β₁ m + (1 − β₁) g
        θ ← θ − η (sign(c) + λ θ)
        m ← β₂ m + (1 − β₂) g

    λ is ``weight_decay``. The step looks further towards g than the memory that is kept, as β₁ < β₂.

    Source: Chen et al. (2023), "Symbolic Discovery of Optimization Algorithms", Algorithm 2.

    PyTorch has none of its own; Optax: `optax.lion(η, b1=β₁, b2=β₂, weight_decay=λ)`.
    """

    def __init__(self, lr=1e-4, beta1=0.9, beta2=0.99, weight_decay=0.0):
        self.lr = lr
        self.beta1 = beta1
        self.beta2 = beta2
        self.weight_decay = weight_decay
        self.m = 0.0

    def step(self, theta, gradient):
        """Return θ after one update; theta and gradient, of one shape, stay as they were."""
        direction = np.sign(self.beta1 * self.m + (1 - self.beta1) * gradient)
        self.m = self.beta2 * self.m + (1 - self.beta2) * gradient
        return theta - self.lr * (direction + self.weight_decay * theta)


def orthogonalised(G, steps=5, coefficients=(3.4445, -4.7750, 2.0315)):
    """A matrix with the singular vectors of G and singular values near 1, without a decomposition.

        X ← G / ‖G‖                                   so that no singular value is above 1
        X ← a X + (b A + c A²) X,  A = X Xᵀ            ``steps`` times

    On each singular value s this is the polynomial a s + b s³ + c s⁵. With its own ``coefficients`` it brings
    0.05 … 1 to 0.7 … 1.2 in five steps: for an optimiser that is near enough to U Vᵀ, where all are 1. With
    (15/8, −5/4, 3/8) it converges to U Vᵀ, in more steps.

    Args: G, of two dimensions. Returns: an array of its shape.
    Source: Jordan et al. (2024), "Muon: An optimizer for hidden layers in neural networks", with its a, b, c.
    """
    a, b, c = coefficients
    X = G if G.shape[0] <= G.shape[1] else G.T  # A is the smaller square
    X = X / max(np.linalg.norm(X), 1e-7)
    for _ in range(steps):
        A = X @ X.T
        X = a * X + (b * A + c * A @ A) @ X
    return X if G.shape[0] <= G.shape[1] else X.T


class Muon:
    """Momentum, orthogonalised by Newton–Schulz: for matrices, whose step then turns all directions alike.

        m ← μ m + g
        θ ← θ − η √max(1, fan_out / fan_in) · orthogonalised(g + μ m) − η λ θ

    θ is one matrix W of shape (fan_in, fan_out).

    Raises: ValueError for a θ without two dimensions: gains and biases are another optimiser's (``Grouped``).
    Source: Jordan et al. (2024), "Muon: An optimizer for hidden layers in neural networks", with Nesterov's
    momentum.

    PyTorch: `torch.optim.Muon(params, lr=η, momentum=μ, weight_decay=λ)`. Its matrices are Wᵀ, its m is
    1 − μ times this one, which the orthogonalised step does not see, and it computes that in bfloat16.
    """

    def __init__(self, lr=0.02, mu=0.95, weight_decay=0.0):
        self.lr = lr
        self.mu = mu
        self.weight_decay = weight_decay
        self.m = 0.0

    def step(self, theta, gradient):
        """Return θ after one update; theta and gradient, of one shape, stay as they were."""
        if np.ndim(theta) != 2:
            raise ValueError(f"Muon: θ has shape {np.shape(theta)}; it moves matrices, of two dimensions")
        self.m = self.mu * self.m + gradient
        fan_in, fan_out = theta.shape
        rate = self.lr * max(1.0, fan_out / fan_in) ** 0.5
        step = orthogonalised(gradient + self.mu * self.m)
        return theta - rate * step - self.lr * self.weight_decay * theta


class Grouped:
    """Two optimisers for one θ: one for each hidden matrix of a network, another for all the rest.

        optimizer = Grouped(network, matrices=Muon(0.03), rest=AdamW(0.01))
        theta = optimizer.step(theta, gradient)

    Every matrix has a copy of its own. ``lr`` is that of the matrices; who sets it moves the other in
    proportion, so that one schedule serves both.

    Args: network, with ``arrays(theta)``, {name: view}, and ``matrices``, the names of the hidden matrices.
    """

    def __init__(self, network, matrices, rest):
        self.network = network
        self.of = {name: deepcopy(matrices) for name in network.matrices}
        self.rest = rest
        self.rates = matrices.lr, rest.lr
        places = network.arrays(np.arange(network.size))
        self.others = np.concatenate([places[name].ravel() for name in places if name not in self.of])
        self.lr = matrices.lr

    @property
    def lr(self):
        return self._lr

    @lr.setter
    def lr(self, lr):
        self._lr = lr
        for each in self.of.values():
            each.lr = lr
        self.rest.lr = lr * self.rates[1] / self.rates[0]

    def step(self, theta, gradient):
        """Return θ after one update; theta and gradient, of one shape, stay as they were."""
        moved = np.empty_like(theta)
        moved[self.others] = self.rest.step(theta[self.others], gradient[self.others])
        before, slope, after = (self.network.arrays(each) for each in (theta, gradient, moved))
        for name, optimizer in self.of.items():
            after[name][:] = optimizer.step(before[name], slope[name])
        return moved


def clip_by_global_norm(gradient: np.ndarray, most: float) -> np.ndarray:
    """The gradient, scaled down to the norm ``most`` where it is longer; its direction stays.

        g ← g · min(1, most / ‖g‖)

    Source: Pascanu, Mikolov & Bengio (2013), "On the difficulty of training recurrent neural networks",
    Algorithm 1, with the norm over all parameters together.

    PyTorch: `torch.nn.utils.clip_grad_norm_(params, most)`.
    """
    norm = np.linalg.norm(gradient)
    return gradient * (most / norm) if norm > most else gradient


class EMA:
    """An exponential moving average of θ: what is tested is the average, what is trained goes on.

        θ̄ ← d θ̄ + (1 − d) θ          d is ``decay``; θ̄ begins as the first θ

    ``update(theta)`` returns θ̄, of θ's shape, and leaves theta as it was.

    Source: Polyak & Juditsky (1992) for averages of iterates; with a decay, Tarvainen & Valpola (2017).

    PyTorch: `torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(d))`.
    """

    def __init__(self, decay):
        self.decay = decay
        self.theta = None

    def update(self, theta):
        if self.theta is None:
            self.theta = theta.copy()
        self.theta = self.decay * self.theta + (1 - self.decay) * theta
        return self.theta


def as_float16(x: np.ndarray) -> np.ndarray:
    """x as float16 can hold it, in float32: beyond 65,504 it is infinite, below 2⁻²⁵ it is 0.

    1 bit of sign, 5 of exponent, 10 of fraction: fine steps, few powers of two.

    PyTorch: `x.half().float()`.
    """
    with np.errstate(over="ignore"):
        return np.asarray(x, np.float16).astype(np.float32)


def as_bfloat16(x: np.ndarray) -> np.ndarray:
    """x as bfloat16 can hold it, in float32: the upper half of its bits, rounded to the nearest even.

    1 bit of sign, 8 of exponent, 7 of fraction: coarse steps, all the powers of two that float32 has.

    PyTorch: `x.bfloat16().float()`.
    """
    bits = np.asarray(x, np.float32).view(np.uint32)
    bits = bits + np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1))
    return (bits & np.uint32(0xFFFF0000)).view(np.float32)
