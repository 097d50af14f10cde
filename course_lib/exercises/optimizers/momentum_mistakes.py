"""The mistakes that students make in SGD, Momentum and Nesterov, beside those that all optimisers share.

They are entered among the others when this module is loaded.
"""

# mypy: no-check-untyped-defs
# What a mistake refers to with self comes from the optimiser that it is mixed into.

import numpy as np

from course_lib.exercises.optimizers.mistakes import mistake, variant
from course_lib.exercises.optimizers.parts import SGD, Momentum, Nesterov

THREE = (SGD, Momentum, Nesterov)
BOTH = (Momentum, Nesterov)


# All three


@mistake(
    "rate-divides",
    THREE,
    "The step is divided by the learning rate, where it should be multiplied: a smaller rate makes larger "
    "steps.",
    "With a rate of 0.01 instead of 0.1, should the step become longer or shorter?",
)
class RateDivides:
    def step(self, theta, g):
        self.remember(g)
        return theta - self.direction(g) / self.lr


@mistake(
    "gradient-normalised",
    THREE,
    "The gradient is divided by its norm, so that all steps are as long, however steep it is. That is a "
    "known variant, normalised gradient descent; ours takes the gradient as it is.",
    "Where the slope is ten times as steep, how much longer should the step be?",
    convention=True,
)
class GradientNormalised:
    def step(self, theta, g):
        return super().step(theta, g / max(np.linalg.norm(g), 1e-12))


@mistake(
    "sign-only",
    THREE,
    "Only the sign of the gradient is used: every entry moves by the same amount. That is a known method, "
    "sign descent; ours takes the gradient as it is.",
    "Where the slope is ten times as steep, how much longer should the step be, for each entry?",
    convention=True,
)
class SignOnly:
    def step(self, theta, g):
        return super().step(theta, np.sign(g))


@mistake(
    "scales-theta",
    THREE,
    "θ is multiplied, not moved: the step depends on how large θ is. A weight of exactly 0 could never "
    "leave its place.",
    "From θ = 0 with g = 1 and a rate of 0.1, where should one arrive?",
)
class ScalesTheta:
    def step(self, theta, g):
        return theta * (1 + super().step(np.zeros_like(theta), g))


@mistake(
    "one-gradient-for-all",
    THREE,
    "All entries move by the same amount, the mean of the gradient. Each entry has its own derivative.",
    "Which function in your step makes one number of many?",
)
class OneGradientForAll:
    def step(self, theta, g):
        return super().step(theta, np.full_like(g, np.mean(g)))


@mistake(
    "works-from-own-theta",
    THREE,
    "The object keeps a θ of its own from the first call and works from that one; the θ that it is given "
    "later has no effect.",
    "Which θ does step get, and which does it start from?",
)
class WorksFromOwnTheta:
    own = None

    def step(self, theta, g):
        if self.own is None or self.own.shape != theta.shape:
            self.own = theta
        self.own = super().step(self.own, g)
        return self.own


# SGD


@mistake(
    "returns-pair",
    (SGD,),
    "step returns a tuple, the new θ together with something else. Its caller expects θ and nothing but θ.",
    "What would the next call of step do with what this one returns?",
)
class ReturnsPair:
    def step(self, theta, g):
        return super().step(theta, g), g


@mistake(
    "rate-shrinks",
    (SGD,),
    "The learning rate shrinks from step to step. Such schedules are a known means, and the course has "
    "them apart from the optimiser; SGD itself keeps its rate.",
    "With the same gradient at every step, how long should each step be?",
    convention=True,
)
class RateOverT:
    t = 0

    def step(self, theta, g):
        self.t += 1
        return theta - self.lr / self.t * g


@variant("rate-shrinks")
class RateOverRootOfT(RateOverT):
    def step(self, theta, g):
        self.t += 1
        return theta - self.lr / np.sqrt(self.t) * g


@mistake(
    "momentum-in-sgd",
    (SGD,),
    "Earlier gradients have an effect on this step: that is momentum, which comes later. SGD remembers "
    "nothing.",
    "With which numbers does the second step differ from the first, if θ and g are the same?",
)
class MomentumInSGD:
    v = 0

    def step(self, theta, g):
        self.v = 0.9 * self.v + g
        return theta - self.lr * self.v


