"""Wrong optimisers, each as the part that is wrong."""

import numpy as np

from .entered import Entered
from .optimizer_parts import SGD, AdaGrad, Adam, AdamW, Momentum, Nesterov, RMSprop

wrong = Entered()


ADAPTIVE = (AdaGrad, RMSprop, Adam, AdamW)

STATEFUL = (Momentum, Nesterov, *ADAPTIVE)

EVERY = (SGD, *STATEFUL)

ADAMS = (Adam, AdamW)

ONE_STATE = (AdaGrad, RMSprop)


# What step returns


@wrong("returns-none", EVERY)
class ReturnsNone:
    def step(self, theta, g):
        super().step(theta, g)


@wrong("changes-and-returns-none", EVERY)
class ChangesAndReturnsNone:
    def step(self, theta, g):
        theta[...] = super().step(theta, g)


@wrong("returns-list", EVERY)
class ReturnsList:
    def step(self, theta, g):
        return super().step(np.asarray(theta), g).tolist()


@wrong("returns-tuple", STATEFUL)
class ReturnsTuple:
    def step(self, theta, g):
        return super().step(theta, g), self.lr


@wrong("returns-tuple", STATEFUL)
class ReturnsTriple:
    def step(self, theta, g):
        return super().step(theta, g), self.lr, self.state


@wrong("returns-update", EVERY)
class ReturnsUpdate:
    def step(self, theta, g):
        return theta - super().step(theta, g)


@wrong("returns-update", EVERY)
class ReturnsNegativeUpdate:
    def step(self, theta, g):
        return super().step(theta, g) - theta


@wrong("returns-gradient", EVERY)
class ReturnsGradient:
    def step(self, theta, g):
        return g


@wrong("returns-theta", EVERY)
class ReturnsTheta:
    def step(self, theta, g):
        return theta


@wrong("returns-float32", EVERY)
class ReturnsFloat32:
    def step(self, theta, g):
        return super().step(theta, g).astype(np.float32)


@wrong("returns-integers", EVERY)
class ReturnsIntegers:
    def step(self, theta, g):
        return super().step(theta, g).astype(int)


@wrong("flattened", EVERY)
class Flattened:
    def step(self, theta, g):
        return super().step(theta, g).ravel()


@wrong("one-number", EVERY)
class OneNumber:
    def step(self, theta, g):
        return np.mean(super().step(theta, g))


@wrong("one-number", EVERY)
class OneSum:
    def step(self, theta, g):
        return np.sum(super().step(theta, g))


@wrong("vectors-only", EVERY)
class VectorsOnly:
    def step(self, theta, g):
        new = super().step(theta, g)
        return np.array([float(entry) for entry in new])


@wrong("own-theta", ADAPTIVE)
class OwnTheta:
    kept = None

    def step(self, theta, g):
        self.kept = super().step(theta if self.kept is None else self.kept, g)
        return self.kept


# What step leaves behind


@wrong("theta-changed", EVERY)
class ThetaChanged:
    def step(self, theta, g):
        theta[...] = super().step(theta, g)
        return theta


@wrong("gradient-changed", EVERY)
class GradientChanged:
    def step(self, theta, g):
        new = super().step(theta, g)
        g *= self.lr
        return new


@wrong("shared-state", STATEFUL)
class SharedState:
    def start(self):
        for name in self.state:
            setattr(type(self), name, 0)

    def step(self, theta, g):
        for name in self.state:
            setattr(self, name, getattr(type(self), name))
        new = super().step(theta, g)
        for name in self.state:
            setattr(type(self), name, getattr(self, name))
        return new


@wrong("class-level-state", STATEFUL)
class ClassLevelState(SharedState):
    def start(self):
        for name in self.state:
            if not hasattr(type(self), name):
                setattr(type(self), name, 0)


@wrong("state-renewed", (Nesterov, *ADAPTIVE))
class StateRenewed:
    def step(self, theta, g):
        self.start()
        return super().step(theta, g)


# Direction, rate and hyperparameters


@wrong("ascent", EVERY)
class Ascent:
    def step(self, theta, g):
        return super().step(theta, -g)


@wrong("arguments-swapped", EVERY)
class ArgumentsSwapped:
    def step(self, theta, g):
        return super().step(g, theta)


