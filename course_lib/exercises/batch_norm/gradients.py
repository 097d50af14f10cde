"""The mistakes that students make in the backward pass."""

# mypy: no-check-untyped-defs

import numpy as np

from course_lib.exercises.batch_norm.layer import Layer
from course_lib.judging.catalogue import Catalogue

MISTAKES = Catalogue()
mistake, variant = MISTAKES.mistake, MISTAKES.variant


# What depends on x


@mistake(
    "mean-not-differentiated",
    "In dx the mean is treated as a constant. It is made of all examples of the batch, so each x moves it, "
    "and with it every x̂.",
    "Draw the computational graph: how many arrows leave x?",
)
class MeanNotDifferentiated(Layer):
    def through_mean(self, dx_hat):
        return 0.0


@mistake(
    "variance-not-differentiated",
    "In dx the variance is treated as a constant. It is made of all examples of the batch, so each x changes "
    "it, and with it every x̂.",
    "Draw the computational graph: how many arrows leave x, and which of them lead to the variance?",
)
class VarianceNotDifferentiated(Layer):
    def through_var(self, dx_hat):
        return 0.0


@mistake(
    "statistics-not-differentiated",
    "In dx, mean and variance are both treated as constants. They are made of all examples of the batch: "
    "each x moves them, and with them every x̂. (At test time they are constants, and this would be right.)",
    "Add the same number to all examples: what becomes of y? What does that say about the sum of dx?",
)
class StatisticsNotDifferentiated(Layer):
    def dx(self, grad):
        return self.dx_hat(grad) / self.std


@mistake(
    "normalising-not-differentiated",
    "dx is the gradient as it comes in, or γ times that. Between x and y lies more than γ: x is also shifted "
    "and divided, by numbers that depend on x themselves.",
    "Which lines lie between x and y in forward? Each has its own step in backward.",
)
class OnlyGamma(Layer):
    def dx(self, grad):
        return self.gamma * grad


@variant("normalising-not-differentiated")
class GradientAsItIs(Layer):
    def dx(self, grad):
        return grad * 1.0


@mistake(
    "means-over-the-wrong-axis",
    "In dx, the means are taken over the features of each example, or over all numbers. Each feature has its "
    "own, taken over the examples.",
    "What shape has the mean of the batch, and what shape have the means in your dx?",
)
class MeansOverFeatures(Layer):
    def through_mean(self, dx_hat):
        return dx_hat.mean(axis=1, keepdims=True)

    def through_var(self, dx_hat):
        return self.x_hat * (dx_hat * self.x_hat).mean(axis=1, keepdims=True)


@variant("means-over-the-wrong-axis")
class MeansOverAll(Layer):
    def through_mean(self, dx_hat):
        return dx_hat.mean()

    def through_var(self, dx_hat):
        return self.x_hat * (dx_hat * self.x_hat).mean()


@mistake(
    "features-counted-in-dx",
    "In dx, D stands where N should: what is divided by is the number of features, not that of examples.",
    "grad is (N, D). Which entry of its shape counts the examples?",
)
class FeaturesCountedInDx(Layer):
    def dx(self, grad):
        g, d = self.dx_hat(grad), grad.shape[1]
        return (g - g.sum(axis=0) / d - self.x_hat * (g * self.x_hat).sum(axis=0) / d) / self.std


@mistake(
    "n-missing-in-dx",
    "In the short formula for dx the gradient itself is not multiplied by N, but the whole is divided by N: "
    "what comes directly is N times too small.",
    "With very many examples, mean and variance hardly move with one of them. What is left of dx then?",
)
class NMissingInDx(Layer):
    def dx(self, grad):
        g, n = self.dx_hat(grad), len(grad)
        return (g - g.sum(axis=0) - self.x_hat * (g * self.x_hat).sum(axis=0)) / (n * self.std)


