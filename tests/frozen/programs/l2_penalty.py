"""Wrong L2 penalties."""

import numpy as np

from .entered import Entered

wrong = Entered()


def right_penalty(weights, lam):
    return lam / 2 * sum(np.sum(W**2) for W in weights)


def right_gradients(weights, lam):
    return [lam * W for W in weights]


# What comes back


@wrong("returns-none")
def returns_none(weights, lam):
    right_penalty(weights, lam)


@wrong("penalty-only")
def penalty_only(weights, lam):
    return right_penalty(weights, lam)


@wrong("gradients-only")
def gradients_only(weights, lam):
    return right_gradients(weights, lam)


@wrong("order-swapped")
def order_swapped(weights, lam):
    return right_gradients(weights, lam), right_penalty(weights, lam)


@wrong("pair-for-each")
def pair_for_each(weights, lam):
    return [(lam / 2 * np.sum(W**2), lam * W) for W in weights]


@wrong("penalty-for-each")
def penalty_for_each(weights, lam):
    return [lam / 2 * np.sum(W**2) for W in weights], right_gradients(weights, lam)


@wrong("penalty-not-summed")
def penalty_not_summed(weights, lam):
    return lam / 2 * weights[0] ** 2, right_gradients(weights, lam)


@wrong("gradients-flat")
def gradients_flat(weights, lam):
    return right_penalty(weights, lam), np.concatenate([lam * W.ravel() for W in weights])


@wrong("gradients-flattened-each")
def gradients_flattened_each(weights, lam):
    return right_penalty(weights, lam), [lam * W.ravel() for W in weights]


@wrong("gradients-summed")
def gradients_summed(weights, lam):
    return right_penalty(weights, lam), [lam * np.sum(W) for W in weights]


@wrong("gradients-summed")
def gradients_as_norms(weights, lam):
    return right_penalty(weights, lam), [lam * np.linalg.norm(W) for W in weights]


# Factors


@wrong("half-forgotten-in-both")
def half_forgotten_in_both(weights, lam):
    return 2 * right_penalty(weights, lam), [2 * lam * W for W in weights]


@wrong("half-forgotten")
def half_forgotten(weights, lam):
    return lam * sum(np.sum(W**2) for W in weights), right_gradients(weights, lam)


@wrong("gradient-doubled")
def gradient_doubled(weights, lam):
    return right_penalty(weights, lam), [2 * lam * W for W in weights]


@wrong("gradient-halved")
def gradient_halved(weights, lam):
    return right_penalty(weights, lam), [lam / 2 * W for W in weights]


@wrong("lam-missing")
def lam_missing(weights, lam):
    return right_penalty(weights, 1), [W * 1.0 for W in weights]


@wrong("lam-missing-in-penalty")
def lam_missing_in_penalty(weights, lam):
    return right_penalty(weights, 1), right_gradients(weights, lam)


@wrong("lam-missing-in-penalty")
def lam_and_half_missing_in_penalty(weights, lam):
    return sum(np.sum(W**2) for W in weights), right_gradients(weights, lam)


@wrong("lam-missing-in-gradients")
def lam_missing_in_gradients(weights, lam):
    return right_penalty(weights, lam), [W * 1.0 for W in weights]


@wrong("lam-missing-in-gradients")
def lam_missing_in_doubled_gradients(weights, lam):
    return right_penalty(weights, lam), [2 * W for W in weights]


@wrong("lam-inside-the-square")
def lam_inside_the_square(weights, lam):
    return sum(np.sum((lam * W) ** 2) for W in weights) / 2, right_gradients(weights, lam)


@wrong("gradients-negative")
def gradients_negative(weights, lam):
    return right_penalty(weights, lam), [-lam * W for W in weights]


# The norm


@wrong("mean-for-sum")
def mean_for_sum(weights, lam):
    return lam / 2 * sum(np.mean(W**2) for W in weights), right_gradients(weights, lam)


@wrong("mean-for-sum")
def mean_for_sum_in_both(weights, lam):
    return lam / 2 * sum(np.mean(W**2) for W in weights), [lam * W / W.size for W in weights]


@wrong("mean-for-sum")
def mean_over_everything(weights, lam):
    return right_penalty(weights, lam) / sum(W.size for W in weights), right_gradients(weights, lam)


@wrong("divided-by-the-number-of-arrays")
def divided_by_the_number_of_arrays(weights, lam):
    return right_penalty(weights, lam) / len(weights), right_gradients(weights, lam)


@wrong("divided-by-the-number-of-arrays")
def divided_by_the_number_of_arrays_in_both(weights, lam):
    count = len(weights)
    return right_penalty(weights, lam) / count, [lam * W / count for W in weights]


@wrong("norm-not-squared")
def norm_not_squared(weights, lam):
    return lam / 2 * sum(np.linalg.norm(W) for W in weights), right_gradients(weights, lam)


