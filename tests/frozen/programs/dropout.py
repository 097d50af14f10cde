"""Wrong dropout layers."""

import numpy as np

from .entered import Entered

wrong = Entered()


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


@wrong("rate-keeps")
class RateKeeps(Layer):
    def keep(self, x):
        return self.rng.random(x.shape) < self.rate

    def scale(self):
        return 1 / self.rate if self.rate else 0.0


@wrong("rate-keeps")
class RateKeepsAndDividesByZero(RateKeeps):
    def scale(self):
        return 1 / self.rate


@wrong("rate-keeps")
class RateKeepsAndDividesAnArrayByZero(RateKeeps):
    def scale(self):
        return 1 / np.float64(self.rate)


@wrong("keep-drop-swapped")
class KeepDropSwapped(Layer):
    def keep(self, x):
        return self.rng.random(x.shape) < self.rate


@wrong("swapped-and-no-rescale")
class SwappedAndNoRescale(KeepDropSwapped):
    def scale(self):
        return 1.0


@wrong("no-rescale")
class NoRescale(Layer):
    def scale(self):
        return 1.0


@wrong("rescale-at-test")
class RescaleAtTest(NoRescale):
    def forward(self, x, training):
        self.mask = self.new_mask(x) if training else np.full(x.shape, 1 - self.rate)
        return x * self.mask


@wrong("rescale-at-test")
class RescaleAtTestNotInBackward(NoRescale):
    def forward(self, x, training):
        self.mask = self.new_mask(x) if training else np.ones_like(x)
        return x * self.mask if training else x * (1 - self.rate)


@wrong("rescale-at-test")
class RescaleAtTestOldMask(NoRescale):
    def forward(self, x, training):
        if not training:
            return x * (1 - self.rate)
        self.mask = self.new_mask(x)
        return x * self.mask


@wrong("rescale-at-test-by-rate")
class RescaleAtTestByRate(NoRescale):
    def forward(self, x, training):
        self.mask = self.new_mask(x) if training else np.full(x.shape, self.rate)
        return x * self.mask


@wrong("rescale-at-test-by-rate")
class RescaleAtTestByRateNotInBackward(NoRescale):
    def forward(self, x, training):
        self.mask = self.new_mask(x) if training else np.ones_like(x)
        return x * self.mask if training else x * self.rate


@wrong("rescale-twice")
class RescaleTwice(Layer):
    def forward(self, x, training):
        self.mask = self.new_mask(x) if training else np.full(x.shape, 1 - self.rate)
        return x * self.mask


@wrong("rescale-twice")
class RescaleTwiceForwardOnly(Layer):
    def forward(self, x, training):
        y = super().forward(x, training)
        return y if training else y * (1 - self.rate)


@wrong("scaled-up-at-test")
class ScaledUpAtTest(Layer):
    def forward(self, x, training):
        self.mask = self.new_mask(x) if training else np.full(x.shape, self.scale())
        return x * self.mask


@wrong("scaled-up-at-test")
class ScaledUpAtTestForwardOnly(Layer):
    def forward(self, x, training):
        y = super().forward(x, training)
        return y if training else y * self.scale()


@wrong("scaled-up-at-test")
class ScaledUpAtTestOnly(NoRescale):
    def forward(self, x, training):
        y = super().forward(x, training)
        return y if training else y / (1 - self.rate)


@wrong("rescale-by-rate")
class RescaleByRate(Layer):
    def scale(self):
        return 1 / self.rate if self.rate else 1.0


@wrong("rescale-by-rate")
class RescaleByRateRaises(Layer):
    def scale(self):
        return 1 / self.rate


@wrong("rescale-by-rate")
class RescaleByRateInfinite(Layer):
    def scale(self):
        return 1 / np.float64(self.rate)


@wrong("rescale-down")
class RescaleDown(Layer):
    def scale(self):
        return 1 - self.rate


@wrong("multiplied-by-rate")
class MultipliedByRate(Layer):
    def scale(self):
        return self.rate


@wrong("scaled-by-the-share-seen")
class ScaledByTheShareSeen(Layer):
    def new_mask(self, x):
        keep = self.keep(x)
        return keep / max(keep.mean(), 1e-12)


