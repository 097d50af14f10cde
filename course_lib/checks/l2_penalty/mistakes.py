"""The mistakes that students make in `l2_penalty`."""

# mypy: no-check-untyped-defs

import numpy as np

from course_lib.checks.catalogue import Catalogue

MISTAKES = Catalogue()
mistake, variant = MISTAKES.mistake, MISTAKES.variant


def right_penalty(weights, lam):
    return lam / 2 * sum(np.sum(W**2) for W in weights)


def right_gradients(weights, lam):
    return [lam * W for W in weights]


# What comes back


@mistake(
    "returns-none",
    "l2_penalty returns None: what it computes is not handed back.",
    "What does a Python function return when it ends without saying?",
)
def returns_none(weights, lam):
    right_penalty(weights, lam)


@mistake(
    "penalty-only",
    "Only the penalty comes back; the gradients are missing.",
    "How many things does the contract have after the arrow?",
)
def penalty_only(weights, lam):
    return right_penalty(weights, lam)


@mistake(
    "gradients-only",
    "Only the gradients come back; the penalty is missing.",
    "How many things does the contract have after the arrow, and which of them do you return?",
)
def gradients_only(weights, lam):
    return right_gradients(weights, lam)


@mistake(
    "order-swapped",
    "The gradients come first and the penalty second; the contract has them the other way round.",
    "What does the contract have first after the arrow?",
)
def order_swapped(weights, lam):
    return right_gradients(weights, lam), right_penalty(weights, lam)


@mistake(
    "pair-for-each",
    "There is a pair for each array. Asked is one pair for all: a single penalty, and the list of the "
    "gradients.",
    "What is outside in the contract, the pair or the list?",
)
def pair_for_each(weights, lam):
    return [(lam / 2 * np.sum(W**2), lam * W) for W in weights]


@mistake(
    "penalty-for-each",
    "The penalty is a list with one number for each array. It is to be added to the loss, so it has to be "
    "one number.",
    "What does the sum sign in the formula range over?",
)
def penalty_for_each(weights, lam):
    return [lam / 2 * np.sum(W**2) for W in weights], right_gradients(weights, lam)


@mistake(
    "penalty-not-summed",
    "The penalty is an array: the squares of the entries are not added up.",
    "‖W‖² is one number for each W. Which function makes one number of many?",
)
def penalty_not_summed(weights, lam):
    return lam / 2 * weights[0] ** 2, right_gradients(weights, lam)


@mistake(
    "gradients-flat",
    "The gradients come as one flat array. Asked is a list with one array for each W, of its shape, so "
    "that each can be added to the gradient of the loss.",
    "What would you add your result to, in a layer with a matrix of weights?",
)
def gradients_flat(weights, lam):
    return right_penalty(weights, lam), np.concatenate([lam * W.ravel() for W in weights])


@mistake(
    "gradients-flattened-each",
    "There is one gradient for each array, but its shape is lost: matrices have become vectors.",
    "The formula λW works on every entry alone. What is the flattening for?",
)
def gradients_flattened_each(weights, lam):
    return right_penalty(weights, lam), [lam * W.ravel() for W in weights]


@mistake(
    "gradients-summed",
    "Each gradient is a single number: the entries are added up. Every weight has its own derivative.",
    "On how many weights does the penalty depend, and how many derivatives does it have?",
)
def gradients_summed(weights, lam):
    return right_penalty(weights, lam), [lam * np.sum(W) for W in weights]


@variant("gradients-summed")
def gradients_as_norms(weights, lam):
    return right_penalty(weights, lam), [lam * np.linalg.norm(W) for W in weights]


# Factors


@mistake(
    "half-forgotten-in-both",
    "The factor ½ is missing, and so the gradient is 2λW. That is a known convention, Keras for one has "
    "it; ours has λ/2, whose gradient is λW.",
    "With λ = 1 and a single weight of 3, what is your penalty, and what is the contract's?",
    convention=True,
)
def half_forgotten_in_both(weights, lam):
    return 2 * right_penalty(weights, lam), [2 * lam * W for W in weights]


