"""Wrong optimisers of SGD's family, each as the part that is wrong."""

import numpy as np

from .entered import Entered
from .optimizer_parts import SGD, Momentum, Nesterov

wrong = Entered()

THREE = (SGD, Momentum, Nesterov)

BOTH = (Momentum, Nesterov)


# All three


@wrong("rate-divides", THREE)
class RateDivides:
    def step(self, theta, g):
        self.remember(g)
        return theta - self.direction(g) / self.lr


@wrong("gradient-normalised", THREE)
class GradientNormalised:
    def step(self, theta, g):
        return super().step(theta, g / max(np.linalg.norm(g), 1e-12))


@wrong("sign-only", THREE)
class SignOnly:
    def step(self, theta, g):
        return super().step(theta, np.sign(g))


@wrong("scales-theta", THREE)
class ScalesTheta:
    def step(self, theta, g):
        return theta * (1 + super().step(np.zeros_like(theta), g))


@wrong("one-gradient-for-all", THREE)
class OneGradientForAll:
    def step(self, theta, g):
        return super().step(theta, np.full_like(g, np.mean(g)))


@wrong("works-from-own-theta", THREE)
class WorksFromOwnTheta:
    own = None

    def step(self, theta, g):
        if self.own is None or self.own.shape != theta.shape:
            self.own = theta
        self.own = super().step(self.own, g)
        return self.own


# SGD


@wrong("returns-pair", (SGD,))
class ReturnsPair:
    def step(self, theta, g):
        return super().step(theta, g), g


@wrong("rate-shrinks", (SGD,))
class RateOverT:
    t = 0

    def step(self, theta, g):
        self.t += 1
        return theta - self.lr / self.t * g


@wrong("rate-shrinks", (SGD,))
class RateOverRootOfT(RateOverT):
    def step(self, theta, g):
        self.t += 1
        return theta - self.lr / np.sqrt(self.t) * g


@wrong("momentum-in-sgd", (SGD,))
class MomentumInSGD:
    v = 0

    def step(self, theta, g):
        self.v = 0.9 * self.v + g
        return theta - self.lr * self.v


@wrong("momentum-in-sgd", (SGD,))
class GradientsAddedUp(MomentumInSGD):
    def step(self, theta, g):
        self.v = self.v + g
        return theta - self.lr * self.v


@wrong("rate-squared", (SGD,))
class RateSquared:
    def step(self, theta, g):
        return super().step(theta, self.lr * g)


@wrong("gradient-is-squared", (SGD,))
class GradientIsSquared:
    def step(self, theta, g):
        return super().step(theta, g**2)


@wrong("gradient-without-sign", (SGD,))
class GradientWithoutSign:
    def step(self, theta, g):
        return super().step(theta, np.abs(g))


@wrong("divided-by-length", (SGD,))
class DividedByLength:
    def step(self, theta, g):
        return super().step(theta, g / len(g))


@wrong("divided-by-length", (SGD,))
class DividedBySize:
    def step(self, theta, g):
        return super().step(theta, g / g.size)


# The velocity


@wrong("averaged", BOTH)
class Averaged:
    def remember(self, g):
        self.v = self.mu * self.v + (1 - self.mu) * g


@wrong("averaged-and-corrected", BOTH)
class AveragedAndCorrected:
    t = 0
    average = 0

    def remember(self, g):
        self.t += 1
        self.average = self.mu * self.average + (1 - self.mu) * g
        self.v = self.average / (1 - self.mu**self.t)


@wrong("mu-is-forgetting", BOTH)
class MuIsForgetting:
    def remember(self, g):
        self.v = (1 - self.mu) * self.v + self.mu * g


@wrong("mu-is-friction", BOTH)
class MuIsFriction:
    def remember(self, g):
        self.v = (1 - self.mu) * self.v + g


@wrong("velocity-lost", (Momentum,))
class VelocityLost:
    def step(self, theta, g):
        self.start()
        return super().step(theta, g)


@wrong("plain-descent", (Nesterov,))
class PlainDescent:
    def direction(self, g):
        return g


@wrong("mu-ignored", BOTH)
class MuIgnored:
    def start(self):
        super().start()
        self.mu = 0.9


@wrong("nothing-lost", BOTH)
class NothingLost:
    def remember(self, g):
        self.v = self.v + g


@wrong("nothing-lost", BOTH)
class NothingLostAndGradientDamped:
    def remember(self, g):
        self.v = self.v + (1 - self.mu) * g