@wrong("scaled-by-the-share-seen")
class OutputScaledToTheSameSum(Layer):
    def forward(self, x, training):
        y = super().forward(x, training)
        return y * (np.abs(x).sum() / max(np.abs(y).sum(), 1e-12))


@wrong("rate-hard-coded")
class RateHardCoded(Layer):
    def __init__(self, rate, rng):
        super().__init__(0.5, rng)


@wrong("rate-hard-coded")
class RateHardCodedInTheMask(Layer):
    def keep(self, x):
        return self.rng.integers(0, 2, size=x.shape) == 1


@wrong("rate-hard-coded")
class RateHardCodedWithoutScale(NoRescale):
    def keep(self, x):
        return self.rng.integers(0, 2, size=x.shape) == 1


@wrong("rate-in-percent")
class RateInPercent(Layer):
    def keep(self, x):
        return self.rng.random(x.shape) * 100 >= self.rate


# How the mask is drawn


@wrong("normal-draw")
class NormalDraw(Layer):
    def keep(self, x):
        return self.rng.standard_normal(x.shape) >= self.rate


@wrong("normal-draw")
class NormalDrawBelow(Layer):
    def keep(self, x):
        return self.rng.normal(size=x.shape) < self.rate


@wrong("normal-draw")
class NormalDrawBelowKeep(Layer):
    def keep(self, x):
        return self.rng.normal(size=x.shape) < 1 - self.rate


@wrong("normal-draw")
class NormalDrawAboveKeep(Layer):
    def keep(self, x):
        return self.rng.normal(size=x.shape) > 1 - self.rate


@wrong("normal-draw")
class NormalDrawWithoutScale(NormalDraw, NoRescale):
    pass


@wrong("normal-draw")
class NormalDrawBelowWithoutScale(NormalDrawBelow, NoRescale):
    pass


@wrong("normal-draw")
class NormalDrawBelowKeepWithoutScale(NormalDrawBelowKeep, NoRescale):
    pass


@wrong("noise-instead")
class GaussianDropout(Layer):
    def new_mask(self, x):
        return self.rng.normal(1.0, np.sqrt(self.rate / (1 - self.rate)), x.shape)


@wrong("noise-instead")
class UniformFactor(Layer):
    def new_mask(self, x):
        return self.rng.random(x.shape)


@wrong("noise-instead")
class UniformFactorScaled(Layer):
    def new_mask(self, x):
        return self.rng.random(x.shape) / (1 - self.rate)


@wrong("draw-kept-as-factor")
class DrawKeptAsFactor(Layer):
    def new_mask(self, x):
        draw = self.rng.random(x.shape)
        draw[draw < self.rate] = 0
        return draw * self.scale()


@wrong("draw-kept-as-factor")
class DrawKeptAsFactorNotScaled(Layer):
    def new_mask(self, x):
        draw = self.rng.random(x.shape)
        return np.where(draw < self.rate, 0, draw)


@wrong("one-draw-for-each-row")
class OneDrawForEachRow(Layer):
    def keep(self, x):
        return self.rng.random((x.shape[0], 1)) >= self.rate


@wrong("one-draw-for-each-column")
class OneDrawForEachColumn(Layer):
    def keep(self, x):
        return self.rng.random(x.shape[1]) >= self.rate


@wrong("one-draw-for-all")
class OneDrawForAll(Layer):
    def keep(self, x):
        return np.full(x.shape, self.rng.random() >= self.rate)


@wrong("one-draw-for-all")
class OneDrawForAllWithoutScale(OneDrawForAll, NoRescale):
    pass


@wrong("exactly-k")
class ExactlyKInAll(Layer):
    def keep(self, x):
        keep = np.ones(x.size, dtype=bool)
        keep[self.rng.choice(x.size, round(self.rate * x.size), replace=False)] = False
        return keep.reshape(x.shape)


@wrong("exactly-k")
class ExactlyKInEachRow(Layer):
    def keep(self, x):
        keep = np.ones(x.shape, dtype=bool)
        for row in keep:
            row[self.rng.permutation(x.shape[1])[: round(self.rate * x.shape[1])]] = False
        return keep


