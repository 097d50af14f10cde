"""The mistakes that students make in an optimiser, each as the line or two that are wrong.

A mistake is a class that overrides a part of the right optimisers in `parts`, into which it is mixed when it
is played; it exists for each of those named in `on`.
"""

# mypy: no-check-untyped-defs
# What a mistake refers to with self comes from the optimiser that it is mixed into.

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from course_lib.exercises.optimizers.parts import (
    SGD,
    AdaGrad,
    Adam,
    AdamW,
    Momentum,
    Nesterov,
    Optimizer,
    RMSprop,
)
from course_lib.judging.exercise import Misconception

ADAPTIVE = (AdaGrad, RMSprop, Adam, AdamW)
STATEFUL = (Momentum, Nesterov, *ADAPTIVE)
EVERY = (SGD, *STATEFUL)
ADAMS = (Adam, AdamW)
ONE_STATE = (AdaGrad, RMSprop)

# How the texts name things, by optimiser: the second moment where it is used, and all that is remembered.
WORDS = {
    SGD: {"name": "SGD"},
    Momentum: {"name": "Momentum", "memory": "v"},
    Nesterov: {"name": "Nesterov", "memory": "v"},
    AdaGrad: {"name": "AdaGrad", "v": "s", "memory": "s"},
    RMSprop: {"name": "RMSprop", "v": "s", "memory": "s"},
    Adam: {"name": "Adam", "v": "v̂", "memory": "m, v and t"},
    AdamW: {"name": "AdamW", "v": "v̂", "memory": "m, v and t"},
}


@dataclass
class _Mistake:
    id: str
    on: tuple[type, ...]
    says: str
    hint: str
    convention: bool
    parts: list[type] = field(default_factory=list)

    def of(self, optimizer: type[Optimizer]) -> Misconception:
        words = WORDS[optimizer]
        return Misconception(
            id=self.id,
            explanation=self.says.format(**words),
            hint=self.hint.format(**words),
            variants=tuple(_maker(part, optimizer) for part in self.parts),
            convention=self.convention,
        )


def _maker(part: type, optimizer: type[Optimizer]) -> Callable[[], type]:
    # A class of its own for each run, because some mistakes keep state on the class.
    return lambda: type(part.__name__, (part, optimizer), {})


MISTAKES: list[_Mistake] = []


def mistake(
    id: str, on: tuple[type, ...], says: str, hint: str, convention: bool = False
) -> Callable[[type], type]:
    """Enter a class as a mistake; a second class of the same id, entered by `variant`, is told the same.

    An id may come again with other words, for other optimisers.
    """
    if any(other.id == id and set(other.on) & set(on) for other in MISTAKES):
        raise ValueError(f"the mistake {id} is entered twice for one optimiser")
    MISTAKES.append(_Mistake(id, on, says, hint, convention))
    return variant(id)


def variant(id: str) -> Callable[[type], type]:
    latest = [mistake for mistake in MISTAKES if mistake.id == id][-1]

    def enter(part: type) -> type:
        latest.parts.append(part)
        return part

    return enter


def misconceptions_of(optimizer: type[Optimizer]) -> tuple[Misconception, ...]:
    """All mistakes that can be made in this optimiser."""
    return tuple(m.of(optimizer) for m in MISTAKES if optimizer in m.on)


# What step returns


@mistake(
    "returns-none",
    EVERY,
    "step returns None. It may compute the right thing, but its caller never gets to see it: in a "
    "training loop, θ is lost after the first step.",
    "What does a Python function return when it ends without saying?",
)
class ReturnsNone:
    def step(self, theta, g):
        super().step(theta, g)


@mistake(
    "changes-and-returns-none",
    EVERY,
    "step changes θ in place and returns nothing. That is a known convention, PyTorch's optimisers work so; "
    "in ours the new θ is returned, and the old one stays as it was.",
    "Which array is to hold the result: the one that was handed over, or the one that comes back?",
    convention=True,
)
class ChangesAndReturnsNone:
    def step(self, theta, g):
        theta[...] = super().step(theta, g)


@mistake(
    "returns-list",
    EVERY,
    "step returns a list. The numbers in it are right, but a list cannot be subtracted from or multiplied "
    "as an array can: the next step would fail.",
    "Where on its way does the result stop being an array?",
)
class ReturnsList:
    def step(self, theta, g):
        return super().step(np.asarray(theta), g).tolist()


@mistake(
    "returns-tuple",
    STATEFUL,
    "step returns a tuple: the new θ together with something else. Its caller expects θ and nothing but "
    "θ; the optimiser remembers {memory} by itself.",
    "Who needs {memory} after step has ended, the caller or the next call of step?",
)
class ReturnsTuple:
    def step(self, theta, g):
        return super().step(theta, g), self.lr


@variant("returns-tuple")
class ReturnsTriple:
    def step(self, theta, g):
        return super().step(theta, g), self.lr, self.state


@mistake(
    "returns-update",
    EVERY,
    "step returns the update instead of the new θ: how far to go, not where one arrives.",
    "The numbers that come back are about as small as the learning rate. What are they to be combined with?",
)
class ReturnsUpdate:
    def step(self, theta, g):
        return theta - super().step(theta, g)


@variant("returns-update")
class ReturnsNegativeUpdate:
    def step(self, theta, g):
        return super().step(theta, g) - theta


@mistake(
    "returns-gradient",
    EVERY,
    "step returns the gradient that it was given.",
    "Look at the name after return: is it the one that holds the result?",
)
class ReturnsGradient:
    def step(self, theta, g):
        return g


@mistake(
    "returns-theta",
    EVERY,
    "θ comes back as it went in: whatever step computes has no effect on what it returns.",
    "Does the new value get a name, and is it this name that is returned?",
)
class ReturnsTheta:
    def step(self, theta, g):
        return theta


@mistake(
    "returns-float32",
    EVERY,
    "step returns float32 although θ is float64: half of the digits are thrown away at every step.",
    "Search for a dtype or an astype. The new θ should be of the kind of the old one.",
)
class ReturnsFloat32:
    def step(self, theta, g):
        return super().step(theta, g).astype(np.float32)