@wrong("mu-on-the-gradient", BOTH)
class MuOnTheGradient:
    def remember(self, g):
        self.v = self.v + self.mu * g


@wrong("mu-on-both", BOTH)
class MuOnBoth:
    def remember(self, g):
        self.v = self.mu * (self.v + g)


@wrong("velocity-reversed", BOTH)
class VelocityReversed:
    def remember(self, g):
        self.v = g - self.mu * self.v


@wrong("rate-twice", BOTH)
class RateTwice:
    def step(self, theta, g):
        return super().step(theta, self.lr * g)


@wrong("rate-beside-the-velocity", BOTH)
class RateOnTheGradientOnly:
    def step(self, theta, g):
        old = self.v
        self.remember(g)
        return theta - self.lr * g - self.mu * old


@wrong("rate-beside-the-velocity", BOTH)
class RateMultipliesTheVelocityAgain:
    def step(self, theta, g):
        self.v = self.lr * (self.mu * self.v + g)
        return theta - self.direction(self.lr * g)


@wrong("velocity-late", (Momentum,))
class VelocityLate:
    def step(self, theta, g):
        new = theta - self.lr * self.v
        self.remember(g)
        return new


@wrong("gradient-on-top", (Momentum,))
class GradientOnTop:
    def direction(self, g):
        return g + self.v


@wrong("velocity-of-theta", BOTH)
class VelocityOfTheta:
    def step(self, theta, g):
        self.remember(theta)
        return theta - self.lr * self.direction(g)


@wrong("gradient-squared", BOTH)
class GradientSquared:
    def remember(self, g):
        self.v = self.mu * self.v + g**2


@wrong("starts-at-first-gradient", BOTH)
class StartsAtFirstGradient:
    begun = False

    def remember(self, g):
        if not self.begun:
            self.v, self.begun = g, True
        super().remember(g)


@wrong("first-step-lost", BOTH)
class FirstStepLost:
    begun = False

    def step(self, theta, g):
        if not self.begun:
            self.begun = True
            return theta * 1.0
        return super().step(theta, g)


# Momentum against Nesterov


@wrong("nesterov-instead", (Momentum,))
class NesterovInstead:
    def direction(self, g):
        return g + self.mu * self.v


@wrong("momentum-instead", (Nesterov,))
class MomentumInstead:
    def direction(self, g):
        return self.v


@wrong("look-ahead-without-mu", (Nesterov,))
class LookAheadWithoutMu:
    def direction(self, g):
        return g + self.v


@wrong("look-ahead-twice", (Nesterov,))
class LookAheadStored:
    def direction(self, g):
        self.v = g + self.mu * self.v
        return self.v


@wrong("look-ahead-too-far", (Nesterov,))
class LookAheadTooFar:
    def direction(self, g):
        return g + self.mu * (self.mu * self.v + g)


@wrong("look-ahead-added-to-momentum", (Nesterov,))
class LookAheadAddedToMomentum:
    def direction(self, g):
        return self.v + self.mu * self.v


@wrong("look-ahead-added-to-momentum", (Nesterov,))
class OldVelocityAddedToMomentum:
    def remember(self, g):
        self.old = self.v
        super().remember(g)

    def direction(self, g):
        return self.v + self.mu * self.old


@wrong("look-ahead-backwards", (Nesterov,))
class LookAheadBackwards:
    def direction(self, g):
        return g - self.mu * self.v


@wrong("look-ahead-backwards", (Nesterov,))
class OldVelocityWithWrongSign:
    def remember(self, g):
        self.old = self.v
        super().remember(g)

    def direction(self, g):
        return (1 + self.mu) * self.v + self.mu * self.old


@wrong("look-ahead-backwards", (Nesterov,))
class VelocityAddedWithoutRate:
    def step(self, theta, g):
        self.remember(g)
        return theta - self.lr * g + self.mu * self.v


@wrong("look-ahead-averaged", (Nesterov,))
class LookAheadAveraged:
    def direction(self, g):
        return (1 - self.mu) * g + self.mu * self.v


@wrong("look-ahead-averaged", (Nesterov,))
class AveragedTwice:
    def remember(self, g):
        self.v = self.mu * self.v + (1 - self.mu) * g

    def direction(self, g):
        return (1 - self.mu) * g + self.mu * self.v


@wrong("velocity-only-ahead", (Nesterov,))
class VelocityOnlyAhead:
    def direction(self, g):
        return self.mu * self.v
