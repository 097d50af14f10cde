"""Layers: what a network is stacked from.

A layer maps x of shape (N, D), N examples in the rows, by ``forward(x, training)``. ``backward(grad)``
takes ∂L/∂output and returns ∂L/∂x; a layer with parameters returns their gradients behind it, in the order
of its ``parameters``. ``backward`` belongs to the last ``forward``. Back-propagation is nothing but the
chain rule, layer by layer, from the end (Rumelhart, Hinton & Williams 1986).
"""

import numpy as np

from course_lib.initializers import he_normal


class Dense:
    """Fully connected layer: every output is a weighted sum of all inputs.

        y = x W + b
        ∂L/∂x = grad Wᵀ      ∂L/∂W = xᵀ grad      ∂L/∂b = Σ_n grad_n

    Shapes: x (N, fan_in), W (fan_in, fan_out), b (fan_out,), y (N, fan_out).
    Raises: ValueError for another shape of x.

    PyTorch: `torch.nn.Linear(fan_in, fan_out)`; its `weight` is Wᵀ, and it draws the bias, too.

    ``input_gradient = False`` leaves ∂L/∂x out (None): below a network's first layer nobody asks for it,
    and there it is a third of the work.
    """

    parameters = ("W", "b")
    W: np.ndarray  # views of θ: a network binds them
    b: np.ndarray

    def __init__(self, fan_in, fan_out, initializer=he_normal):
        self.fan_in = fan_in
        self.fan_out = fan_out
        self.initializer = initializer
        self.input_gradient = True

    def initial(self, rng):
        """W as the initialiser draws it, and b = 0."""
        return self.initializer(self.fan_in, self.fan_out, rng), np.zeros(self.fan_out)

    def forward(self, x, training):
        if x.shape[1:] != (self.fan_in,):
            raise ValueError(f"Dense: x has shape {x.shape}; this layer takes (N, {self.fan_in})")
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        dx = grad @ self.W.T if self.input_gradient else None
        return dx, self.x.T @ grad, grad.sum(axis=0)


class ReLU:
    """Rectified linear unit: y = max(0, x).

    Source: Nair & Hinton (2010).

    PyTorch: `torch.nn.ReLU()`.
    """

    parameters = ()

    def forward(self, x, training):
        self.y = np.maximum(x, 0)
        return self.y

    def backward(self, grad):
        return grad * (self.y > 0)


class LeakyReLU:
    """y = x for x > 0, else slope · x: no unit is ever without a gradient.

    Source: Maas, Hannun & Ng (2013), Section 2.

    PyTorch: `torch.nn.LeakyReLU(slope)`.
    """

    parameters = ()

    def __init__(self, slope=0.01):
        self.slope = slope

    def forward(self, x, training):
        self.on = x > 0
        return np.where(self.on, x, self.slope * x)

    def backward(self, grad):
        return np.where(self.on, grad, self.slope * grad)


class Tanh:
    """y = tanh(x), with the derivative 1 − y².

    PyTorch: `torch.nn.Tanh()`.
    """

    parameters = ()

    def forward(self, x, training):
        self.y = np.tanh(x)
        return self.y

    def backward(self, grad):
        return grad * (1 - self.y**2)


class Sigmoid:
    """y = 1 / (1 + exp(−x)), with the derivative y (1 − y) ≤ ¼.

    Written as (1 + tanh(x/2)) / 2, which is the same function and cannot overflow.

    PyTorch: `torch.nn.Sigmoid()`.
    """

    parameters = ()

    def forward(self, x, training):
        self.y = (1 + np.tanh(x / 2)) / 2
        return self.y

    def backward(self, grad):
        return grad * self.y * (1 - self.y)


