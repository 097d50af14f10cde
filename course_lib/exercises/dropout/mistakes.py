"""The mistakes that students make in `Dropout`, each as the lines that are wrong.

`Layer` is right as it stands; a mistake overrides one of its parts.
"""

# mypy: no-check-untyped-defs

import numpy as np

from course_lib.judging.catalogue import Catalogue

MISTAKES = Catalogue()
mistake, variant = MISTAKES.mistake, MISTAKES.variant


class Layer:
    def __init__(self, rate, rng):
        self.rate = rate
        self.rng = rng

    def keep(self, x):
        return self.rng.random(x.shape) >= self.rate

    def scale(self):
        return 1 / (1 - self.rate)

    def new_mask(self, x):
        return self.keep(x) * self.scale()

    def forward(self, x, training):
        self.mask = self.new_mask(x) if training else np.ones_like(x)
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask


# What rate means, and the factor


@mistake(
    "rate-keeps",
    "In your code rate is the probability of keeping, in the mask and in the factor. That is a known "
    "convention, the p of the paper (Srivastava et al. 2014); in our contract, as in today's libraries, "
    "rate is the probability of dropping.",
    "With rate = 0.2, which share of the entries is 0 after your forward?",
    convention=True,
)
class RateKeeps(Layer):
    def keep(self, x):
        return self.rng.random(x.shape) < self.rate

    def scale(self):
        return 1 / self.rate if self.rate else 0.0


@variant("rate-keeps")
class RateKeepsAndDividesByZero(RateKeeps):
    def scale(self):
        return 1 / self.rate


@variant("rate-keeps")
class RateKeepsAndDividesAnArrayByZero(RateKeeps):
    def scale(self):
        return 1 / np.float64(self.rate)


@mistake(
    "keep-drop-swapped",
    "Kept and dropped have changed places in the mask: the share 1 − rate is dropped. The factor is the "
    "right one.",
    "u < rate happens with which probability, and what should happen then?",
)
class KeepDropSwapped(Layer):
    def keep(self, x):
        return self.rng.random(x.shape) < self.rate


@mistake(
    "swapped-and-no-rescale",
    "Two things: the share 1 − rate is dropped, where it should be rate, and what is kept is not scaled up.",
    "Print the share of zeros and the mean of the output for an input of ones.",
)
class SwappedAndNoRescale(KeepDropSwapped):
    def scale(self):
        return 1.0


@mistake(
    "no-rescale",
    "What is kept is not scaled up: in training the outputs are smaller on average than at test time, where "
    "nothing is dropped.",
    "For an input of ones, what is the mean of the output in training, and what at test time?",
)
class NoRescale(Layer):
    def scale(self):
        return 1.0


@mistake(
    "rescale-at-test",
    "Nothing is scaled in training, and the outputs are multiplied by 1 − rate at test time. That is "
    "dropout as it was first published (Srivastava et al. 2014), with the same mean in both modes; ours is "
    "the inverted kind, which leaves test time alone.",
    "In which of the two modes should x come back as it is?",
    convention=True,
)
class RescaleAtTest(NoRescale):
    def forward(self, x, training):
        self.mask = self.new_mask(x) if training else np.full(x.shape, 1 - self.rate)
        return x * self.mask


@variant("rescale-at-test")
class RescaleAtTestNotInBackward(NoRescale):
    def forward(self, x, training):
        self.mask = self.new_mask(x) if training else np.ones_like(x)
        return x * self.mask if training else x * (1 - self.rate)


@variant("rescale-at-test")
class RescaleAtTestOldMask(NoRescale):
    def forward(self, x, training):
        if not training:
            return x * (1 - self.rate)
        self.mask = self.new_mask(x)
        return x * self.mask


@mistake(
    "rescale-at-test-by-rate",
    "Nothing is scaled in training, and at test time the outputs are multiplied by rate. “Times p” is "
    "right where p is the probability of keeping; and our dropout, the inverted kind, scales in training "
    "instead.",
    "With rate = 0.2, which share of an output survives training on average?",
)
class RescaleAtTestByRate(NoRescale):
    def forward(self, x, training):
        self.mask = self.new_mask(x) if training else np.full(x.shape, self.rate)
        return x * self.mask


@variant("rescale-at-test-by-rate")
class RescaleAtTestByRateNotInBackward(NoRescale):
    def forward(self, x, training):
        self.mask = self.new_mask(x) if training else np.ones_like(x)
        return x * self.mask if training else x * self.rate