@mistake(
    "returns-integers",
    EVERY,
    "step returns whole numbers: everything after the decimal point is cut off, and small steps vanish.",
    "Is there an int somewhere, or an array made of integers that the result is written into?",
)
class ReturnsIntegers:
    def step(self, theta, g):
        return super().step(theta, g).astype(int)


@mistake(
    "flattened",
    EVERY,
    "The numbers are right but the shape is lost: a matrix goes in, a flat vector comes out. A layer "
    "could not use it as its weights.",
    "The formula works on every entry alone. What is the flattening for?",
)
class Flattened:
    def step(self, theta, g):
        return super().step(theta, g).ravel()


@mistake(
    "one-number",
    EVERY,
    "step returns a single number where an array goes in: somewhere all entries are averaged or added up.",
    "Each parameter has its own gradient and gets its own new value. Which function makes one number of "
    "many?",
)
class OneNumber:
    def step(self, theta, g):
        return np.mean(super().step(theta, g))


@variant("one-number")
class OneSum:
    def step(self, theta, g):
        return np.sum(super().step(theta, g))


@mistake(
    "vectors-only",
    EVERY,
    "Vectors are treated correctly, but arrays with two or three dimensions are not: the code takes each "
    "entry of θ for a single number, and in a matrix each entry is a row.",
    "NumPy's operations work on arrays of any shape at once. Which loop or which index could you do without?",
)
class VectorsOnly:
    def step(self, theta, g):
        new = super().step(theta, g)
        return np.array([float(entry) for entry in new])


@mistake(
    "own-theta",
    ADAPTIVE,
    "step goes on from a θ of its own, which it kept from the last call, and not from the one that it is "
    "given. As soon as somebody else changes θ in between, such as a schedule of restarts, it works on the "
    "wrong one.",
    "Which of the things that step uses should it remember, and which are handed to it each time?",
)
class OwnTheta:
    kept = None

    def step(self, theta, g):
        self.kept = super().step(theta if self.kept is None else self.kept, g)
        return self.kept


# What step leaves behind


@mistake(
    "theta-changed",
    EVERY,
    "The numbers are right, but the array θ that the caller handed over is overwritten. Who plots the "
    "path of θ, or goes back to the best θ, finds all the old ones changed.",
    "`a = a - b` and `a -= b` give the same numbers. What becomes of the old array in each?",
)
class ThetaChanged:
    def step(self, theta, g):
        theta[...] = super().step(theta, g)
        return theta


@mistake(
    "gradient-changed",
    EVERY,
    "The numbers are right, but the caller's gradient is overwritten on the way. It may still be needed, "
    "for a plot, for its norm, or for a second optimiser.",
    "Search for an assignment with an operator, such as *=, or with out= or [:], on the gradient.",
)
class GradientChanged:
    def step(self, theta, g):
        new = super().step(theta, g)
        g *= self.lr
        return new


@mistake(
    "shared-state",
    STATEFUL,
    "Two instances that are used in turn disturb each other: the memory ({memory}) exists once for the "
    "whole class, and each new instance sets it back for all.",
    "In front of which names should self stand, so that each optimiser has its own?",
)
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


@mistake(
    "class-level-state",
    STATEFUL,
    "A new instance does not begin from zero: it goes on with what an earlier one has remembered. "
    "The memory ({memory}) lives on the class, in a global name, or in a default argument, which Python "
    "makes once and for all.",
    "Which lines run only once, when the cell is run, and which run for every new instance?",
)
class ClassLevelState(SharedState):
    def start(self):
        for name in self.state:
            if not hasattr(type(self), name):
                setattr(type(self), name, 0)


@mistake(
    "state-renewed",
    (Nesterov, *ADAPTIVE),
    "The first step is right; from the second on, nothing is remembered: every call of step begins with "
    "an empty memory ({memory}).",
    "Which lines should run once for each optimiser, and which at every step?",
)
class StateRenewed:
    def step(self, theta, g):
        self.start()
        return super().step(theta, g)


# Direction, rate and hyperparameters


@mistake(
    "ascent",
    EVERY,
    "Every step has the right size and goes the wrong way: uphill. The gradient points to where the cost "
    "grows.",
    "To come down, with which sign does the step enter?",
)
class Ascent:
    def step(self, theta, g):
        return super().step(theta, -g)


@mistake(
    "arguments-swapped",
    EVERY,
    "step takes its arguments the wrong way round: what it treats as θ is the gradient, and what it "
    "treats as the gradient is θ.",
    "Compare the def line of step with the contract, and remember that arguments are passed by position.",
)
class ArgumentsSwapped:
    def step(self, theta, g):
        return super().step(g, theta)


@mistake(
    "rate-hard-coded",
    EVERY,
    "The learning rate that is passed to the constructor has no effect: a fixed number stands in its place.",
    "Follow lr from the def line of __init__ to the last line of step. Where does it get lost?",
)
class RateThousandth:
    rate = 1e-3

    def start(self):
        super().start()
        self.lr = self.rate


@variant("rate-hard-coded")
class RateHundredth(RateThousandth):
    rate = 1e-2


@variant("rate-hard-coded")
class RateTenth(RateThousandth):
    rate = 1e-1


@variant("rate-hard-coded")
class RateOne(RateThousandth):
    rate = 1.0


@mistake(
    "eps-ignored",
    ADAPTIVE,
    "The eps that is passed to the constructor has no effect: its default, 1e-8, is used always.",
    "Is the number written out in step, where the attribute should stand?",
)
class EpsIgnored:
    def start(self):
        super().start()
        self.eps = 1e-8


@mistake(
    "rho-ignored",
    (RMSprop,),
    "The rho that is passed to the constructor has no effect: the average always forgets at the default "
    "rate of 0.9.",
    "Give two instances very different values of rho and print s after two steps: does it differ?",
)
class RhoIgnored:
    def start(self):
        super().start()
        self.rho = 0.9


@mistake(
    "beta1-ignored",
    ADAMS,
    "The beta1 that is passed to the constructor has no effect: the first moment is always averaged with "
    "0.9.",
    "Give two instances very different values of beta1 and print m after two steps: does it differ?",
)
class Beta1Ignored:
    def start(self):
        super().start()
        self.beta1 = 0.9