class Dropout:
    """Inverted dropout: in training each unit is dropped on its own with probability ``rate``.

        mask = (u ≥ rate) / (1 − rate),  u ~ U(0, 1)
        y = x · mask in training,  y = x at test time

    The others are scaled up so that E[mask] = 1: nothing has to be rescaled at test time.

    Args: 0 ≤ rate < 1, the probability of *dropping*; rng, a numpy.random.Generator.
    Raises: ValueError for another rate.
    Source: Srivastava et al. (2014), Sections 4 and 10 (there p is the probability of keeping).

    PyTorch: `torch.nn.Dropout(p=rate)`, where p is the probability of dropping, as here.
    """

    parameters = ()

    def __init__(self, rate, rng):
        if not 0 <= rate < 1:
            raise ValueError(f"Dropout: rate is the probability of dropping a unit, 0 ≤ rate < 1; got {rate}")
        self.rate = rate
        self.rng = rng

    def forward(self, x, training):
        if not training:
            self.mask = np.ones_like(x)
            return x
        keep = self.rng.random(x.shape) >= self.rate
        self.mask = keep.astype(x.dtype) / (1 - self.rate)
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask


class GaussianNoise:
    """Noise: in training each number is moved a little, on its own; on the inputs this is called jitter.

        y = x + N(0, σ²) in training,  y = x at test time

    Source: Bishop (1995), "Training with noise is equivalent to Tikhonov regularization".

    PyTorch: no layer of its own; in training, `x + sigma * torch.randn_like(x)`.
    """

    parameters = ()

    def __init__(self, sigma, rng):
        self.sigma = sigma
        self.rng = rng

    def forward(self, x, training):
        return x + self.sigma * self.rng.standard_normal(x.shape, x.dtype) if training else x

    def backward(self, grad):
        return grad


class BatchNorm:
    """Batch normalisation: each feature gets mean 0 and variance 1 over the batch, then scale γ and shift β.

        x̂ = (x − mean) / √(var + ε)
        y = γ x̂ + β

    In training, mean and var (biased: divided by N) are the batch's. At test time they are running averages,
    running ← (1 − momentum) · running + momentum · batch, where the variance is the unbiased one (divided
    by N − 1).

    Shapes: x (N, features); γ, β and the running statistics (features,).
    Raises: ValueError for another shape, and for a training batch of one: its variance says nothing.
    Source: Ioffe & Szegedy (2015), Algorithms 1 and 2; the running averages as in PyTorch.

    PyTorch: `torch.nn.BatchNorm1d(features, eps=ε, momentum=momentum)`; its `weight` is γ, its `bias` is β,
    and its modes are `train()` and `eval()`.
    """

    parameters = ("gamma", "beta")

    def __init__(self, features, momentum=0.1, eps=1e-5):
        self.features = features
        self.momentum = momentum
        self.eps = eps
        self.gamma, self.beta = self.initial()
        self.running_mean = np.zeros(features)
        self.running_var = np.ones(features)

    def initial(self, rng=None):
        """γ = 1 and β = 0: at first the output is x̂ itself."""
        return np.ones(self.features), np.zeros(self.features)

    def forward(self, x, training):
        if x.shape[1:] != (self.features,):
            raise ValueError(f"BatchNorm: x has shape {x.shape}; this layer takes (N, {self.features})")
        self.training = training
        if training:
            if len(x) < 2:
                raise ValueError(
                    "BatchNorm: a training batch needs at least 2 examples, to have a variance; got 1. "
                    "Choose a batch size that leaves no single example over"
                )
            mean, var = x.mean(axis=0), x.var(axis=0)
            unbiased = var * len(x) / (len(x) - 1)
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * unbiased
        else:
            mean, var = self.running_mean.astype(x.dtype), self.running_var.astype(x.dtype)
        self.std = np.sqrt(var + self.eps)
        self.x_hat = (x - mean) / self.std
        return self.gamma * self.x_hat + self.beta

    def backward(self, grad):
        """Return ∂L/∂x, ∂L/∂γ, ∂L/∂β.

        In training, mean and variance depend on every x of the batch; the two subtracted terms are what comes
        through them.
        """
        dgamma = (grad * self.x_hat).sum(axis=0)
        dbeta = grad.sum(axis=0)
        dx_hat = grad * self.gamma
        if self.training:
            dx_hat = dx_hat - dx_hat.mean(axis=0) - self.x_hat * (dx_hat * self.x_hat).mean(axis=0)
        return dx_hat / self.std, dgamma, dbeta