@wrong("rate-hard-coded", EVERY)
class RateThousandth:
    rate = 1e-3

    def start(self):
        super().start()
        self.lr = self.rate


@wrong("rate-hard-coded", EVERY)
class RateHundredth(RateThousandth):
    rate = 1e-2


@wrong("rate-hard-coded", EVERY)
class RateTenth(RateThousandth):
    rate = 1e-1


@wrong("rate-hard-coded", EVERY)
class RateOne(RateThousandth):
    rate = 1.0


@wrong("eps-ignored", ADAPTIVE)
class EpsIgnored:
    def start(self):
        super().start()
        self.eps = 1e-8


@wrong("rho-ignored", (RMSprop,))
class RhoIgnored:
    def start(self):
        super().start()
        self.rho = 0.9


@wrong("beta1-ignored", ADAMS)
class Beta1Ignored:
    def start(self):
        super().start()
        self.beta1 = 0.9


@wrong("beta2-ignored", ADAMS)
class Beta2Ignored:
    def start(self):
        super().start()
        self.beta2 = 0.999


@wrong("betas-ignored", ADAMS)
class BetasIgnored(Beta1Ignored, Beta2Ignored):
    pass


@wrong("weight-decay-ignored", (AdamW,))
class WeightDecayIgnored:
    def start(self):
        super().start()
        self.weight_decay = 1e-2


@wrong("hyperparameters-ignored", (RMSprop, Adam, AdamW))
class HyperparametersIgnored:
    def start(self):
        super().start()
        for name, default in self.defaults.items():
            if name != "lr":
                setattr(self, name, default)


# The second moment and ε


@wrong("eps-inside-root", ADAPTIVE)
class EpsInsideRoot:
    def denominator(self, v):
        return np.sqrt(v + self.eps)


@wrong("eps-inside-and-outside", ADAPTIVE)
class EpsTwice:
    def denominator(self, v):
        return np.sqrt(v + self.eps) + self.eps


@wrong("eps-missing", ADAPTIVE)
class EpsMissing:
    def denominator(self, v):
        return self.root(v)


@wrong("eps-negative", ADAPTIVE)
class EpsNegative:
    def denominator(self, v):
        return self.root(v) - self.eps


@wrong("eps-after-division", ADAPTIVE)
class EpsAfterDivision:
    def direction(self, g):
        self.eps, eps = 0, self.eps
        quotient = super().direction(g)
        self.eps = eps
        return quotient + eps


@wrong("eps-after-division", ADAPTIVE)
class EpsAfterTheRate:
    sign = -1

    def step(self, theta, g):
        self.eps, eps = 0, self.eps
        new = super().step(theta, g)
        self.eps = eps
        return new + self.sign * eps


@wrong("eps-after-division", ADAPTIVE)
class EpsAddedToTheta(EpsAfterTheRate):
    sign = 1


@wrong("no-square", ADAPTIVE)
class NoSquare:
    def square(self, g):
        return g


@wrong("absolute-value", ADAPTIVE)
class AbsoluteValue:
    def square(self, g):
        return np.abs(g)


@wrong("no-root", ADAPTIVE)
class NoRoot:
    def root(self, v):
        return v


@wrong("one-rate-for-all", ADAPTIVE)
class OneRateForAll:
    def root(self, v):
        return np.sqrt(np.sum(v))


@wrong("one-rate-for-all", ADAPTIVE)
class OneMeanRateForAll:
    def root(self, v):
        return np.sqrt(np.mean(v))


@wrong("one-rate-for-all", ADAPTIVE)
class DotProductForAll:
    def square(self, g):
        return np.dot(g, g)


# for a vector; a matrix raises


@wrong("state-late", ADAPTIVE)
class StateLate:
    def remember(self, g):
        old = {name: getattr(self, name) for name in self.state if name != "t"}
        super().remember(g)
        self.new = {name: getattr(self, name) for name in old}
        for name, value in old.items():
            setattr(self, name, value)

    def step(self, theta, g):
        theta = super().step(theta, g)
        for name, value in self.new.items():
            setattr(self, name, value)
        return theta


@wrong("starts-at-one", ADAPTIVE)
class StartsAtOne:
    def start(self):
        super().start()
        setattr(self, "v" if "v" in self.state else "s", 1.0)