@mistake(
    "beta2-ignored",
    ADAMS,
    "The beta2 that is passed to the constructor has no effect: the second moment is always averaged with "
    "0.999.",
    "Give two instances very different values of beta2 and print v after two steps: does it differ?",
)
class Beta2Ignored:
    def start(self):
        super().start()
        self.beta2 = 0.999


@mistake(
    "betas-ignored",
    ADAMS,
    "Neither beta1 nor beta2 has an effect when passed to the constructor: 0.9 and 0.999 are used always.",
    "Search step for numbers that are written out.",
)
class BetasIgnored(Beta1Ignored, Beta2Ignored):
    pass


@mistake(
    "weight-decay-ignored",
    (AdamW,),
    "The weight_decay that is passed to the constructor has no effect: its default, 0.01, is used always.",
    "Change weight_decay from 0 to 1 and look whether a single step notices.",
)
class WeightDecayIgnored:
    def start(self):
        super().start()
        self.weight_decay = 1e-2


@mistake(
    "hyperparameters-ignored",
    (RMSprop, Adam, AdamW),
    "No argument of the constructor but the learning rate has an effect: the defaults are used always.",
    "What should __init__ do with each of the values that it is given?",
)
class HyperparametersIgnored:
    def start(self):
        super().start()
        for name, default in self.defaults.items():
            if name != "lr":
                setattr(self, name, default)


# The second moment and ε


@mistake(
    "eps-inside-root",
    ADAPTIVE,
    "ε stands inside the root, with {v}. That is a known convention: TensorFlow and Keras put it there in "
    "RMSprop, many texts in AdaGrad, and Optax offers it for Adam as eps_root. Our contract adds ε after "
    "the root is taken; for small gradients the two differ by orders of magnitude.",
    "With a gradient of 0, by what is divided in your formula, and by what in the contract's?",
    convention=True,
)
class EpsInsideRoot:
    def denominator(self, v):
        return np.sqrt(v + self.eps)


@mistake(
    "eps-inside-and-outside",
    ADAPTIVE,
    "ε is added twice: to {v} inside the root, and again outside.",
    "Once is enough. Which of the two does the contract have?",
)
class EpsTwice:
    def denominator(self, v):
        return np.sqrt(v + self.eps) + self.eps


@mistake(
    "eps-missing",
    ADAPTIVE,
    "There is no ε in the denominator. Where the gradient has been exactly 0, the step becomes 0/0, which "
    "is NaN and never goes away again; where it is tiny, the step is too large.",
    "What is the denominator of a parameter whose gradient is zero, such as that of a unit that never fires?",
)
class EpsMissing:
    def denominator(self, v):
        return self.root(v)


@mistake(
    "eps-negative",
    ADAPTIVE,
    "ε is subtracted from the root of {v}. It should keep the denominator away from zero, and so brings "
    "it nearer.",
    "Is the denominator of a tiny gradient larger or smaller with your ε?",
)
class EpsNegative:
    def denominator(self, v):
        return self.root(v) - self.eps


@mistake(
    "eps-after-division",
    ADAPTIVE,
    "ε is not in the denominator: it is added to the quotient, or to the whole step. Division binds more "
    "tightly than addition, so that without parentheses ε comes last.",
    "In which order does Python compute a / b + c?",
)
class EpsAfterDivision:
    def direction(self, g):
        self.eps, eps = 0, self.eps
        quotient = super().direction(g)
        self.eps = eps
        return quotient + eps


@variant("eps-after-division")
class EpsAfterTheRate:
    sign = -1

    def step(self, theta, g):
        self.eps, eps = 0, self.eps
        new = super().step(theta, g)
        self.eps = eps
        return new + self.sign * eps


@variant("eps-after-division")
class EpsAddedToTheta(EpsAfterTheRate):
    sign = 1


@mistake(
    "no-square",
    ADAPTIVE,
    "The gradients go into the second moment as they are, not squared. Positive and negative ones cancel, "
    "and the root of a negative number is NaN.",
    "The second moment asks how large gradients are, whatever their sign. How does the formula get rid of "
    "the sign?",
)
class NoSquare:
    def square(self, g):
        return g


@mistake(
    "absolute-value",
    ADAPTIVE,
    "The second moment takes in |g|, not g². Then its root is no longer of the gradient's size, and the "
    "step depends on the units of the cost.",
    "If all gradients were 100 times larger, how would your denominator grow? It should grow 100 times too.",
)
class AbsoluteValue:
    def square(self, g):
        return np.abs(g)


@mistake(
    "no-root",
    ADAPTIVE,
    "The root is missing: the step is divided by {v} itself, which is of the size of a squared gradient.",
    "If all gradients were 100 times larger, what would happen to numerator and denominator? They should "
    "grow alike.",
)
class NoRoot:
    def root(self, v):
        return v


@mistake(
    "one-rate-for-all",
    ADAPTIVE,
    "All entries are divided by the same number, the norm over the whole array. The point of {name} is a "
    "rate of its own for each parameter.",
    "Which function in your denominator makes one number of many?",
)
class OneRateForAll:
    def root(self, v):
        return np.sqrt(np.sum(v))


@variant("one-rate-for-all")
class OneMeanRateForAll:
    def root(self, v):
        return np.sqrt(np.mean(v))


@variant("one-rate-for-all")
class DotProductForAll:
    def square(self, g):
        return np.dot(g, g)  # for a vector; a matrix raises


@mistake(
    "state-late",
    ADAPTIVE,
    "The step is made with the old averages, and only then does the new gradient enter them: each step is "
    "one gradient behind.",
    "In the first step, before anything is remembered, what is it divided by?",
)
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


@mistake(
    "starts-at-one",
    ADAPTIVE,
    "The second moment begins at 1, not at 0. TensorFlow 1's RMSprop begins so; it makes the first steps "
    "smaller, until the 1 is forgotten. Our contract begins at 0.",
    "What is remembered before the first gradient has been seen?",
    convention=True,
)
class StartsAtOne:
    def start(self):
        super().start()
        setattr(self, "v" if "v" in self.state else "s", 1.0)


