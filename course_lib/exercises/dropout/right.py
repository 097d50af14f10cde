import numpy as np


class Dropout:
    parameters = ()  # nothing to learn here: this tells the network so

    def __init__(self, rate, rng):
        self.rate = rate
        self.rng = rng

    def forward(self, x, training):
        ### BEGIN SOLUTION
        if training:
            stays = self.rng.random(x.shape) >= self.rate
            self.mask = stays / (1 - self.rate)
        else:
            self.mask = np.ones_like(x)
        return x * self.mask
        ### END SOLUTION

    def backward(self, grad):
        ### BEGIN SOLUTION
        return grad * self.mask
        ### END SOLUTION
