"""Wrong running statistics."""

import numpy as np

from .batch_norm_parts import Layer
from .entered import Entered

wrong = Entered()


# The average


@wrong("momentum-keeps")
class MomentumKeeps(Layer):
    def average(self, running, batch):
        return self.momentum * running + (1 - self.momentum) * batch


@wrong("momentum-keeps")
class MomentumKeepsBiased(MomentumKeeps):
    def batch_var(self, x):
        return x.var(axis=0)


@wrong("biased-running")
class BiasedRunning(Layer):
    def batch_var(self, x):
        return x.var(axis=0)


@wrong("corrected-the-wrong-way")
class CorrectedTheWrongWay(Layer):
    def batch_var(self, x):
        return x.var(axis=0) * (len(x) - 1) / len(x)


@wrong("corrected-twice")
class CorrectedTwice(Layer):
    def batch_var(self, x):
        return super().batch_var(x) * len(x) / (len(x) - 1)


@wrong("corrected-by-features")
class CorrectedByFeatures(Layer):
    def batch_var(self, x):
        return x.var(axis=0) * x.shape[1] / (x.shape[1] - 1)


@wrong("corrected-average")
class CorrectedAverage(Layer):
    def remember(self, x):
        super().remember(x)
        self.running_var = self.running_var * len(x) / (len(x) - 1)

    def batch_var(self, x):
        return x.var(axis=0)


@wrong("old-not-scaled")
class OldNotScaled(Layer):
    def average(self, running, batch):
        return running + self.momentum * batch


@wrong("new-not-scaled")
class NewNotScaled(Layer):
    def average(self, running, batch):
        return (1 - self.momentum) * running + batch


@wrong("new-not-scaled")
class NewNotScaledKeeps(Layer):
    def average(self, running, batch):
        return self.momentum * running + batch


@wrong("added-up")
class AddedUp(Layer):
    def average(self, running, batch):
        return running + batch


@wrong("added-up")
class AddedUpBiased(AddedUp):
    def batch_var(self, x):
        return x.var(axis=0)


@wrong("last-batch-only")
class LastBatchOnly(Layer):
    def average(self, running, batch):
        return batch


@wrong("last-batch-only")
class LastBatchOnlyBiased(LastBatchOnly):
    def batch_var(self, x):
        return x.var(axis=0)


@wrong("plain-average")
class PlainAverage(Layer):
    batches = 0

    def remember(self, x):
        self.batches += 1
        super().remember(x)

    def average(self, running, batch):
        return running + (batch - running) / self.batches


@wrong("plain-average")
class PlainAverageBiased(PlainAverage):
    def batch_var(self, x):
        return x.var(axis=0)


@wrong("first-batch-whole")
class FirstBatchWhole(Layer):
    seen = False

    def remember(self, x):
        super().remember(x)
        self.seen = True

    def average(self, running, batch):
        return super().average(running, batch) if self.seen else batch


@wrong("bias-corrected")
class BiasCorrected(Layer):
    batches = 0

    def remember(self, x):
        self.batches += 1
        keep = 1 - self.momentum
        raw = getattr(self, "raw", (np.zeros(self.features), np.zeros(self.features)))
        new = self.batch_mean(x), self.batch_var(x)
        self.raw = tuple(self.average(old, batch) for old, batch in zip(raw, new, strict=True))
        self.running_mean, self.running_var = (r / (1 - keep**self.batches) for r in self.raw)


@wrong("momentum-ignored")
class MomentumTenth(Layer):
    fixed = 0.1

    def average(self, running, batch):
        return (1 - self.fixed) * running + self.fixed * batch


@wrong("momentum-ignored")
class MomentumNineTenths(MomentumTenth):
    fixed = 0.9


@wrong("momentum-ignored")
class MomentumHundredth(MomentumTenth):
    fixed = 0.01


@wrong("momentum-ignored")
class MomentumHalf(MomentumTenth):
    fixed = 0.5


@wrong("two-conventions")
class VarianceKeeps(Layer):
    def remember(self, x):
        old = self.running_var
        super().remember(x)
        self.running_var = self.momentum * old + (1 - self.momentum) * self.batch_var(x)


