"""Unit 04, as handed to the checks: right programs and others."""

import numpy as np

from .styles_batch_norm import Paper, Plain


class EpsOutside(Plain):
    def forward(self, x, training):
        y = super().forward(x, training)
        if training:
            self.std = x.std(axis=0) + self.eps
            self.x_hat = (x - x.mean(axis=0)) / self.std
            y = self.gamma * self.x_hat + self.beta
        return y


class Unbiased(Plain):
    def forward(self, x, training):
        y = super().forward(x, training)
        if training:
            self.std = np.sqrt(x.var(axis=0, ddof=1) + self.eps)
            self.x_hat = (x - x.mean(axis=0)) / self.std
            y = self.gamma * self.x_hat + self.beta
        return y


class NotCentred(Plain):
    def forward(self, x, training):
        y = super().forward(x, training)
        if training:
            self.x_hat = x / self.std
            y = self.gamma * self.x_hat + self.beta
        return y


class NoBeta(Plain):
    def forward(self, x, training):
        y = super().forward(x, training)
        return y - self.beta if training else y


class XOverwritten(Plain):
    def forward(self, x, training):
        y = super().forward(x, training)
        if training:
            x -= x.mean(axis=0)
        return y


class Keeps(Plain):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__(features, 1 - momentum, eps)


class Biased(Plain):
    def forward(self, x, training):
        before = self.running_var
        y = super().forward(x, training)
        if training:
            self.running_var = (1 - self.momentum) * before + self.momentum * x.var(axis=0)
        return y


class StdStored(Plain):
    """running_var in a wrong unit, but test mode as the contract says."""

    def forward(self, x, training):
        before = self.running_var
        y = super().forward(x, training)
        if training:
            self.running_var = (1 - self.momentum) * before + self.momentum * x.std(axis=0)
        return y


class NeverUpdated(Plain):
    def forward(self, x, training):
        before = self.running_mean, self.running_var
        y = super().forward(x, training)
        self.running_mean, self.running_var = before
        return y


class TestModeWithoutRoot(Plain):
    __test__ = False

    def forward(self, x, training):
        if training:
            return super().forward(x, training)
        return self.gamma * (x - self.running_mean) / (self.running_var + self.eps) + self.beta


class TestModeNotWritten(Plain):
    __test__ = False

    def forward(self, x, training):
        if not training:
            raise NotImplementedError
        return super().forward(x, training)


class TrainingNotWritten(Plain):
    def forward(self, x, training):
        if training:
            raise NotImplementedError
        return super().forward(x, training)


class BackwardNotWritten(Plain):
    def backward(self, grad):
        raise NotImplementedError


class DbetaAveraged(Plain):
    def backward(self, grad):
        dx, dgamma, _ = super().backward(grad)
        return dx, dgamma, grad.mean(axis=0)


class MeanForgotten(Plain):
    def backward(self, grad):
        g = grad * self.gamma
        dx = (g - self.x_hat * (g * self.x_hat).mean(axis=0)) / self.std
        return dx, *super().backward(grad)[1:]


class ModesSwapped(Plain):
    def forward(self, x, training):
        return super().forward(x, not training)


class OnlyNormalisingSwapped(Plain):
    """The running statistics are updated when they should be."""

    def forward(self, x, training):
        mean, var = (self.running_mean, self.running_var) if training else (x.mean(axis=0), x.var(axis=0))
        self.std = np.sqrt(var + self.eps)
        self.x_hat = (x - mean) / self.std
        if training:
            batch, self.kept = Plain.forward, (self.std, self.x_hat)
            batch(self, x, True)
            self.std, self.x_hat = self.kept
        return self.gamma * self.x_hat + self.beta


class UpdateSwapped(Plain):
    """Only the running statistics are updated when they should not be."""

    def forward(self, x, training):
        if training:
            before = self.running_mean, self.running_var
            y = super().forward(x, True)
            self.running_mean, self.running_var = before
            return y
        y = super().forward(x, False)
        if len(x) > 1:
            m = self.momentum
            self.running_mean = (1 - m) * self.running_mean + m * x.mean(axis=0)
            self.running_var = (1 - m) * self.running_var + m * x.var(axis=0, ddof=1)
        return y


