import numpy as np


class BrokenBatchNorm:
    """Batch normalisation as one multiplication and one addition. A colleague wrote it to save time, tried it
    on a network before its training, and saw no difference to torch.nn.BatchNorm1d."""

    parameters = ("gamma", "beta")

    def __init__(self, features, momentum=0.1, eps=1e-5):
        self.momentum, self.eps = momentum, eps
        self.gamma, self.beta = self.initial(features)
        self.running_mean, self.running_var = np.zeros(features), np.ones(features)

    def initial(self, features):
        return np.ones(features), np.zeros(features)

    def forward(self, x, training):
        mean, var = self.running_mean, self.running_var
        if training:
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.running_mean = self.running_mean + self.momentum * (mean - self.running_mean)
            unbiased = x.var(axis=0, ddof=1)
            self.running_var = self.running_var + self.momentum * (unbiased - self.running_var)
        inverse = 1 / np.sqrt(var + self.eps)
        scale, shift = self.gamma * inverse, self.beta - mean * inverse
        return scale * x + shift


def outcome(layer, gamma, beta, mean, var, x):
    """What a layer of one feature that remembers this mean and variance makes of x at test time; ε is 0."""
    made = layer(1, eps=0.0)
    made.gamma, made.beta = np.array([float(gamma)]), np.array([float(beta)])
    made.running_mean, made.running_var = np.array([float(mean)]), np.array([float(var)])
    return float(made.forward(np.array([[float(x)]]), False)[0, 0])
