import numpy as np


def batchnorm_staged(grad, x, gamma, eps):
    # forward, as far as x_hat; then back, node by node, from grad, the gradient at y
    ### BEGIN SOLUTION
    c = x - x.mean(axis=0)
    v = (c**2).mean(axis=0)
    r = 1 / np.sqrt(v + eps)
    x_hat = c * r
    d_beta = grad.sum(axis=0)
    d_gamma = (grad * x_hat).sum(axis=0)
    d_x_hat = grad * gamma
    d_r = (d_x_hat * c).sum(axis=0)
    d_v = d_r * -0.5 * r**3
    d_c = d_x_hat * r + d_v * 2 * c / len(x)
    d_mu = -d_c.sum(axis=0)
    d_x = d_c + d_mu / len(x)
    affine = {"beta": d_beta, "gamma": d_gamma}
    return affine | {"x_hat": d_x_hat, "r": d_r, "v": d_v, "c": d_c, "mu": d_mu, "x": d_x}
    ### END SOLUTION
