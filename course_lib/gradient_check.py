"""Gradient check: is the gradient that the code computes the slope of the loss that it computes?"""

import numpy as np


def numerical_gradient(f, theta, h=1e-5):
    """Gradient of the scalar function f at theta by central differences, entry by entry.

        ∂f/∂θᵢ ≈ (f(θ + h eᵢ) − f(θ − h eᵢ)) / 2h

    The error falls with h² until rounding (about 1e-16 · |f| / h) takes over: h near 1e-5 is best in float64.

    Args: theta, a float64 array of any shape; it stays as it was.
    Returns: an array of theta's shape.
    """
    gradient = np.empty_like(theta)
    for index in np.ndindex(theta.shape):
        step = np.zeros_like(theta)
        step[index] = h
        gradient[index] = (f(theta + step) - f(theta - step)) / (2 * h)
    return gradient


def relative_error(a, b):
    """‖a − b‖ / (‖a‖ + ‖b‖), and 0 when both are 0: a gradient check's figure of merit, between 0 and 1."""
    scale = np.linalg.norm(a) + np.linalg.norm(b)
    return float(np.linalg.norm(a - b) / scale) if scale else 0.0


def check_gradient(loss_and_gradient, theta, h=1e-5):
    """Relative error between the gradient that ``loss_and_gradient(theta)`` returns and the numerical one.

    Below 1e-7 the gradient is right; above 1e-4 it is wrong; in between look for a kink (ReLU at 0) or
    small float types. The function must be deterministic: seed dropout anew in each call.
    """
    _, gradient = loss_and_gradient(theta)
    return relative_error(gradient, numerical_gradient(lambda at: loss_and_gradient(at)[0], theta, h))
