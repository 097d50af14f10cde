"""Wrong early stopping."""

import numpy as np

from .entered import Entered

wrong = Entered()


class Watcher:
    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.best_loss = np.inf
        self.best_theta = None
        self.waited = 0

    def improves(self, val_loss):
        return val_loss < self.best_loss - self.min_delta

    def keep(self, val_loss, theta):
        self.best_loss = val_loss
        self.best_theta = theta.copy()

    def enough(self):
        return self.waited >= self.patience

    def update(self, val_loss, theta):
        if self.improves(val_loss):
            self.keep(val_loss, theta)
            self.waited = 0
        else:
            self.waited += 1
        return self.enough()


# When to stop


@wrong("one-too-late")
class OneTooLate(Watcher):
    def enough(self):
        return self.waited > self.patience


@wrong("one-too-late")
class AskedBeforeCounted(Watcher):
    def update(self, val_loss, theta):
        before = self.waited
        super().update(val_loss, theta)
        return self.waited > 0 and before >= self.patience


@wrong("one-too-early")
class OneTooEarly(Watcher):
    def enough(self):
        return self.waited >= self.patience - 1


@wrong("one-too-early")
class OneTooEarlyAndNotAtABest(Watcher):
    def enough(self):
        return self.waited > 0 and self.waited >= self.patience - 1


@wrong("one-too-early")
class CountsFromOne(Watcher):
    def update(self, val_loss, theta):
        if self.improves(val_loss):
            self.keep(val_loss, theta)
            self.waited = 1
        else:
            self.waited += 1
        return self.waited >= self.patience


@wrong("stops-at-once")
class StopsAtOnce(Watcher):
    def enough(self):
        return self.waited > 0


@wrong("never-stops")
class NeverStops(Watcher):
    def enough(self):
        return False


@wrong("always-stops")
class AlwaysStops(Watcher):
    def enough(self):
        return True


@wrong("says-go-on")
class SaysGoOn(Watcher):
    def enough(self):
        return self.waited < self.patience


@wrong("counts-in-total")
class CountsInTotal(Watcher):
    def update(self, val_loss, theta):
        if self.improves(val_loss):
            self.keep(val_loss, theta)
        else:
            self.waited += 1
        return self.enough()


@wrong("counts-all-updates")
class CountsAllUpdates(Watcher):
    def update(self, val_loss, theta):
        if self.improves(val_loss):
            self.keep(val_loss, theta)
        self.waited += 1
        return self.enough()


@wrong("count-starts-anew")
class CountStartsAnew(Watcher):
    def update(self, val_loss, theta):
        self.waited = 0
        return super().update(val_loss, theta)


@wrong("patience-hard-coded")
class PatienceTwo(Watcher):
    fixed = 2

    def enough(self):
        return self.waited >= self.fixed


@wrong("patience-hard-coded")
class PatienceThree(PatienceTwo):
    fixed = 3


@wrong("patience-hard-coded")
class PatienceFive(PatienceTwo):
    fixed = 5


# What counts as an improvement


@wrong("compared-with-the-last")
class ComparedWithTheLast(Watcher):
    def update(self, val_loss, theta):
        stop = super().update(val_loss, theta)
        self.best_loss = val_loss
        return stop


@wrong("best-never-updated")
class BestNeverUpdated(Watcher):
    def keep(self, val_loss, theta):
        self.best_loss = min(val_loss, 1e9) if self.best_theta is None else self.best_loss
        self.best_theta = theta.copy()


@wrong("best-not-remembered")
class BestNotRemembered(Watcher):
    def keep(self, val_loss, theta):
        self.best_theta = theta.copy()


@wrong("only-worse-counts")
class OnlyWorseCounts(Watcher):
    def improves(self, val_loss):
        return val_loss <= self.best_loss + self.min_delta


@wrong("maximises")
class Maximises(Watcher):
    start = -np.inf

    def __init__(self, patience, min_delta=0.0):
        super().__init__(patience, min_delta)
        self.best_loss = self.start

    def improves(self, val_loss):
        return val_loss > self.best_loss + self.min_delta


