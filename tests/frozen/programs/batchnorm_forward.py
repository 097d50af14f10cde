"""Wrong forward passes in training."""

import numpy as np

from .batch_norm_parts import Layer
from .entered import Entered

wrong = Entered()


# Statistics


@wrong("wrong-axis")
class WrongAxis(Layer):
    def statistics(self, x):
        return x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)


@wrong("wrong-axis")
class WrongAxisWithoutKeepdims(Layer):
    def statistics(self, x):
        return x.mean(axis=1), x.var(axis=1)


@wrong("wrong-axis")
class WrongAxisOfTheMeanOnly(Layer):
    def mean(self, x):
        return x.mean(axis=1, keepdims=True)


@wrong("wrong-axis")
class WrongAxisOfTheVarianceOnly(Layer):
    def var(self, x):
        return x.var(axis=1, keepdims=True)


@wrong("features-counted")
class FeaturesCounted(Layer):
    def mean(self, x):
        return x.sum(axis=0) / x.shape[1]

    def var(self, x):
        return np.square(x - self.mean(x)).sum(axis=0) / x.shape[1]


@wrong("features-counted")
class FeaturesCountedInTheVariance(FeaturesCounted):
    def mean(self, x):
        return x.mean(axis=0)


@wrong("features-counted")
class FeaturesCountedInTheMean(FeaturesCounted):
    def var(self, x):
        return x.var(axis=0)


@wrong("features-counted")
class FeaturesCountedInTheMeanAlone(FeaturesCounted):
    def var(self, x):
        return np.square(x - self.mean(x)).mean(axis=0)


@wrong("whole-array")
class WholeArray(Layer):
    def mean(self, x):
        return x.mean()

    def var(self, x):
        return x.var()


@wrong("whole-array")
class WholeArrayVarianceOnly(Layer):
    def var(self, x):
        return x.var()


@wrong("whole-array")
class WholeArrayMeanOnly(Layer):
    def mean(self, x):
        return x.mean()


@wrong("unbiased-in-normalising")
class UnbiasedInNormalising(Layer):
    def var(self, x):
        return x.var(axis=0, ddof=1)


@wrong("mean-not-subtracted")
class MeanNotSubtracted(Layer):
    def normalised(self, x, mean, var):
        return x / self.root(var)


@wrong("only-centred")
class OnlyCentred(Layer):
    def normalised(self, x, mean, var):
        return x - mean


@wrong("mean-square-for-variance")
class MeanSquareForVariance(Layer):
    def var(self, x):
        return (x**2).mean(axis=0)


@wrong("sum-for-mean")
class SumForMean(Layer):
    def var(self, x):
        return ((x - x.mean(axis=0)) ** 2).sum(axis=0)


@wrong("absolute-deviation")
class AbsoluteDeviation(Layer):
    def root(self, var):
        return np.sqrt(var)

    def normalised(self, x, mean, var):
        return (x - mean) / (np.abs(x - mean).mean(axis=0) + self.eps)


@wrong("absolute-deviation")
class AbsoluteDeviationAsStd(Layer):
    def normalised(self, x, mean, var):
        return (x - mean) / np.sqrt(np.abs(x - mean).mean(axis=0) ** 2 + self.eps)


@wrong("scaled-to-range")
class ScaledToRange(Layer):
    def normalised(self, x, mean, var):
        return (x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0) + self.eps)


@wrong("scaled-to-range")
class ScaledToRangeWithoutEps(Layer):
    def normalised(self, x, mean, var):
        return (x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0))


@wrong("scaled-to-range")
class CentredAndScaledToRange(Layer):
    def normalised(self, x, mean, var):
        return (x - mean) / (x.max(axis=0) - x.min(axis=0) + self.eps)


# ε and the root


@wrong("eps-missing")
class EpsMissing(Layer):
    def root(self, var):
        return np.sqrt(var)


@wrong("eps-outside-root")
class EpsOutsideRoot(Layer):
    def root(self, var):
        return np.sqrt(var) + self.eps


@wrong("eps-ignored")
class EpsDefault(Layer):
    fixed = 1e-5

    def root(self, var):
        return np.sqrt(var + self.fixed)


@wrong("eps-ignored")
class EpsTiny(EpsDefault):
    fixed = 1e-8


@wrong("eps-ignored")
class EpsLarger(EpsDefault):
    fixed = 1e-3


@wrong("no-root")
class NoRoot(Layer):
    def root(self, var):
        return var + self.eps


@wrong("root-of-std")
class RootOfStd(Layer):
    def var(self, x):
        return x.std(axis=0)


@wrong("multiplied-by-std")
class MultipliedByStd(Layer):
    def normalised(self, x, mean, var):
        return (x - mean) * self.root(var)


# γ and β


@wrong("affine-missing")
class AffineMissing(Layer):
    def output(self, x_hat):
        return x_hat


@wrong("gamma-missing")
class GammaMissing(Layer):
    def output(self, x_hat):
        return x_hat + self.beta


@wrong("beta-missing")
class BetaMissing(Layer):
    def output(self, x_hat):
        return self.gamma * x_hat


@wrong("gamma-beta-swapped")
class GammaBetaSwapped(Layer):
    def output(self, x_hat):
        return self.beta * x_hat + self.gamma