@mistake(
    "rescale-twice",
    "The outputs are scaled in both modes, up in training and down at test time. Once is enough.",
    "After scaling in training, what is the mean output? Does it need another correction at test time?",
)
class RescaleTwice(Layer):
    def forward(self, x, training):
        self.mask = self.new_mask(x) if training else np.full(x.shape, 1 - self.rate)
        return x * self.mask


@variant("rescale-twice")
class RescaleTwiceForwardOnly(Layer):
    def forward(self, x, training):
        y = super().forward(x, training)
        return y if training else y * (1 - self.rate)


@mistake(
    "scaled-up-at-test",
    "The outputs are multiplied by 1/(1 − rate) at test time too, where nothing has been dropped.",
    "Which line of forward should run in training only?",
)
class ScaledUpAtTest(Layer):
    def forward(self, x, training):
        self.mask = self.new_mask(x) if training else np.full(x.shape, self.scale())
        return x * self.mask


@variant("scaled-up-at-test")
class ScaledUpAtTestForwardOnly(Layer):
    def forward(self, x, training):
        y = super().forward(x, training)
        return y if training else y * self.scale()


@variant("scaled-up-at-test")
class ScaledUpAtTestOnly(NoRescale):
    def forward(self, x, training):
        y = super().forward(x, training)
        return y if training else y / (1 - self.rate)


@mistake(
    "rescale-by-rate",
    "What is kept is divided by rate. With the share rate dropped, what is left is the share 1 − rate.",
    "For an input of ones and rate = 0.2, what is the mean of your output?",
)
class RescaleByRate(Layer):
    def scale(self):
        return 1 / self.rate if self.rate else 1.0


@variant("rescale-by-rate")
class RescaleByRateRaises(Layer):
    def scale(self):
        return 1 / self.rate


@variant("rescale-by-rate")
class RescaleByRateInfinite(Layer):
    def scale(self):
        return 1 / np.float64(self.rate)


@mistake(
    "rescale-down",
    "What is kept is multiplied by 1 − rate, where it should be divided: the outputs become smaller still.",
    "Some entries are lost. Should the others become larger or smaller to make up for it?",
)
class RescaleDown(Layer):
    def scale(self):
        return 1 - self.rate


@mistake(
    "multiplied-by-rate",
    "What is kept is multiplied by rate.",
    "Some entries are lost. Should the others become larger or smaller to make up for it, and by how much?",
)
class MultipliedByRate(Layer):
    def scale(self):
        return self.rate


@mistake(
    "scaled-by-the-share-seen",
    "What is kept is divided by the share that happened to be kept in this call, so that the factor "
    "changes from call to call. The contract divides by the probability, which does not.",
    "In “scaled so that the mean is right on average”, which average is meant: over this mask, or over all "
    "masks?",
)
class ScaledByTheShareSeen(Layer):
    def new_mask(self, x):
        keep = self.keep(x)
        return keep / max(keep.mean(), 1e-12)


@variant("scaled-by-the-share-seen")
class OutputScaledToTheSameSum(Layer):
    def forward(self, x, training):
        y = super().forward(x, training)
        return y * (np.abs(x).sum() / max(np.abs(y).sum(), 1e-12))


@mistake(
    "rate-hard-coded",
    "The rate that is passed to the constructor has no effect: half of the entries are dropped, whatever "
    "it is.",
    "Follow rate from the def line of __init__ to the mask. Where does it get lost?",
)
class RateHardCoded(Layer):
    def __init__(self, rate, rng):
        super().__init__(0.5, rng)


@variant("rate-hard-coded")
class RateHardCodedInTheMask(Layer):
    def keep(self, x):
        return self.rng.integers(0, 2, size=x.shape) == 1


@variant("rate-hard-coded")
class RateHardCodedWithoutScale(NoRescale):
    def keep(self, x):
        return self.rng.integers(0, 2, size=x.shape) == 1


@mistake(
    "rate-in-percent",
    "Next to nothing is dropped: the draw is compared with rate/100, or the mask is drawn from much larger "
    "numbers.",
    "Which values can your draw have, and which of them are below rate?",
)
class RateInPercent(Layer):
    def keep(self, x):
        return self.rng.random(x.shape) * 100 >= self.rate


# How the mask is drawn


