"""Wrong backward passes."""

import numpy as np

from .batch_norm_parts import Layer
from .entered import Entered

wrong = Entered()


# What depends on x


@wrong("mean-not-differentiated")
class MeanNotDifferentiated(Layer):
    def through_mean(self, dx_hat):
        return 0.0


@wrong("variance-not-differentiated")
class VarianceNotDifferentiated(Layer):
    def through_var(self, dx_hat):
        return 0.0


@wrong("statistics-not-differentiated")
class StatisticsNotDifferentiated(Layer):
    def dx(self, grad):
        return self.dx_hat(grad) / self.std


@wrong("normalising-not-differentiated")
class OnlyGamma(Layer):
    def dx(self, grad):
        return self.gamma * grad


@wrong("normalising-not-differentiated")
class GradientAsItIs(Layer):
    def dx(self, grad):
        return grad * 1.0


@wrong("means-over-the-wrong-axis")
class MeansOverFeatures(Layer):
    def through_mean(self, dx_hat):
        return dx_hat.mean(axis=1, keepdims=True)

    def through_var(self, dx_hat):
        return self.x_hat * (dx_hat * self.x_hat).mean(axis=1, keepdims=True)


@wrong("means-over-the-wrong-axis")
class MeansOverAll(Layer):
    def through_mean(self, dx_hat):
        return dx_hat.mean()

    def through_var(self, dx_hat):
        return self.x_hat * (dx_hat * self.x_hat).mean()


@wrong("features-counted-in-dx")
class FeaturesCountedInDx(Layer):
    def dx(self, grad):
        g, d = self.dx_hat(grad), grad.shape[1]
        return (g - g.sum(axis=0) / d - self.x_hat * (g * self.x_hat).sum(axis=0) / d) / self.std


@wrong("n-missing-in-dx")
class NMissingInDx(Layer):
    def dx(self, grad):
        g, n = self.dx_hat(grad), len(grad)
        return (g - g.sum(axis=0) - self.x_hat * (g * self.x_hat).sum(axis=0)) / (n * self.std)


@wrong("sum-for-mean-in-dx")
class SumsInDx(Layer):
    def through_mean(self, dx_hat):
        return dx_hat.sum(axis=0)

    def through_var(self, dx_hat):
        return self.x_hat * (dx_hat * self.x_hat).sum(axis=0)


@wrong("sum-for-mean-in-dx")
class SumThroughMean(Layer):
    def through_mean(self, dx_hat):
        return dx_hat.sum(axis=0)


@wrong("sum-for-mean-in-dx")
class SumThroughVariance(Layer):
    def through_var(self, dx_hat):
        return self.x_hat * (dx_hat * self.x_hat).sum(axis=0)


@wrong("variance-term-without-two")
class VarianceTermHalved(Layer):
    def through_var(self, dx_hat):
        return super().through_var(dx_hat) / 2


@wrong("variance-term-doubled")
class VarianceTermDoubled(Layer):
    def through_var(self, dx_hat):
        return super().through_var(dx_hat) * 2


@wrong("variance-power")
class VariancePowerTooSmall(Layer):
    def through_var(self, dx_hat):
        return super().through_var(dx_hat) * self.std**2


@wrong("variance-power")
class VariancePowerHalf(Layer):
    def through_var(self, dx_hat):
        return super().through_var(dx_hat) * self.std


@wrong("variance-power")
class VariancePowerTooLarge(Layer):
    def through_var(self, dx_hat):
        return super().through_var(dx_hat) / self.std


@wrong("variance-term-without-x-hat")
class VarianceTermWithoutXHat(Layer):
    def through_var(self, dx_hat):
        return (dx_hat * self.x_hat).mean(axis=0)


@wrong("variance-term-with-x")
class VarianceTermWithX(Layer):
    def train(self, x):
        self.x_over_std = x / self.root(self.var(x))
        return super().train(x)

    def through_var(self, dx_hat):
        return self.x_hat * (dx_hat * self.x_over_std).mean(axis=0)


@wrong("variance-term-with-x")
class VarianceTermTimesX(VarianceTermWithX):
    def through_var(self, dx_hat):
        return self.x_over_std * (dx_hat * self.x_hat).mean(axis=0)


@wrong("variance-term-with-x")
class VarianceTermWithXTwice(VarianceTermWithX):
    def through_var(self, dx_hat):
        return self.x_over_std * (dx_hat * self.x_over_std).mean(axis=0)


@wrong("wrong-sign")
class BothSignsWrong(Layer):
    def dx(self, grad):
        g = self.dx_hat(grad)
        return (g + self.through_mean(g) + self.through_var(g)) / self.std


@wrong("wrong-sign")
class MeanSignWrong(Layer):
    def through_mean(self, dx_hat):
        return -super().through_mean(dx_hat)


@wrong("wrong-sign")
class VarianceSignWrong(Layer):
    def through_var(self, dx_hat):
        return -super().through_var(dx_hat)


