"""The mistakes that students make in the running statistics."""

# mypy: no-check-untyped-defs

import numpy as np

from course_lib.exercises.batch_norm.layer import Layer
from course_lib.judging.catalogue import Catalogue

MISTAKES = Catalogue()
mistake, variant = MISTAKES.mistake, MISTAKES.variant


# The average


@mistake(
    "momentum-keeps",
    "In your code momentum is the share of the old value that is kept. That is a known convention, that of "
    "the paper's first implementations and of Keras; in our contract, as in PyTorch, it is the weight of "
    "the new batch.",
    "With momentum = 0.1, should one batch move the running mean by a tenth of the way or by nine tenths?",
    convention=True,
)
class MomentumKeeps(Layer):
    def average(self, running, batch):
        return self.momentum * running + (1 - self.momentum) * batch


@variant("momentum-keeps")
class MomentumKeepsBiased(MomentumKeeps):
    def batch_var(self, x):
        return x.var(axis=0)


@mistake(
    "biased-running",
    "The running variance is averaged from the biased variance, divided by N. That is the right one for "
    "normalising; the running variance stands for all data and takes the unbiased one.",
    "A batch is a sample. Which estimate of the variance of all data is right on average?",
)
class BiasedRunning(Layer):
    def batch_var(self, x):
        return x.var(axis=0)


@mistake(
    "corrected-the-wrong-way",
    "The biased variance is multiplied by (N − 1)/N. That makes it smaller once more; the correction goes "
    "the other way.",
    "Is the unbiased variance larger or smaller than the biased one?",
)
class CorrectedTheWrongWay(Layer):
    def batch_var(self, x):
        return x.var(axis=0) * (len(x) - 1) / len(x)


@mistake(
    "corrected-twice",
    "The batch's variance is corrected twice: divided by N − 1 already, it is multiplied by N/(N − 1) too.",
    "For what does ddof=1 stand, and for what the factor behind it?",
)
class CorrectedTwice(Layer):
    def batch_var(self, x):
        return super().batch_var(x) * len(x) / (len(x) - 1)


@mistake(
    "corrected-by-features",
    "The variance is corrected with the number of features in place of the number of examples.",
    "x is (N, D). Over how many numbers is each variance taken?",
)
class CorrectedByFeatures(Layer):
    def batch_var(self, x):
        return x.var(axis=0) * x.shape[1] / (x.shape[1] - 1)


@mistake(
    "corrected-average",
    "The whole running variance is multiplied by N/(N − 1) after the update, so that the old value is "
    "corrected again with each batch. The correction is for the batch's variance alone.",
    "To which of the two terms of the average does the batch belong?",
)
class CorrectedAverage(Layer):
    def remember(self, x):
        super().remember(x)
        self.running_var = self.running_var * len(x) / (len(x) - 1)

    def batch_var(self, x):
        return x.var(axis=0)


@mistake(
    "old-not-scaled",
    "The batch is added with its weight, but the old value stays whole: the running statistics grow without "
    "end.",
    "The two weights of an average add up to what?",
)
class OldNotScaled(Layer):
    def average(self, running, batch):
        return running + self.momentum * batch


@mistake(
    "new-not-scaled",
    "The old value is scaled down, but the batch is added whole: the running statistics end up far too "
    "large.",
    "Average 5 and 5 with your two weights: is it 5?",
)
class NewNotScaled(Layer):
    def average(self, running, batch):
        return (1 - self.momentum) * running + batch


@variant("new-not-scaled")
class NewNotScaledKeeps(Layer):
    def average(self, running, batch):
        return self.momentum * running + batch


@mistake(
    "added-up",
    "The batches' statistics are added up: neither the old value nor the new one has a weight.",
    "Where in your update does momentum stand, and how often?",
)
class AddedUp(Layer):
    def average(self, running, batch):
        return running + batch


@variant("added-up")
class AddedUpBiased(AddedUp):
    def batch_var(self, x):
        return x.var(axis=0)


@mistake(
    "last-batch-only",
    "The running statistics are those of the last batch: nothing is averaged.",
    "After two batches, does your running mean depend on the first?",
)
class LastBatchOnly(Layer):
    def average(self, running, batch):
        return batch


@variant("last-batch-only")
class LastBatchOnlyBiased(LastBatchOnly):
    def batch_var(self, x):
        return x.var(axis=0)