@mistake(
    "sum-for-mean-in-dx",
    "In dx, a sum stands where a mean should: a 1/N is missing in what comes through the mean, the variance, "
    "or both.",
    "How much does the mean move when one of N examples moves by 1?",
)
class SumsInDx(Layer):
    def through_mean(self, dx_hat):
        return dx_hat.sum(axis=0)

    def through_var(self, dx_hat):
        return self.x_hat * (dx_hat * self.x_hat).sum(axis=0)


@variant("sum-for-mean-in-dx")
class SumThroughMean(Layer):
    def through_mean(self, dx_hat):
        return dx_hat.sum(axis=0)


@variant("sum-for-mean-in-dx")
class SumThroughVariance(Layer):
    def through_var(self, dx_hat):
        return self.x_hat * (dx_hat * self.x_hat).sum(axis=0)


@mistake(
    "variance-term-without-two",
    "What comes through the variance is half as large as it should be: a factor 2 is missing, or a ½ too "
    "much.",
    "What is the derivative of the square of a deviation?",
)
class VarianceTermHalved(Layer):
    def through_var(self, dx_hat):
        return super().through_var(dx_hat) / 2


@mistake(
    "variance-term-doubled",
    "What comes through the variance is twice as large as it should be: the ½ of the root's derivative is "
    "missing.",
    "What is the derivative of a root?",
)
class VarianceTermDoubled(Layer):
    def through_var(self, dx_hat):
        return super().through_var(dx_hat) * 2


@mistake(
    "variance-power",
    "What comes through the variance has the wrong power of it: the exponent does not go down by one where "
    "the root is differentiated.",
    "What is the derivative of v to the power −½?",
)
class VariancePowerTooSmall(Layer):
    def through_var(self, dx_hat):
        return super().through_var(dx_hat) * self.std**2


@variant("variance-power")
class VariancePowerHalf(Layer):
    def through_var(self, dx_hat):
        return super().through_var(dx_hat) * self.std


@variant("variance-power")
class VariancePowerTooLarge(Layer):
    def through_var(self, dx_hat):
        return super().through_var(dx_hat) / self.std


@mistake(
    "variance-term-without-x-hat",
    "In what comes through the variance, a factor x̂ is missing: the term is the same for all examples.",
    "An example at the mean and one far away: which of them changes the variance more when it moves?",
)
class VarianceTermWithoutXHat(Layer):
    def through_var(self, dx_hat):
        return (dx_hat * self.x_hat).mean(axis=0)


@mistake(
    "variance-term-with-x",
    "In what comes through the variance, x stands where x − mean should.",
    "The variance is made of deviations. From what?",
)
class VarianceTermWithX(Layer):
    def train(self, x):
        self.x_over_std = x / self.root(self.var(x))
        return super().train(x)

    def through_var(self, dx_hat):
        return self.x_hat * (dx_hat * self.x_over_std).mean(axis=0)


@variant("variance-term-with-x")
class VarianceTermTimesX(VarianceTermWithX):
    def through_var(self, dx_hat):
        return self.x_over_std * (dx_hat * self.x_hat).mean(axis=0)


@variant("variance-term-with-x")
class VarianceTermWithXTwice(VarianceTermWithX):
    def through_var(self, dx_hat):
        return self.x_over_std * (dx_hat * self.x_over_std).mean(axis=0)


@mistake(
    "wrong-sign",
    "In dx, what comes through the mean or the variance is added, where it should be subtracted.",
    "Add the same number to all examples: y does not change. What should the sum of dx be?",
)
class BothSignsWrong(Layer):
    def dx(self, grad):
        g = self.dx_hat(grad)
        return (g + self.through_mean(g) + self.through_var(g)) / self.std


@variant("wrong-sign")
class MeanSignWrong(Layer):
    def through_mean(self, dx_hat):
        return -super().through_mean(dx_hat)


@variant("wrong-sign")
class VarianceSignWrong(Layer):
    def through_var(self, dx_hat):
        return -super().through_var(dx_hat)