@wrong("unbiased-in-dx")
class UnbiasedInDx(Layer):
    def through_var(self, dx_hat):
        n = len(dx_hat)
        return super().through_var(dx_hat) * n / (n - 1)


@wrong("unbiased-in-dx")
class UnbiasedInBoth(UnbiasedInDx):
    def through_mean(self, dx_hat):
        n = len(dx_hat)
        return super().through_mean(dx_hat) * n / (n - 1)


# γ, the standard deviation, and ε


@wrong("gamma-missing-in-dx")
class GammaMissingInDx(Layer):
    def dx_hat(self, grad):
        return grad


@wrong("gamma-twice-in-dx")
class GammaTwiceInDx(Layer):
    def dx_hat(self, grad):
        return grad * self.gamma**2


@wrong("gamma-in-part-of-dx")
class GammaInFirstTermOnly(Layer):
    def dx(self, grad):
        terms = self.through_mean(grad) + self.through_var(grad)
        return (self.dx_hat(grad) - terms) / self.std


@wrong("gamma-in-part-of-dx")
class GammaInOtherTermsOnly(Layer):
    def dx(self, grad):
        g = self.dx_hat(grad)
        return (grad - self.through_mean(g) - self.through_var(g)) / self.std


@wrong("gamma-in-part-of-dx")
class GammaTwiceInVarianceTerm(Layer):
    def through_var(self, dx_hat):
        return super().through_var(dx_hat) * self.gamma


@wrong("std-missing-in-dx")
class StdMissingInDx(Layer):
    def dx(self, grad):
        return super().dx(grad) * self.std


@wrong("variance-for-std-in-dx")
class VarianceForStdInDx(Layer):
    def dx(self, grad):
        return super().dx(grad) / self.std


@wrong("std-multiplied-in-dx")
class StdMultipliedInDx(Layer):
    def dx(self, grad):
        return super().dx(grad) * self.std**2


@wrong("eps-missing-in-dx")
class EpsMissingInDx(Layer):
    def dx(self, grad):
        return super().dx(grad) * self.std / np.sqrt(self.std**2 - self.eps)


@wrong("eps-missing-in-dx")
class EpsMissingWherePowersAre(Layer):
    def through_var(self, dx_hat):
        return super().through_var(dx_hat) * (self.std**2 / (self.std**2 - self.eps)) ** 1.5

    def dx(self, grad):
        g = self.dx_hat(grad)
        return (g - self.through_mean(g)) / self.std - self.through_var(g) / self.std


@wrong("eps-missing-in-dx")
class EpsMissingInXHatToo(Layer):
    def through_var(self, dx_hat):
        return super().through_var(dx_hat) * self.std**2 / (self.std**2 - self.eps)

    def dx(self, grad):
        return super().dx(grad) * self.std / np.sqrt(self.std**2 - self.eps)


@wrong("eps-missing-in-dx")
class EpsMissingInXHat(Layer):
    def through_var(self, dx_hat):
        return super().through_var(dx_hat) * self.std**2 / (self.std**2 - self.eps)


@wrong("eps-outside-root-in-dx")
class EpsOutsideRootInDx(Layer):
    def dx(self, grad):
        return super().dx(grad) * self.std / (np.sqrt(self.std**2 - self.eps) + self.eps)


@wrong("running-statistics-in-dx")
class RunningStatisticsInDx(Layer):
    def dx(self, grad):
        return super().dx(grad) * self.std / np.sqrt(self.running_var + self.eps)


# dγ and dβ


@wrong("dgamma-without-x-hat")
class DgammaWithoutXHat(Layer):
    def dgamma(self, grad):
        return grad.sum(axis=0)


@wrong("dgamma-with-x")
class DgammaWithX(Layer):
    def train(self, x):
        self.x = x
        return super().train(x)

    def dgamma(self, grad):
        return (grad * self.x).sum(axis=0)


@wrong("dgamma-with-x")
class DgammaWithCentredX(Layer):
    def dgamma(self, grad):
        return (grad * self.x_hat * self.std).sum(axis=0)


@wrong("dgamma-with-y")
class DgammaWithY(Layer):
    def dgamma(self, grad):
        return (grad * self.output(self.x_hat)).sum(axis=0)


@wrong("dgamma-with-gamma")
class DgammaWithGamma(Layer):
    def dgamma(self, grad):
        return super().dgamma(grad) * self.gamma


@wrong("dbeta-with-gamma")
class DbetaWithGamma(Layer):
    def dbeta(self, grad):
        return super().dbeta(grad) * self.gamma


@wrong("dbeta-averaged")
class DbetaAveraged(Layer):
    def dbeta(self, grad):
        return grad.mean(axis=0)


@wrong("dgamma-averaged")
class DgammaAveraged(Layer):
    def dgamma(self, grad):
        return (grad * self.x_hat).mean(axis=0)


@wrong("averaged")
class BothAveraged(DbetaAveraged, DgammaAveraged):
    pass


