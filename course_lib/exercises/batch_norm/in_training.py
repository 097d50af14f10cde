"""The mistakes that students make in the forward pass in training."""

# mypy: no-check-untyped-defs

import numpy as np

from course_lib.exercises.batch_norm.layer import Layer
from course_lib.judging.catalogue import Catalogue

MISTAKES = Catalogue()
mistake, variant = MISTAKES.mistake, MISTAKES.variant


# Statistics


@mistake(
    "wrong-axis",
    "The mean, the variance, or both are taken over the features of each example, where they should be taken "
    "over the examples, for each feature. (Within an example: that is layer normalisation.)",
    "x is (N, D). How many means should there be, N or D, and how many do you have?",
)
class WrongAxis(Layer):
    def statistics(self, x):
        return x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)


@variant("wrong-axis")
class WrongAxisWithoutKeepdims(Layer):
    def statistics(self, x):
        return x.mean(axis=1), x.var(axis=1)


@variant("wrong-axis")
class WrongAxisOfTheMeanOnly(Layer):
    def mean(self, x):
        return x.mean(axis=1, keepdims=True)


@variant("wrong-axis")
class WrongAxisOfTheVarianceOnly(Layer):
    def var(self, x):
        return x.var(axis=1, keepdims=True)


@mistake(
    "features-counted",
    "A sum over the examples is divided by D, the number of features, where it should be divided by N, the "
    "number of examples. Only where there are as many of both, it is right.",
    "x is (N, D). Over how many numbers do you add up, and which entry of x.shape is that?",
)
class FeaturesCounted(Layer):
    def mean(self, x):
        return x.sum(axis=0) / x.shape[1]

    def var(self, x):
        return np.square(x - self.mean(x)).sum(axis=0) / x.shape[1]


@variant("features-counted")
class FeaturesCountedInTheVariance(FeaturesCounted):
    def mean(self, x):
        return x.mean(axis=0)


@variant("features-counted")
class FeaturesCountedInTheMean(FeaturesCounted):
    def var(self, x):
        return x.var(axis=0)


@variant("features-counted")
class FeaturesCountedInTheMeanAlone(FeaturesCounted):
    def var(self, x):
        return np.square(x - self.mean(x)).mean(axis=0)


@mistake(
    "whole-array",
    "One mean, one variance, or one of each is taken of all numbers in the batch. Each feature should have "
    "its own: a feature of large scale drowns the others otherwise.",
    "What does a mean give that is not told along which axis?",
)
class WholeArray(Layer):
    def mean(self, x):
        return x.mean()

    def var(self, x):
        return x.var()


@variant("whole-array")
class WholeArrayVarianceOnly(Layer):
    def var(self, x):
        return x.var()


@variant("whole-array")
class WholeArrayMeanOnly(Layer):
    def mean(self, x):
        return x.mean()


@mistake(
    "unbiased-in-normalising",
    "The batch is normalised with the unbiased variance, divided by N − 1. The contract divides by N there; "
    "N − 1 is for the running variance only.",
    "After normalising with γ = 1, β = 0 and a tiny ε, what is the mean of x̂²? It should be 1.",
)
class UnbiasedInNormalising(Layer):
    def var(self, x):
        return x.var(axis=0, ddof=1)


@mistake(
    "mean-not-subtracted",
    "The mean is not subtracted: x is divided by its standard deviation where it stands.",
    "What is the mean of each feature of your x̂? It should be 0.",
)
class MeanNotSubtracted(Layer):
    def normalised(self, x, mean, var):
        return x / self.root(var)


@mistake(
    "only-centred",
    "The mean is subtracted, but nothing is divided by the standard deviation: features keep their scale.",
    "Multiply x by 10: should y change?",
)
class OnlyCentred(Layer):
    def normalised(self, x, mean, var):
        return x - mean


@mistake(
    "mean-square-for-variance",
    "The variance is computed as the mean of x², as if the mean were 0.",
    "Add 100 to all values of a feature: does its variance change, and does yours?",
)
class MeanSquareForVariance(Layer):
    def var(self, x):
        return (x**2).mean(axis=0)