@wrong("two-conventions-mean")
class MeanKeeps(Layer):
    def remember(self, x):
        old = self.running_mean
        super().remember(x)
        self.running_mean = self.momentum * old + (1 - self.momentum) * self.batch_mean(x)


# What is averaged


@wrong("stored-as-std")
class StoredAsStd(Layer):
    def batch_var(self, x):
        return x.std(axis=0)


@wrong("stored-as-std")
class StoredAsUnbiasedStd(Layer):
    def batch_var(self, x):
        return x.std(axis=0, ddof=1)


@wrong("stored-as-std")
class StoredAsRootWithEps(Layer):
    def batch_var(self, x):
        return np.sqrt(x.var(axis=0) + self.eps)


@wrong("stored-as-std")
class StoredAsUnbiasedRootWithEps(Layer):
    def batch_var(self, x):
        return np.sqrt(x.var(axis=0, ddof=1) + self.eps)


@wrong("stored-with-eps")
class StoredWithEps(Layer):
    def batch_var(self, x):
        return x.var(axis=0, ddof=1) + self.eps


@wrong("stored-with-eps")
class StoredBiasedWithEps(Layer):
    def batch_var(self, x):
        return x.var(axis=0) + self.eps


@wrong("stored-with-eps")
class EpsAddedToAll(Layer):
    def remember(self, x):
        super().remember(x)
        self.running_var = self.running_var + self.eps


@wrong("of-the-output")
class OfTheOutput(Layer):
    def remember(self, x):
        super().remember(self.output(self.normalised(x, *self.statistics(x))))


@wrong("of-the-output")
class OfTheOutputBiased(OfTheOutput):
    def batch_var(self, x):
        return x.var(axis=0)


@wrong("of-x-hat")
class OfXHat(Layer):
    def remember(self, x):
        super().remember(self.normalised(x, *self.statistics(x)))


@wrong("of-x-hat")
class OfXHatBiased(OfXHat):
    def batch_var(self, x):
        return x.var(axis=0)


@wrong("about-the-running-mean")
class AboutTheRunningMean(Layer):
    def batch_var(self, x):
        return ((x - self.running_mean) ** 2).sum(axis=0) / (len(x) - 1)


@wrong("about-the-running-mean")
class AboutTheRunningMeanBiased(Layer):
    def batch_var(self, x):
        return ((x - self.running_mean) ** 2).mean(axis=0)


@wrong("mean-square-averaged")
class MeanSquareAveraged(Layer):
    def batch_var(self, x):
        return (x**2).mean(axis=0)


@wrong("wrong-axis")
class WrongAxis(Layer):
    def batch_mean(self, x):
        return x.mean(axis=1)

    def batch_var(self, x):
        return x.var(axis=1, ddof=1)


@wrong("wrong-axis")
class WrongAxisKeepdims(Layer):
    def batch_mean(self, x):
        return x.mean(axis=1, keepdims=True)

    def batch_var(self, x):
        return x.var(axis=1, keepdims=True)


@wrong("whole-array")
class WholeArray(Layer):
    def batch_mean(self, x):
        return x.mean()

    def batch_var(self, x):
        return x.var(ddof=1)


@wrong("whole-array")
class WholeArrayBiased(WholeArray):
    def batch_var(self, x):
        return x.var()


@wrong("whole-array")
class WholeArrayCorrected(WholeArray):
    def batch_var(self, x):
        return x.var() * len(x) / (len(x) - 1)


@wrong("single-numbers")
class SingleNumbers(Layer):
    def start(self):
        super().start()
        self.running_mean, self.running_var = 0.0, 1.0


@wrong("single-numbers")
class SingleIntegers(Layer):
    def start(self):
        super().start()
        self.running_mean, self.running_var = 0, 1


@wrong("single-numbers")
class NothingAtFirst(Layer):
    def start(self):
        super().start()
        self.running_mean = self.running_var = None

    def average(self, running, batch):
        return batch if running is None else super().average(running, batch)


@wrong("two-dimensional")
class TwoDimensional(Layer):
    def batch_mean(self, x):
        return x.mean(axis=0, keepdims=True)

    def batch_var(self, x):
        return x.var(axis=0, ddof=1, keepdims=True)