class EpsTwice(Plain):
    def forward(self, x, training):
        y = super().forward(x, training)
        return (y - self.beta) * self.std / np.sqrt(self.std**2 + self.eps) + self.beta if training else y


class GammaLearnsInBackward(Plain):
    def backward(self, grad):
        dx, dgamma, dbeta = super().backward(grad)
        self.gamma = self.gamma - 0.1 * dgamma
        return dx, dgamma, dbeta


class VarianceWithAPositivePower(Paper):
    def backward(self, grad):
        centred, n = self.x - self.mean, len(grad)
        dx_hat = grad * self.gamma
        dvar = (dx_hat * centred * -0.5 * (self.var + self.eps) ** 1.5).sum(axis=0)
        dx = dx_hat / self.std + dvar * 2 * centred / n - (dx_hat / self.std).mean(axis=0)
        return dx, *super().backward(grad)[1:]


class XHatForgotten(Plain):
    def backward(self, grad):
        return grad / self.std_dev, (grad * self.xhat).sum(axis=0), grad.sum(axis=0)


class ForwardConstant(Plain):
    """Its gradients are zero indeed."""

    def forward(self, x, training):
        return np.zeros_like(x)

    def backward(self, grad):
        return np.zeros_like(grad), np.zeros_like(self.gamma), np.zeros_like(self.gamma)


class ForwardAllButConstant(ForwardConstant):
    def forward(self, x, training):
        return 1e-6 * x


STYLES = {
    "batchnorm_backward": (
        EpsOutside,
        Unbiased,
        NotCentred,
        NoBeta,
        XOverwritten,
        Keeps,
        Biased,
        StdStored,
        NeverUpdated,
        TestModeWithoutRoot,
        TestModeNotWritten,
        TrainingNotWritten,
        BackwardNotWritten,
        DbetaAveraged,
        MeanForgotten,
        ModesSwapped,
        OnlyNormalisingSwapped,
        UpdateSwapped,
        GammaLearnsInBackward,
        VarianceWithAPositivePower,
        XHatForgotten,
        ForwardConstant,
        ForwardAllButConstant,
    ),
    "batchnorm_forward": (
        EpsOutside,
        Unbiased,
        NotCentred,
        NoBeta,
        XOverwritten,
        Keeps,
        Biased,
        StdStored,
        NeverUpdated,
        TestModeWithoutRoot,
        TestModeNotWritten,
        TrainingNotWritten,
        BackwardNotWritten,
        DbetaAveraged,
        MeanForgotten,
        ModesSwapped,
        OnlyNormalisingSwapped,
        UpdateSwapped,
        EpsTwice,
        ForwardConstant,
        ForwardAllButConstant,
    ),
    "batchnorm_running": (
        EpsOutside,
        Unbiased,
        NotCentred,
        NoBeta,
        XOverwritten,
        Keeps,
        Biased,
        StdStored,
        NeverUpdated,
        TestModeWithoutRoot,
        TestModeNotWritten,
        TrainingNotWritten,
        BackwardNotWritten,
        DbetaAveraged,
        MeanForgotten,
        ModesSwapped,
        OnlyNormalisingSwapped,
        UpdateSwapped,
        ForwardConstant,
        ForwardAllButConstant,
    ),
    "batchnorm_test": (
        EpsOutside,
        Unbiased,
        NotCentred,
        NoBeta,
        XOverwritten,
        Keeps,
        Biased,
        StdStored,
        NeverUpdated,
        TestModeWithoutRoot,
        TestModeNotWritten,
        TrainingNotWritten,
        BackwardNotWritten,
        DbetaAveraged,
        MeanForgotten,
        ModesSwapped,
        OnlyNormalisingSwapped,
        UpdateSwapped,
        ForwardConstant,
        ForwardAllButConstant,
    ),
}