@mistake(
    "starts-at-first-gradient",
    (RMSprop, Adam, AdamW),
    "The averages begin at the first gradient instead of at 0. That is a known way to avoid the lean "
    "towards zero, but then there is nothing for the contract's formula to undo, and its steps are "
    "others.",
    "Which values does the contract give to {memory} before the first step?",
    convention=True,
)
class StartsAtFirstGradient:
    def remember(self, g):
        begun = {"s": g**2, "m": g, "v": g**2}
        first = not getattr(self, "begun", False)
        self.begun = True
        for name in self.state if first else ():
            setattr(self, name, begun.get(name, 0))
        super().remember(g)


@mistake(
    "added-to-itself",
    (RMSprop, Adam, AdamW),
    "A new average is added to the old one instead of taking its place, so that it grows and grows.",
    "What is left in a after `a += b * a`: the share b of it, or more than all of it?",
)
class SecondAddedToItself:
    def remember(self, g):
        name = "v" if "v" in self.state else "s"
        old = getattr(self, name)
        super().remember(g)
        setattr(self, name, old + getattr(self, name))


@variant("added-to-itself")
class AllAddedToThemselves:
    def remember(self, g):
        old = {name: getattr(self, name) for name in self.state if name != "t"}
        super().remember(g)
        for name, value in old.items():
            setattr(self, name, value + getattr(self, name))


@mistake(
    "plain-descent",
    ADAPTIVE,
    "This is plain gradient descent: what {name} remembers has no effect on the step.",
    "Your state is kept up, or not even that. In which line of the formula is it used?",
)
class PlainDescent:
    def direction(self, g):
        return g


@mistake(
    "gradient-squared-on-top",
    ONE_STATE,
    "The numerator has g² where g should stand: the step has lost its direction, and goes the same way "
    "for either sign.",
    "Only the denominator is about size alone. What is the numerator for?",
)
class GradientSquaredOnTop:
    def direction(self, g):
        return g**2 / self.denominator(self.s)


@mistake(
    "rate-stored-back",
    ONE_STATE,
    "The scaled learning rate is stored back as the learning rate, so that each step divides what the "
    "last one has already divided.",
    "Which attributes may a step change, and which are the user's settings?",
)
class RateStoredBack:
    def step(self, theta, g):
        self.remember(g)
        self.lr = self.lr / self.denominator(self.s)
        return theta - self.lr * g


@mistake(
    "root-stored",
    ONE_STATE,
    "The root is stored back as s, so that the next square is added to a root.",
    "Print s before and after the root is taken. Which of the two does the next step expect?",
)
class RootStored:
    def remember(self, g):
        super().remember(g)
        self.s = np.sqrt(self.s)

    def root(self, v):
        return v


@mistake(
    "eps-remembered",
    ONE_STATE,
    "ε is added to s itself and stored with it, so that it adds up from step to step.",
    "ε guards a single division. Does it belong to what is remembered?",
)
class EpsRemembered:
    def remember(self, g):
        super().remember(g)
        self.s = self.s + self.eps

    def denominator(self, v):
        return self.root(v)


# AdaGrad


@mistake(
    "decays",
    (AdaGrad,),
    "s forgets: it is multiplied by a factor below 1 at each step, as in RMSprop. In AdaGrad it is a sum "
    "over all gradients seen so far.",
    "May s ever become smaller?",
)
class AdaGradDecays:
    def remember(self, g):
        self.s = 0.9 * self.s + 0.1 * g**2


@variant("decays")
class AdaGradLeaks:
    def remember(self, g):
        self.s = 0.9 * self.s + g**2


@variant("decays")
class AdaGradForgetsSlowly:
    def remember(self, g):
        self.s = 0.99 * self.s + 0.01 * g**2


@mistake(
    "mean-of-squares",
    (AdaGrad,),
    "s is the mean of the squared gradients; AdaGrad takes their sum. With the mean, the steps do not "
    "shrink over time.",
    "With the same gradient again and again, how does the size of AdaGrad's step change?",
)
class MeanOfSquares:
    count = 0

    def remember(self, g):
        self.count += 1
        super().remember(g)

    def root(self, v):
        return np.sqrt(v / self.count)


@mistake(
    "square-of-sum",
    (AdaGrad,),
    "The gradients are added up first and squared afterwards, so that positive and negative ones cancel.",
    "Is the square of a sum the sum of the squares? Try it with 1 and −1.",
)
class SquareOfSum:
    def remember(self, g):
        self.s = self.s + g

    def root(self, v):
        return np.sqrt(v**2)


# RMSprop


@mistake(
    "sums-up",
    (RMSprop,),
    "s adds up all squared gradients, as in AdaGrad. RMSprop averages, and lets old gradients fade.",
    "After a steep start, can the steps of your RMSprop ever grow again?",
)
class RMSpropSums:
    def remember(self, g):
        self.s = self.s + g**2


@mistake(
    "weight-forgotten",
    (RMSprop,),
    "The new squared gradient enters with weight 1 where it should have 1 − ρ. The two weights of an "
    "average add up to 1; yours add up to more.",
    "With the same gradient of 1 again and again, where should s end up?",
)
class RMSpropWeightForgotten:
    def remember(self, g):
        self.s = self.rho * self.s + g**2


@mistake(
    "nothing-forgotten",
    (RMSprop,),
    "The old s is kept whole and only the new part is weighted: s grows and grows. In an average, the old "
    "part makes room for the new.",
    "Which weights do the old s and the new square have, and what is their sum?",
)
class NothingForgotten:
    def remember(self, g):
        self.s = self.s + (1 - self.rho) * g**2


@mistake(
    "rho-is-forgetting",
    (RMSprop,),
    "ρ and 1 − ρ have changed places: in your code, ρ is the weight of the new. A rate that says how much "
    "is forgotten is a known convention, in BatchNorm for instance; in our contract, as in Hinton's "
    "lecture, ρ says how much is kept.",
    "With ρ = 0.9, does a gradient stay in your memory for about ten steps or for about one?",
    convention=True,
)
class RhoIsForgetting:
    def remember(self, g):
        self.s = (1 - self.rho) * self.s + self.rho * g**2


@mistake(
    "rmsprop-corrected",
    (RMSprop,),
    "s is corrected for its start at zero, as Adam does with its moments. A sensible idea, and Optax "
    "offers it as bias_correction; our RMSprop, as published, has no such correction.",
    "Compare your denominator with the contract's at the first step. What is divided out that should stay?",
    convention=True,
)
class RMSpropCorrected:
    count = 0

    def remember(self, g):
        self.count += 1
        super().remember(g)

    def root(self, v):
        return np.sqrt(v / (1 - self.rho**self.count))


