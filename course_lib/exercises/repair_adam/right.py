import numpy as np


def fault():
    ### BEGIN SOLUTION
    return "D"
    ### END SOLUTION


class MendedAdam(BrokenAdam):
    def step(self, theta, gradient):
        ### BEGIN SOLUTION
        state, (beta1, beta2) = self.state, self.betas
        t = state["step"] = state.get("step", 0) + 1
        m = state["exp_avg"] = beta1 * state.get("exp_avg", 0) + (1 - beta1) * gradient
        v = state["exp_avg_sq"] = beta2 * state.get("exp_avg_sq", 0) + (1 - beta2) * gradient**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        return theta - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
        ### END SOLUTION


def proof():
    ### BEGIN SOLUTION
    given = {"lr": 0.1, "beta1": 0.5, "beta2": 0.5, "theta": [0.0], "gradients": [[1.0], [1.0]]}
    return given, np.array([-0.2])  # while g is 1, both hats are 1 at each step: an average of ones
    ### END SOLUTION