@variant("momentum-in-sgd")
class GradientsAddedUp(MomentumInSGD):
    def step(self, theta, g):
        self.v = self.v + g
        return theta - self.lr * self.v


@mistake(
    "rate-squared",
    (SGD,),
    "The learning rate is applied twice: the step is η² g.",
    "Halve the rate: by which factor does your step shrink?",
)
class RateSquared:
    def step(self, theta, g):
        return super().step(theta, self.lr * g)


@mistake(
    "gradient-is-squared",
    (SGD,),
    "The gradient is squared, so that its sign is lost: θ always moves in the same direction.",
    "With g = 1 and with g = −1, in which direction should θ move?",
)
class GradientIsSquared:
    def step(self, theta, g):
        return super().step(theta, g**2)


@mistake(
    "gradient-without-sign",
    (SGD,),
    "The absolute value of the gradient is subtracted: θ always moves in the same direction.",
    "On the other side of the valley the slope is negative. Where should the step go from there?",
)
class GradientWithoutSign:
    def step(self, theta, g):
        return super().step(theta, np.abs(g))


@mistake(
    "divided-by-length",
    (SGD,),
    "The step is divided by the number of entries. The mean over examples is the business of whoever "
    "computes the gradient; here it is taken as it comes.",
    "If θ had twice as many entries, should each of them move half as far?",
)
class DividedByLength:
    def step(self, theta, g):
        return super().step(theta, g / len(g))


@variant("divided-by-length")
class DividedBySize:
    def step(self, theta, g):
        return super().step(theta, g / g.size)


# The velocity


@mistake(
    "averaged",
    BOTH,
    "The new gradient enters the velocity with weight 1 − μ: v is an average of gradients, not a sum. That "
    "is a known convention, and many courses have it; its steps are 1 − μ times as long as ours. Our "
    "contract has no such factor.",
    "With a constant gradient of 1, where does your v end up, and where the contract's?",
    convention=True,
)
class Averaged:
    def remember(self, g):
        self.v = self.mu * self.v + (1 - self.mu) * g


@mistake(
    "averaged-and-corrected",
    BOTH,
    "The velocity is an average of gradients, corrected for its start at zero, like the first moment of "
    "Adam. That is a known convention; ours is a sum, without a factor and without a correction.",
    "Which of the symbols in your formula are not in the contract's?",
    convention=True,
)
class AveragedAndCorrected:
    t = 0
    average = 0

    def remember(self, g):
        self.t += 1
        self.average = self.mu * self.average + (1 - self.mu) * g
        self.v = self.average / (1 - self.mu**self.t)


@mistake(
    "mu-is-forgetting",
    BOTH,
    "μ and 1 − μ have changed places in an average: in your code μ is the weight of the new gradient. A "
    "rate that says how much is new is a known convention; our μ says how much of the velocity is kept, "
    "and the gradient has no factor.",
    "With μ = 0.9, for about how many steps does a gradient stay in your v?",
    convention=True,
)
class MuIsForgetting:
    def remember(self, g):
        self.v = (1 - self.mu) * self.v + self.mu * g


@mistake(
    "mu-is-friction",
    BOTH,
    "The velocity is multiplied by 1 − μ: you read μ as friction. Our μ is what is kept of the velocity; 1 "
    "− μ is lost.",
    "With μ = 0.9 and no slope at all, how much of its velocity does the ball have after one step?",
)
class MuIsFriction:
    def remember(self, g):
        self.v = (1 - self.mu) * self.v + g


@mistake(
    "velocity-lost",
    (Momentum,),
    "This is plain gradient descent: the velocity begins anew at each step, or has no effect on it. It has "
    "to last from one call to the next.",
    "Where does v live between two calls of step, and which line uses the old one?",
)
class VelocityLost:
    def step(self, theta, g):
        self.start()
        return super().step(theta, g)


@mistake(
    "plain-descent",
    (Nesterov,),
    "This is plain gradient descent: what Nesterov remembers has no effect on the step.",
    "In which line of the formula is v used?",
)
class PlainDescent:
    def direction(self, g):
        return g


@mistake(
    "mu-ignored",
    BOTH,
    "The mu that is passed to the constructor has no effect: its default, 0.9, is used always.",
    "Is the number written out in step, where the attribute should stand?",
)
class MuIgnored:
    def start(self):
        super().start()
        self.mu = 0.9


