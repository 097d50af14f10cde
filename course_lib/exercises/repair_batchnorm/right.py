import numpy as np


def fault():
    ### BEGIN SOLUTION
    return "E"
    ### END SOLUTION


class MendedBatchNorm(BrokenBatchNorm):
    def forward(self, x, training):
        ### BEGIN SOLUTION
        mean, var = self.running_mean, self.running_var
        if training:
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.running_mean = self.running_mean + self.momentum * (mean - self.running_mean)
            unbiased = x.var(axis=0, ddof=1)
            self.running_var = self.running_var + self.momentum * (unbiased - self.running_var)
        scale = self.gamma / np.sqrt(var + self.eps)
        shift = self.beta - scale * mean
        return scale * x + shift
        ### END SOLUTION


def proof():
    ### BEGIN SOLUTION
    # x̂ = (5 − 3) / 2 = 1, and 10 times that is 10; the broken one: 10 · 5/2 − 3/2 = 23.5
    return {"gamma": 10, "beta": 0, "mean": 3, "var": 4, "x": 5}, 10
    ### END SOLUTION