@mistake(
    "half-forgotten",
    "The factor ½ is missing in the penalty; the gradient is right. So the two do not belong together: λW "
    "is the derivative of half the square.",
    "With λ = 1 and a single weight of 3, what is your penalty by hand?",
)
def half_forgotten(weights, lam):
    return lam * sum(np.sum(W**2) for W in weights), right_gradients(weights, lam)


@mistake(
    "gradient-doubled",
    "The penalty is right, but the gradient is twice as large as it should be: 2λW is the derivative "
    "without the ½.",
    "What becomes of the 2 that comes down from the exponent?",
)
def gradient_doubled(weights, lam):
    return right_penalty(weights, lam), [2 * lam * W for W in weights]


@mistake(
    "gradient-halved",
    "The penalty is right, but the gradient is half as large as it should be: the ½ is still in it.",
    "Differentiate w²/2. Where does the 2 go?",
)
def gradient_halved(weights, lam):
    return right_penalty(weights, lam), [lam / 2 * W for W in weights]


@mistake(
    "lam-missing",
    "λ has no effect, neither on the penalty nor on the gradients.",
    "With λ = 0, what should be left of the penalty?",
)
def lam_missing(weights, lam):
    return right_penalty(weights, 1), [W * 1.0 for W in weights]


@mistake(
    "lam-missing-in-penalty",
    "λ is missing in the penalty.",
    "With λ = 0, what should the penalty be?",
)
def lam_missing_in_penalty(weights, lam):
    return right_penalty(weights, 1), right_gradients(weights, lam)


@variant("lam-missing-in-penalty")
def lam_and_half_missing_in_penalty(weights, lam):
    return sum(np.sum(W**2) for W in weights), right_gradients(weights, lam)


@mistake(
    "lam-missing-in-gradients",
    "λ is missing in the gradients.",
    "With λ = 0, what should the gradients be?",
)
def lam_missing_in_gradients(weights, lam):
    return right_penalty(weights, lam), [W * 1.0 for W in weights]


@variant("lam-missing-in-gradients")
def lam_missing_in_doubled_gradients(weights, lam):
    return right_penalty(weights, lam), [2 * W for W in weights]


@mistake(
    "lam-inside-the-square",
    "λ is squared along with the weights: it stands inside the parentheses.",
    "What does the exponent apply to, the weights or the product?",
)
def lam_inside_the_square(weights, lam):
    return sum(np.sum((lam * W) ** 2) for W in weights) / 2, right_gradients(weights, lam)


@mistake(
    "gradients-negative",
    "The gradients have the wrong sign. The optimiser subtracts what you return: with −λW it makes the "
    "weights grow.",
    "If a positive weight grows, does the penalty grow or shrink?",
)
def gradients_negative(weights, lam):
    return right_penalty(weights, lam), [-lam * W for W in weights]


# The norm


@mistake(
    "mean-for-sum",
    "The squares are averaged where they should be added up: a large array is then punished no more than a "
    "small one.",
    "How does your penalty change when every weight appears twice?",
)
def mean_for_sum(weights, lam):
    return lam / 2 * sum(np.mean(W**2) for W in weights), right_gradients(weights, lam)


@variant("mean-for-sum")
def mean_for_sum_in_both(weights, lam):
    return lam / 2 * sum(np.mean(W**2) for W in weights), [lam * W / W.size for W in weights]


@variant("mean-for-sum")
def mean_over_everything(weights, lam):
    return right_penalty(weights, lam) / sum(W.size for W in weights), right_gradients(weights, lam)