class LayerNorm:
    """Layer normalisation: each example gets mean 0 and variance 1 over its features, then scale and shift.

        x̂ = (x − mean) / √(var + ε)
        y = γ x̂ + β

    Mean and var (biased: divided by the number of features) are the example's own: no other example enters,
    nothing is remembered, and training and test are the same. γ and β belong to the features, as in batch
    normalisation.

    Shapes: x (N, features); γ and β (features,).
    Raises: ValueError for another shape.
    Source: Ba, Kiros & Hinton (2016), "Layer Normalization", Section 3.

    PyTorch: `torch.nn.LayerNorm(features, eps=ε)`; its `weight` is γ, its `bias` is β.
    """

    parameters = ("gamma", "beta")

    def __init__(self, features, eps=1e-5):
        self.features = features
        self.eps = eps
        self.gamma, self.beta = self.initial()

    def initial(self, rng=None):
        """γ = 1 and β = 0: at first the output is x̂ itself."""
        return np.ones(self.features), np.zeros(self.features)

    def forward(self, x, training):
        if x.shape[1:] != (self.features,):
            raise ValueError(f"LayerNorm: x has shape {x.shape}; this layer takes (N, {self.features})")
        self.std = np.sqrt(x.var(axis=1, keepdims=True) + self.eps)
        self.x_hat = (x - x.mean(axis=1, keepdims=True)) / self.std
        return self.gamma * self.x_hat + self.beta

    def backward(self, grad):
        """Return ∂L/∂x, ∂L/∂γ, ∂L/∂β.

        The two means are over an example's features; the sums for γ and β are over the examples.
        """
        dgamma = (grad * self.x_hat).sum(axis=0)
        dbeta = grad.sum(axis=0)
        dx_hat = grad * self.gamma
        along = (dx_hat * self.x_hat).mean(axis=1, keepdims=True)
        dx = (dx_hat - dx_hat.mean(axis=1, keepdims=True) - self.x_hat * along) / self.std
        return dx, dgamma, dbeta


class RMSNorm:
    """Root-mean-square normalisation: layer normalisation that neither subtracts a mean nor shifts.

        y = gain · x / √(mean(x²) + ε)

    The mean is over an example's features, the last axis: no other example enters.

    Shapes: x (..., features); gain (features,).
    Raises: ValueError for another number of features.
    Source: Zhang & Sennrich (2019), "Root Mean Square Layer Normalization".

    PyTorch: `torch.nn.RMSNorm(features, eps=ε)`; its `weight` is gain, and its own ε is that of the dtype.
    """

    parameters = ("gain",)

    def __init__(self, features, eps=1e-5):
        self.features = features
        self.eps = eps
        (self.gain,) = self.initial()

    def initial(self, rng=None):
        """gain = 1: at first the output is x̂ itself."""
        return (np.ones(self.features),)

    def forward(self, x, training):
        if x.shape[-1] != self.features:
            raise ValueError(f"RMSNorm: x has shape {x.shape}; this layer takes (..., {self.features})")
        self.rms = np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + self.eps)
        self.x_hat = x / self.rms
        return self.gain * self.x_hat

    def backward(self, grad):
        """Return ∂L/∂x, ∂L/∂gain: the subtracted term is what comes through the mean square."""
        dgain = (grad * self.x_hat).reshape(-1, self.features).sum(axis=0)
        dx_hat = grad * self.gain
        dx = dx_hat - self.x_hat * np.mean(dx_hat * self.x_hat, axis=-1, keepdims=True)
        return dx / self.rms, dgain