@mistake(
    "unbiased-in-dx",
    "In dx, N − 1 stands where N should: forward normalises with the variance divided by N.",
    "By which number does your forward divide to get the variance?",
)
class UnbiasedInDx(Layer):
    def through_var(self, dx_hat):
        n = len(dx_hat)
        return super().through_var(dx_hat) * n / (n - 1)


@variant("unbiased-in-dx")
class UnbiasedInBoth(UnbiasedInDx):
    def through_mean(self, dx_hat):
        n = len(dx_hat)
        return super().through_mean(dx_hat) * n / (n - 1)


# γ, the standard deviation, and ε


@mistake(
    "gamma-missing-in-dx",
    "γ is missing in dx: the gradient does not pass through the scaling.",
    "Which step of forward is the last to touch x̂, and what is its derivative?",
)
class GammaMissingInDx(Layer):
    def dx_hat(self, grad):
        return grad


@mistake(
    "gamma-twice-in-dx",
    "γ enters dx twice.",
    "How many times does forward multiply by γ?",
)
class GammaTwiceInDx(Layer):
    def dx_hat(self, grad):
        return grad * self.gamma**2


@mistake(
    "gamma-in-part-of-dx",
    "γ is in some of the terms of dx only.",
    "In which of your lines is the gradient still that of y, and in which that of x̂?",
)
class GammaInFirstTermOnly(Layer):
    def dx(self, grad):
        terms = self.through_mean(grad) + self.through_var(grad)
        return (self.dx_hat(grad) - terms) / self.std


@variant("gamma-in-part-of-dx")
class GammaInOtherTermsOnly(Layer):
    def dx(self, grad):
        g = self.dx_hat(grad)
        return (grad - self.through_mean(g) - self.through_var(g)) / self.std


@variant("gamma-in-part-of-dx")
class GammaTwiceInVarianceTerm(Layer):
    def through_var(self, dx_hat):
        return super().through_var(dx_hat) * self.gamma


@mistake(
    "std-missing-in-dx",
    "dx is not divided by the standard deviation.",
    "Make x ten times as large: should dx stay the same?",
)
class StdMissingInDx(Layer):
    def dx(self, grad):
        return super().dx(grad) * self.std


@mistake(
    "variance-for-std-in-dx",
    "dx is divided by the variance, not by its root.",
    "What is the derivative of x̂ with respect to x when mean and variance are held fixed?",
)
class VarianceForStdInDx(Layer):
    def dx(self, grad):
        return super().dx(grad) / self.std


@mistake(
    "std-multiplied-in-dx",
    "dx is multiplied by the standard deviation, where it should be divided.",
    "Make x ten times as large: should dx become larger or smaller?",
)
class StdMultipliedInDx(Layer):
    def dx(self, grad):
        return super().dx(grad) * self.std**2


@mistake(
    "eps-missing-in-dx",
    "forward and backward disagree on ε: in backward it is missing.",
    "Compare the denominators of forward and backward. Could backward use the very array of forward?",
)
class EpsMissingInDx(Layer):
    def dx(self, grad):
        return super().dx(grad) * self.std / np.sqrt(self.std**2 - self.eps)


@variant("eps-missing-in-dx")
class EpsMissingWherePowersAre(Layer):
    def through_var(self, dx_hat):
        return super().through_var(dx_hat) * (self.std**2 / (self.std**2 - self.eps)) ** 1.5

    def dx(self, grad):
        g = self.dx_hat(grad)
        return (g - self.through_mean(g)) / self.std - self.through_var(g) / self.std


@variant("eps-missing-in-dx")
class EpsMissingInXHatToo(Layer):
    def through_var(self, dx_hat):
        return super().through_var(dx_hat) * self.std**2 / (self.std**2 - self.eps)

    def dx(self, grad):
        return super().dx(grad) * self.std / np.sqrt(self.std**2 - self.eps)