@mistake(
    "centred",
    (RMSprop,),
    "The average of g is subtracted, so that the variance of the gradient is tracked. That is centred "
    "RMSprop (Graves 2013; centered=True in PyTorch); ours is the plain one, with the mean of the "
    "squares.",
    "How many averages does the contract's RMSprop keep?",
    convention=True,
)
class Centred:
    mean = 0

    def remember(self, g):
        super().remember(g)
        self.mean = self.rho * self.mean + (1 - self.rho) * g

    def root(self, v):
        return np.sqrt(v - self.mean**2)


@mistake(
    "square-of-average",
    (RMSprop,),
    "The gradients are averaged first and squared afterwards, so that alternating ones cancel. RMSprop "
    "averages the squares.",
    "A gradient that jumps between 1 and −1: which s should it lead to?",
)
class SquareOfAverage:
    def remember(self, g):
        self.s = self.rho * self.s + (1 - self.rho) * g

    def root(self, v):
        return np.sqrt(v**2)


@mistake(
    "weight-squared",
    (RMSprop,),
    "The weight 1 − ρ is squared along with the gradient: the parentheses close too late.",
    "What does the exponent apply to: the gradient alone, or the product?",
)
class WeightSquared:
    def remember(self, g):
        self.s = self.rho * self.s + ((1 - self.rho) * g) ** 2


# Adam and AdamW: bias correction


@mistake(
    "no-bias-correction",
    ADAMS,
    "m and v are used where m̂ and v̂ should stand. Both start at zero and lean towards it, v more than "
    "m: with the defaults, your first step is more than three times too large.",
    "With a constant gradient of 1, what are m and v after one step, and what should they estimate?",
)
class NoBiasCorrection:
    def m_hat(self):
        return self.m

    def v_hat(self):
        return self.v


@mistake(
    "only-v-corrected",
    ADAMS,
    "v is corrected, m is not: m is used where m̂ should be. With the defaults, your first step is 10 "
    "times too small.",
    "With a constant gradient of 1, print the numerator of the first step. What should it estimate?",
)
class OnlyVCorrected:
    def m_hat(self):
        return self.m


@mistake(
    "only-m-corrected",
    ADAMS,
    "m is corrected, v is not: v is used where v̂ should be. With the defaults, your first step is about "
    "30 times too large.",
    "With a constant gradient of 1, print the denominator of the first step. What should it estimate?",
)
class OnlyMCorrected:
    def v_hat(self):
        return self.v


@mistake(
    "v-hat-with-beta1",
    ADAMS,
    "v is corrected with β₁, but it was averaged with β₂. Each correction has to match the average that "
    "it undoes.",
    "Which β decides how far v still leans towards zero?",
)
class VHatWithBeta1:
    def v_hat(self):
        return self.v / (1 - self.beta1**self.t)


@mistake(
    "m-hat-with-beta2",
    ADAMS,
    "m is corrected with β₂, but it was averaged with β₁: its estimate comes out too large.",
    "Which β decides how far m still leans towards zero?",
)
class MHatWithBeta2:
    def m_hat(self):
        return self.m / (1 - self.beta2**self.t)


@mistake(
    "corrections-swapped",
    ADAMS,
    "The two corrections have changed places: m is corrected with β₂, and v with β₁.",
    "Write down, for each of m and v, with which β it is averaged. Then look at the hats.",
)
class CorrectionsSwapped(MHatWithBeta2, VHatWithBeta1):
    pass


@mistake(
    "t-starts-at-zero",
    ADAMS,
    "In the first step t is still 0. Then both corrections divide by 1 − 1 = 0, and the step is NaN.",
    "Print t in the first call of step, just before it is used. Which value makes the correction of a "
    "single gradient exact?",
)
class TStartsAtZero:
    def start(self):
        super().start()
        self.t = -1

    def m_hat(self):
        return np.asarray(self.m) / (1 - self.beta1**self.t)

    def v_hat(self):
        return np.asarray(self.v) / (1 - self.beta2**self.t)


@mistake(
    "t-ahead",
    ADAMS,
    "t is ahead by one: the first step already counts as the second, and the correction is too weak.",
    "Print t in the first call of step, just before it is used. Is it increased twice, or begun too high?",
)
class TAhead:
    def start(self):
        super().start()
        self.t = 1


@mistake(
    "t-never-advances",
    ADAMS,
    "The first step is right; after that the correction stays what it was. Either t never grows, or the "
    "power is missing: 1 − β in place of 1 − βᵗ.",
    "Print the two corrections at each step. Towards which value should they go as t grows?",
)
class TNeverAdvances:
    def count(self):
        self.t = 1


@mistake(
    "t-counts-twice",
    ADAMS,
    "t grows by two at each step, for instance once for m and once for v.",
    "Print t at the end of each step: 1, 2, 3?",
)
class TCountsTwice:
    def count(self):
        self.t += 2


@variant("t-counts-twice")
class TCountsBetween:
    # Increased before each correction: 1 for m, 2 for v, then 3 and 4.
    def count(self):
        self.t += 2

    def m_hat(self):
        return self.m / (1 - self.beta1 ** (self.t - 1))


@mistake(
    "product-for-power",
    ADAMS,
    "β is multiplied by t where it should be raised to the power of t. From the second step on, 1 − βt is "
    "the wrong correction, and soon negative.",
    "What does the small t above β mean?",
)
class ProductForPower:
    def m_hat(self):
        return self.m / (1 - self.beta1 * self.t)

    def v_hat(self):
        return self.v / (1 - self.beta2 * self.t)


@mistake(
    "correction-multiplied",
    ADAMS,
    "The moments are multiplied by the corrections where they should be divided. That makes a value which "
    "is too small smaller still.",
    "m leans towards zero. Should the correction make it larger or smaller?",
)
class CorrectionMultiplied:
    def m_hat(self):
        return self.m * (1 - self.beta1**self.t)

    def v_hat(self):
        return self.v * (1 - self.beta2**self.t)