@mistake(
    "plain-average",
    "All batches have the same weight. The plain average over batches is known too (PyTorch computes it for "
    "momentum=None); ours forgets old batches, with the weight that momentum says.",
    "Where in your update does momentum stand?",
    convention=True,
)
class PlainAverage(Layer):
    batches = 0

    def remember(self, x):
        self.batches += 1
        super().remember(x)

    def average(self, running, batch):
        return running + (batch - running) / self.batches


@variant("plain-average")
class PlainAverageBiased(PlainAverage):
    def batch_var(self, x):
        return x.var(axis=0)


@mistake(
    "first-batch-whole",
    "The first batch is taken whole as the first value of the running statistics. In our contract they start "
    "at mean 0 and variance 1, and the first batch enters with the weight momentum, like any other.",
    "What are the running statistics of a layer that has seen no data?",
)
class FirstBatchWhole(Layer):
    seen = False

    def remember(self, x):
        super().remember(x)
        self.seen = True

    def average(self, running, batch):
        return super().average(running, batch) if self.seen else batch


@mistake(
    "bias-corrected",
    "The start is corrected for, as in Adam. The running statistics of batch normalisation are a plain "
    "weighted average from their start values on.",
    "Which letters of the contract's formula for the running statistics count the batches?",
)
class BiasCorrected(Layer):
    batches = 0

    def remember(self, x):
        self.batches += 1
        keep = 1 - self.momentum
        raw = getattr(self, "raw", (np.zeros(self.features), np.zeros(self.features)))
        new = self.batch_mean(x), self.batch_var(x)
        self.raw = tuple(self.average(old, batch) for old, batch in zip(raw, new, strict=True))
        self.running_mean, self.running_var = (r / (1 - keep**self.batches) for r in self.raw)


@mistake(
    "momentum-ignored",
    "The momentum that is passed to the constructor has no effect: a fixed number stands in its place.",
    "Follow momentum from the def line of __init__ to the update. Where does it get lost?",
)
class MomentumTenth(Layer):
    fixed = 0.1

    def average(self, running, batch):
        return (1 - self.fixed) * running + self.fixed * batch


@variant("momentum-ignored")
class MomentumNineTenths(MomentumTenth):
    fixed = 0.9


@variant("momentum-ignored")
class MomentumHundredth(MomentumTenth):
    fixed = 0.01


@variant("momentum-ignored")
class MomentumHalf(MomentumTenth):
    fixed = 0.5


@mistake(
    "two-conventions",
    "The running mean is right; in the running variance, momentum has changed places with 1 − momentum.",
    "Put your two update lines below each other. Do they differ in anything but the names?",
)
class VarianceKeeps(Layer):
    def remember(self, x):
        old = self.running_var
        super().remember(x)
        self.running_var = self.momentum * old + (1 - self.momentum) * self.batch_var(x)


@mistake(
    "two-conventions-mean",
    "The running variance is right; in the running mean, momentum has changed places with 1 − momentum.",
    "In your line for the mean and in that for the variance: what stands in front of the old value?",
)
class MeanKeeps(Layer):
    def remember(self, x):
        old = self.running_mean
        super().remember(x)
        self.running_mean = self.momentum * old + (1 - self.momentum) * self.batch_mean(x)


# What is averaged


@mistake(
    "stored-as-std",
    "running_var holds a standard deviation: its root has been taken already.",
    "What is the unit of a variance when x is in metres, and what is the unit of what you store?",
)
class StoredAsStd(Layer):
    def batch_var(self, x):
        return x.std(axis=0)


@variant("stored-as-std")
class StoredAsUnbiasedStd(Layer):
    def batch_var(self, x):
        return x.std(axis=0, ddof=1)


@variant("stored-as-std")
class StoredAsRootWithEps(Layer):
    def batch_var(self, x):
        return np.sqrt(x.var(axis=0) + self.eps)


@variant("stored-as-std")
class StoredAsUnbiasedRootWithEps(Layer):
    def batch_var(self, x):
        return np.sqrt(x.var(axis=0, ddof=1) + self.eps)


@mistake(
    "stored-with-eps",
    "ε is part of what running_var holds. It belongs into the denominator; stored, it enters again at test "
    "time.",
    "Is the name that you average the variance itself, or the variance with something added?",
)
class StoredWithEps(Layer):
    def batch_var(self, x):
        return x.var(axis=0, ddof=1) + self.eps


@variant("stored-with-eps")
class StoredBiasedWithEps(Layer):
    def batch_var(self, x):
        return x.var(axis=0) + self.eps


@variant("stored-with-eps")
class EpsAddedToAll(Layer):
    def remember(self, x):
        super().remember(x)
        self.running_var = self.running_var + self.eps