@wrong("starts-at-first-gradient", (RMSprop, Adam, AdamW))
class StartsAtFirstGradient:
    def remember(self, g):
        begun = {"s": g**2, "m": g, "v": g**2}
        first = not getattr(self, "begun", False)
        self.begun = True
        for name in self.state if first else ():
            setattr(self, name, begun.get(name, 0))
        super().remember(g)


@wrong("added-to-itself", (RMSprop, Adam, AdamW))
class SecondAddedToItself:
    def remember(self, g):
        name = "v" if "v" in self.state else "s"
        old = getattr(self, name)
        super().remember(g)
        setattr(self, name, old + getattr(self, name))


@wrong("added-to-itself", (RMSprop, Adam, AdamW))
class AllAddedToThemselves:
    def remember(self, g):
        old = {name: getattr(self, name) for name in self.state if name != "t"}
        super().remember(g)
        for name, value in old.items():
            setattr(self, name, value + getattr(self, name))


@wrong("plain-descent", ADAPTIVE)
class PlainDescent:
    def direction(self, g):
        return g


@wrong("gradient-squared-on-top", ONE_STATE)
class GradientSquaredOnTop:
    def direction(self, g):
        return g**2 / self.denominator(self.s)


@wrong("rate-stored-back", ONE_STATE)
class RateStoredBack:
    def step(self, theta, g):
        self.remember(g)
        self.lr = self.lr / self.denominator(self.s)
        return theta - self.lr * g


@wrong("root-stored", ONE_STATE)
class RootStored:
    def remember(self, g):
        super().remember(g)
        self.s = np.sqrt(self.s)

    def root(self, v):
        return v


@wrong("eps-remembered", ONE_STATE)
class EpsRemembered:
    def remember(self, g):
        super().remember(g)
        self.s = self.s + self.eps

    def denominator(self, v):
        return self.root(v)


# AdaGrad


@wrong("decays", (AdaGrad,))
class AdaGradDecays:
    def remember(self, g):
        self.s = 0.9 * self.s + 0.1 * g**2


@wrong("decays", (AdaGrad,))
class AdaGradLeaks:
    def remember(self, g):
        self.s = 0.9 * self.s + g**2


@wrong("decays", (AdaGrad,))
class AdaGradForgetsSlowly:
    def remember(self, g):
        self.s = 0.99 * self.s + 0.01 * g**2


@wrong("mean-of-squares", (AdaGrad,))
class MeanOfSquares:
    count = 0

    def remember(self, g):
        self.count += 1
        super().remember(g)

    def root(self, v):
        return np.sqrt(v / self.count)


@wrong("square-of-sum", (AdaGrad,))
class SquareOfSum:
    def remember(self, g):
        self.s = self.s + g

    def root(self, v):
        return np.sqrt(v**2)


# RMSprop


@wrong("sums-up", (RMSprop,))
class RMSpropSums:
    def remember(self, g):
        self.s = self.s + g**2


@wrong("weight-forgotten", (RMSprop,))
class RMSpropWeightForgotten:
    def remember(self, g):
        self.s = self.rho * self.s + g**2


@wrong("nothing-forgotten", (RMSprop,))
class NothingForgotten:
    def remember(self, g):
        self.s = self.s + (1 - self.rho) * g**2


@wrong("rho-is-forgetting", (RMSprop,))
class RhoIsForgetting:
    def remember(self, g):
        self.s = (1 - self.rho) * self.s + self.rho * g**2


@wrong("rmsprop-corrected", (RMSprop,))
class RMSpropCorrected:
    count = 0

    def remember(self, g):
        self.count += 1
        super().remember(g)

    def root(self, v):
        return np.sqrt(v / (1 - self.rho**self.count))


@wrong("centred", (RMSprop,))
class Centred:
    mean = 0

    def remember(self, g):
        super().remember(g)
        self.mean = self.rho * self.mean + (1 - self.rho) * g

    def root(self, v):
        return np.sqrt(v - self.mean**2)


@wrong("square-of-average", (RMSprop,))
class SquareOfAverage:
    def remember(self, g):
        self.s = self.rho * self.s + (1 - self.rho) * g

    def root(self, v):
        return np.sqrt(v**2)


@wrong("weight-squared", (RMSprop,))
class WeightSquared:
    def remember(self, g):
        self.s = self.rho * self.s + ((1 - self.rho) * g) ** 2


# Adam and AdamW: bias correction