@mistake(
    "normal-draw",
    "The mask comes from normal random numbers. They are below rate with another probability than rate: "
    "half of them are negative.",
    "Make a histogram of 1,000 of your draws. Which share of them is below 0.2?",
)
class NormalDraw(Layer):
    def keep(self, x):
        return self.rng.standard_normal(x.shape) >= self.rate


@variant("normal-draw")
class NormalDrawBelow(Layer):
    def keep(self, x):
        return self.rng.normal(size=x.shape) < self.rate


@variant("normal-draw")
class NormalDrawBelowKeep(Layer):
    def keep(self, x):
        return self.rng.normal(size=x.shape) < 1 - self.rate


@variant("normal-draw")
class NormalDrawAboveKeep(Layer):
    def keep(self, x):
        return self.rng.normal(size=x.shape) > 1 - self.rate


@variant("normal-draw")
class NormalDrawWithoutScale(NormalDraw, NoRescale):
    pass


@variant("normal-draw")
class NormalDrawBelowWithoutScale(NormalDrawBelow, NoRescale):
    pass


@variant("normal-draw")
class NormalDrawBelowKeepWithoutScale(NormalDrawBelowKeep, NoRescale):
    pass


@mistake(
    "noise-instead",
    "The entries are multiplied by random numbers of many sizes; none is exactly 0. (Gaussian dropout is a "
    "known relative; ours either drops an entry or keeps it.)",
    "How many different values may your mask have?",
    convention=True,
)
class GaussianDropout(Layer):
    def new_mask(self, x):
        return self.rng.normal(1.0, np.sqrt(self.rate / (1 - self.rate)), x.shape)


@variant("noise-instead")
class UniformFactor(Layer):
    def new_mask(self, x):
        return self.rng.random(x.shape)


@variant("noise-instead")
class UniformFactorScaled(Layer):
    def new_mask(self, x):
        return self.rng.random(x.shape) / (1 - self.rate)


@mistake(
    "draw-kept-as-factor",
    "The entries that are kept are multiplied by the random draw itself: the comparison picks entries of the "
    "draw, where it should make ones of them.",
    "Print your mask. How many different numbers, other than 0, are in it?",
)
class DrawKeptAsFactor(Layer):
    def new_mask(self, x):
        draw = self.rng.random(x.shape)
        draw[draw < self.rate] = 0
        return draw * self.scale()


@variant("draw-kept-as-factor")
class DrawKeptAsFactorNotScaled(Layer):
    def new_mask(self, x):
        draw = self.rng.random(x.shape)
        return np.where(draw < self.rate, 0, draw)


@mistake(
    "one-draw-for-each-row",
    "One number is drawn for each row: an example loses all of its features, or none.",
    "How many random numbers does a batch of 8 examples with 20 features need, and what shape do they have?",
)
class OneDrawForEachRow(Layer):
    def keep(self, x):
        return self.rng.random((x.shape[0], 1)) >= self.rate


@mistake(
    "one-draw-for-each-column",
    "One number is drawn for each feature, and used in all rows: the same units are dropped for all "
    "examples of a batch. In our contract each entry is dropped on its own.",
    "How many random numbers does a batch of 8 examples with 20 features need, and what shape do they have?"
    " What shape do yours have?",
)
class OneDrawForEachColumn(Layer):
    def keep(self, x):
        return self.rng.random(x.shape[1]) >= self.rate


@mistake(
    "one-draw-for-all",
    "A single number is drawn in each call: the whole batch is dropped, or nothing.",
    "How many random numbers does your call of the generator return?",
)
class OneDrawForAll(Layer):
    def keep(self, x):
        return np.full(x.shape, self.rng.random() >= self.rate)


@variant("one-draw-for-all")
class OneDrawForAllWithoutScale(OneDrawForAll, NoRescale):
    pass


@mistake(
    "exactly-k",
    "A fixed number of entries is dropped. In dropout each entry is dropped on its own, so that the number "
    "varies around the expected one.",
    "Of 100 coins that you toss, do exactly 50 always show heads?",
)
class ExactlyKInAll(Layer):
    def keep(self, x):
        keep = np.ones(x.size, dtype=bool)
        keep[self.rng.choice(x.size, round(self.rate * x.size), replace=False)] = False
        return keep.reshape(x.shape)


@variant("exactly-k")
class ExactlyKInEachRow(Layer):
    def keep(self, x):
        keep = np.ones(x.shape, dtype=bool)
        for row in keep:
            row[self.rng.permutation(x.shape[1])[: round(self.rate * x.shape[1])]] = False
        return keep