@mistake(
    "correction-inverted",
    ADAMS,
    "The moments are divided by βᵗ where they should be divided by 1 − βᵗ.",
    "How much of the weight in m is taken by gradients, and how much by the zero that it began with?",
)
class CorrectionInverted:
    def m_hat(self):
        return self.m / self.beta1**self.t

    def v_hat(self):
        return self.v / self.beta2**self.t


@mistake(
    "folded-without-root",
    ADAMS,
    "The corrections are folded into the learning rate, which is fine, but that of v enters without its "
    "root.",
    "v̂ stands under a root. What becomes of its correction when you pull it out in front?",
)
class FoldedWithoutRoot:
    def direction(self, g):
        fold = (1 - self.beta2**self.t) / (1 - self.beta1**self.t)
        return fold * self.m / self.denominator(self.v)


@mistake(
    "folded-upside-down",
    ADAMS,
    "The corrections are folded into the learning rate, which is fine, but upside down: what should "
    "multiply divides.",
    "m̂ is larger than m, and v̂ is larger than v. Which of the two makes the step longer?",
)
class FoldedUpsideDown:
    def direction(self, g):
        fold = (1 - self.beta1**self.t) / np.sqrt(1 - self.beta2**self.t)
        return fold * self.m / self.denominator(self.v)


@mistake(
    "eps-hat",
    ADAMS,
    "The corrections are folded into the learning rate and ε is added to √v, not to √v̂. That is a known "
    "convention: the paper's Section 2 ends with it, where it calls this constant ε̂, and TensorFlow and "
    "Keras use it. Our contract is Algorithm 1; there, ε is not scaled by the correction.",
    "When the correction of v is pulled out of the denominator, what happens to the ε that stands beside it?",
    convention=True,
)
class EpsHat:
    def direction(self, g):
        fold = np.sqrt(1 - self.beta2**self.t) / (1 - self.beta1**self.t)
        return fold * self.m / self.denominator(self.v)


@mistake(
    "folded-rate-stored",
    ADAMS,
    "The corrections are folded into the learning rate, and the result is stored back as the learning "
    "rate: each step corrects what is corrected already.",
    "The learning rate is the user's setting. Print it after each step.",
)
class FoldedRateStored:
    def direction(self, g):
        fold = np.sqrt(1 - self.beta2**self.t) / (1 - self.beta1**self.t)
        self.lr = self.lr * fold
        return self.m / self.denominator(self.v)


@variant("folded-rate-stored")
class ExactlyFoldedRateStored:
    def direction(self, g):
        root = np.sqrt(1 - self.beta2**self.t)
        self.lr = self.lr * root / (1 - self.beta1**self.t)
        return self.m / (self.root(self.v) + self.eps * root)


@mistake(
    "hats-stored",
    ADAMS,
    "The corrected moments are stored back as m and v. The next step then averages with the corrected "
    "values and corrects them once more.",
    "Print m after the first step, for a gradient of 1. Which value does the next average expect to find "
    "there?",
)
class HatsStored:
    def step(self, theta, g):
        new = super().step(theta, g)
        self.m, self.v = self.m_hat(), self.v_hat()
        return new


@mistake(
    "m-hat-stored",
    ADAMS,
    "m̂ is stored back as m: from the second step on, the average of the gradients begins from a value "
    "that has already been corrected.",
    "Give the corrected first moment a look: is its name also that of the running average?",
)
class MHatStored:
    def step(self, theta, g):
        new = super().step(theta, g)
        self.m = self.m_hat()
        return new


@mistake(
    "v-hat-stored",
    ADAMS,
    "v̂ is stored back as v: from the second step on, the average of the squares begins from a value that "
    "has already been corrected.",
    "Give the corrected second moment a look: is its name also that of the running average?",
)
class VHatStored:
    def step(self, theta, g):
        new = super().step(theta, g)
        self.v = self.v_hat()
        return new


# Adam and AdamW: the moments


@mistake(
    "betas-swapped",
    ADAMS,
    "β₁ and β₂ have changed places: gradients are averaged with β₂, their squares with β₁.",
    "Which of the two moments should have the longer memory?",
)
class BetasSwapped:
    def start(self):
        super().start()
        self.beta1, self.beta2 = self.beta2, self.beta1


@variant("betas-swapped")
class BetasSwappedInMoments:
    def first(self, g):
        return self.beta2 * self.m + (1 - self.beta2) * g

    def second(self, g):
        return self.beta1 * self.v + (1 - self.beta1) * g**2


@mistake(
    "one-beta-for-both",
    ADAMS,
    "Both moments are averaged with the same β. Each has its own: the squares need a longer memory than "
    "the gradients.",
    "How many different β appear in your step?",
)
class Beta1ForBoth:
    def start(self):
        super().start()
        self.beta2 = self.beta1


@variant("one-beta-for-both")
class Beta2ForBoth:
    def start(self):
        super().start()
        self.beta1 = self.beta2


@variant("one-beta-for-both")
class Beta1InBothMoments:
    def second(self, g):
        return self.beta1 * self.v + (1 - self.beta1) * g**2


@variant("one-beta-for-both")
class Beta2InBothMoments:
    def first(self, g):
        return self.beta2 * self.m + (1 - self.beta2) * g


@mistake(
    "betas-are-forgetting",
    ADAMS,
    "β and 1 − β have changed places in both averages: in your code β is the weight of the new gradient. "
    "A rate that means forgetting is a known convention; in Adam, β is what is kept.",
    "With β₁ = 0.9, for about how many steps does a gradient stay in your m?",
    convention=True,
)
class BetasAreForgetting:
    def first(self, g):
        return (1 - self.beta1) * self.m + self.beta1 * g

    def second(self, g):
        return (1 - self.beta2) * self.v + self.beta2 * g**2


@mistake(
    "m-weight-forgotten",
    ADAMS,
    "The gradient enters m with weight 1 where it should have 1 − β₁. Then m is a sum, as in momentum, "
    "not an average, and the steps are far too large.",
    "With a constant gradient of 1, where should m end up?",
)
class MWeightForgotten:
    def first(self, g):
        return self.beta1 * self.m + g


@mistake(
    "v-weight-forgotten",
    ADAMS,
    "The squared gradient enters v with weight 1 where it should have 1 − β₂. Then v is a sum, not an "
    "average, and the steps are far too small.",
    "With a constant gradient of 1, where should v end up?",
)
class VWeightForgotten:
    def second(self, g):
        return self.beta2 * self.v + g**2