@wrong("no-bias-correction", ADAMS)
class NoBiasCorrection:
    def m_hat(self):
        return self.m

    def v_hat(self):
        return self.v


@wrong("only-v-corrected", ADAMS)
class OnlyVCorrected:
    def m_hat(self):
        return self.m


@wrong("only-m-corrected", ADAMS)
class OnlyMCorrected:
    def v_hat(self):
        return self.v


@wrong("v-hat-with-beta1", ADAMS)
class VHatWithBeta1:
    def v_hat(self):
        return self.v / (1 - self.beta1**self.t)


@wrong("m-hat-with-beta2", ADAMS)
class MHatWithBeta2:
    def m_hat(self):
        return self.m / (1 - self.beta2**self.t)


@wrong("corrections-swapped", ADAMS)
class CorrectionsSwapped(MHatWithBeta2, VHatWithBeta1):
    pass


@wrong("t-starts-at-zero", ADAMS)
class TStartsAtZero:
    def start(self):
        super().start()
        self.t = -1

    def m_hat(self):
        return np.asarray(self.m) / (1 - self.beta1**self.t)

    def v_hat(self):
        return np.asarray(self.v) / (1 - self.beta2**self.t)


@wrong("t-ahead", ADAMS)
class TAhead:
    def start(self):
        super().start()
        self.t = 1


@wrong("t-never-advances", ADAMS)
class TNeverAdvances:
    def count(self):
        self.t = 1


@wrong("t-counts-twice", ADAMS)
class TCountsTwice:
    def count(self):
        self.t += 2


@wrong("t-counts-twice", ADAMS)
class TCountsBetween:
    # Increased before each correction: 1 for m, 2 for v, then 3 and 4.
    def count(self):
        self.t += 2

    def m_hat(self):
        return self.m / (1 - self.beta1 ** (self.t - 1))


@wrong("product-for-power", ADAMS)
class ProductForPower:
    def m_hat(self):
        return self.m / (1 - self.beta1 * self.t)

    def v_hat(self):
        return self.v / (1 - self.beta2 * self.t)


@wrong("correction-multiplied", ADAMS)
class CorrectionMultiplied:
    def m_hat(self):
        return self.m * (1 - self.beta1**self.t)

    def v_hat(self):
        return self.v * (1 - self.beta2**self.t)


@wrong("correction-inverted", ADAMS)
class CorrectionInverted:
    def m_hat(self):
        return self.m / self.beta1**self.t

    def v_hat(self):
        return self.v / self.beta2**self.t


@wrong("folded-without-root", ADAMS)
class FoldedWithoutRoot:
    def direction(self, g):
        fold = (1 - self.beta2**self.t) / (1 - self.beta1**self.t)
        return fold * self.m / self.denominator(self.v)


@wrong("folded-upside-down", ADAMS)
class FoldedUpsideDown:
    def direction(self, g):
        fold = (1 - self.beta1**self.t) / np.sqrt(1 - self.beta2**self.t)
        return fold * self.m / self.denominator(self.v)


@wrong("eps-hat", ADAMS)
class EpsHat:
    def direction(self, g):
        fold = np.sqrt(1 - self.beta2**self.t) / (1 - self.beta1**self.t)
        return fold * self.m / self.denominator(self.v)


@wrong("folded-rate-stored", ADAMS)
class FoldedRateStored:
    def direction(self, g):
        fold = np.sqrt(1 - self.beta2**self.t) / (1 - self.beta1**self.t)
        self.lr = self.lr * fold
        return self.m / self.denominator(self.v)


@wrong("folded-rate-stored", ADAMS)
class ExactlyFoldedRateStored:
    def direction(self, g):
        root = np.sqrt(1 - self.beta2**self.t)
        self.lr = self.lr * root / (1 - self.beta1**self.t)
        return self.m / (self.root(self.v) + self.eps * root)


@wrong("hats-stored", ADAMS)
class HatsStored:
    def step(self, theta, g):
        new = super().step(theta, g)
        self.m, self.v = self.m_hat(), self.v_hat()
        return new


@wrong("m-hat-stored", ADAMS)
class MHatStored:
    def step(self, theta, g):
        new = super().step(theta, g)
        self.m = self.m_hat()
        return new


@wrong("v-hat-stored", ADAMS)
class VHatStored:
    def step(self, theta, g):
        new = super().step(theta, g)
        self.v = self.v_hat()
        return new


