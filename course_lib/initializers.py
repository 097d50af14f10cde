"""Initialisers: where the weights start.

Each is a function ``(fan_in, fan_out, rng) -> W`` with W of shape (fan_in, fan_out). fan_in counts the
inputs of a unit, fan_out the units that it feeds. What matters is the variance of a weight: it decides
whether a signal keeps its size on its way through the layers. A uniform distribution on (−a, a) has the
variance a²/3.
"""

import numpy as np


def zeros(fan_in, fan_out, rng):
    """All weights 0."""
    return np.zeros((fan_in, fan_out))


def normal(std):
    """An initialiser that draws from N(0, std²), whatever the fans."""
    return lambda fan_in, fan_out, rng: rng.normal(0.0, std, (fan_in, fan_out))


def xavier_normal(fan_in, fan_out, rng):
    """W ~ N(0, σ²), σ² = 2 / (fan_in + fan_out): for activations that are linear around 0, such as tanh.

    Source: Glorot & Bengio (2010), Equation 12.

    PyTorch: `torch.nn.init.xavier_normal_(W)`, with W stored as (fan_out, fan_in).
    """
    return rng.normal(0.0, np.sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out))


def xavier_uniform(fan_in, fan_out, rng):
    """W ~ U(−a, a), a = √(6 / (fan_in + fan_out)): the variance of ``xavier_normal``.

    Source: Glorot & Bengio (2010), Equation 16.

    PyTorch: `torch.nn.init.xavier_uniform_(W)`, with W stored as (fan_out, fan_in).
    """
    a = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-a, a, (fan_in, fan_out))


def he_normal(fan_in, fan_out, rng):
    """W ~ N(0, σ²), σ² = 2 / fan_in: for ReLU, which drops half of the signal's power.

    Source: He et al. (2015), Equation 10.

    PyTorch: `torch.nn.init.kaiming_normal_(W)`, with W stored as (fan_out, fan_in).
    """
    return rng.normal(0.0, np.sqrt(2 / fan_in), (fan_in, fan_out))


def he_uniform(fan_in, fan_out, rng):
    """W ~ U(−a, a), a = √(6 / fan_in): the variance of ``he_normal``.

    Source: He et al. (2015), Equation 10.

    PyTorch: `torch.nn.init.kaiming_uniform_(W)`, with W stored as (fan_out, fan_in). A new
    `torch.nn.Linear` has a = 1/√fan_in instead, a sixth of this variance.
    """
    a = np.sqrt(6 / fan_in)
    return rng.uniform(-a, a, (fan_in, fan_out))


def lecun_normal(fan_in, fan_out, rng):
    """W ~ N(0, σ²), σ² = 1 / fan_in: a linear unit's output has its inputs' variance.

    Source: LeCun et al. (1998), "Efficient BackProp", Section 4.6.

    PyTorch: `torch.nn.init.kaiming_normal_(W, nonlinearity="linear")`, with W stored as (fan_out, fan_in).
    """
    return rng.normal(0.0, np.sqrt(1 / fan_in), (fan_in, fan_out))


def orthogonal(fan_in, fan_out, rng):
    """W with orthonormal columns (rows, where fan_in < fan_out): a square W keeps a signal's length.

    The signs make every orthogonal matrix equally likely. Before ReLU, multiply by √2.
    Source: Saxe, McClelland & Ganguli (2014), Section 3.
    """
    tall = rng.normal(size=(max(fan_in, fan_out), min(fan_in, fan_out)))
    q, r = np.linalg.qr(tall)
    q = q * np.sign(np.diag(r))
    return q if fan_in >= fan_out else q.T
