"""The optimisers, each as its paper writes it.

An optimiser is a map: ``theta = optimizer.step(theta, gradient)``. θ and its gradient are arrays of one
shape, with any number of dimensions. ``step`` returns the new θ and leaves both arguments as they were.
What an optimiser remembers takes the first gradient's shape and belongs to that instance.

In every formula θ stands for the parameters, g for the gradient and η for the learning rate ``lr``.
"""

import numpy as np


class SGD:
    """Gradient descent; stochastic when the gradient comes from a mini-batch.

        θ ← θ − η g

    Source: Robbins & Monro (1951); Goodfellow, Bengio & Courville (2016), Algorithm 8.1.

    PyTorch: `torch.optim.SGD(params, lr=η)`.
    """

    def __init__(self, lr):
        self.lr = lr

    def step(self, theta, gradient):
        """Return θ after one update; theta and gradient, of one shape, stay as they were."""
        return theta - self.lr * gradient


class Momentum:
    """Gradient descent with momentum: a ball that keeps the share μ of its velocity.

        v ← μ v + g
        θ ← θ − η v

    Source: Polyak (1964); in this form Sutskever et al. (2013), Section 2, with v divided by −η.

    PyTorch: `torch.optim.SGD(params, lr=η, momentum=μ)`, whose v has no η in it, either.
    """

    def __init__(self, lr, mu=0.9):
        self.lr = lr
        self.mu = mu
        self.v = 0.0

    def step(self, theta, gradient):
        """Return θ after one update; theta and gradient, of one shape, stay as they were."""
        self.v = self.mu * self.v + gradient
        return theta - self.lr * self.v


class Nesterov:
    """Nesterov momentum: the velocity that the next step will have is used in this one.

        v ← μ v + g
        θ ← θ − η (g + μ v)

    Source: Nesterov (1983); in this form Sutskever et al. (2013), Section 2, written for the look-ahead θ.

    PyTorch: `torch.optim.SGD(params, lr=η, momentum=μ, nesterov=True)`; its θ is the look-ahead one, as here.
    """

    def __init__(self, lr, mu=0.9):
        self.lr = lr
        self.mu = mu
        self.v = 0.0

    def step(self, theta, gradient):
        """Return θ after one update; theta and gradient, of one shape, stay as they were."""
        self.v = self.mu * self.v + gradient
        return theta - self.lr * (gradient + self.mu * self.v)


class AdaGrad:
    """Adaptive gradient: a rate per coordinate that shrinks with all the gradients seen so far.

        s ← s + g²
        θ ← θ − η g / (√s + ε)

    Source: Duchi, Hazan & Singer (2011), Section 1.1, the diagonal form.

    PyTorch: `torch.optim.Adagrad(params, lr=η, eps=ε)`; its own ε is 10⁻¹⁰.
    """

    def __init__(self, lr, eps=1e-8):
        self.lr = lr
        self.eps = eps
        self.s = 0.0

    def step(self, theta, gradient):
        """Return θ after one update; theta and gradient, of one shape, stay as they were."""
        self.s = self.s + gradient**2
        return theta - self.lr * gradient / (np.sqrt(self.s) + self.eps)


class RMSprop:
    """AdaGrad with a leak: old gradients are forgotten, so the rate can grow again.

        s ← ρ s + (1 − ρ) g²
        θ ← θ − η g / (√s + ε)

    Source: Tieleman & Hinton (2012), Lecture 6.5 of "Neural networks for machine learning".

    PyTorch: `torch.optim.RMSprop(params, lr=η, alpha=ρ, eps=ε)`; its own ρ is 0.99, and its η is 0.01.
    """

    def __init__(self, lr=1e-3, rho=0.9, eps=1e-8):
        self.lr = lr
        self.rho = rho
        self.eps = eps
        self.s = 0.0

    def step(self, theta, gradient):
        """Return θ after one update; theta and gradient, of one shape, stay as they were."""
        self.s = self.rho * self.s + (1 - self.rho) * gradient**2
        return theta - self.lr * gradient / (np.sqrt(self.s) + self.eps)


class Adam:
    """Adaptive moment estimation.

        m ← β₁ m + (1 − β₁) g          first moment: where have gradients pointed?
        v ← β₂ v + (1 − β₂) g²         second moment, uncentred: how large were they?
        θ ← θ − η m̂ / (√v̂ + ε)         m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ)

    m and v start at zero and so lean towards it; the hats undo exactly that.

    Source: Kingma & Ba (2015), Algorithm 1.

    PyTorch: `torch.optim.Adam(params, lr=η, betas=(β₁, β₂), eps=ε)`. Its `weight_decay` adds λ θ to the
    gradient: that is L2, not AdamW.
    """

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr = lr
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.m = 0.0
        self.v = 0.0
        self.t = 0

    def step(self, theta, gradient):
        """Return θ after one update; theta and gradient, of one shape, stay as they were."""
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        rate = self.lr / (1 - self.beta1**self.t)  # rate · m = η m̂: one number is divided, not a whole array
        v_hat = self.v / (1 - self.beta2**self.t)
        return theta - rate * self.m / (np.sqrt(v_hat) + self.eps)


class AdamW(Adam):
    """Adam with decoupled weight decay: the decay acts on θ itself and is not divided by √v̂.

        θ ← θ − η (m̂ / (√v̂ + ε) + λ θ)

    λ is ``weight_decay``; m̂ and v̂ are Adam's.

    Source: Loshchilov & Hutter (2019), Algorithm 2, with decay η λ θ.

    PyTorch: `torch.optim.AdamW(params, lr=η, betas=(β₁, β₂), eps=ε, weight_decay=λ)`.
    """

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        super().__init__(lr, beta1, beta2, eps)
        self.weight_decay = weight_decay

    def step(self, theta, gradient):
        """Return θ after one update; theta and gradient, of one shape, stay as they were."""
        return super().step(theta, gradient) - self.lr * self.weight_decay * theta