@wrong("averaged")
class AllAveraged(DbetaAveraged, DgammaAveraged):
    def dx(self, grad):
        return super().dx(grad) / len(grad)


@wrong("dx-averaged")
class DxAveraged(Layer):
    def dx(self, grad):
        return super().dx(grad) / len(grad)


@wrong("dx-times-n")
class DxTimesN(Layer):
    def dx(self, grad):
        return super().dx(grad) * len(grad)


@wrong("not-summed")
class NotSummed(Layer):
    def dgamma(self, grad):
        return grad * self.x_hat

    def dbeta(self, grad):
        return grad * 1.0


@wrong("not-summed")
class DgammaNotSummed(Layer):
    def dgamma(self, grad):
        return grad * self.x_hat


@wrong("summed-over-features")
class SummedOverFeatures(Layer):
    def dgamma(self, grad):
        return (grad * self.x_hat).sum(axis=1)

    def dbeta(self, grad):
        return grad.sum(axis=1)


@wrong("summed-over-features")
class DbetaSummedOverAll(Layer):
    def dbeta(self, grad):
        return grad.sum()


@wrong("summed-over-features")
class DgammaSummedOverAll(Layer):
    def dgamma(self, grad):
        return (grad * self.x_hat).sum()


@wrong("summed-over-features")
class SummedOverAll(Layer):
    def dgamma(self, grad):
        return (grad * self.x_hat).sum()

    def dbeta(self, grad):
        return grad.sum()


@wrong("mean-over-everything")
class DbetaMeanOverAll(Layer):
    def dbeta(self, grad):
        return grad.mean()


@wrong("mean-over-everything")
class DgammaMeanOverAll(Layer):
    def dgamma(self, grad):
        return (grad * self.x_hat).mean()


@wrong("mean-over-everything")
class MeanOverAll(DbetaMeanOverAll, DgammaMeanOverAll):
    pass


@wrong("sums-two-dimensional")
class SumsTwoDimensional(Layer):
    def dgamma(self, grad):
        return (grad * self.x_hat).sum(axis=0, keepdims=True)

    def dbeta(self, grad):
        return grad.sum(axis=0, keepdims=True)


@wrong("dgamma-dbeta-swapped")
class DgammaDbetaSwapped(Layer):
    def backward(self, grad):
        dx, dgamma, dbeta = super().backward(grad)
        return dx, dbeta, dgamma


@wrong("wrong-order")
class DxLast(Layer):
    def backward(self, grad):
        dx, dgamma, dbeta = super().backward(grad)
        return dgamma, dbeta, dx


@wrong("wrong-order")
class DxInTheMiddle(Layer):
    def backward(self, grad):
        dx, dgamma, dbeta = super().backward(grad)
        return dgamma, dx, dbeta


# State


@wrong("first-batch-kept")
class FirstBatchKept(Layer):
    def train(self, x):
        y = super().train(x)
        self.kept = getattr(self, "kept", (self.x_hat, self.std))
        return y

    def backward(self, grad):
        self.x_hat, self.std = self.kept
        return super().backward(grad)


@wrong("first-batch-kept")
class FirstStdKept(FirstBatchKept):
    def backward(self, grad):
        self.std = self.kept[1]
        return Layer.backward(self, grad)


@wrong("stuck-in-test-mode")
class StuckInTestMode(Layer):
    stuck = False

    def predict(self, x):
        self.stuck = True
        return super().predict(x)

    def dx(self, grad):
        return self.dx_hat(grad) / self.std if self.stuck else super().dx(grad)


@wrong("overwritten-at-test")
class StdOverwrittenAtTest(Layer):
    std_at_test = None

    def predict(self, x):
        self.std_at_test = self.root_at_test(self.running_var)
        return super().predict(x)

    def dx(self, grad):
        self.std = self.std if self.std_at_test is None else self.std_at_test
        return super().dx(grad)


@wrong("state-shared")
class StateShared(Layer):
    def __setattr__(self, name, value):
        if name in ("x_hat", "std"):
            setattr(type(self), name, value)
        else:
            super().__setattr__(name, value)


@wrong("forward-works-on-kept-x-hat")
class XHatOverwritten(Layer):
    def train(self, x):
        y = super().train(x)
        self.x_hat[...] = y
        return y


@wrong("forward-works-on-kept-x-hat")
class XHatScaled(Layer):
    def train(self, x):
        y = super().train(x)
        self.x_hat *= self.gamma
        return y


# What comes back, and what is left behind


@wrong("returns-none")
class ReturnsNone(Layer):
    def backward(self, grad):
        super().backward(grad)


@wrong("returns-dx-only")
class ReturnsDxOnly(Layer):
    def backward(self, grad):
        return self.dx(grad)


@wrong("returns-dict")
class ReturnsDict(Layer):
    def backward(self, grad):
        return {"dx": 0, "dgamma": 0, "dbeta": 0}


@wrong("grad-changed")
class GradChanged(Layer):
    def backward(self, grad):
        gradients = super().backward(grad)
        grad *= self.gamma
        return gradients