@wrong("exactly-k")
class ExactlyKColumns(Layer):
    def keep(self, x):
        keep = np.ones(x.shape, dtype=bool)
        keep[:, self.rng.choice(x.shape[1], int(self.rate * x.shape[1]), replace=False)] = False
        return keep


@wrong("mask-reused")
class MaskReused(Layer):
    masks = None

    def keep(self, x):
        self.masks = {} if self.masks is None else self.masks
        if x.shape not in self.masks:
            self.masks[x.shape] = super().keep(x)
        return self.masks[x.shape]


@wrong("mask-reused")
class MaskReusedWhateverTheShape(Layer):
    first = None

    def keep(self, x):
        if self.first is None:
            self.first = super().keep(x)
        return self.first


@wrong("mask-reused")
class MaskRedrawnForAnotherShape(Layer):
    first = None

    def keep(self, x):
        if self.first is None or self.first.shape != x.shape:
            self.first = super().keep(x)
        return self.first


# Modes


@wrong("mask-at-test")
class MaskAtTest(Layer):
    def forward(self, x, training):
        return super().forward(x, True)


@wrong("mask-at-test")
class MaskAtTestWithoutScale(NoRescale):
    def forward(self, x, training):
        return super().forward(x, True)


@wrong("modes-swapped")
class ModesSwapped(Layer):
    def forward(self, x, training):
        return super().forward(x, not training)


@wrong("never-drops")
class NeverDrops(Layer):
    def forward(self, x, training):
        self.mask = np.ones_like(x)
        return x * 1.0


@wrong("never-drops")
class NeverDropsButMasksTheGradient(Layer):
    def forward(self, x, training):
        super().forward(x, training)
        return x * 1.0


# Backward


@wrong("new-mask-in-backward")
class NewMaskInBackward(Layer):
    def forward(self, x, training):
        self.training = training
        return super().forward(x, training)

    def backward(self, grad):
        return grad * self.new_mask(grad) if self.training else grad * 1.0


@wrong("new-mask-in-backward")
class NewMaskInBackwardAlways(Layer):
    def backward(self, grad):
        return grad * self.new_mask(grad)


@wrong("backward-not-masked")
class BackwardNotMasked(Layer):
    def backward(self, grad):
        return grad * 1.0


@wrong("backward-not-scaled")
class BackwardNotScaled(Layer):
    def backward(self, grad):
        return grad * (self.mask != 0)


@wrong("backward-only-scaled")
class BackwardOnlyScaled(Layer):
    def forward(self, x, training):
        self.factor = self.scale() if training else 1.0
        return super().forward(x, training)

    def backward(self, grad):
        return grad * self.factor


@wrong("backward-only-scaled")
class BackwardOnlyScaledAlways(Layer):
    def backward(self, grad):
        return grad * self.scale()


@wrong("backward-scaled-twice")
class BackwardScaledTwice(Layer):
    def forward(self, x, training):
        self.factor = self.scale() if training else 1.0
        return super().forward(x, training)

    def backward(self, grad):
        return grad * self.mask * self.factor


@wrong("backward-scaled-twice")
class BackwardScaledTwiceAlways(Layer):
    def backward(self, grad):
        return grad * self.mask * self.scale()


@wrong("backward-divides")
class BackwardDivides(Layer):
    def backward(self, grad):
        keep = self.mask != 0
        return grad * keep / np.where(keep, self.mask, 1)


@wrong("backward-scaled-by-rate")
class BackwardScaledByRate(Layer):
    def backward(self, grad):
        return grad * (self.mask != 0) / self.rate


@wrong("backward-scaled-by-rate")
class BackwardScaledByRateToo(Layer):
    def backward(self, grad):
        return grad * self.mask / self.rate


@wrong("backward-opposite")
class BackwardOpposite(Layer):
    def forward(self, x, training):
        self.training = training
        return super().forward(x, training)

    def backward(self, grad):
        return grad * (self.mask == 0) * self.scale() if self.training else grad * 1.0


@wrong("backward-opposite")
class BackwardOppositeNotScaled(BackwardOpposite):
    def backward(self, grad):
        return grad * (self.mask == 0) if self.training else grad * 1.0


@wrong("backward-opposite")
class BackwardOppositeAlways(Layer):
    def backward(self, grad):
        return grad * (self.mask == 0) * self.scale()