@wrong("two-dimensional")
class TwoDimensionalFromTheStart(TwoDimensional):
    def start(self):
        super().start()
        self.running_mean, self.running_var = np.zeros((1, self.features)), np.ones((1, self.features))


@wrong("other-names")
class OtherNames(Layer):
    def start(self):
        super().start()
        self.moving = self.running_mean, self.running_var
        del self.running_mean, self.running_var

    def remember(self, x):
        mean, var = self.moving
        self.moving = self.average(mean, self.batch_mean(x)), self.average(var, self.batch_var(x))


@wrong("names-swapped")
class NamesSwapped(Layer):
    def batch_mean(self, x):
        return x.var(axis=0, ddof=1)

    def batch_var(self, x):
        return x.mean(axis=0)


# The start


@wrong("variance-starts-at-zero")
class VarianceStartsAtZero(Layer):
    def start(self):
        super().start()
        self.running_var = np.zeros(self.features)


@wrong("mean-starts-at-one")
class MeanStartsAtOne(Layer):
    def start(self):
        super().start()
        self.running_mean = np.ones(self.features)


@wrong("mean-starts-at-one")
class StartsSwapped(MeanStartsAtOne):
    def start(self):
        super().start()
        self.running_var = np.zeros(self.features)


# When they are updated


@wrong("never-updated")
class NeverUpdated(Layer):
    def remember(self, x):
        pass


@wrong("updated-at-test")
class UpdatedAtTest(Layer):
    def predict(self, x):
        self.remember(x)
        return super().predict(x)


@wrong("updated-at-test")
class ReplacedAtTest(Layer):
    def predict(self, x):
        self.running_mean, self.running_var = x.mean(axis=0), x.var(axis=0)
        return super().predict(x)


@wrong("updated-at-test")
class UpdatedAtTestAfterwards(Layer):
    def predict(self, x):
        y = super().predict(x)
        self.remember(x)
        return y


@wrong("updated-at-test")
class UpdatedAtTestBiased(Layer):
    def predict(self, x):
        self.running_mean = self.average(self.running_mean, x.mean(axis=0))
        self.running_var = self.average(self.running_var, x.var(axis=0))
        return super().predict(x)


@wrong("updated-at-test")
class MeanUpdatedAtTest(Layer):
    def predict(self, x):
        self.running_mean = self.average(self.running_mean, x.mean(axis=0))
        return super().predict(x)


@wrong("updated-at-test")
class VarianceUpdatedAtTest(Layer):
    def predict(self, x):
        self.running_var = self.average(self.running_var, self.batch_var(x))
        return super().predict(x)


@wrong("updated-at-test-only")
class UpdatedAtTestOnly(Layer):
    def train(self, x):
        mean, var = self.statistics(x)
        self.std, self.x_hat = self.root(var), self.normalised(x, mean, var)
        return self.output(self.x_hat)

    def predict(self, x):
        y = super().predict(x)
        self.remember(x)
        return y


@wrong("updated-twice")
class UpdatedTwice(Layer):
    def remember(self, x):
        super().remember(x)
        super().remember(x)


@wrong("only-mean-updated")
class OnlyMeanUpdated(Layer):
    def remember(self, x):
        self.running_mean = self.average(self.running_mean, self.batch_mean(x))


@wrong("only-variance-updated")
class OnlyVarianceUpdated(Layer):
    def remember(self, x):
        self.running_var = self.average(self.running_var, self.batch_var(x))


@wrong("statistics-shared")
class StatisticsShared(Layer):
    def __setattr__(self, name, value):
        if name in ("running_mean", "running_var"):
            setattr(type(self), name, value)
        else:
            super().__setattr__(name, value)


@wrong("statistics-shared")
class StatisticsSharedFromTheFirstLayerOn(Layer):
    shared = None

    def start(self):
        super().start()
        if type(self).shared is None:
            type(self).shared = self.running_mean, self.running_var
        self.running_mean, self.running_var = type(self).shared

    def remember(self, x):
        self.running_mean[...] = self.average(self.running_mean, self.batch_mean(x))
        self.running_var[...] = self.average(self.running_var, self.batch_var(x))
