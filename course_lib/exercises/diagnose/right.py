import numpy as np


def diagnose(train_loss, val_loss):
    ### BEGIN SOLUTION
    start = train_loss[0]
    train, val = np.asarray(train_loss) / start, np.asarray(val_loss) / start
    if not np.all(np.isfinite(train)) or not np.all(np.isfinite(val)) or train[-1] > 3:
        return "diverged"
    early, level = train[4], train[-10:].mean()
    jumps = np.abs(np.diff(train[-10:], 2)).mean()
    gap = (val[-10:] - train[-10:]).mean()
    if level > 0.8:
        return "rate too high" if jumps > 0.005 else "rate too low"
    if early > 0.8 and level < 0.3:
        return "plateau"
    if gap > 0.07:
        return "overfitting"
    if jumps > 0.035:
        return "noisy"
    if level < 0.12:
        return "good"
    late = (train[-10] - train[-1]) / (train[0] - train[-1])
    return "rate too low" if late > 0.11 else "underfitting"
    ### END SOLUTION