@variant("eps-missing-in-dx")
class EpsMissingInXHat(Layer):
    def through_var(self, dx_hat):
        return super().through_var(dx_hat) * self.std**2 / (self.std**2 - self.eps)


@mistake(
    "eps-outside-root-in-dx",
    "forward and backward disagree on ε: in backward it is added to the standard deviation, outside the "
    "root.",
    "Compare the denominators of forward and backward. Could backward use the array of forward?",
)
class EpsOutsideRootInDx(Layer):
    def dx(self, grad):
        return super().dx(grad) * self.std / (np.sqrt(self.std**2 - self.eps) + self.eps)


@mistake(
    "running-statistics-in-dx",
    "backward uses the running variance. In training, forward has normalised with the variance of the batch.",
    "Which standard deviation did the last forward divide by?",
)
class RunningStatisticsInDx(Layer):
    def dx(self, grad):
        return super().dx(grad) * self.std / np.sqrt(self.running_var + self.eps)


# dγ and dβ


@mistake(
    "dgamma-without-x-hat",
    "dγ is the plain sum of the gradient: the factor x̂ is missing.",
    "y = γ x̂ + β. What is the derivative of y with respect to γ?",
)
class DgammaWithoutXHat(Layer):
    def dgamma(self, grad):
        return grad.sum(axis=0)


@mistake(
    "dgamma-with-x",
    "dγ is computed with x, where the normalised x̂ should stand.",
    "What does forward multiply by γ?",
)
class DgammaWithX(Layer):
    def train(self, x):
        self.x = x
        return super().train(x)

    def dgamma(self, grad):
        return (grad * self.x).sum(axis=0)


@variant("dgamma-with-x")
class DgammaWithCentredX(Layer):
    def dgamma(self, grad):
        return (grad * self.x_hat * self.std).sum(axis=0)


@mistake(
    "dgamma-with-y",
    "dγ is computed with the output y, where the normalised x̂ should stand.",
    "y = γ x̂ + β. Which letter stands beside γ?",
)
class DgammaWithY(Layer):
    def dgamma(self, grad):
        return (grad * self.output(self.x_hat)).sum(axis=0)


@mistake(
    "dgamma-with-gamma",
    "γ itself is a factor in dγ: the gradient of x̂ was taken, where that of y is asked.",
    "y = γ x̂ + β. Does the derivative with respect to γ contain γ?",
)
class DgammaWithGamma(Layer):
    def dgamma(self, grad):
        return super().dgamma(grad) * self.gamma


@mistake(
    "dbeta-with-gamma",
    "γ is a factor in dβ: the gradient of x̂ was summed, where that of y is asked.",
    "y = γ x̂ + β. Does the derivative with respect to β contain γ?",
)
class DbetaWithGamma(Layer):
    def dbeta(self, grad):
        return super().dbeta(grad) * self.gamma


@mistake(
    "dbeta-averaged",
    "dβ is the mean of the gradient over the batch, where it should be the sum. If the loss is a mean, its "
    "1/N is in grad already.",
    "β is added to every example. If L changes by grad through each, by how much in all?",
)
class DbetaAveraged(Layer):
    def dbeta(self, grad):
        return grad.mean(axis=0)


@mistake(
    "dgamma-averaged",
    "dγ is averaged over the batch, where it should be summed. If the loss is a mean, its 1/N is in grad "
    "already.",
    "γ multiplies every example. If L changes a little through each, by how much in all?",
)
class DgammaAveraged(Layer):
    def dgamma(self, grad):
        return (grad * self.x_hat).mean(axis=0)


@mistake(
    "averaged",
    "The gradients of γ and β are averaged over the batch, where they should be summed. If the loss is a "
    "mean, its 1/N is in grad already.",
    "γ and β act on every example. If L changes a little through each, by how much in all?",
)
class BothAveraged(DbetaAveraged, DgammaAveraged):
    pass