@mistake(
    "divided-by-the-number-of-arrays",
    "The penalty is divided by the number of arrays: it is their mean, where the contract has their sum.",
    "With twice the same array in the list, how should the penalty change?",
)
def divided_by_the_number_of_arrays(weights, lam):
    return right_penalty(weights, lam) / len(weights), right_gradients(weights, lam)


@variant("divided-by-the-number-of-arrays")
def divided_by_the_number_of_arrays_in_both(weights, lam):
    count = len(weights)
    return right_penalty(weights, lam) / count, [lam * W / count for W in weights]


@mistake(
    "norm-not-squared",
    "The norm is not squared: the root of the sum of the squares enters the penalty.",
    "With a single weight of 3, what is ‖W‖ and what is ‖W‖²?",
)
def norm_not_squared(weights, lam):
    return lam / 2 * sum(np.linalg.norm(W) for W in weights), right_gradients(weights, lam)


@variant("norm-not-squared")
def norm_of_everything_not_squared(weights, lam):
    return lam / 2 * np.sqrt(sum(np.sum(W**2) for W in weights)), right_gradients(weights, lam)


@variant("norm-not-squared")
def norm_not_squared_nor_halved(weights, lam):
    return lam * sum(np.linalg.norm(W) for W in weights), right_gradients(weights, lam)


@mistake(
    "squares-missing",
    "The weights are added up without being squared: positive and negative ones cancel.",
    "What is the penalty of the two weights 1 and −1?",
)
def squares_missing(weights, lam):
    return lam / 2 * sum(np.sum(W) for W in weights), right_gradients(weights, lam)


@mistake(
    "square-of-the-sum",
    "The weights are added up first and squared afterwards, so that positive and negative ones cancel.",
    "Is the square of a sum the sum of the squares? Try it with 1 and −1.",
)
def square_of_the_sum(weights, lam):
    return lam / 2 * sum(np.sum(W) ** 2 for W in weights), right_gradients(weights, lam)


@variant("square-of-the-sum")
def square_of_the_sum_over_all(weights, lam):
    return lam / 2 * sum(np.sum(W) for W in weights) ** 2, right_gradients(weights, lam)


@variant("square-of-the-sum")
def square_of_the_sum_of_norms(weights, lam):
    return lam / 2 * sum(np.linalg.norm(W) for W in weights) ** 2, right_gradients(weights, lam)


@mistake(
    "l1-instead",
    "The absolute values are added up, where the squares should be. That is the L1 penalty, a known one "
    "too, which makes weights exactly 0; ours is L2.",
    "How does your penalty change when all weights double? With L2 it becomes four times as large.",
    convention=True,
)
def l1_instead(weights, lam):
    return lam * sum(np.abs(W).sum() for W in weights), [lam * np.sign(W) for W in weights]


@variant("l1-instead")
def half_l1(weights, lam):
    return lam / 2 * sum(np.abs(W).sum() for W in weights), [lam / 2 * np.sign(W) for W in weights]


@variant("l1-instead")
def l1_with_l2s_gradient(weights, lam):
    return lam * sum(np.abs(W).sum() for W in weights), right_gradients(weights, lam)


@variant("l1-instead")
def half_l1_with_l2s_gradient(weights, lam):
    return lam / 2 * sum(np.abs(W).sum() for W in weights), right_gradients(weights, lam)


@mistake(
    "gradient-of-the-square",
    "The gradients hold λW²: the square is still there. They should be the derivative of the penalty.",
    "What is the derivative of w², and has it a sign?",
)
def gradient_of_the_square(weights, lam):
    return right_penalty(weights, lam), [lam * W**2 for W in weights]


@variant("gradient-of-the-square")
def gradient_is_half_the_square(weights, lam):
    return right_penalty(weights, lam), [lam / 2 * W**2 for W in weights]


@mistake(
    "gradient-of-the-norm",
    "The gradients are divided by the norm: λW/‖W‖ is the derivative of λ‖W‖, not of its square.",
    "Should the gradient of a weight depend on the other weights?",
)
def gradient_of_the_norm(weights, lam):
    return right_penalty(weights, lam), [lam * W / np.linalg.norm(W) for W in weights]