@mistake(
    "weights-forgotten",
    ADAMS,
    "The new gradient enters both m and v with weight 1, where 1 − β₁ and 1 − β₂ should stand: both are "
    "sums, not averages.",
    "The two weights of an average add up to one. Do yours?",
)
class WeightsForgotten(MWeightForgotten, VWeightForgotten):
    pass


@mistake(
    "weight-of-the-other-beta",
    ADAMS,
    "In one of the averages the old value is weighted with one β and the new one with 1 minus the other β.",
    "The two weights of an average add up to one. Which two stand together in m, and which in v?",
)
class VWeightOfBeta1:
    def second(self, g):
        return self.beta2 * self.v + (1 - self.beta1) * g**2


@variant("weight-of-the-other-beta")
class MWeightOfBeta2:
    def first(self, g):
        return self.beta1 * self.m + (1 - self.beta2) * g


@variant("weight-of-the-other-beta")
class WeightsOfEachOther(VWeightOfBeta1, MWeightOfBeta2):
    pass


@mistake(
    "one-array-for-both",
    ADAMS,
    "m and v are two names of one array, and what is done to one of them in place is done to the other.",
    "After `a = b = [0]`, what becomes of b when a[0] is set to 1?",
)
class OneArrayForBoth:
    def remember(self, g):
        self.count()
        self.m = self.v = self.first(g)
        self.m = self.v = self.second(g)


@mistake(
    "no-first-moment",
    ADAMS,
    "The step goes along the gradient itself; m has no effect on it. The average over past gradients is "
    "what Adam has from momentum.",
    "What stands in the numerator of your step, and what in the contract's?",
)
class NoFirstMoment:
    def m_hat(self):
        return self.g

    def remember(self, g):
        super().remember(g)
        self.g = g


@mistake(
    "rmsprop-instead",
    ADAMS,
    "This is RMSprop, with β₂ as its rate: there is neither a first moment nor a correction of the start "
    "at zero.",
    "Adam has two averages and two hats. Which of these four does your step use?",
)
class RMSpropInstead(NoFirstMoment):
    def v_hat(self):
        return self.v


@mistake(
    "no-second-moment",
    ADAMS,
    "The step is m̂ alone: nothing divides it by the size of the gradients. This is momentum in its "
    "averaged form.",
    "What gives each parameter a rate of its own?",
)
class NoSecondMoment:
    def direction(self, g):
        return self.m_hat()


@variant("no-second-moment")
class UncorrectedMomentumOnly:
    def direction(self, g):
        return self.m


@mistake(
    "v-from-m",
    ADAMS,
    "The second moment is averaged from m², not from g²: gradients of alternating sign have cancelled "
    "before they are squared.",
    "The mean of the squares and the square of the mean: which of them tells how large gradients are?",
)
class VFromM:
    def second(self, g):
        return self.beta2 * self.v + (1 - self.beta2) * self.m**2


@mistake(
    "v-weight-squared",
    ADAMS,
    "The weight 1 − β₂ is squared along with the gradient: the parentheses close too late.",
    "In the second moment, what does the exponent apply to: the gradient alone, or a product?",
)
class VWeightSquared:
    def second(self, g):
        return self.beta2 * self.v + ((1 - self.beta2) * g) ** 2


@mistake(
    "moments-renewed",
    ADAMS,
    "t counts on, but m and v begin at zero again in each step, so that they know the latest gradient only.",
    "Print m after each of three steps with the same gradient. Should it stay the same?",
)
class MomentsRenewed:
    def step(self, theta, g):
        self.m = self.v = 0
        return super().step(theta, g)


@mistake(
    "t-shared",
    ADAMS,
    "m and v belong to each instance, but t does not: two optimisers that are used in turn count each "
    "other's steps.",
    "Where is t set to its first value, and in front of which name is it increased?",
)
class TShared:
    clock = 0

    def start(self):
        super().start()
        type(self).clock = 0

    def count(self):
        type(self).clock += 1
        self.t = self.clock


@variant("t-shared")
class TNeverReset(TShared):
    def start(self):
        self.m = self.v = 0


# Relatives of Adam


@mistake(
    "adamax",
    ADAMS,
    "This is AdaMax, the paper's own variant (Section 7.1), with a decaying maximum of |g| in place of "
    "√v̂. Our contract is Algorithm 1.",
    "Does your second moment average, or does it take a maximum?",
    convention=True,
)
class AdaMax:
    def second(self, g):
        return np.maximum(self.beta2 * self.v, np.abs(g))

    def direction(self, g):
        return self.m_hat() / (self.v + self.eps)


@variant("adamax")
class AdaMaxWithoutEps(AdaMax):
    def direction(self, g):
        return self.m_hat() / self.v


@mistake(
    "amsgrad",
    ADAMS,
    "This is AMSGrad (Reddi et al. 2018): the denominator keeps the largest second moment so far, so that "
    "it never falls. Our contract is Adam as it was first published, whose second moment may fall again.",
    "After a single huge gradient, should the steps stay small for ever?",
    convention=True,
)
class AMSGrad:
    largest = 0.0

    def v_hat(self):
        self.largest = np.maximum(self.largest, self.v)
        return self.largest / (1 - self.beta2**self.t)


@variant("amsgrad")
class AMSGradOfHats:
    largest = 0.0

    def v_hat(self):
        self.largest = np.maximum(self.largest, super().v_hat())
        return self.largest


@mistake(
    "nadam",
    ADAMS,
    "This is Nadam (Dozat 2016), Adam with Nesterov's look ahead in the first moment. Our contract is "
    "Adam without it.",
    "What is added to m̂ in your numerator?",
    convention=True,
)
class Nadam(NoFirstMoment):
    def m_hat(self):
        corrected = self.m / (1 - self.beta1**self.t)
        return self.beta1 * corrected + (1 - self.beta1) * self.g / (1 - self.beta1**self.t)


@variant("nadam")
class NadamAhead(NoFirstMoment):
    def m_hat(self):
        ahead = self.beta1 * self.m / (1 - self.beta1 ** (self.t + 1))
        return ahead + (1 - self.beta1) * self.g / (1 - self.beta1**self.t)


