import numpy as np


class BrokenAdam:
    """Adam. A language model wrote it, asked for “torch.optim.Adam in NumPy, and save memory”."""

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr = lr
        self.betas = (beta1, beta2)
        self.eps = eps
        self.state = {}

    def step(self, theta, gradient):
        state, (beta1, beta2) = self.state, self.betas
        if not state:
            state["step"] = 0
            state["exp_avg"] = np.zeros_like(gradient)
            state["exp_avg_sq"] = np.zeros_like(gradient)
        state["step"] += 1
        exp_avg, exp_avg_sq = state["exp_avg"], state["exp_avg_sq"]
        exp_avg *= beta1
        exp_avg += (1 - beta1) * gradient
        exp_avg_sq *= beta2
        exp_avg_sq += (1 - beta2) * gradient**2
        exp_avg /= 1 - beta1 ** state["step"]
        exp_avg_sq /= 1 - beta2 ** state["step"]
        return theta - self.lr * exp_avg / (np.sqrt(exp_avg_sq) + self.eps)


def outcome(method, lr, beta1, beta2, theta, gradients):
    """Where a method comes to from theta, given these gradients one after the other, without a trace of ε."""
    optimizer, theta = method(lr, beta1, beta2), np.array(theta, dtype=float)
    for gradient in gradients:
        theta = optimizer.step(theta, np.array(gradient, dtype=float))
    return theta.round(6)