@variant("exactly-k")
class ExactlyKColumns(Layer):
    def keep(self, x):
        keep = np.ones(x.shape, dtype=bool)
        keep[:, self.rng.choice(x.shape[1], int(self.rate * x.shape[1]), replace=False)] = False
        return keep


@mistake(
    "mask-reused",
    "The mask is drawn once and used in every call: the same entries are dropped for good. That is a "
    "smaller network, not dropout.",
    "In which method is the mask drawn, and how often does that line run?",
)
class MaskReused(Layer):
    masks = None

    def keep(self, x):
        self.masks = {} if self.masks is None else self.masks
        if x.shape not in self.masks:
            self.masks[x.shape] = super().keep(x)
        return self.masks[x.shape]


@variant("mask-reused")
class MaskReusedWhateverTheShape(Layer):
    first = None

    def keep(self, x):
        if self.first is None:
            self.first = super().keep(x)
        return self.first


@variant("mask-reused")
class MaskRedrawnForAnotherShape(Layer):
    first = None

    def keep(self, x):
        if self.first is None or self.first.shape != x.shape:
            self.first = super().keep(x)
        return self.first


# Modes


@mistake(
    "mask-at-test",
    "Entries are dropped at test time too: training has no effect, and a prediction depends on chance.",
    "Where does your forward look at its second argument?",
)
class MaskAtTest(Layer):
    def forward(self, x, training):
        return super().forward(x, True)


@variant("mask-at-test")
class MaskAtTestWithoutScale(NoRescale):
    def forward(self, x, training):
        return super().forward(x, True)


@mistake(
    "modes-swapped",
    "The modes have changed places: entries are dropped at test time, and in training all are kept.",
    "What is training when the network learns, True or False?",
)
class ModesSwapped(Layer):
    def forward(self, x, training):
        return super().forward(x, not training)


@mistake(
    "never-drops",
    "x comes back as it is, in training too: nothing is ever dropped.",
    "Is your mask computed, and is it what x is multiplied with?",
)
class NeverDrops(Layer):
    def forward(self, x, training):
        self.mask = np.ones_like(x)
        return x * 1.0


@variant("never-drops")
class NeverDropsButMasksTheGradient(Layer):
    def forward(self, x, training):
        super().forward(x, training)
        return x * 1.0


# Backward


@mistake(
    "new-mask-in-backward",
    "backward draws a mask of its own. The gradient has to flow through the same entries that forward let "
    "through.",
    "If an entry was dropped in forward, how much does the loss depend on it?",
)
class NewMaskInBackward(Layer):
    def forward(self, x, training):
        self.training = training
        return super().forward(x, training)

    def backward(self, grad):
        return grad * self.new_mask(grad) if self.training else grad * 1.0


@variant("new-mask-in-backward")
class NewMaskInBackwardAlways(Layer):
    def backward(self, grad):
        return grad * self.new_mask(grad)


@mistake(
    "backward-not-masked",
    "backward returns the gradient as it came: neither is it 0 where forward has dropped, nor is it scaled.",
    "forward computes y = x · mask. What is the derivative of y with respect to x?",
)
class BackwardNotMasked(Layer):
    def backward(self, grad):
        return grad * 1.0


@mistake(
    "backward-not-scaled",
    "The gradient is 0 where it should be, but what is left of it is not scaled as forward scales.",
    "forward multiplies by a mask and by a factor. What is the derivative of y with respect to x where an "
    "entry is kept?",
)
class BackwardNotScaled(Layer):
    def backward(self, grad):
        return grad * (self.mask != 0)


@mistake(
    "backward-only-scaled",
    "backward scales the gradient but lets all of it through, the dropped entries' too.",
    "What is the derivative of y with respect to an x that was dropped?",
)
class BackwardOnlyScaled(Layer):
    def forward(self, x, training):
        self.factor = self.scale() if training else 1.0
        return super().forward(x, training)

    def backward(self, grad):
        return grad * self.factor


@variant("backward-only-scaled")
class BackwardOnlyScaledAlways(Layer):
    def backward(self, grad):
        return grad * self.scale()


@mistake(
    "backward-scaled-twice",
    "backward scales twice: the mask holds the factor already, and the gradient is divided by 1 − rate "
    "once more.",
    "Print your mask: which numbers are in it?",
)
class BackwardScaledTwice(Layer):
    def forward(self, x, training):
        self.factor = self.scale() if training else 1.0
        return super().forward(x, training)

    def backward(self, grad):
        return grad * self.mask * self.factor