@wrong("norm-not-squared")
def norm_of_everything_not_squared(weights, lam):
    return lam / 2 * np.sqrt(sum(np.sum(W**2) for W in weights)), right_gradients(weights, lam)


@wrong("norm-not-squared")
def norm_not_squared_nor_halved(weights, lam):
    return lam * sum(np.linalg.norm(W) for W in weights), right_gradients(weights, lam)


@wrong("squares-missing")
def squares_missing(weights, lam):
    return lam / 2 * sum(np.sum(W) for W in weights), right_gradients(weights, lam)


@wrong("square-of-the-sum")
def square_of_the_sum(weights, lam):
    return lam / 2 * sum(np.sum(W) ** 2 for W in weights), right_gradients(weights, lam)


@wrong("square-of-the-sum")
def square_of_the_sum_over_all(weights, lam):
    return lam / 2 * sum(np.sum(W) for W in weights) ** 2, right_gradients(weights, lam)


@wrong("square-of-the-sum")
def square_of_the_sum_of_norms(weights, lam):
    return lam / 2 * sum(np.linalg.norm(W) for W in weights) ** 2, right_gradients(weights, lam)


@wrong("l1-instead")
def l1_instead(weights, lam):
    return lam * sum(np.abs(W).sum() for W in weights), [lam * np.sign(W) for W in weights]


@wrong("l1-instead")
def half_l1(weights, lam):
    return lam / 2 * sum(np.abs(W).sum() for W in weights), [lam / 2 * np.sign(W) for W in weights]


@wrong("l1-instead")
def l1_with_l2s_gradient(weights, lam):
    return lam * sum(np.abs(W).sum() for W in weights), right_gradients(weights, lam)


@wrong("l1-instead")
def half_l1_with_l2s_gradient(weights, lam):
    return lam / 2 * sum(np.abs(W).sum() for W in weights), right_gradients(weights, lam)


@wrong("gradient-of-the-square")
def gradient_of_the_square(weights, lam):
    return right_penalty(weights, lam), [lam * W**2 for W in weights]


@wrong("gradient-of-the-square")
def gradient_is_half_the_square(weights, lam):
    return right_penalty(weights, lam), [lam / 2 * W**2 for W in weights]


@wrong("gradient-of-the-norm")
def gradient_of_the_norm(weights, lam):
    return right_penalty(weights, lam), [lam * W / np.linalg.norm(W) for W in weights]


# Which arrays


@wrong("first-array-only")
def first_array_only(weights, lam):
    for W in weights:
        return lam / 2 * np.sum(W**2), [lam * W]


@wrong("first-array-only")
def first_array_only_in_penalty(weights, lam):
    return lam / 2 * np.sum(weights[0] ** 2), right_gradients(weights, lam)


@wrong("last-array-only")
def last_array_only(weights, lam):
    for W in weights:
        penalty = lam / 2 * np.sum(W**2)
    return penalty, right_gradients(weights, lam)


@wrong("last-array-only")
def last_array_only_in_both(weights, lam):
    for W in weights:
        penalty, gradients = lam / 2 * np.sum(W**2), [lam * W]
    return penalty, gradients


@wrong("vectors-skipped")
def vectors_skipped(weights, lam):
    matrices = [W for W in weights if W.ndim > 1]
    gradients = [lam * W if W.ndim > 1 else np.zeros_like(W) for W in weights]
    return right_penalty(matrices, lam), gradients


@wrong("vectors-skipped")
def vectors_skipped_in_penalty(weights, lam):
    return right_penalty([W for W in weights if W.ndim > 1], lam), right_gradients(weights, lam)


# What else


@wrong("weights-changed")
def weights_changed(weights, lam):
    penalty = right_penalty(weights, lam)
    for W in weights:
        W *= lam
    return penalty, [W.copy() for W in weights]


@wrong("weights-changed")
def weights_changed_and_returned(weights, lam):
    penalty = right_penalty(weights, lam)
    for W in weights:
        W *= lam
    return penalty, weights


@wrong("weights-changed")
def weights_squared_in_place(weights, lam):
    gradients = right_gradients(weights, lam)
    penalty = 0.0
    for W in weights:
        W **= 2
        penalty += lam / 2 * W.sum()
    return penalty, gradients


@wrong("decayed-weights")
def decayed_weights(weights, lam):
    return right_penalty(weights, lam), [W - lam * W for W in weights]


@wrong("gradient-with-penalty")
def gradient_with_penalty(weights, lam):
    penalty = right_penalty(weights, lam)
    return penalty, [lam * W + penalty for W in weights]


@wrong("gradient-with-penalty")
def gradient_times_penalty(weights, lam):
    penalty = right_penalty(weights, lam)
    return penalty, [penalty * W for W in weights]


@wrong("gradients-zero")
def gradients_zero(weights, lam):
    return right_penalty(weights, lam), [np.zeros_like(W) for W in weights]