@wrong("maximises")
class MaximisesFromZero(Maximises):
    start = 0.0


@wrong("maximises")
class MaximisesFromInfinity(Maximises):
    start = np.inf


@wrong("best-starts-too-low")
class BestStartsAtZero(Watcher):
    start = 0.0

    def __init__(self, patience, min_delta=0.0):
        super().__init__(patience, min_delta)
        self.best_loss = self.start


@wrong("best-starts-too-low")
class BestStartsAtOne(BestStartsAtZero):
    start = 1.0


@wrong("best-starts-too-low")
class BestStartsAtTen(BestStartsAtZero):
    start = 10.0


@wrong("best-starts-too-low")
class BestStartsAtAHundred(BestStartsAtZero):
    start = 100.0


@wrong("ties-improve")
class TiesImprove(Watcher):
    def improves(self, val_loss):
        return val_loss <= self.best_loss - self.min_delta


@wrong("min-delta-ignored")
class MinDeltaIgnored(Watcher):
    def improves(self, val_loss):
        return val_loss < self.best_loss


@wrong("min-delta-wrong-sign")
class MinDeltaWrongSign(Watcher):
    def improves(self, val_loss):
        return val_loss < self.best_loss + self.min_delta


@wrong("min-delta-wrong-sign")
class MinDeltaWrongSignOfDifference(Watcher):
    def improves(self, val_loss):
        return self.best_loss - val_loss > -self.min_delta


@wrong("any-change-improves")
class AnyChangeImproves(Watcher):
    def improves(self, val_loss):
        return abs(self.best_loss - val_loss) > self.min_delta


@wrong("min-delta-relative")
class MinDeltaRelative(Watcher):
    def improves(self, val_loss):
        return val_loss < self.best_loss * (1 - self.min_delta)


@wrong("best-creeps")
class BestCreeps(Watcher):
    def update(self, val_loss, theta):
        if self.improves(val_loss):
            self.waited = 0
        else:
            self.waited += 1
        if val_loss < self.best_loss:
            self.keep(val_loss, theta)
        return self.enough()


@wrong("best-creeps")
class BestLossCreeps(Watcher):
    def update(self, val_loss, theta):
        stop = super().update(val_loss, theta)
        self.best_loss = min(self.best_loss, val_loss)
        return stop


@wrong("theta-of-the-lowest-loss")
class ThetaOfTheLowestLoss(Watcher):
    lowest = np.inf

    def update(self, val_loss, theta):
        kept = self.best_theta
        stop = super().update(val_loss, theta)
        self.best_theta = theta.copy() if val_loss < self.lowest else kept
        self.lowest = min(self.lowest, val_loss)
        return stop


# Whose θ is kept


@wrong("view-kept")
class ViewKept(Watcher):
    def keep(self, val_loss, theta):
        self.best_loss = val_loss
        self.best_theta = theta


@wrong("view-kept")
class ViewOfAllKept(Watcher):
    def keep(self, val_loss, theta):
        self.best_loss = val_loss
        self.best_theta = theta[:]


@wrong("last-theta-kept")
class LastThetaKept(Watcher):
    def update(self, val_loss, theta):
        stop = super().update(val_loss, theta)
        self.best_theta = theta.copy()
        return stop


@wrong("last-theta-kept")
class LastViewKept(Watcher):
    def update(self, val_loss, theta):
        stop = super().update(val_loss, theta)
        self.best_theta = theta
        return stop


@wrong("first-theta-kept")
class FirstThetaKept(Watcher):
    def keep(self, val_loss, theta):
        self.best_loss = val_loss
        self.best_theta = theta.copy() if self.best_theta is None else self.best_theta


@wrong("worst-theta-kept")
class WorstThetaKept(Watcher):
    def update(self, val_loss, theta):
        kept = self.best_theta
        stop = super().update(val_loss, theta)
        self.best_theta = theta.copy() if self.waited else kept
        return stop