@variant("averaged")
class AllAveraged(DbetaAveraged, DgammaAveraged):
    def dx(self, grad):
        return super().dx(grad) / len(grad)


@mistake(
    "dx-averaged",
    "dx is divided by the number of examples, although each x is one of them.",
    "If the loss is a mean over the batch, where has its 1/N gone?",
)
class DxAveraged(Layer):
    def dx(self, grad):
        return super().dx(grad) / len(grad)


@mistake(
    "dx-times-n",
    "dx is N times too large: the 1/N in front of the short formula is missing.",
    "In the short formula the gradient is multiplied by N before the sums are subtracted. What undoes that?",
)
class DxTimesN(Layer):
    def dx(self, grad):
        return super().dx(grad) * len(grad)


@mistake(
    "not-summed",
    "dγ and dβ have one row for each example. γ and β are shared by all examples, so their gradients add up.",
    "What shape has γ, and what shape should its gradient have?",
)
class NotSummed(Layer):
    def dgamma(self, grad):
        return grad * self.x_hat

    def dbeta(self, grad):
        return grad * 1.0


@variant("not-summed")
class DgammaNotSummed(Layer):
    def dgamma(self, grad):
        return grad * self.x_hat


@mistake(
    "summed-over-features",
    "dγ or dβ is summed over the features, or over everything. Each feature has its own γ and β; the sum "
    "runs over the examples.",
    "What shape has γ, and what shape has your dγ?",
)
class SummedOverFeatures(Layer):
    def dgamma(self, grad):
        return (grad * self.x_hat).sum(axis=1)

    def dbeta(self, grad):
        return grad.sum(axis=1)


@variant("summed-over-features")
class DbetaSummedOverAll(Layer):
    def dbeta(self, grad):
        return grad.sum()


@variant("summed-over-features")
class DgammaSummedOverAll(Layer):
    def dgamma(self, grad):
        return (grad * self.x_hat).sum()


@variant("summed-over-features")
class SummedOverAll(Layer):
    def dgamma(self, grad):
        return (grad * self.x_hat).sum()

    def dbeta(self, grad):
        return grad.sum()


@mistake(
    "mean-over-everything",
    "dγ or dβ is one number, the mean over examples and features. Each feature has its own γ and β, and the "
    "gradients of its examples are summed.",
    "What shape has β? And what becomes of a sum over N examples when you take the mean?",
)
class DbetaMeanOverAll(Layer):
    def dbeta(self, grad):
        return grad.mean()


@variant("mean-over-everything")
class DgammaMeanOverAll(Layer):
    def dgamma(self, grad):
        return (grad * self.x_hat).mean()


@variant("mean-over-everything")
class MeanOverAll(DbetaMeanOverAll, DgammaMeanOverAll):
    pass


@mistake(
    "sums-two-dimensional",
    "dγ and dβ have two dimensions: the axis that was summed over is still there, with length 1.",
    "Which argument of the sum keeps an axis that is summed over?",
)
class SumsTwoDimensional(Layer):
    def dgamma(self, grad):
        return (grad * self.x_hat).sum(axis=0, keepdims=True)

    def dbeta(self, grad):
        return grad.sum(axis=0, keepdims=True)


@mistake(
    "dgamma-dbeta-swapped",
    "dβ and dγ have changed places in what backward returns.",
    "In which order does the contract want the three?",
)
class DgammaDbetaSwapped(Layer):
    def backward(self, grad):
        dx, dgamma, dbeta = super().backward(grad)
        return dx, dbeta, dgamma


@mistake(
    "wrong-order",
    "dx does not come first in what backward returns.",
    "Which of the three does the layer below need, and where does the contract put it?",
)
class DxLast(Layer):
    def backward(self, grad):
        dx, dgamma, dbeta = super().backward(grad)
        return dgamma, dbeta, dx


@variant("wrong-order")
class DxInTheMiddle(Layer):
    def backward(self, grad):
        dx, dgamma, dbeta = super().backward(grad)
        return dgamma, dx, dbeta


