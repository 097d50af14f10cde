"""The mistakes that students make in the forward pass at test time."""

# mypy: no-check-untyped-defs

import numpy as np

from course_lib.exercises.batch_norm.layer import Layer
from course_lib.judging.catalogue import Catalogue

MISTAKES = Catalogue()
mistake, variant = MISTAKES.mistake, MISTAKES.variant


# Which statistics


@mistake(
    "batch-statistics",
    "At test time too, x is normalised with the mean and variance of the batch it comes in. The answer for "
    "one example then depends on the others, and for an example alone it is always the same.",
    "Which of your two branches runs when training is False, and which statistics does it use?",
)
class BatchStatistics(Layer):
    def predict(self, x):
        return self.output(self.normalised(x, self.mean(x), self.var(x)))


@variant("batch-statistics")
class TrainsAlways(Layer):
    def predict(self, x):
        return self.train(x)


@variant("batch-statistics")
class UnbiasedBatchStatistics(Layer):
    def predict(self, x):
        return self.output(self.normalised(x, self.mean(x), self.batch_var(x)))


@mistake(
    "batch-variance",
    "At test time the running mean is used, but with the variance of the batch.",
    "Which two running statistics are there, and where does each of them stand in your line?",
)
class BatchVariance(Layer):
    def predict(self, x):
        return self.output(self.normalised(x, self.running_mean, self.var(x)))


@mistake(
    "batch-mean",
    "At test time the running variance is used, but with the mean of the batch.",
    "How many running statistics are there, and which of them does your line not use?",
)
class BatchMean(Layer):
    def predict(self, x):
        return self.output(self.normalised(x, self.mean(x), self.running_var))


@mistake(
    "last-training-batch",
    "At test time the mean and variance of the last training batch are used, as they were kept for backward, "
    "and not the running ones.",
    "Print the two arrays that you normalise with at test time, next to running_mean and running_var.",
)
class LastTrainingBatch(Layer):
    last = None

    def train(self, x):
        self.last = self.mean(x), self.var(x)
        return super().train(x)

    def predict(self, x):
        mean, var = self.last or (self.running_mean, self.running_var)
        return self.output(self.normalised(x, mean, var))


@variant("last-training-batch")
class LastTrainingBatchOrError(Layer):
    def train(self, x):
        self.last_mean, self.last_var = self.mean(x), self.var(x)
        return super().train(x)

    def predict(self, x):
        return self.output(self.normalised(x, self.last_mean, self.last_var))


@variant("last-training-batch")
class LastStandardDeviation(Layer):
    def predict(self, x):
        std = getattr(self, "std", self.root(self.running_var))
        return self.output((x - self.running_mean) / std)


@mistake(
    "statistics-ignored",
    "What is assigned to running_mean and running_var from outside has no effect: at test time, the layer "
    "uses running statistics that it keeps under other names.",
    "Which names does your test branch read, and which do the running averages have in the contract?",
)
class StatisticsIgnored(Layer):
    def start(self):
        super().start()
        self.kept = self.running_mean, self.running_var

    def train(self, x):
        y = super().train(x)
        mean, var = self.kept
        self.kept = self.average(mean, self.batch_mean(x)), self.average(var, self.batch_var(x))
        self.running_mean, self.running_var = self.kept
        return y

    def predict(self, x):
        return self.output(self.normalised(x, *self.kept))


@mistake(
    "corrected-at-test",
    "The running variance is multiplied by N/(N − 1) at test time. That is known from the paper (Algorithm "
    "2), which averages the biased variance; in our contract the correction was made before averaging.",
    "Is what running_var holds the average of biased or of unbiased variances?",
    convention=True,
)
class CorrectedAtTest(Layer):
    def predict(self, x):
        factor = len(x) / (len(x) - 1) if len(x) > 1 else 1.0
        return self.output(self.normalised(x, self.running_mean, self.running_var * factor))


@variant("corrected-at-test")
class CorrectedAtTestByZero(Layer):
    def predict(self, x):
        factor = np.float64(len(x)) / (len(x) - 1)
        return self.output(self.normalised(x, self.running_mean, self.running_var * factor))


@variant("corrected-at-test")
class CorrectedByTheTrainingBatch(Layer):
    factor = 1.0

    def train(self, x):
        self.factor = len(x) / (len(x) - 1)
        return super().train(x)

    def predict(self, x):
        return self.output(self.normalised(x, self.running_mean, self.running_var * self.factor))


@mistake(
    "x-unchanged",
    "At test time x comes back as it is. That is right for dropout; batch normalisation normalises always, "
    "only with other statistics.",
    "A network was trained on normalised inputs. What should its next layer see at test time?",
)
class XUnchanged(Layer):
    def predict(self, x):
        return x * 1.0


@mistake(
    "only-affine",
    "At test time x is scaled by γ and shifted by β, but not normalised.",
    "Which of the four lines of the formula are there in your test branch?",
)
class OnlyAffine(Layer):
    def predict(self, x):
        return self.output(x)


# ε and the root


@mistake(
    "eps-missing",
    "ε is missing at test time, though it is part of the contract there too: training and test would "
    "normalise differently.",
    "Compare the denominators of your two branches.",
)
class EpsMissing(Layer):
    def root_at_test(self, var):
        return np.sqrt(var)


