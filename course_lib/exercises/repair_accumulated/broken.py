import numpy as np


def BrokenTraining(theta, gradients, sizes, lr, every):
    """A language model wrote it, asked to train with batches that do not fit into memory."""
    total, waiting = np.zeros_like(theta), 0
    for number, gradient in enumerate(gradients, start=1):
        total += gradient  # backward() adds up
        waiting += 1
        if waiting == every or number == len(gradients):
            theta = theta - lr * total / waiting  # step()
            total, waiting = np.zeros_like(theta), 0  # zero_grad()
    return theta


def outcome(training, gradients, sizes):
    """θ, one number, after one step from 0 at the rate 1: all micro-batches are one batch."""
    gradients, sizes = np.array(gradients, dtype=float).reshape(-1, 1), np.array(sizes)
    if len(gradients) != len(sizes) or any(size < 1 or size % 1 for size in sizes):
        raise ValueError("each micro-batch has one number and one size, a whole number from 1 on")
    return float(training(np.zeros(1), gradients, sizes, 1.0, len(gradients))[0])