@mistake(
    "sum-for-mean",
    "The squared deviations are added up, but the sum is not divided by the number of examples.",
    "Does the variance of a feature grow when each example is there twice?",
)
class SumForMean(Layer):
    def var(self, x):
        return ((x - x.mean(axis=0)) ** 2).sum(axis=0)


@mistake(
    "absolute-deviation",
    "The spread is measured by the mean absolute deviation, not by the standard deviation.",
    "In the definition of the variance, what is done to each deviation before they are averaged?",
)
class AbsoluteDeviation(Layer):
    def root(self, var):
        return np.sqrt(var)

    def normalised(self, x, mean, var):
        return (x - mean) / (np.abs(x - mean).mean(axis=0) + self.eps)


@variant("absolute-deviation")
class AbsoluteDeviationAsStd(Layer):
    def normalised(self, x, mean, var):
        return (x - mean) / np.sqrt(np.abs(x - mean).mean(axis=0) ** 2 + self.eps)


@mistake(
    "scaled-to-range",
    "Each feature is scaled by its smallest and largest value. That is known as min-max scaling, another "
    "way to normalise; ours takes mean and variance.",
    "Which two statistics of a feature does the contract name?",
    convention=True,
)
class ScaledToRange(Layer):
    def normalised(self, x, mean, var):
        return (x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0) + self.eps)


@variant("scaled-to-range")
class ScaledToRangeWithoutEps(Layer):
    def normalised(self, x, mean, var):
        return (x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0))


@variant("scaled-to-range")
class CentredAndScaledToRange(Layer):
    def normalised(self, x, mean, var):
        return (x - mean) / (x.max(axis=0) - x.min(axis=0) + self.eps)


# ε and the root


@mistake(
    "eps-missing",
    "ε is missing: a feature that is the same in all examples is divided by 0.",
    "What is the variance of a constant feature, and what stands in your denominator then?",
)
class EpsMissing(Layer):
    def root(self, var):
        return np.sqrt(var)


@mistake(
    "eps-outside-root",
    "ε is added to the standard deviation. The contract, as the paper, adds it to the variance, under the "
    "root.",
    "Should you add ε before or after you take the root?",
)
class EpsOutsideRoot(Layer):
    def root(self, var):
        return np.sqrt(var) + self.eps


@mistake(
    "eps-ignored",
    "The eps that is passed to the constructor has no effect: a fixed number stands in its place.",
    "Follow eps from the def line of __init__ to the root. Where does it get lost?",
)
class EpsDefault(Layer):
    fixed = 1e-5

    def root(self, var):
        return np.sqrt(var + self.fixed)


@variant("eps-ignored")
class EpsTiny(EpsDefault):
    fixed = 1e-8


@variant("eps-ignored")
class EpsLarger(EpsDefault):
    fixed = 1e-3


@mistake(
    "no-root",
    "x is divided by the variance, not by its root. The result has no unit variance: it changes when x is "
    "given in other units.",
    "x in metres: what is the unit of the variance, and what should be the unit of x̂?",
)
class NoRoot(Layer):
    def root(self, var):
        return var + self.eps


@mistake(
    "root-of-std",
    "The root is taken twice: what stands under it is the standard deviation already.",
    "What does your function for the spread return, the variance or its root?",
)
class RootOfStd(Layer):
    def var(self, x):
        return x.std(axis=0)


@mistake(
    "multiplied-by-std",
    "x − mean is multiplied by the standard deviation, where it should be divided.",
    "A feature of large scale: should it become smaller or larger?",
)
class MultipliedByStd(Layer):
    def normalised(self, x, mean, var):
        return (x - mean) * self.root(var)


# γ and β


@mistake(
    "affine-missing",
    "The output is x̂ itself: γ and β have no effect. They start at 1 and 0, where that cannot be seen, but "
    "training changes them, through the attributes.",
    "Give a layer gamma = 2 and beta = 3. What should change in its output?",
)
class AffineMissing(Layer):
    def output(self, x_hat):
        return x_hat


@mistake(
    "gamma-missing",
    "γ has no effect: β is added, but nothing is scaled.",
    "Give a layer gamma = 2. What should change in its output, and does it?",
)
class GammaMissing(Layer):
    def output(self, x_hat):
        return x_hat + self.beta