@mistake(
    "nothing-lost",
    BOTH,
    "The velocity loses nothing: all gradients are added up with the same weight, however old they are. "
    "The ball never slows down.",
    "After the slope has ended, should the steps become shorter?",
)
class NothingLost:
    def remember(self, g):
        self.v = self.v + g


@variant("nothing-lost")
class NothingLostAndGradientDamped:
    def remember(self, g):
        self.v = self.v + (1 - self.mu) * g


@mistake(
    "mu-on-the-gradient",
    BOTH,
    "μ stands at the wrong place: it multiplies the new gradient, and the old velocity is kept whole.",
    "Which of the two is the past, and so is to fade?",
)
class MuOnTheGradient:
    def remember(self, g):
        self.v = self.v + self.mu * g


@mistake(
    "mu-on-both",
    BOTH,
    "μ multiplies the gradient too: the parentheses are around the sum. The newest gradient should count "
    "whole.",
    "In the first step, when the velocity is 0, how long should the step be?",
)
class MuOnBoth:
    def remember(self, g):
        self.v = self.mu * (self.v + g)


@mistake(
    "velocity-reversed",
    BOTH,
    "The old velocity enters with the wrong sign: it brakes where it should carry on.",
    "With the same gradient twice, should the second step be longer or shorter than the first?",
)
class VelocityReversed:
    def remember(self, g):
        self.v = g - self.mu * self.v


@mistake(
    "rate-twice",
    BOTH,
    "The learning rate is applied twice: in the velocity and again in the step.",
    "Halve the rate and look at the first step: by which factor does it shrink?",
)
class RateTwice:
    def step(self, theta, g):
        return super().step(theta, self.lr * g)


@mistake(
    "rate-beside-the-velocity",
    BOTH,
    "The gradient is multiplied by the learning rate, but what is kept of the velocity is so again, or not "
    "at all: the rate acts on one part of the step only.",
    "With a learning rate half as large, should every step be half as long, or only some part of it?",
)
class RateOnTheGradientOnly:
    def step(self, theta, g):
        old = self.v
        self.remember(g)
        return theta - self.lr * g - self.mu * old


@variant("rate-beside-the-velocity")
class RateMultipliesTheVelocityAgain:
    def step(self, theta, g):
        self.v = self.lr * (self.mu * self.v + g)
        return theta - self.direction(self.lr * g)


@mistake(
    "velocity-late",
    (Momentum,),
    "The step is made with the old velocity, and only then does the new gradient enter it: each step is "
    "one gradient behind.",
    "In the first step, before anything is remembered, how far does your θ move?",
)
class VelocityLate:
    def step(self, theta, g):
        new = theta - self.lr * self.v
        self.remember(g)
        return new


@mistake(
    "gradient-on-top",
    (Momentum,),
    "The gradient is added to the velocity and then once more to the step: it counts twice.",
    "How often does g appear in one step of yours, and how often in the contract's?",
)
class GradientOnTop:
    def direction(self, g):
        return g + self.v


@mistake(
    "velocity-of-theta",
    BOTH,
    "The velocity collects θ where it should collect gradients.",
    "What is added to v at each step: where the ball is, or how steep it is there?",
)
class VelocityOfTheta:
    def step(self, theta, g):
        self.remember(theta)
        return theta - self.lr * self.direction(g)


@mistake(
    "gradient-squared",
    BOTH,
    "The velocity collects squared gradients: it has lost their direction. The square belongs to RMSprop "
    "and Adam.",
    "If the slope turns round, should the velocity?",
)
class GradientSquared:
    def remember(self, g):
        self.v = self.mu * self.v + g**2


@mistake(
    "starts-at-first-gradient",
    BOTH,
    "The velocity begins at the first gradient, and then the first gradient is added once more. It should "
    "begin at 0.",
    "After the first step, which v should there be?",
)
class StartsAtFirstGradient:
    begun = False

    def remember(self, g):
        if not self.begun:
            self.v, self.begun = g, True
        super().remember(g)