# State


@mistake(
    "first-batch-kept",
    "backward works with what an earlier forward has left: x̂ or the standard deviation of the first batch "
    "are kept for good.",
    "Which lines of forward should run in every call?",
)
class FirstBatchKept(Layer):
    def train(self, x):
        y = super().train(x)
        self.kept = getattr(self, "kept", (self.x_hat, self.std))
        return y

    def backward(self, grad):
        self.x_hat, self.std = self.kept
        return super().backward(grad)


@variant("first-batch-kept")
class FirstStdKept(FirstBatchKept):
    def backward(self, grad):
        self.std = self.kept[1]
        return Layer.backward(self, grad)


@mistake(
    "stuck-in-test-mode",
    "After a look at test data, the layer stays in test mode: backward treats mean and variance as constants "
    "from then on, even after the next forward in training.",
    "Which line of forward sets what backward asks for, and does it run in both modes?",
)
class StuckInTestMode(Layer):
    stuck = False

    def predict(self, x):
        self.stuck = True
        return super().predict(x)

    def dx(self, grad):
        return self.dx_hat(grad) / self.std if self.stuck else super().dx(grad)


@mistake(
    "overwritten-at-test",
    "A forward at test time spoils what backward needs, even that of later batches: after a look at test "
    "data the gradients are wrong, although forward has run in training again.",
    "Which attributes does your test branch assign to, and who reads them later?",
)
class StdOverwrittenAtTest(Layer):
    std_at_test = None

    def predict(self, x):
        self.std_at_test = self.root_at_test(self.running_var)
        return super().predict(x)

    def dx(self, grad):
        self.std = self.std if self.std_at_test is None else self.std_at_test
        return super().dx(grad)


@mistake(
    "state-shared",
    "Two layers share what forward keeps for backward: it lives on the class or in a global variable, and "
    "the layer that was last in forward overwrites it for the others.",
    "In front of which names should self stand?",
)
class StateShared(Layer):
    def __setattr__(self, name, value):
        if name in ("x_hat", "std"):
            setattr(type(self), name, value)
        else:
            super().__setattr__(name, value)


@mistake(
    "forward-works-on-kept-x-hat",
    "x̂ is kept for backward, but overwritten by γ x̂ + β before backward sees it.",
    "`a = g * a` and `a *= g` give the same numbers. What becomes of the array that you have kept?",
)
class XHatOverwritten(Layer):
    def train(self, x):
        y = super().train(x)
        self.x_hat[...] = y
        return y


@variant("forward-works-on-kept-x-hat")
class XHatScaled(Layer):
    def train(self, x):
        y = super().train(x)
        self.x_hat *= self.gamma
        return y


# What comes back, and what is left behind


@mistake(
    "returns-none",
    "backward returns None: what it computes is not handed back.",
    "What does a Python function return when it ends without saying?",
)
class ReturnsNone(Layer):
    def backward(self, grad):
        super().backward(grad)


@mistake(
    "returns-dx-only",
    "backward returns dx alone. γ and β are learned as well, so their gradients are asked for, too.",
    "How many results does the contract name?",
)
class ReturnsDxOnly(Layer):
    def backward(self, grad):
        return self.dx(grad)


@mistake(
    "returns-dict",
    "backward returns a dict. The contract asks for the three gradients one after the other.",
    "How does a Python function return several values that the caller unpacks?",
)
class ReturnsDict(Layer):
    def backward(self, grad):
        return {"dx": 0, "dgamma": 0, "dbeta": 0}


@mistake(
    "grad-changed",
    "The numbers are right, but grad is overwritten in place. It belongs to the caller.",
    "Search backward for an assignment with an operator, such as *=, or with [:].",
)
class GradChanged(Layer):
    def backward(self, grad):
        gradients = super().backward(grad)
        grad *= self.gamma
        return gradients