@mistake(
    "beta-missing",
    "β has no effect: x̂ is scaled by γ but not shifted.",
    "Give a layer beta = 3. What should change in its output, and does it?",
)
class BetaMissing(Layer):
    def output(self, x_hat):
        return self.gamma * x_hat


@mistake(
    "gamma-beta-swapped",
    "γ and β have changed places: x̂ is scaled by β and shifted by γ.",
    "With gamma = 1 and beta = 0, is your output x̂?",
)
class GammaBetaSwapped(Layer):
    def output(self, x_hat):
        return self.beta * x_hat + self.gamma


@mistake(
    "shift-before-scale",
    "The shift comes before the scale, so that β is multiplied by γ too.",
    "With x̂ = 0, what should the output be?",
)
class ShiftBeforeScale(Layer):
    def output(self, x_hat):
        return self.gamma * (x_hat + self.beta)


@mistake(
    "beta-subtracted",
    "β is subtracted, where it should be added.",
    "With beta = 3, should the mean of the output be 3 or −3?",
)
class BetaSubtracted(Layer):
    def output(self, x_hat):
        return self.gamma * x_hat - self.beta


@mistake(
    "divided-by-gamma",
    "x̂ is divided by γ, where it should be multiplied.",
    "With gamma = 2, should the spread of the output become larger or smaller?",
)
class DividedByGamma(Layer):
    def output(self, x_hat):
        return x_hat / self.gamma + self.beta


@mistake(
    "parenthesis-missing",
    "Only the mean is divided by the standard deviation, and not x: a parenthesis is missing.",
    "In Python, which is done first in a - b / c?",
)
class ParenthesisMissing(Layer):
    def normalised(self, x, mean, var):
        return x - mean / self.root(var)


@variant("parenthesis-missing")
class ParenthesisMissingBehindGamma(Layer):
    def train(self, x):
        super().train(x)
        return self.gamma * x - self.mean(x) / self.std + self.beta


@mistake(
    "affine-of-x",
    "γ and β are applied to x, and not to the normalised x̂.",
    "Which name stands behind γ in your last line?",
)
class AffineOfX(Layer):
    def train(self, x):
        super().train(x)
        return self.output(x)


@mistake(
    "affine-starts-wrong",
    "γ and β start with other values than 1 and 0, so that a new layer does not give x̂ itself.",
    "With which γ and which β is the last line of the formula without effect?",
)
class GammaStartsAtZero(Layer):
    def start(self):
        super().start()
        self.gamma = np.zeros(self.features)


@variant("affine-starts-wrong")
class BothStartAtOne(Layer):
    def start(self):
        super().start()
        self.beta = np.ones(self.features)


@variant("affine-starts-wrong")
class StartsSwapped(Layer):
    def start(self):
        super().start()
        self.gamma, self.beta = self.beta, self.gamma


@mistake(
    "other-names",
    "γ and β live under other names than gamma and beta, by which a network finds what it has to learn.",
    "Which four attributes does the contract name?",
)
class OtherNames(Layer):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__(features, momentum, eps)
        self.weight, self.bias = self.gamma, self.beta
        del self.gamma, self.beta

    def output(self, x_hat):
        return self.weight * x_hat + self.bias


@mistake(
    "affine-numbers",
    "γ and β start as single numbers. Each feature has its own, so they are arrays with one entry for each.",
    "With 3 features, how many numbers does the layer learn?",
)
class AffineNumbers(Layer):
    def start(self):
        super().start()
        self.gamma, self.beta = 1.0, 0.0


@variant("affine-numbers")
class AffineIntegers(Layer):
    def start(self):
        super().start()
        self.gamma, self.beta = 1, 0


@variant("affine-numbers")
class AffineArraysOfOne(Layer):
    def start(self):
        super().start()
        self.gamma, self.beta = np.ones(1), np.zeros(1)


# Modes and state


@mistake(
    "modes-swapped",
    "Training and test have changed places: with training = True x is normalised with the running "
    "statistics, with False with those of the batch. Each branch may be right, but runs when the other "
    "should.",
    "What is training when the network learns, True or False? What does your `if` ask?",
)
class ModesSwapped(Layer):
    def forward(self, x, training):
        return super().forward(x, not training)