@mistake(
    "adabelief",
    ADAMS,
    "The second moment is taken about m, of (g − m)². That is AdaBelief (Zhuang et al. 2020), or Adam "
    "with a variance. In Adam the second moment is uncentred.",
    "From what is the squared distance measured in the contract, from m or from zero?",
    convention=True,
)
class AdaBelief:
    def second(self, g):
        return self.beta2 * self.v + (1 - self.beta2) * (g - self.m) ** 2


@mistake(
    "rate-over-root-t",
    ADAMS,
    "The learning rate shrinks with √t. The paper does so in its proof of convergence (Section 4); "
    "Algorithm 1, our contract, keeps the rate as it is.",
    "With the same gradient at every step, how long should Adam's steps be?",
    convention=True,
)
class RateOverRootT:
    def direction(self, g):
        return super().direction(g) / np.sqrt(self.t)


# AdamW: the decay


@mistake(
    "l2-instead",
    (AdamW,),
    "λθ is added to the gradient. That is L2 regularisation in Adam, and what weight_decay means in "
    "PyTorch's Adam. There it is divided by √v̂ with the rest, so that weights with large gradients "
    "hardly decay. AdamW decouples: the decay acts on θ alone.",
    "Should v know anything of the decay?",
    convention=True,
)
class L2Instead:
    def step(self, theta, g):
        return super().step(theta, g + self.weight_decay * theta)

    def decay(self, theta):
        return 0


@mistake(
    "l2-and-decay",
    (AdamW,),
    "The weights decay twice: through the gradient, as with L2, and again on θ itself.",
    "In how many lines does weight_decay appear?",
)
class L2AndDecay:
    def step(self, theta, g):
        return super().step(theta, g + self.weight_decay * theta) + self.lr * self.weight_decay**2 * theta


@mistake(
    "decay-without-rate",
    (AdamW,),
    "The decay is not multiplied by the learning rate. The paper's Algorithm 2 has λ with a schedule's "
    "factor of its own and without the rate; the contract, like PyTorch, asks for η λ θ.",
    "When the learning rate is halved, should the decay in each step halve too?",
    convention=True,
)
class DecayWithoutRate:
    def decay(self, theta):
        return self.weight_decay * theta


@mistake(
    "decay-of-new-theta",
    (AdamW,),
    "The decay is computed from θ after Adam's step; the contract takes the θ that came in. The "
    "difference is small, but it grows with the learning rate.",
    "Which θ does the formula have on its right-hand side?",
)
class DecayOfNewTheta:
    def step(self, theta, g):
        new = Adam.step(self, theta, g)
        return new - self.decay(new)


@mistake(
    "decay-missing",
    (AdamW,),
    "This is Adam: the weights do not decay at all.",
    "With a gradient of 0, should a weight stay where it is?",
)
class DecayMissing:
    def decay(self, theta):
        return 0


@mistake(
    "decay-grows",
    (AdamW,),
    "The decay has the wrong sign: weights are pushed away from zero.",
    "With a gradient of 0, should a weight become larger or smaller?",
)
class DecayGrows:
    def decay(self, theta):
        return -self.lr * self.weight_decay * theta


@mistake(
    "decay-in-the-fraction",
    (AdamW,),
    "λθ is added to m̂ and so divided by √v̂ + ε with it. The decay should not depend on how large "
    "gradients have been.",
    "What does your denominator stand under: m̂ alone, or more?",
)
class DecayInTheFraction:
    def step(self, theta, g):
        self.theta = theta
        return super().step(theta, g)

    def m_hat(self):
        return super().m_hat() + self.weight_decay * self.theta

    def decay(self, theta):
        return 0


@mistake(
    "decay-in-the-first-moment",
    (AdamW,),
    "λθ enters m together with the gradient. So it is averaged over the steps, corrected and divided by "
    "√v̂; decoupled decay does none of this.",
    "Should m know anything of the decay?",
)
class DecayInTheFirstMoment:
    def step(self, theta, g):
        self.theta = theta
        return super().step(theta, g)

    def first(self, g):
        return super().first(g + self.weight_decay * self.theta)

    def decay(self, theta):
        return 0


@mistake(
    "decay-of-the-gradient",
    (AdamW,),
    "The decay is proportional to the gradient; it should be proportional to the weights.",
    "What is to decay towards zero?",
)
class DecayOfTheGradient:
    def step(self, theta, g):
        return Adam.step(self, theta, g) - self.decay(g)


@mistake(
    "decay-by-sign",
    (AdamW,),
    "Each weight decays by the same amount, whatever its size. That is what an L1 penalty would do; "
    "weight decay takes away a share of each weight.",
    "Should a weight of 10 decay as much as one of 0.1?",
)
class DecayBySign:
    def decay(self, theta):
        return self.lr * self.weight_decay * np.sign(theta)


@mistake(
    "decay-of-zero",
    (AdamW,),
    "Weights whose gradient is exactly 0 do not decay. The decay knows nothing of gradients: every weight "
    "takes part, in every step.",
    "Is your decay inside a condition or a mask?",
)
class DecayOfZero:
    def step(self, theta, g):
        return Adam.step(self, theta, g) - self.decay(theta) * (g != 0)


@mistake(
    "decay-doubled",
    (AdamW,),
    "The weights decay twice as much as they should: the decay is applied before Adam's step and again after "
    "it, or it has a factor of 2, as the derivative of λθ² has.",
    "With a gradient of 0, λ = 0.1 and a rate of 1, what is left of a weight of 1 after one step?",
)
class DecayDoubled:
    def decay(self, theta):
        return 2 * super().decay(theta)


@variant("decay-doubled")
class DecayBeforeAndAfter:
    def step(self, theta, g):
        decayed = theta - self.decay(theta)
        return Adam.step(self, decayed, g) - self.decay(decayed)


@mistake(
    "decay-leaves-nothing",
    (AdamW,),
    "θ is multiplied by the decay itself, so that next to nothing of it is left after one step. Decay takes "
    "a small share away.",
    "With a decay of 0, should θ stay or vanish?",
)
class DecayLeavesNothing:
    def decay(self, theta):
        return theta - super().decay(theta)


@variant("decay-leaves-nothing")
class DecayLeavesNothingWithoutRate:
    def decay(self, theta):
        return theta - self.weight_decay * theta