@wrong("backward-opposite")
class BackwardOppositeNotScaledAlways(Layer):
    def backward(self, grad):
        return grad * (self.mask == 0)


@wrong("backward-times-output")
class BackwardTimesOutput(Layer):
    def forward(self, x, training):
        self.y = super().forward(x, training)
        return self.y

    def backward(self, grad):
        return grad * self.y


@wrong("backward-times-output")
class BackwardTimesMaskedInput(Layer):
    def forward(self, x, training):
        self.x = x
        return super().forward(x, training)

    def backward(self, grad):
        return grad * self.x * self.mask


@wrong("backward-times-output")
class BackwardTimesInput(Layer):
    def forward(self, x, training):
        self.x = x
        return super().forward(x, training)

    def backward(self, grad):
        return grad * self.x


@wrong("old-mask-at-test")
class OldMaskAtTest(Layer):
    def forward(self, x, training):
        return super().forward(x, training) if training else x


@wrong("mask-shared")
class MaskShared(Layer):
    def forward(self, x, training):
        type(self).shared = self.new_mask(x) if training else np.ones_like(x)
        return x * type(self).shared

    def backward(self, grad):
        return grad * type(self).shared


@wrong("first-mask-kept")
class FirstMaskKept(Layer):
    masks = None

    def forward(self, x, training):
        y = super().forward(x, training)
        self.masks = [*(self.masks or []), self.mask]
        return y

    def backward(self, grad):
        return grad * self.masks.pop(0)


# What comes back, and what is left behind


@wrong("returns-none")
class ReturnsNone(Layer):
    def forward(self, x, training):
        super().forward(x, training)

    def backward(self, grad):
        super().backward(grad)


@wrong("returns-none")
class ForwardReturnsNone(Layer):
    def forward(self, x, training):
        super().forward(x, training)


@wrong("forward-returns-none-at-test")
class ForwardReturnsNoneAtTest(Layer):
    def forward(self, x, training):
        y = super().forward(x, training)
        if training:
            return y


@wrong("backward-returns-none")
class BackwardReturnsNone(Layer):
    def backward(self, grad):
        super().backward(grad)


@wrong("returns-mask-too")
class ReturnsMaskToo(Layer):
    def forward(self, x, training):
        return super().forward(x, training), self.mask


@wrong("returns-mask")
class ReturnsMask(Layer):
    def forward(self, x, training):
        super().forward(x, training)
        return self.mask


@wrong("removes-entries")
class RemovesEntries(Layer):
    def forward(self, x, training):
        y = super().forward(x, training)
        return y[self.mask != 0] if training else y

    def backward(self, grad):
        return grad * self.mask


@wrong("removes-entries")
class RemovesColumns(Layer):
    def forward(self, x, training):
        y = super().forward(x, training)
        return y[:, self.rng.random(x.shape[1]) >= self.rate] if training else y


@wrong("x-changed")
class XChanged(Layer):
    def forward(self, x, training):
        x *= self.new_mask(x) if training else 1.0
        return x

    def backward(self, grad):
        return grad * self.mask

    def new_mask(self, x):
        self.mask = super().new_mask(x)
        return self.mask


@wrong("grad-changed")
class GradChanged(Layer):
    def backward(self, grad):
        grad *= self.mask
        return grad


# Chance


@wrong("global-random-state")
class GlobalRandomState(Layer):
    def keep(self, x):
        return np.random.random(x.shape) >= self.rate


@wrong("global-random-state")
class GlobalRandomStateWithoutScale(NoRescale):
    def keep(self, x):
        return np.random.random(x.shape) >= self.rate


@wrong("global-seed")
class GlobalSeed(Layer):
    def keep(self, x):
        np.random.seed(0)
        return np.random.random(x.shape) >= self.rate


@wrong("own-seed")
class OwnSeed(Layer):
    def __init__(self, rate, rng):
        super().__init__(rate, np.random.default_rng(0))


@wrong("own-seed")
class OwnSeedInEveryCall(Layer):
    def keep(self, x):
        return np.random.default_rng(0).random(x.shape) >= self.rate


@wrong("other-generator")
class OtherGenerator(Layer):
    def __init__(self, rate, rng):
        super().__init__(rate, np.random.default_rng())