@variant("modes-swapped")
class NormalisingSwapped(Layer):
    def train(self, x):
        y = super().predict(x)
        self.remember(x)
        return y

    def predict(self, x):
        return self.output(self.normalised(x, *self.statistics(x)))


@mistake(
    "running-in-training",
    "In training too, x is normalised with the running statistics. They are for test time; a training batch "
    "is normalised with its own mean and variance.",
    "Which of your two branches runs when training is True?",
)
class RunningInTraining(Layer):
    def statistics(self, x):
        return self.running_mean, self.running_var


@variant("running-in-training")
class RunningInTrainingBeforeTheUpdate(Layer):
    def train(self, x):
        self.before = self.running_mean, self.running_var
        return super().train(x)

    def statistics(self, x):
        return self.before


@variant("running-in-training")
class RunningInTrainingNeverUpdated(RunningInTraining):
    def remember(self, x):
        pass


@variant("running-in-training")
class RunningInTrainingFromBiased(RunningInTraining):
    def batch_var(self, x):
        return x.var(axis=0)


@mistake(
    "one-running-in-training",
    "In training, one of the two statistics is the batch's and the other the running one: a training batch "
    "is normalised with its own mean and its own variance.",
    "Which two names stand in your line for x̂, and where does each of them get its value?",
)
class RunningMeanInTraining(Layer):
    def statistics(self, x):
        return self.running_mean, self.var(x)


@variant("one-running-in-training")
class RunningVarianceInTraining(Layer):
    def statistics(self, x):
        return self.mean(x), self.running_var


@variant("one-running-in-training")
class RunningMeanInTrainingBeforeTheUpdate(RunningInTrainingBeforeTheUpdate):
    def statistics(self, x):
        return self.before[0], self.var(x)


@variant("one-running-in-training")
class RunningVarianceInTrainingBeforeTheUpdate(RunningInTrainingBeforeTheUpdate):
    def statistics(self, x):
        return self.mean(x), self.before[1]


@mistake(
    "first-batch-kept",
    "From the second batch on, x is normalised with the statistics of the first: they are computed once and "
    "kept.",
    "In which call is your mean computed, and in which calls should it be?",
)
class FirstBatchKept(Layer):
    first = None

    def statistics(self, x):
        self.first = self.first or super().statistics(x)
        return self.first


@mistake(
    "affine-shared",
    "Two layers share γ and β: they live on the class, or in a global variable, and not on self.",
    "Which object should own γ, and in front of which name should self stand?",
)
class AffineShared(Layer):
    def __setattr__(self, name, value):
        if name in ("gamma", "beta"):
            setattr(type(self), name, value)
        else:
            super().__setattr__(name, value)


# What comes back, and what is left behind


@mistake(
    "returns-none",
    "forward returns None in training: what it computes is not handed back.",
    "What does a Python function return when it ends without saying?",
)
class ReturnsNone(Layer):
    def train(self, x):
        super().train(x)


@mistake(
    "returns-cache-too",
    "forward returns a tuple, the output together with something else. The contract asks for y alone; what "
    "backward needs, the layer keeps for itself.",
    "Who needs x̂ after forward has ended?",
)
class ReturnsCacheToo(Layer):
    def train(self, x):
        return super().train(x), self.x_hat


@variant("returns-cache-too")
class ReturnsCacheDict(Layer):
    def train(self, x):
        return super().train(x), {"x_hat": 0}


@variant("returns-cache-too")
class ReturnsMeanAndVar(Layer):
    def train(self, x):
        return super().train(x), self.mean(x), self.var(x)


@mistake(
    "returns-float32",
    "forward returns float32 although x is float64: half of the digits are thrown away.",
    "Search for a dtype or an astype. The output should be of the kind of x.",
)
class ReturnsFloat32(Layer):
    def train(self, x):
        return super().train(x).astype(np.float32)


@mistake(
    "x-changed",
    "The numbers are right, but x is overwritten in place: the layer before this one loses its output, "
    "which its own backward pass needs.",
    "`x = x - mean` and `x -= mean` give the same numbers. What becomes of the caller's array in each?",
)
class XChanged(Layer):
    def train(self, x):
        y = super().train(x)
        x -= x.mean(axis=0)
        return y


@variant("x-changed")
class XOverwritten(Layer):
    def train(self, x):
        x[...] = super().train(x)
        return x