# Adam and AdamW: the moments


@wrong("betas-swapped", ADAMS)
class BetasSwapped:
    def start(self):
        super().start()
        self.beta1, self.beta2 = self.beta2, self.beta1


@wrong("betas-swapped", ADAMS)
class BetasSwappedInMoments:
    def first(self, g):
        return self.beta2 * self.m + (1 - self.beta2) * g

    def second(self, g):
        return self.beta1 * self.v + (1 - self.beta1) * g**2


@wrong("one-beta-for-both", ADAMS)
class Beta1ForBoth:
    def start(self):
        super().start()
        self.beta2 = self.beta1


@wrong("one-beta-for-both", ADAMS)
class Beta2ForBoth:
    def start(self):
        super().start()
        self.beta1 = self.beta2


@wrong("one-beta-for-both", ADAMS)
class Beta1InBothMoments:
    def second(self, g):
        return self.beta1 * self.v + (1 - self.beta1) * g**2


@wrong("one-beta-for-both", ADAMS)
class Beta2InBothMoments:
    def first(self, g):
        return self.beta2 * self.m + (1 - self.beta2) * g


@wrong("betas-are-forgetting", ADAMS)
class BetasAreForgetting:
    def first(self, g):
        return (1 - self.beta1) * self.m + self.beta1 * g

    def second(self, g):
        return (1 - self.beta2) * self.v + self.beta2 * g**2


@wrong("m-weight-forgotten", ADAMS)
class MWeightForgotten:
    def first(self, g):
        return self.beta1 * self.m + g


@wrong("v-weight-forgotten", ADAMS)
class VWeightForgotten:
    def second(self, g):
        return self.beta2 * self.v + g**2


@wrong("weights-forgotten", ADAMS)
class WeightsForgotten(MWeightForgotten, VWeightForgotten):
    pass


@wrong("weight-of-the-other-beta", ADAMS)
class VWeightOfBeta1:
    def second(self, g):
        return self.beta2 * self.v + (1 - self.beta1) * g**2


@wrong("weight-of-the-other-beta", ADAMS)
class MWeightOfBeta2:
    def first(self, g):
        return self.beta1 * self.m + (1 - self.beta2) * g


@wrong("weight-of-the-other-beta", ADAMS)
class WeightsOfEachOther(VWeightOfBeta1, MWeightOfBeta2):
    pass


@wrong("one-array-for-both", ADAMS)
class OneArrayForBoth:
    def remember(self, g):
        self.count()
        self.m = self.v = self.first(g)
        self.m = self.v = self.second(g)


@wrong("no-first-moment", ADAMS)
class NoFirstMoment:
    def m_hat(self):
        return self.g

    def remember(self, g):
        super().remember(g)
        self.g = g


@wrong("rmsprop-instead", ADAMS)
class RMSpropInstead(NoFirstMoment):
    def v_hat(self):
        return self.v


@wrong("no-second-moment", ADAMS)
class NoSecondMoment:
    def direction(self, g):
        return self.m_hat()


@wrong("no-second-moment", ADAMS)
class UncorrectedMomentumOnly:
    def direction(self, g):
        return self.m


@wrong("v-from-m", ADAMS)
class VFromM:
    def second(self, g):
        return self.beta2 * self.v + (1 - self.beta2) * self.m**2


@wrong("v-weight-squared", ADAMS)
class VWeightSquared:
    def second(self, g):
        return self.beta2 * self.v + ((1 - self.beta2) * g) ** 2


@wrong("moments-renewed", ADAMS)
class MomentsRenewed:
    def step(self, theta, g):
        self.m = self.v = 0
        return super().step(theta, g)


@wrong("t-shared", ADAMS)
class TShared:
    clock = 0

    def start(self):
        super().start()
        type(self).clock = 0

    def count(self):
        type(self).clock += 1
        self.t = self.clock


@wrong("t-shared", ADAMS)
class TNeverReset(TShared):
    def start(self):
        self.m = self.v = 0


# Relatives of Adam


@wrong("adamax", ADAMS)
class AdaMax:
    def second(self, g):
        return np.maximum(self.beta2 * self.v, np.abs(g))

    def direction(self, g):
        return self.m_hat() / (self.v + self.eps)