@mistake(
    "of-the-output",
    "The running statistics are those of y, the output. At test time they are to normalise x.",
    "Which array goes into your update, x or something computed from it?",
)
class OfTheOutput(Layer):
    def remember(self, x):
        super().remember(self.output(self.normalised(x, *self.statistics(x))))


@variant("of-the-output")
class OfTheOutputBiased(OfTheOutput):
    def batch_var(self, x):
        return x.var(axis=0)


@mistake(
    "of-x-hat",
    "The running statistics are those of x̂, which has mean 0 and variance 1 by construction: they tell "
    "nothing about the data.",
    "At which point of forward do you update: before or after x gets its new value?",
)
class OfXHat(Layer):
    def remember(self, x):
        super().remember(self.normalised(x, *self.statistics(x)))


@variant("of-x-hat")
class OfXHatBiased(OfXHat):
    def batch_var(self, x):
        return x.var(axis=0)


@mistake(
    "about-the-running-mean",
    "The variance that is averaged is taken about the running mean, not about the batch's own.",
    "From which mean do the deviations in your running variance count?",
)
class AboutTheRunningMean(Layer):
    def batch_var(self, x):
        return ((x - self.running_mean) ** 2).sum(axis=0) / (len(x) - 1)


@variant("about-the-running-mean")
class AboutTheRunningMeanBiased(Layer):
    def batch_var(self, x):
        return ((x - self.running_mean) ** 2).mean(axis=0)


@mistake(
    "mean-square-averaged",
    "The mean of x² is averaged as the variance, as if the mean were 0.",
    "Add 100 to all values of a feature: does its variance change, and does yours?",
)
class MeanSquareAveraged(Layer):
    def batch_var(self, x):
        return (x**2).mean(axis=0)


@mistake(
    "wrong-axis",
    "The running statistics are taken over the features of each example, where they should be taken over the "
    "examples, for each feature.",
    "x is (N, D). How many running means should there be, N or D?",
)
class WrongAxis(Layer):
    def batch_mean(self, x):
        return x.mean(axis=1)

    def batch_var(self, x):
        return x.var(axis=1, ddof=1)


@variant("wrong-axis")
class WrongAxisKeepdims(Layer):
    def batch_mean(self, x):
        return x.mean(axis=1, keepdims=True)

    def batch_var(self, x):
        return x.var(axis=1, keepdims=True)


@mistake(
    "whole-array",
    "One mean and one variance of the whole batch are averaged. Each feature has its own.",
    "What does a mean give that is not told along which axis?",
)
class WholeArray(Layer):
    def batch_mean(self, x):
        return x.mean()

    def batch_var(self, x):
        return x.var(ddof=1)


@variant("whole-array")
class WholeArrayBiased(WholeArray):
    def batch_var(self, x):
        return x.var()


@variant("whole-array")
class WholeArrayCorrected(WholeArray):
    def batch_var(self, x):
        return x.var() * len(x) / (len(x) - 1)


@mistake(
    "single-numbers",
    "The running statistics begin as single numbers, or as None. Each feature has its own: arrays with one "
    "entry for each.",
    "With 3 features, how many running means are there?",
)
class SingleNumbers(Layer):
    def start(self):
        super().start()
        self.running_mean, self.running_var = 0.0, 1.0


@variant("single-numbers")
class SingleIntegers(Layer):
    def start(self):
        super().start()
        self.running_mean, self.running_var = 0, 1


@variant("single-numbers")
class NothingAtFirst(Layer):
    def start(self):
        super().start()
        self.running_mean = self.running_var = None

    def average(self, running, batch):
        return batch if running is None else super().average(running, batch)


@mistake(
    "two-dimensional",
    "The running statistics have two dimensions: the axis that was averaged over is still there, with "
    "length 1.",
    "Print the shape of running_mean before and after the first batch.",
)
class TwoDimensional(Layer):
    def batch_mean(self, x):
        return x.mean(axis=0, keepdims=True)

    def batch_var(self, x):
        return x.var(axis=0, ddof=1, keepdims=True)


@variant("two-dimensional")
class TwoDimensionalFromTheStart(TwoDimensional):
    def start(self):
        super().start()
        self.running_mean, self.running_var = np.zeros((1, self.features)), np.ones((1, self.features))


@mistake(
    "other-names",
    "The running statistics live under other names than running_mean and running_var.",
    "Which four attributes does the contract name?",
)
class OtherNames(Layer):
    def start(self):
        super().start()
        self.moving = self.running_mean, self.running_var
        del self.running_mean, self.running_var

    def remember(self, x):
        mean, var = self.moving
        self.moving = self.average(mean, self.batch_mean(x)), self.average(var, self.batch_var(x))