@wrong("theta-not-kept")
class ThetaNotKept(Watcher):
    def keep(self, val_loss, theta):
        self.best_loss = val_loss


@wrong("no-attribute")
class NoAttribute(Watcher):
    def __init__(self, patience, min_delta=0.0):
        super().__init__(patience, min_delta)
        del self.best_theta

    def keep(self, val_loss, theta):
        self.best_loss = val_loss
        self.best_weights = theta.copy()


@wrong("theta-stored-at-the-stop")
class ThetaStoredAtTheStop(Watcher):
    def update(self, val_loss, theta):
        kept = self.best_theta
        stop = super().update(val_loss, theta)
        self.best_theta = theta.copy() if stop else kept
        return stop


@wrong("theta-as-list")
class ThetaAsList(Watcher):
    def keep(self, val_loss, theta):
        self.best_loss = val_loss
        self.best_theta = list(theta)


@wrong("theta-as-list")
class ThetaAsNestedList(Watcher):
    def keep(self, val_loss, theta):
        self.best_loss = val_loss
        self.best_theta = theta.tolist()


@wrong("loss-kept-for-theta")
class LossKeptForTheta(Watcher):
    def keep(self, val_loss, theta):
        self.best_loss = self.best_theta = val_loss


# What update returns, and what is left behind


@wrong("returns-none")
class ReturnsNone(Watcher):
    def update(self, val_loss, theta):
        super().update(val_loss, theta)


@wrong("none-for-no")
class NoneForNo(Watcher):
    def update(self, val_loss, theta):
        if super().update(val_loss, theta):
            return True


@wrong("number-for-answer")
class NumberForAnswer(Watcher):
    def update(self, val_loss, theta):
        return 1 if super().update(val_loss, theta) else 0


@wrong("returns-count")
class ReturnsCount(Watcher):
    def update(self, val_loss, theta):
        super().update(val_loss, theta)
        return self.waited


@wrong("returns-tuple")
class ReturnsTuple(Watcher):
    def update(self, val_loss, theta):
        return super().update(val_loss, theta), self.best_theta


@wrong("returns-theta")
class ReturnsTheta(Watcher):
    def update(self, val_loss, theta):
        super().update(val_loss, theta)
        return self.best_theta


@wrong("returns-theta")
class ReturnsThetaAtTheStop(Watcher):
    def update(self, val_loss, theta):
        return self.best_theta if super().update(val_loss, theta) else None


@wrong("returns-theta")
class ReturnsThetaOrFalse(Watcher):
    def update(self, val_loss, theta):
        return self.best_theta if super().update(val_loss, theta) else False


@wrong("theta-restored-in-place")
class ThetaRestoredInPlace(Watcher):
    def update(self, val_loss, theta):
        stop = super().update(val_loss, theta)
        if stop:
            theta[...] = self.best_theta
        return stop


@wrong("shared-state")
class SharedState(Watcher):
    def __init__(self, patience, min_delta=0.0):
        super().__init__(patience, min_delta)
        type(self).best, type(self).count = np.inf, 0

    def update(self, val_loss, theta):
        self.best_loss, self.waited = type(self).best, type(self).count
        stop = super().update(val_loss, theta)
        type(self).best, type(self).count = self.best_loss, self.waited
        return stop


@wrong("shared-state")
class SharedCount(Watcher):
    def __init__(self, patience, min_delta=0.0):
        super().__init__(patience, min_delta)
        type(self).count = 0

    def update(self, val_loss, theta):
        self.waited = type(self).count
        stop = super().update(val_loss, theta)
        type(self).count = self.waited
        return stop


@wrong("class-level-state")
class ClassLevelState(SharedState):
    def __init__(self, patience, min_delta=0.0):
        Watcher.__init__(self, patience, min_delta)
        if not hasattr(type(self), "best"):
            type(self).best, type(self).count = np.inf, 0