@mistake(
    "eps-outside-root",
    "At test time ε is added to the standard deviation. It belongs to the variance, under the root.",
    "Should you add ε before or after you take the root?",
)
class EpsOutsideRoot(Layer):
    def root_at_test(self, var):
        return np.sqrt(var) + self.eps


@mistake(
    "eps-ignored",
    "The eps that is passed to the constructor has no effect at test time: a fixed number stands in its "
    "place.",
    "Search your test branch for a number that is written out.",
)
class EpsDefault(Layer):
    fixed = 1e-5

    def root_at_test(self, var):
        return np.sqrt(var + self.fixed)


@variant("eps-ignored")
class EpsTiny(EpsDefault):
    fixed = 1e-8


@mistake(
    "no-root",
    "At test time x − mean is divided by the variance, not by its root.",
    "What is it that running_var holds, and what does the formula divide by?",
)
class NoRoot(Layer):
    def root_at_test(self, var):
        return var + self.eps


@mistake(
    "no-root-no-eps",
    "At test time x − mean is divided by running_var as it is: the root is missing, and ε too.",
    "What is it that running_var holds? Compare the denominators of your two branches.",
)
class NoRootNoEps(Layer):
    def root_at_test(self, var):
        return var


@mistake(
    "variance-taken-for-std",
    "running_var is treated as a standard deviation: it is squared before the root is taken.",
    "What is it that running_var holds?",
)
class VarianceTakenForStd(Layer):
    def root_at_test(self, var):
        return np.sqrt(var**2 + self.eps)


@mistake(
    "only-centred",
    "At test time the running mean is subtracted, but nothing is divided by the standard deviation.",
    "Multiply x and the running mean by 10, the running variance by 100: should y change?",
)
class OnlyCentred(Layer):
    def root_at_test(self, var):
        return np.ones_like(var)


@mistake(
    "mean-not-subtracted",
    "At test time the running mean is not subtracted.",
    "Add the same number to x and to running_mean: does your output change?",
)
class MeanNotSubtracted(Layer):
    def predict(self, x):
        return self.output(x / self.root_at_test(self.running_var))


@mistake(
    "mean-divided-out",
    "Only x is divided by the standard deviation, and the running mean is subtracted afterwards: a "
    "parenthesis is missing.",
    "In Python, which is done first in a - b / c?",
)
class MeanDividedOut(Layer):
    def predict(self, x):
        return self.output(x - self.running_mean / self.root_at_test(self.running_var))


@variant("mean-divided-out")
class MeanSubtractedAfterwards(Layer):
    def predict(self, x):
        return self.output(x / self.root_at_test(self.running_var) - self.running_mean)


# γ and β


@mistake(
    "affine-missing",
    "At test time the output is x̂ itself: γ and β are missing. What the network has learned in them is lost.",
    "Compare the last lines of your two branches.",
)
class AffineMissing(Layer):
    def predict(self, x):
        return self.normalised(x, self.running_mean, self.running_var)


@mistake(
    "gamma-missing",
    "At test time γ has no effect.",
    "Give a layer gamma = 2: what changes in its output at test time?",
)
class GammaMissing(Layer):
    def predict(self, x):
        return self.normalised(x, self.running_mean, self.running_var) + self.beta


@mistake(
    "beta-missing",
    "At test time β has no effect.",
    "Give a layer beta = 3: what changes in its output at test time?",
)
class BetaMissing(Layer):
    def predict(self, x):
        return self.gamma * self.normalised(x, self.running_mean, self.running_var)


@mistake(
    "gamma-beta-swapped",
    "At test time γ and β have changed places.",
    "With gamma = 1 and beta = 0, is your output x̂?",
)
class GammaBetaSwapped(Layer):
    def predict(self, x):
        return self.beta * self.normalised(x, self.running_mean, self.running_var) + self.gamma


@mistake(
    "shift-before-scale",
    "At test time the shift comes before the scale, so that β is multiplied by γ too.",
    "With x̂ = 0, what should the output be?",
)
class ShiftBeforeScale(Layer):
    def predict(self, x):
        return self.gamma * (self.normalised(x, self.running_mean, self.running_var) + self.beta)


# What comes back, and what is left behind


@mistake(
    "returns-none",
    "forward returns None when it is not in training.",
    "Which lines run when training is False, and do they end in a return?",
)
class ReturnsNone(Layer):
    def predict(self, x):
        super().predict(x)


@mistake(
    "returns-tuple",
    "At test time forward returns a tuple, the output together with something else. The contract asks for y "
    "alone.",
    "Who needs x̂ after a prediction?",
)
class ReturnsTuple(Layer):
    def predict(self, x):
        return super().predict(x), None


@variant("returns-tuple")
class ReturnsTriple(Layer):
    def predict(self, x):
        return super().predict(x), self.running_mean, self.running_var


@mistake(
    "x-changed",
    "The numbers are right, but x is overwritten in place: whoever predicts with the same data again gets "
    "another answer.",
    "`x = x - mean` and `x -= mean` give the same numbers. What becomes of the caller's array in each?",
)
class XChanged(Layer):
    def predict(self, x):
        y = super().predict(x)
        x -= self.running_mean + 1
        return y


@variant("x-changed")
class XOverwritten(Layer):
    def predict(self, x):
        x[...] = super().predict(x)
        return x