# Which arrays


@mistake(
    "first-array-only",
    "Only the first array enters the penalty: return ends the loop in its first round, or the index is "
    "always 0.",
    "With two arrays, how often does your loop run?",
)
def first_array_only(weights, lam):
    for W in weights:
        return lam / 2 * np.sum(W**2), [lam * W]


@variant("first-array-only")
def first_array_only_in_penalty(weights, lam):
    return lam / 2 * np.sum(weights[0] ** 2), right_gradients(weights, lam)


@mistake(
    "last-array-only",
    "Only the last array counts in the penalty: each round of the loop overwrites what the one before has "
    "computed.",
    "What is the difference between = and += in a loop?",
)
def last_array_only(weights, lam):
    for W in weights:
        penalty = lam / 2 * np.sum(W**2)
    return penalty, right_gradients(weights, lam)


@variant("last-array-only")
def last_array_only_in_both(weights, lam):
    for W in weights:
        penalty, gradients = lam / 2 * np.sum(W**2), [lam * W]
    return penalty, gradients


@mistake(
    "vectors-skipped",
    "Arrays of one dimension are left out. Not to punish biases is a known habit, and a good one; but here "
    "the caller decides: whatever is in the list counts.",
    "Who knows which of the arrays are biases, the caller or your function?",
    convention=True,
)
def vectors_skipped(weights, lam):
    matrices = [W for W in weights if W.ndim > 1]
    gradients = [lam * W if W.ndim > 1 else np.zeros_like(W) for W in weights]
    return right_penalty(matrices, lam), gradients


@variant("vectors-skipped")
def vectors_skipped_in_penalty(weights, lam):
    return right_penalty([W for W in weights if W.ndim > 1], lam), right_gradients(weights, lam)


# What else


@mistake(
    "weights-changed",
    "The numbers are right, but the weights themselves are overwritten: the network has lost what it had "
    "learned.",
    "Search for an assignment with an operator, such as *=, or with [:], on W.",
)
def weights_changed(weights, lam):
    penalty = right_penalty(weights, lam)
    for W in weights:
        W *= lam
    return penalty, [W.copy() for W in weights]


@variant("weights-changed")
def weights_changed_and_returned(weights, lam):
    penalty = right_penalty(weights, lam)
    for W in weights:
        W *= lam
    return penalty, weights


@variant("weights-changed")
def weights_squared_in_place(weights, lam):
    gradients = right_gradients(weights, lam)
    penalty = 0.0
    for W in weights:
        W **= 2
        penalty += lam / 2 * W.sum()
    return penalty, gradients


@mistake(
    "decayed-weights",
    "The weights after a step, W − λW, come back where their gradients are asked. The step is the "
    "optimiser's task.",
    "Which of your lines belongs to the optimiser?",
)
def decayed_weights(weights, lam):
    return right_penalty(weights, lam), [W - lam * W for W in weights]


@mistake(
    "gradient-with-penalty",
    "The penalty is added to the gradients, or they are multiplied by it. It is a number to be added to "
    "the loss; the gradients are its derivatives.",
    "What is the derivative of the penalty with respect to one weight?",
)
def gradient_with_penalty(weights, lam):
    penalty = right_penalty(weights, lam)
    return penalty, [lam * W + penalty for W in weights]


@variant("gradient-with-penalty")
def gradient_times_penalty(weights, lam):
    penalty = right_penalty(weights, lam)
    return penalty, [penalty * W for W in weights]


@mistake(
    "gradients-zero",
    "The gradients are 0. So the penalty would have no effect on training.",
    "If a weight changes a little, does the penalty change?",
)
def gradients_zero(weights, lam):
    return right_penalty(weights, lam), [np.zeros_like(W) for W in weights]