@mistake(
    "first-step-lost",
    BOTH,
    "The first step does not move θ: the velocity is set up in it and used from the second step on.",
    "Print θ after the first step. Has it moved?",
)
class FirstStepLost:
    begun = False

    def step(self, theta, g):
        if not self.begun:
            self.begun = True
            return theta * 1.0
        return super().step(theta, g)


# Momentum against Nesterov


@mistake(
    "nesterov-instead",
    (Momentum,),
    "This is Nesterov's method: it looks one step ahead. Here plain momentum is asked; Nesterov is the "
    "next exercise.",
    "What is multiplied by the learning rate in your step, and what in the contract's?",
)
class NesterovInstead:
    def direction(self, g):
        return g + self.mu * self.v


@mistake(
    "momentum-instead",
    (Nesterov,),
    "This is plain momentum: the look ahead is missing. (That is also what comes out when the old velocity "
    "stands in the second formula, where the new one should.)",
    "Write down your first step for v = 0 and g = 1. How does it depend on μ?",
)
class MomentumInstead:
    def direction(self, g):
        return self.v


@mistake(
    "look-ahead-without-mu",
    (Nesterov,),
    "The look ahead has the whole velocity, without the factor μ.",
    "Which share of its velocity will the ball have kept at the next step?",
)
class LookAheadWithoutMu:
    def direction(self, g):
        return g + self.v


@mistake(
    "look-ahead-twice",
    (Nesterov,),
    "The velocity is moved on twice in one step: once for itself and once more for the look ahead, and "
    "this is stored.",
    "How often is v assigned to in one call of step?",
)
class LookAheadStored:
    def direction(self, g):
        self.v = g + self.mu * self.v
        return self.v


@mistake(
    "look-ahead-too-far",
    (Nesterov,),
    "The look ahead is two steps long: μ and the gradient are applied to the new velocity once more, on "
    "top of the look ahead.",
    "In the first step with v = 0 and g = 1, by which number is η multiplied? It should be 1 + μ.",
)
class LookAheadTooFar:
    def direction(self, g):
        return g + self.mu * (self.mu * self.v + g)


@mistake(
    "look-ahead-added-to-momentum",
    (Nesterov,),
    "The look ahead is added to the whole velocity, where it should be added to the gradient: v enters "
    "with 1 + μ.",
    "Which two terms stand in the parentheses of the second formula?",
)
class LookAheadAddedToMomentum:
    def direction(self, g):
        return self.v + self.mu * self.v


@variant("look-ahead-added-to-momentum")
class OldVelocityAddedToMomentum:
    def remember(self, g):
        self.old = self.v
        super().remember(g)

    def direction(self, g):
        return self.v + self.mu * self.old


@mistake(
    "look-ahead-backwards",
    (Nesterov,),
    "The look ahead has the wrong sign: it looks back. (In the form with the old velocity and the factor 1 "
    "+ μ, too, one of the signs is wrong.)",
    "In the first step, should Nesterov's be longer or shorter than plain momentum's?",
)
class LookAheadBackwards:
    def direction(self, g):
        return g - self.mu * self.v


@variant("look-ahead-backwards")
class OldVelocityWithWrongSign:
    def remember(self, g):
        self.old = self.v
        super().remember(g)

    def direction(self, g):
        return (1 + self.mu) * self.v + self.mu * self.old


@variant("look-ahead-backwards")
class VelocityAddedWithoutRate:
    def step(self, theta, g):
        self.remember(g)
        return theta - self.lr * g + self.mu * self.v


@mistake(
    "look-ahead-averaged",
    (Nesterov,),
    "The gradient in the second formula is weighted with 1 − μ, as if velocity and gradient were averaged.",
    "Which factor does g have in the parentheses of the second formula?",
)
class LookAheadAveraged:
    def direction(self, g):
        return (1 - self.mu) * g + self.mu * self.v


@variant("look-ahead-averaged")
class AveragedTwice:
    def remember(self, g):
        self.v = self.mu * self.v + (1 - self.mu) * g

    def direction(self, g):
        return (1 - self.mu) * g + self.mu * self.v


@mistake(
    "velocity-only-ahead",
    (Nesterov,),
    "The step has the velocity alone, damped by μ; the gradient is missing in the second formula.",
    "Which two terms stand in the parentheses of the second formula? How long is your first step with μ = 0?",
)
class VelocityOnlyAhead:
    def direction(self, g):
        return self.mu * self.v