@wrong("shift-before-scale")
class ShiftBeforeScale(Layer):
    def output(self, x_hat):
        return self.gamma * (x_hat + self.beta)


@wrong("beta-subtracted")
class BetaSubtracted(Layer):
    def output(self, x_hat):
        return self.gamma * x_hat - self.beta


@wrong("divided-by-gamma")
class DividedByGamma(Layer):
    def output(self, x_hat):
        return x_hat / self.gamma + self.beta


@wrong("parenthesis-missing")
class ParenthesisMissing(Layer):
    def normalised(self, x, mean, var):
        return x - mean / self.root(var)


@wrong("parenthesis-missing")
class ParenthesisMissingBehindGamma(Layer):
    def train(self, x):
        super().train(x)
        return self.gamma * x - self.mean(x) / self.std + self.beta


@wrong("affine-of-x")
class AffineOfX(Layer):
    def train(self, x):
        super().train(x)
        return self.output(x)


@wrong("affine-starts-wrong")
class GammaStartsAtZero(Layer):
    def start(self):
        super().start()
        self.gamma = np.zeros(self.features)


@wrong("affine-starts-wrong")
class BothStartAtOne(Layer):
    def start(self):
        super().start()
        self.beta = np.ones(self.features)


@wrong("affine-starts-wrong")
class StartsSwapped(Layer):
    def start(self):
        super().start()
        self.gamma, self.beta = self.beta, self.gamma


@wrong("other-names")
class OtherNames(Layer):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__(features, momentum, eps)
        self.weight, self.bias = self.gamma, self.beta
        del self.gamma, self.beta

    def output(self, x_hat):
        return self.weight * x_hat + self.bias


@wrong("affine-numbers")
class AffineNumbers(Layer):
    def start(self):
        super().start()
        self.gamma, self.beta = 1.0, 0.0


@wrong("affine-numbers")
class AffineIntegers(Layer):
    def start(self):
        super().start()
        self.gamma, self.beta = 1, 0


@wrong("affine-numbers")
class AffineArraysOfOne(Layer):
    def start(self):
        super().start()
        self.gamma, self.beta = np.ones(1), np.zeros(1)


# Modes and state


@wrong("modes-swapped")
class ModesSwapped(Layer):
    def forward(self, x, training):
        return super().forward(x, not training)


@wrong("modes-swapped")
class NormalisingSwapped(Layer):
    def train(self, x):
        y = super().predict(x)
        self.remember(x)
        return y

    def predict(self, x):
        return self.output(self.normalised(x, *self.statistics(x)))


@wrong("running-in-training")
class RunningInTraining(Layer):
    def statistics(self, x):
        return self.running_mean, self.running_var


@wrong("running-in-training")
class RunningInTrainingBeforeTheUpdate(Layer):
    def train(self, x):
        self.before = self.running_mean, self.running_var
        return super().train(x)

    def statistics(self, x):
        return self.before


@wrong("running-in-training")
class RunningInTrainingNeverUpdated(RunningInTraining):
    def remember(self, x):
        pass


@wrong("running-in-training")
class RunningInTrainingFromBiased(RunningInTraining):
    def batch_var(self, x):
        return x.var(axis=0)


@wrong("one-running-in-training")
class RunningMeanInTraining(Layer):
    def statistics(self, x):
        return self.running_mean, self.var(x)


@wrong("one-running-in-training")
class RunningVarianceInTraining(Layer):
    def statistics(self, x):
        return self.mean(x), self.running_var


@wrong("one-running-in-training")
class RunningMeanInTrainingBeforeTheUpdate(RunningInTrainingBeforeTheUpdate):
    def statistics(self, x):
        return self.before[0], self.var(x)


@wrong("one-running-in-training")
class RunningVarianceInTrainingBeforeTheUpdate(RunningInTrainingBeforeTheUpdate):
    def statistics(self, x):
        return self.mean(x), self.before[1]


@wrong("first-batch-kept")
class FirstBatchKept(Layer):
    first = None

    def statistics(self, x):
        self.first = self.first or super().statistics(x)
        return self.first


@wrong("affine-shared")
class AffineShared(Layer):
    def __setattr__(self, name, value):
        if name in ("gamma", "beta"):
            setattr(type(self), name, value)
        else:
            super().__setattr__(name, value)


# What comes back, and what is left behind


@wrong("returns-none")
class ReturnsNone(Layer):
    def train(self, x):
        super().train(x)


@wrong("returns-cache-too")
class ReturnsCacheToo(Layer):
    def train(self, x):
        return super().train(x), self.x_hat


@wrong("returns-cache-too")
class ReturnsCacheDict(Layer):
    def train(self, x):
        return super().train(x), {"x_hat": 0}


@wrong("returns-cache-too")
class ReturnsMeanAndVar(Layer):
    def train(self, x):
        return super().train(x), self.mean(x), self.var(x)


@wrong("returns-float32")
class ReturnsFloat32(Layer):
    def train(self, x):
        return super().train(x).astype(np.float32)


@wrong("x-changed")
class XChanged(Layer):
    def train(self, x):
        y = super().train(x)
        x -= x.mean(axis=0)
        return y


@wrong("x-changed")
class XOverwritten(Layer):
    def train(self, x):
        x[...] = super().train(x)
        return x