@mistake(
    "names-swapped",
    "The mean of the batch goes into running_var, and its variance into running_mean.",
    "Read your two update lines aloud.",
)
class NamesSwapped(Layer):
    def batch_mean(self, x):
        return x.var(axis=0, ddof=1)

    def batch_var(self, x):
        return x.mean(axis=0)


# The start


@mistake(
    "variance-starts-at-zero",
    "The running variance starts at 0. The contract starts at 1, so that a layer that has seen no data "
    "leaves x almost as it is.",
    "With which mean and which variance does normalising change nothing?",
)
class VarianceStartsAtZero(Layer):
    def start(self):
        super().start()
        self.running_var = np.zeros(self.features)


@mistake(
    "mean-starts-at-one",
    "The running mean starts at 1; the contract starts at 0.",
    "If x were normalised with the start values, what should come out?",
)
class MeanStartsAtOne(Layer):
    def start(self):
        super().start()
        self.running_mean = np.ones(self.features)


@variant("mean-starts-at-one")
class StartsSwapped(MeanStartsAtOne):
    def start(self):
        super().start()
        self.running_var = np.zeros(self.features)


# When they are updated


@mistake(
    "never-updated",
    "The running statistics stay as they were at the start: training does not change them.",
    "In which branch of forward do they get new values, and do these arrive on self?",
)
class NeverUpdated(Layer):
    def remember(self, x):
        pass


@mistake(
    "updated-at-test",
    "A forward at test time changes the running statistics too: what a network predicts then depends on "
    "what it was asked before.",
    "Which lines of forward should run in training only?",
)
class UpdatedAtTest(Layer):
    def predict(self, x):
        self.remember(x)
        return super().predict(x)


@variant("updated-at-test")
class ReplacedAtTest(Layer):
    def predict(self, x):
        self.running_mean, self.running_var = x.mean(axis=0), x.var(axis=0)
        return super().predict(x)


@variant("updated-at-test")
class UpdatedAtTestAfterwards(Layer):
    def predict(self, x):
        y = super().predict(x)
        self.remember(x)
        return y


@variant("updated-at-test")
class UpdatedAtTestBiased(Layer):
    def predict(self, x):
        self.running_mean = self.average(self.running_mean, x.mean(axis=0))
        self.running_var = self.average(self.running_var, x.var(axis=0))
        return super().predict(x)


@variant("updated-at-test")
class MeanUpdatedAtTest(Layer):
    def predict(self, x):
        self.running_mean = self.average(self.running_mean, x.mean(axis=0))
        return super().predict(x)


@variant("updated-at-test")
class VarianceUpdatedAtTest(Layer):
    def predict(self, x):
        self.running_var = self.average(self.running_var, self.batch_var(x))
        return super().predict(x)


@mistake(
    "updated-at-test-only",
    "The running statistics are updated at test time and not in training.",
    "What is training when the network learns, True or False? What does the `if` before your update ask?",
)
class UpdatedAtTestOnly(Layer):
    def train(self, x):
        mean, var = self.statistics(x)
        self.std, self.x_hat = self.root(var), self.normalised(x, mean, var)
        return self.output(self.x_hat)

    def predict(self, x):
        y = super().predict(x)
        self.remember(x)
        return y


@mistake(
    "updated-twice",
    "The running statistics are updated twice with each batch.",
    "How many lines assign to the running mean, and how often does each run?",
)
class UpdatedTwice(Layer):
    def remember(self, x):
        super().remember(x)
        super().remember(x)


@mistake(
    "only-mean-updated",
    "The running mean is updated, but the running variance stays at 1.",
    "Which names stand on the left of your update lines?",
)
class OnlyMeanUpdated(Layer):
    def remember(self, x):
        self.running_mean = self.average(self.running_mean, self.batch_mean(x))


@mistake(
    "only-variance-updated",
    "The running variance is updated, but the running mean stays at 0.",
    "How many update lines are there, and which names stand on their left?",
)
class OnlyVarianceUpdated(Layer):
    def remember(self, x):
        self.running_var = self.average(self.running_var, self.batch_var(x))


@mistake(
    "statistics-shared",
    "Two layers share their running statistics: these live on the class, or in a global variable, and not "
    "on self.",
    "In front of which names should self stand, so that each layer has its own?",
)
class StatisticsShared(Layer):
    def __setattr__(self, name, value):
        if name in ("running_mean", "running_var"):
            setattr(type(self), name, value)
        else:
            super().__setattr__(name, value)


@variant("statistics-shared")
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
