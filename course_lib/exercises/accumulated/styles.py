"""Right answers of `accumulated` in other styles."""

import numpy as np


def by_a_loop(theta, gradients, sizes, lr, every):
    total, examples = np.zeros_like(theta), 0
    for number, (gradient, size) in enumerate(zip(gradients, sizes, strict=True), start=1):
        total += size * gradient
        examples += size
        if number % every == 0 or number == len(gradients):
            theta = theta - lr * total / examples
            total, examples = np.zeros_like(theta), 0
    return theta


def by_average(theta, gradients, sizes, lr, every):
    for k in range(0, len(sizes), every):
        theta = theta - lr * np.average(gradients[k : k + every], axis=0, weights=sizes[k : k + every])
    return theta


def example_by_example(theta, gradients, sizes, lr, every):
    for k in range(0, len(sizes), every):
        of_each = np.repeat(gradients[k : k + every], sizes[k : k + every], axis=0)
        theta = theta - lr * of_each.mean(axis=0)
    return theta


def by_reduceat(theta, gradients, sizes, lr, every):
    starts = np.arange(0, len(sizes), every)
    sums = np.add.reduceat(gradients * sizes[:, np.newaxis], starts)
    return theta - lr * (sums / np.add.reduceat(sizes, starts)[:, np.newaxis]).sum(axis=0)


def by_recursion(theta, gradients, sizes, lr, every):
    if not len(gradients):
        return theta
    mean = sizes[:every] @ gradients[:every] / sum(sizes[:every])
    return by_recursion(theta - lr * mean, gradients[every:], sizes[every:], lr, every)


def by_running_means(theta, gradients, sizes, lr, every):
    mean, seen = 0 * theta, 0
    for number, gradient in enumerate(gradients):
        if number and number % every == 0:
            theta, mean, seen = theta - lr * mean, 0 * theta, 0
        seen += sizes[number]
        mean = mean + (gradient - mean) * sizes[number] / seen
    return theta - lr * mean


def in_place_on_a_copy(theta, gradients, sizes, lr, every):
    theta = theta.copy()
    for k in range(0, len(sizes), every):
        part = slice(k, k + every)
        theta -= lr * np.einsum("k,kd->d", sizes[part] / sizes[part].sum(), gradients[part])
    return theta


def by_splitting(theta, gradients, sizes, lr, every):
    cuts = np.arange(every, len(sizes), every)
    for some, counts in zip(np.split(gradients, cuts), np.split(sizes, cuts), strict=True):
        theta = theta - lr * (some * counts[:, None]).sum(0) / counts.sum()
    return theta


def entry_by_entry(theta, gradients, sizes, lr, every):
    new = [float(value) for value in theta]
    for k in range(0, len(sizes), every):
        numbers = range(k, min(k + every, len(sizes)))
        examples = sum(int(sizes[n]) for n in numbers)
        for d in range(len(new)):
            new[d] -= lr * sum(float(gradients[n, d]) * int(sizes[n]) for n in numbers) / examples
    return np.array(new)