@wrong("adamax", ADAMS)
class AdaMaxWithoutEps(AdaMax):
    def direction(self, g):
        return self.m_hat() / self.v


@wrong("amsgrad", ADAMS)
class AMSGrad:
    largest = 0.0

    def v_hat(self):
        self.largest = np.maximum(self.largest, self.v)
        return self.largest / (1 - self.beta2**self.t)


@wrong("amsgrad", ADAMS)
class AMSGradOfHats:
    largest = 0.0

    def v_hat(self):
        self.largest = np.maximum(self.largest, super().v_hat())
        return self.largest


@wrong("nadam", ADAMS)
class Nadam(NoFirstMoment):
    def m_hat(self):
        corrected = self.m / (1 - self.beta1**self.t)
        return self.beta1 * corrected + (1 - self.beta1) * self.g / (1 - self.beta1**self.t)


@wrong("nadam", ADAMS)
class NadamAhead(NoFirstMoment):
    def m_hat(self):
        ahead = self.beta1 * self.m / (1 - self.beta1 ** (self.t + 1))
        return ahead + (1 - self.beta1) * self.g / (1 - self.beta1**self.t)


@wrong("adabelief", ADAMS)
class AdaBelief:
    def second(self, g):
        return self.beta2 * self.v + (1 - self.beta2) * (g - self.m) ** 2


@wrong("rate-over-root-t", ADAMS)
class RateOverRootT:
    def direction(self, g):
        return super().direction(g) / np.sqrt(self.t)


# AdamW: the decay


@wrong("l2-instead", (AdamW,))
class L2Instead:
    def step(self, theta, g):
        return super().step(theta, g + self.weight_decay * theta)

    def decay(self, theta):
        return 0


@wrong("l2-and-decay", (AdamW,))
class L2AndDecay:
    def step(self, theta, g):
        return super().step(theta, g + self.weight_decay * theta) + self.lr * self.weight_decay**2 * theta


@wrong("decay-without-rate", (AdamW,))
class DecayWithoutRate:
    def decay(self, theta):
        return self.weight_decay * theta


@wrong("decay-of-new-theta", (AdamW,))
class DecayOfNewTheta:
    def step(self, theta, g):
        new = Adam.step(self, theta, g)
        return new - self.decay(new)


@wrong("decay-missing", (AdamW,))
class DecayMissing:
    def decay(self, theta):
        return 0


@wrong("decay-grows", (AdamW,))
class DecayGrows:
    def decay(self, theta):
        return -self.lr * self.weight_decay * theta


@wrong("decay-in-the-fraction", (AdamW,))
class DecayInTheFraction:
    def step(self, theta, g):
        self.theta = theta
        return super().step(theta, g)

    def m_hat(self):
        return super().m_hat() + self.weight_decay * self.theta

    def decay(self, theta):
        return 0


@wrong("decay-in-the-first-moment", (AdamW,))
class DecayInTheFirstMoment:
    def step(self, theta, g):
        self.theta = theta
        return super().step(theta, g)

    def first(self, g):
        return super().first(g + self.weight_decay * self.theta)

    def decay(self, theta):
        return 0


@wrong("decay-of-the-gradient", (AdamW,))
class DecayOfTheGradient:
    def step(self, theta, g):
        return Adam.step(self, theta, g) - self.decay(g)


@wrong("decay-by-sign", (AdamW,))
class DecayBySign:
    def decay(self, theta):
        return self.lr * self.weight_decay * np.sign(theta)


@wrong("decay-of-zero", (AdamW,))
class DecayOfZero:
    def step(self, theta, g):
        return Adam.step(self, theta, g) - self.decay(theta) * (g != 0)


@wrong("decay-doubled", (AdamW,))
class DecayDoubled:
    def decay(self, theta):
        return 2 * super().decay(theta)


@wrong("decay-doubled", (AdamW,))
class DecayBeforeAndAfter:
    def step(self, theta, g):
        decayed = theta - self.decay(theta)
        return Adam.step(self, decayed, g) - self.decay(decayed)


@wrong("decay-leaves-nothing", (AdamW,))
class DecayLeavesNothing:
    def decay(self, theta):
        return theta - super().decay(theta)


@wrong("decay-leaves-nothing", (AdamW,))
class DecayLeavesNothingWithoutRate:
    def decay(self, theta):
        return theta - self.weight_decay * theta