@variant("backward-scaled-twice")
class BackwardScaledTwiceAlways(Layer):
    def backward(self, grad):
        return grad * self.mask * self.scale()


@mistake(
    "backward-divides",
    "What backward lets through is multiplied by 1 − rate: the factor is divided out, where the chain rule "
    "multiplies.",
    "y = c x. Is the derivative c or 1/c?",
)
class BackwardDivides(Layer):
    def backward(self, grad):
        keep = self.mask != 0
        return grad * keep / np.where(keep, self.mask, 1)


@mistake(
    "backward-scaled-by-rate",
    "backward divides by rate. It has to scale as forward does.",
    "By which number is an entry multiplied in forward, if it is kept? And in backward?",
)
class BackwardScaledByRate(Layer):
    def backward(self, grad):
        return grad * (self.mask != 0) / self.rate


@variant("backward-scaled-by-rate")
class BackwardScaledByRateToo(Layer):
    def backward(self, grad):
        return grad * self.mask / self.rate


@mistake(
    "backward-opposite",
    "backward lets through what forward has dropped, and the other way round.",
    "Print y and dx for an input and a gradient of ones. Where should their zeros be?",
)
class BackwardOpposite(Layer):
    def forward(self, x, training):
        self.training = training
        return super().forward(x, training)

    def backward(self, grad):
        return grad * (self.mask == 0) * self.scale() if self.training else grad * 1.0


@variant("backward-opposite")
class BackwardOppositeNotScaled(BackwardOpposite):
    def backward(self, grad):
        return grad * (self.mask == 0) if self.training else grad * 1.0


@variant("backward-opposite")
class BackwardOppositeAlways(Layer):
    def backward(self, grad):
        return grad * (self.mask == 0) * self.scale()


@variant("backward-opposite")
class BackwardOppositeNotScaledAlways(Layer):
    def backward(self, grad):
        return grad * (self.mask == 0)


@mistake(
    "backward-times-output",
    "backward multiplies the gradient by x or by the output, not by the mask.",
    "What does the derivative of c x with respect to x depend on, c, x or both?",
)
class BackwardTimesOutput(Layer):
    def forward(self, x, training):
        self.y = super().forward(x, training)
        return self.y

    def backward(self, grad):
        return grad * self.y


@variant("backward-times-output")
class BackwardTimesMaskedInput(Layer):
    def forward(self, x, training):
        self.x = x
        return super().forward(x, training)

    def backward(self, grad):
        return grad * self.x * self.mask


@variant("backward-times-output")
class BackwardTimesInput(Layer):
    def forward(self, x, training):
        self.x = x
        return super().forward(x, training)

    def backward(self, grad):
        return grad * self.x


@mistake(
    "old-mask-at-test",
    "After a forward at test time, backward still drops entries, with the mask of the last training batch "
    "or with one that was drawn for nothing. backward belongs to the last forward, and at test time "
    "nothing was dropped.",
    "What should your layer remember of a forward that was not in training?",
)
class OldMaskAtTest(Layer):
    def forward(self, x, training):
        return super().forward(x, training) if training else x


@mistake(
    "mask-shared",
    "All layers share one mask: it lives on the class or in a global variable, and the layer that was last "
    "in forward overwrites it for the others.",
    "In front of which name should self stand?",
)
class MaskShared(Layer):
    def forward(self, x, training):
        type(self).shared = self.new_mask(x) if training else np.ones_like(x)
        return x * type(self).shared

    def backward(self, grad):
        return grad * type(self).shared


@mistake(
    "first-mask-kept",
    "backward has a mask of an earlier forward: the masks of all calls are kept, and the wrong one is taken.",
    "After two forwards, to which of them does backward belong?",
)
class FirstMaskKept(Layer):
    masks = None

    def forward(self, x, training):
        y = super().forward(x, training)
        self.masks = [*(self.masks or []), self.mask]
        return y

    def backward(self, grad):
        return grad * self.masks.pop(0)


# What comes back, and what is left behind


@mistake(
    "returns-none",
    "forward and backward return None: what they compute is not handed back.",
    "What does a Python function return when it ends without saying?",
)
class ReturnsNone(Layer):
    def forward(self, x, training):
        super().forward(x, training)

    def backward(self, grad):
        super().backward(grad)


