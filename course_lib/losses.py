"""Losses: functions that return the loss, averaged over the examples, and its gradient.

N examples stand in the rows of an array of shape (N, C).
"""

import numpy as np


def softmax_cross_entropy(logits, labels):
    """Cross-entropy of softmax probabilities, for classification.

        p = softmax(z)             p_c = exp(z_c) / Σ_k exp(z_k)
        L = −(1/N) Σ_n log p_n,y(n)
        ∂L/∂z = (p − one-hot(y)) / N

    The largest logit of each row is subtracted first: p stays the same and exp cannot overflow.

    Args: logits z of shape (N, C); labels y, integers 0..C−1 of shape (N,).
    Returns: the loss in nats, and its gradient of shape (N, C).
    Raises: ValueError when labels are of another shape, such as (N, 1) or one-hot, or no integers.
    Source: Goodfellow, Bengio & Courville (2016), Section 6.2.2.3.
    """
    if labels.shape != logits.shape[:1] or labels.dtype.kind not in "iu":
        raise ValueError(
            f"softmax_cross_entropy: the labels are {labels.dtype} of shape {labels.shape}; "
            f"give integers 0..{logits.shape[1] - 1} of shape ({len(logits)},), one for each row of logits"
        )
    n = len(labels)
    right = np.arange(n), labels
    z = logits - logits.max(axis=1, keepdims=True)
    exp_z = np.exp(z)
    total = exp_z.sum(axis=1, keepdims=True)
    loss = (np.log(total[:, 0]) - z[right]).sum() / n
    gradient = exp_z / total
    gradient[right] -= 1
    return loss, gradient / n


def mean_squared_error(prediction, target):
    """Mean squared error, for regression.

        L = (1/M) Σ (ŷ − y)²           M = number of entries
        ∂L/∂ŷ = 2 (ŷ − y) / M

    Args: prediction ŷ and target y, of one shape.
    Returns: the loss, and its gradient of the same shape.
    Raises: ValueError when the shapes differ: NumPy broadcasts (N, 1) against (N,) to (N, N) silently.
    """
    if np.shape(prediction) != np.shape(target):
        raise ValueError(
            f"mean_squared_error: the prediction has shape {np.shape(prediction)}, "
            f"the target {np.shape(target)}; give both the same shape"
        )
    error = prediction - target
    return np.mean(error**2), 2 * error / error.size


def l2_penalty(weights, lam):
    """L2 regularisation: large weights cost.

        R = λ/2 Σ ‖W‖²
        ∂R/∂W = λ W

    Args: weights, a list of arrays; λ = lam ≥ 0.
    Returns: the penalty, and the list of its gradients, shaped like the weights.
    Source: Goodfellow, Bengio & Courville (2016), Section 7.1.1.
    """
    return lam / 2 * sum(np.sum(W**2) for W in weights), [lam * W for W in weights]
