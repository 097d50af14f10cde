"""Repairs of BrokenTraining in other styles: all are right."""

import numpy as np

from course_lib.exercises.repair_accumulated.broken import BrokenTraining, outcome


def _proof():
    return {"gradients": [3.0, 0.0], "sizes": [1, 2]}, -1.0


def _letter():
    return "C"


def gradients_weighed_before():
    def MendedTraining(theta, gradients, sizes, lr, every):
        weighed = np.array(gradients)
        for k in range(0, len(sizes), every):
            part = sizes[k : k + every]
            weighed[k : k + every] *= (part / part.mean())[:, np.newaxis]
        return BrokenTraining(theta, weighed, sizes, lr, every)

    return _letter, MendedTraining, _proof


def batch_by_batch():
    def MendedTraining(theta, gradients, sizes, lr, every):
        for k in range(0, len(sizes), every):
            mean = np.average(gradients[k : k + every], axis=0, weights=sizes[k : k + every])
            theta = BrokenTraining(theta, mean[np.newaxis], [1], lr, 1)
        return theta

    return "C", MendedTraining, _proof


def sizes_in_place_of_ones():
    def MendedTraining(theta, gradients, sizes, lr, every):
        total, waiting, examples = 0.0, 0, 0
        for number in range(len(gradients)):
            total = total + gradients[number] * sizes[number]
            examples, waiting = examples + sizes[number], waiting + 1
            if waiting == every or number == len(gradients) - 1:
                theta = theta - lr / examples * total
                total, waiting, examples = 0.0, 0, 0
        return theta

    return lambda: " c ", MendedTraining, lambda: ({"gradients": [[1.0], [4.0]], "sizes": [2, 1]}, [-2.0])


def example_by_example():
    def MendedTraining(theta, gradients, sizes, lr, every):
        for k in range(0, len(sizes), every):
            of_each = np.repeat(gradients[k : k + every], sizes[k : k + every], axis=0)
            theta = BrokenTraining(theta, of_each, np.ones(len(of_each)), lr, len(of_each))
        return theta

    return _letter, MendedTraining, lambda: list(_proof())


def by_reduceat():
    def MendedTraining(theta, gradients, sizes, lr, every):
        starts = np.arange(0, len(sizes), every)
        sums = np.add.reduceat(gradients * sizes[:, np.newaxis], starts)
        return theta - lr * (sums / np.add.reduceat(sizes, starts)[:, np.newaxis]).sum(axis=0)

    return _letter, MendedTraining, _proof()


def by_running_means():
    def MendedTraining(theta, gradients, sizes, lr, every):
        mean, seen = 0 * theta, 0
        for number, gradient in enumerate(gradients):
            if number and number % every == 0:
                theta, mean, seen = theta - lr * mean, 0 * theta, 0
            seen += sizes[number]
            mean = mean + (gradient - mean) * sizes[number] / seen
        return theta - lr * mean

    return _letter, MendedTraining, lambda: ({"gradients": [0, 0, 10], "sizes": [4, 4, 2]}, -2)


def by_splitting():
    def MendedTraining(theta, gradients, sizes, lr, every):
        cuts = np.arange(every, len(sizes), every)
        for some, counts in zip(np.split(gradients, cuts), np.split(sizes, cuts), strict=True):
            theta = theta - lr * (counts @ some) / counts.sum()
        return theta

    return _letter, MendedTraining, lambda: ({"gradients": np.array([1, 4]), "sizes": (2, 1)}, -2.0)


def by_its_own_program():
    def MendedTraining(theta, gradients, sizes, lr, every):
        if not len(gradients):
            return theta
        mean = sizes[:every] @ gradients[:every] / sum(sizes[:every])
        return MendedTraining(theta - lr * mean, gradients[every:], sizes[every:], lr, every)

    def proof():
        given = {"gradients": [-1.5, 2.25, 8.0], "sizes": [3, 5, 1]}
        return given, outcome(MendedTraining, **given)

    return _letter, MendedTraining, proof