@variant("returns-none")
class ForwardReturnsNone(Layer):
    def forward(self, x, training):
        super().forward(x, training)


@mistake(
    "forward-returns-none-at-test",
    "forward returns None when it is not in training.",
    "Which lines run when training is False, and do they end in a return?",
)
class ForwardReturnsNoneAtTest(Layer):
    def forward(self, x, training):
        y = super().forward(x, training)
        if training:
            return y


@mistake(
    "backward-returns-none",
    "backward returns None: what it computes is not handed back.",
    "What does a Python function return when it ends without saying? Look at backward.",
)
class BackwardReturnsNone(Layer):
    def backward(self, grad):
        super().backward(grad)


@mistake(
    "returns-mask-too",
    "forward returns a tuple, the output together with the mask. The contract asks for the output alone; "
    "the layer keeps the mask for backward itself.",
    "Who needs the mask after forward has ended?",
)
class ReturnsMaskToo(Layer):
    def forward(self, x, training):
        return super().forward(x, training), self.mask


@mistake(
    "returns-mask",
    "forward returns the mask instead of the output.",
    "Look at the name after return: is it the one that holds x · mask?",
)
class ReturnsMask(Layer):
    def forward(self, x, training):
        super().forward(x, training)
        return self.mask


@mistake(
    "removes-entries",
    "The dropped entries are removed, so that the array becomes shorter and flat. They should stay, as "
    "zeros.",
    "What shape should the output have, and what does x[keep] give?",
)
class RemovesEntries(Layer):
    def forward(self, x, training):
        y = super().forward(x, training)
        return y[self.mask != 0] if training else y

    def backward(self, grad):
        return grad * self.mask


@variant("removes-entries")
class RemovesColumns(Layer):
    def forward(self, x, training):
        y = super().forward(x, training)
        return y[:, self.rng.random(x.shape[1]) >= self.rate] if training else y


@mistake(
    "x-changed",
    "The numbers are right, but x is overwritten in place: the layer before this one loses its output, "
    "which its own backward pass needs.",
    "`x = x * mask` and `x *= mask` give the same numbers. What becomes of the caller's array in each?",
)
class XChanged(Layer):
    def forward(self, x, training):
        x *= self.new_mask(x) if training else 1.0
        return x

    def backward(self, grad):
        return grad * self.mask

    def new_mask(self, x):
        self.mask = super().new_mask(x)
        return self.mask


@mistake(
    "grad-changed",
    "The numbers are right, but the gradient that comes in is overwritten in place.",
    "Search backward for an assignment with an operator, such as *=, or with [:].",
)
class GradChanged(Layer):
    def backward(self, grad):
        grad *= self.mask
        return grad


# Chance


@mistake(
    "global-random-state",
    "The mask is drawn from NumPy's global random state, with np.random.…, not from rng: the seed that the "
    "caller chose has no effect, and nobody can repeat the run.",
    "Which name stands in front of the dot where you draw?",
)
class GlobalRandomState(Layer):
    def keep(self, x):
        return np.random.random(x.shape) >= self.rate


@variant("global-random-state")
class GlobalRandomStateWithoutScale(NoRescale):
    def keep(self, x):
        return np.random.random(x.shape) >= self.rate


@mistake(
    "global-seed",
    "np.random.seed sets NumPy's global random state in every call: each mask is the same, and all other "
    "code that uses it is disturbed as well.",
    "Who should choose the seed, and what is the argument rng for?",
)
class GlobalSeed(Layer):
    def keep(self, x):
        np.random.seed(0)
        return np.random.random(x.shape) >= self.rate


@mistake(
    "own-seed",
    "The layer makes a generator of its own with a fixed seed: rng has no effect, and all layers drop the "
    "same entries.",
    "Two layers, two generators: do your layers drop different entries?",
)
class OwnSeed(Layer):
    def __init__(self, rate, rng):
        super().__init__(rate, np.random.default_rng(0))


@variant("own-seed")
class OwnSeedInEveryCall(Layer):
    def keep(self, x):
        return np.random.default_rng(0).random(x.shape) >= self.rate


@mistake(
    "other-generator",
    "The mask is drawn from a generator of your own, not from rng: two layers whose generators have the "
    "same seed drop different entries.",
    "Which object's method draws, and where does it get its seed?",
)
class OtherGenerator(Layer):
    def __init__(self, rate, rng):
        super().__init__(rate, np.random.default_rng())
