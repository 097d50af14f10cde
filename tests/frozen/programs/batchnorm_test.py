"""Wrong forward passes at test time."""

import numpy as np

from .batch_norm_parts import Layer
from .entered import Entered

wrong = Entered()


# Which statistics


@wrong("batch-statistics")
class BatchStatistics(Layer):
    def predict(self, x):
        return self.output(self.normalised(x, self.mean(x), self.var(x)))


@wrong("batch-statistics")
class TrainsAlways(Layer):
    def predict(self, x):
        return self.train(x)


@wrong("batch-statistics")
class UnbiasedBatchStatistics(Layer):
    def predict(self, x):
        return self.output(self.normalised(x, self.mean(x), self.batch_var(x)))


@wrong("batch-variance")
class BatchVariance(Layer):
    def predict(self, x):
        return self.output(self.normalised(x, self.running_mean, self.var(x)))


@wrong("batch-mean")
class BatchMean(Layer):
    def predict(self, x):
        return self.output(self.normalised(x, self.mean(x), self.running_var))


@wrong("last-training-batch")
class LastTrainingBatch(Layer):
    last = None

    def train(self, x):
        self.last = self.mean(x), self.var(x)
        return super().train(x)

    def predict(self, x):
        mean, var = self.last or (self.running_mean, self.running_var)
        return self.output(self.normalised(x, mean, var))


@wrong("last-training-batch")
class LastTrainingBatchOrError(Layer):
    def train(self, x):
        self.last_mean, self.last_var = self.mean(x), self.var(x)
        return super().train(x)

    def predict(self, x):
        return self.output(self.normalised(x, self.last_mean, self.last_var))


@wrong("last-training-batch")
class LastStandardDeviation(Layer):
    def predict(self, x):
        std = getattr(self, "std", self.root(self.running_var))
        return self.output((x - self.running_mean) / std)


@wrong("statistics-ignored")
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


@wrong("corrected-at-test")
class CorrectedAtTest(Layer):
    def predict(self, x):
        factor = len(x) / (len(x) - 1) if len(x) > 1 else 1.0
        return self.output(self.normalised(x, self.running_mean, self.running_var * factor))


@wrong("corrected-at-test")
class CorrectedAtTestByZero(Layer):
    def predict(self, x):
        factor = np.float64(len(x)) / (len(x) - 1)
        return self.output(self.normalised(x, self.running_mean, self.running_var * factor))


@wrong("corrected-at-test")
class CorrectedByTheTrainingBatch(Layer):
    factor = 1.0

    def train(self, x):
        self.factor = len(x) / (len(x) - 1)
        return super().train(x)

    def predict(self, x):
        return self.output(self.normalised(x, self.running_mean, self.running_var * self.factor))


@wrong("x-unchanged")
class XUnchanged(Layer):
    def predict(self, x):
        return x * 1.0


@wrong("only-affine")
class OnlyAffine(Layer):
    def predict(self, x):
        return self.output(x)


# ε and the root


@wrong("eps-missing")
class EpsMissing(Layer):
    def root_at_test(self, var):
        return np.sqrt(var)


@wrong("eps-outside-root")
class EpsOutsideRoot(Layer):
    def root_at_test(self, var):
        return np.sqrt(var) + self.eps


@wrong("eps-ignored")
class EpsDefault(Layer):
    fixed = 1e-5

    def root_at_test(self, var):
        return np.sqrt(var + self.fixed)


@wrong("eps-ignored")
class EpsTiny(EpsDefault):
    fixed = 1e-8


@wrong("no-root")
class NoRoot(Layer):
    def root_at_test(self, var):
        return var + self.eps


@wrong("no-root-no-eps")
class NoRootNoEps(Layer):
    def root_at_test(self, var):
        return var


@wrong("variance-taken-for-std")
class VarianceTakenForStd(Layer):
    def root_at_test(self, var):
        return np.sqrt(var**2 + self.eps)


@wrong("only-centred")
class OnlyCentred(Layer):
    def root_at_test(self, var):
        return np.ones_like(var)


@wrong("mean-not-subtracted")
class MeanNotSubtracted(Layer):
    def predict(self, x):
        return self.output(x / self.root_at_test(self.running_var))


@wrong("mean-divided-out")
class MeanDividedOut(Layer):
    def predict(self, x):
        return self.output(x - self.running_mean / self.root_at_test(self.running_var))


@wrong("mean-divided-out")
class MeanSubtractedAfterwards(Layer):
    def predict(self, x):
        return self.output(x / self.root_at_test(self.running_var) - self.running_mean)


# γ and β


@wrong("affine-missing")
class AffineMissing(Layer):
    def predict(self, x):
        return self.normalised(x, self.running_mean, self.running_var)


@wrong("gamma-missing")
class GammaMissing(Layer):
    def predict(self, x):
        return self.normalised(x, self.running_mean, self.running_var) + self.beta


@wrong("beta-missing")
class BetaMissing(Layer):
    def predict(self, x):
        return self.gamma * self.normalised(x, self.running_mean, self.running_var)


@wrong("gamma-beta-swapped")
class GammaBetaSwapped(Layer):
    def predict(self, x):
        return self.beta * self.normalised(x, self.running_mean, self.running_var) + self.gamma


@wrong("shift-before-scale")
class ShiftBeforeScale(Layer):
    def predict(self, x):
        return self.gamma * (self.normalised(x, self.running_mean, self.running_var) + self.beta)


# What comes back, and what is left behind


@wrong("returns-none")
class ReturnsNone(Layer):
    def predict(self, x):
        super().predict(x)


@wrong("returns-tuple")
class ReturnsTuple(Layer):
    def predict(self, x):
        return super().predict(x), None


@wrong("returns-tuple")
class ReturnsTriple(Layer):
    def predict(self, x):
        return super().predict(x), self.running_mean, self.running_var


@wrong("x-changed")
class XChanged(Layer):
    def predict(self, x):
        y = super().predict(x)
        x -= self.running_mean + 1
        return y


@wrong("x-changed")
class XOverwritten(Layer):
    def predict(self, x):
        x[...] = super().predict(x)
        return x
