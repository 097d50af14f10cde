"""The mistakes that students make in `EarlyStopping`, each as the lines that are wrong.

`Watcher` is right as it stands; a mistake overrides one of its parts.
"""

# mypy: no-check-untyped-defs

import numpy as np

from course_lib.judging.catalogue import Catalogue

MISTAKES = Catalogue()
mistake, variant = MISTAKES.mistake, MISTAKES.variant


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


@mistake(
    "one-too-late",
    "It stops one update too late: True should come with the update that makes it `patience` in a row, not "
    "with the next.",
    "With patience = 2, after how many updates without improvement does your code return True?",
)
class OneTooLate(Watcher):
    def enough(self):
        return self.waited > self.patience


@variant("one-too-late")
class AskedBeforeCounted(Watcher):
    def update(self, val_loss, theta):
        before = self.waited
        super().update(val_loss, theta)
        return self.waited > 0 and before >= self.patience


@mistake(
    "one-too-early",
    "It stops one update too early: after patience − 1 updates without improvement.",
    "With patience = 2, after how many updates without improvement does your code return True?"
    " And with patience = 1, right at the first?",
)
class OneTooEarly(Watcher):
    def enough(self):
        return self.waited >= self.patience - 1


@variant("one-too-early")
class OneTooEarlyAndNotAtABest(Watcher):
    def enough(self):
        return self.waited > 0 and self.waited >= self.patience - 1


@variant("one-too-early")
class CountsFromOne(Watcher):
    def update(self, val_loss, theta):
        if self.improves(val_loss):
            self.keep(val_loss, theta)
            self.waited = 1
        else:
            self.waited += 1
        return self.waited >= self.patience


@mistake(
    "stops-at-once",
    "It stops at the first update that is no improvement; patience has no effect. Validation losses go up "
    "and down: that is what patience is for.",
    "Where does your update use patience?",
)
class StopsAtOnce(Watcher):
    def enough(self):
        return self.waited > 0


@mistake(
    "never-stops",
    "update never returns True: training goes on for ever.",
    "Which of your lines returns True, and when does the program come there?",
)
class NeverStops(Watcher):
    def enough(self):
        return False


@mistake(
    "always-stops",
    "update returns True at the first call already, before anything could get worse.",
    "What should update return after an improvement?",
)
class AlwaysStops(Watcher):
    def enough(self):
        return True


@mistake(
    "says-go-on",
    "The answer is the other way round: yours is True as long as training should go on. That is a known "
    "way to put it; our contract asks “stop?”.",
    "Read your update as a question. Which question does True answer with yes?",
    convention=True,
)
class SaysGoOn(Watcher):
    def enough(self):
        return self.waited < self.patience


@mistake(
    "counts-in-total",
    "The updates without improvement are counted in total, not in a row: an improvement does not set the "
    "count back.",
    "After an improvement, how much patience should be left?",
)
class CountsInTotal(Watcher):
    def update(self, val_loss, theta):
        if self.improves(val_loss):
            self.keep(val_loss, theta)
        else:
            self.waited += 1
        return self.enough()


@mistake(
    "counts-all-updates",
    "Every update is counted, improvements too: it always stops after the same number of updates.",
    "Which updates should make the count grow?",
)
class CountsAllUpdates(Watcher):
    def update(self, val_loss, theta):
        if self.improves(val_loss):
            self.keep(val_loss, theta)
        self.waited += 1
        return self.enough()


@mistake(
    "count-starts-anew",
    "The count never gets beyond 1: it begins anew in each call of update.",
    "Which value has to last from one call to the next, and where does it live?",
)
class CountStartsAnew(Watcher):
    def update(self, val_loss, theta):
        self.waited = 0
        return super().update(val_loss, theta)


@mistake(
    "patience-hard-coded",
    "The patience that is passed to the constructor has no effect: a fixed number stands in its place.",
    "Follow patience from the def line of __init__ to the comparison. Where does it get lost?",
)
class PatienceTwo(Watcher):
    fixed = 2

    def enough(self):
        return self.waited >= self.fixed


@variant("patience-hard-coded")
class PatienceThree(PatienceTwo):
    fixed = 3


@variant("patience-hard-coded")
class PatienceFive(PatienceTwo):
    fixed = 5


# What counts as an improvement


@mistake(
    "compared-with-the-last",
    "Each loss is compared with the one before it, not with the best so far: a loss that falls again after "
    "a jump counts as an improvement, though it is worse than what was reached before.",
    "After the losses 2.0, 1.0, 1.9, is 1.7 an improvement?",
)
class ComparedWithTheLast(Watcher):
    def update(self, val_loss, theta):
        stop = super().update(val_loss, theta)
        self.best_loss = val_loss
        return stop


@mistake(
    "best-never-updated",
    "The best loss stays the first one: whatever is below that counts as an improvement.",
    "After the losses 2.0, 1.0, is 1.5 an improvement? Which of your lines remembers the 1.0?",
)
class BestNeverUpdated(Watcher):
    def keep(self, val_loss, theta):
        self.best_loss = min(val_loss, 1e9) if self.best_theta is None else self.best_loss
        self.best_theta = theta.copy()


@mistake(
    "best-not-remembered",
    "The best loss is not remembered from one call to the next: every loss counts as an improvement, the "
    "worse ones too.",
    "Which of your names live on self, and which end with the call?",
)
class BestNotRemembered(Watcher):
    def keep(self, val_loss, theta):
        self.best_theta = theta.copy()


@mistake(
    "only-worse-counts",
    "Only a loss that is worse than the best one by more than min_delta counts against the patience. Asked "
    "is the other way round: what is not better by more than min_delta counts.",
    "With a best loss of 4.0 and min_delta = 0.5, what are 3.7, 4.0 and 4.3: improvements or not?",
)
class OnlyWorseCounts(Watcher):
    def improves(self, val_loss):
        return val_loss <= self.best_loss + self.min_delta


@mistake(
    "maximises",
    "Larger values count as better. That suits an accuracy; a loss should fall.",
    "Is 0.3 a better validation loss than 0.5, or a worse one?",
)
class Maximises(Watcher):
    start = -np.inf

    def __init__(self, patience, min_delta=0.0):
        super().__init__(patience, min_delta)
        self.best_loss = self.start

    def improves(self, val_loss):
        return val_loss > self.best_loss + self.min_delta


@variant("maximises")
class MaximisesFromZero(Maximises):
    start = 0.0


@variant("maximises")
class MaximisesFromInfinity(Maximises):
    start = np.inf


@mistake(
    "best-starts-too-low",
    "The best loss begins at a fixed number, such as 0, 1 or 100. A loss that never falls below it is "
    "never an improvement, not even the first.",
    "Which number is larger than every loss?",
)
class BestStartsAtZero(Watcher):
    start = 0.0

    def __init__(self, patience, min_delta=0.0):
        super().__init__(patience, min_delta)
        self.best_loss = self.start


@variant("best-starts-too-low")
class BestStartsAtOne(BestStartsAtZero):
    start = 1.0


@variant("best-starts-too-low")
class BestStartsAtTen(BestStartsAtZero):
    start = 10.0


@variant("best-starts-too-low")
class BestStartsAtAHundred(BestStartsAtZero):
    start = 100.0


@mistake(
    "ties-improve",
    "A loss that equals the best one counts as an improvement: on a plateau it never stops.",
    "“Did not improve by more than min_delta”: with min_delta = 0 and twice the same loss, did it?",
)
class TiesImprove(Watcher):
    def improves(self, val_loss):
        return val_loss <= self.best_loss - self.min_delta


@mistake(
    "min-delta-ignored",
    "min_delta has no effect: any improvement counts, however small.",
    "With min_delta = 0.5, is a step from 4.0 to 3.7 an improvement?",
)
class MinDeltaIgnored(Watcher):
    def improves(self, val_loss):
        return val_loss < self.best_loss


@mistake(
    "min-delta-wrong-sign",
    "min_delta has the wrong sign: a loss that is a little worse than the best still counts as an "
    "improvement.",
    "With min_delta = 0.5 and a best loss of 4.0, does your condition hold for 4.3?",
)
class MinDeltaWrongSign(Watcher):
    def improves(self, val_loss):
        return val_loss < self.best_loss + self.min_delta


@variant("min-delta-wrong-sign")
class MinDeltaWrongSignOfDifference(Watcher):
    def improves(self, val_loss):
        return self.best_loss - val_loss > -self.min_delta


@mistake(
    "any-change-improves",
    "A change of more than min_delta counts as an improvement, in either direction: through the absolute "
    "value, a jump upwards looks like progress.",
    "With a best loss of 1.0, is 1.9 an improvement?",
)
class AnyChangeImproves(Watcher):
    def improves(self, val_loss):
        return abs(self.best_loss - val_loss) > self.min_delta


@mistake(
    "min-delta-relative",
    "min_delta is taken as a share of the best loss. That is a known convention (PyTorch calls it "
    "threshold_mode=“rel”); in our contract it is a difference of losses.",
    "With min_delta = 0.5 and a best loss of 4.0, below which loss does an improvement begin?",
    convention=True,
)
class MinDeltaRelative(Watcher):
    def improves(self, val_loss):
        return val_loss < self.best_loss * (1 - self.min_delta)


@mistake(
    "best-creeps",
    "The best loss follows every small improvement, those below min_delta too. Then a loss that falls "
    "slowly never gets credit for the sum of its steps. Some programs do so, it is a known convention; in "
    "our contract the best loss moves with a real improvement only.",
    "Go through the example in the assignment: what is the best loss after update 3?",
    convention=True,
)
class BestCreeps(Watcher):
    def update(self, val_loss, theta):
        if self.improves(val_loss):
            self.waited = 0
        else:
            self.waited += 1
        if val_loss < self.best_loss:
            self.keep(val_loss, theta)
        return self.enough()


@variant("best-creeps")
class BestLossCreeps(Watcher):
    def update(self, val_loss, theta):
        stop = super().update(val_loss, theta)
        self.best_loss = min(self.best_loss, val_loss)
        return stop


@mistake(
    "theta-of-the-lowest-loss",
    "It stops when it should, but best_theta is that of the lowest loss, even if this was lower by less "
    "than min_delta. A known convention, and sensible; in our contract best_theta belongs to the best "
    "loss, which small improvements do not move.",
    "Go through the example in the assignment: whose θ is best_theta after update 3?",
    convention=True,
)
class ThetaOfTheLowestLoss(Watcher):
    lowest = np.inf

    def update(self, val_loss, theta):
        kept = self.best_theta
        stop = super().update(val_loss, theta)
        self.best_theta = theta.copy() if val_loss < self.lowest else kept
        self.lowest = min(self.lowest, val_loss)
        return stop


# Whose θ is kept


@mistake(
    "view-kept",
    "best_theta is the caller's own array, not a copy of it. When training changes that array in place, "
    "best_theta changes with it and ends as the last θ, not the best.",
    "After `a = b`, how many arrays are there?",
)
class ViewKept(Watcher):
    def keep(self, val_loss, theta):
        self.best_loss = val_loss
        self.best_theta = theta


@variant("view-kept")
class ViewOfAllKept(Watcher):
    def keep(self, val_loss, theta):
        self.best_loss = val_loss
        self.best_theta = theta[:]


@mistake(
    "last-theta-kept",
    "best_theta is the θ of the latest update, not that of the best loss.",
    "In which branch of your code should θ be stored?",
)
class LastThetaKept(Watcher):
    def update(self, val_loss, theta):
        stop = super().update(val_loss, theta)
        self.best_theta = theta.copy()
        return stop


@variant("last-theta-kept")
class LastViewKept(Watcher):
    def update(self, val_loss, theta):
        stop = super().update(val_loss, theta)
        self.best_theta = theta
        return stop


@mistake(
    "first-theta-kept",
    "best_theta stays the very first θ: it is stored once and never again.",
    "When the loss improves, what has to be remembered besides the loss?",
)
class FirstThetaKept(Watcher):
    def keep(self, val_loss, theta):
        self.best_loss = val_loss
        self.best_theta = theta.copy() if self.best_theta is None else self.best_theta


@mistake(
    "worst-theta-kept",
    "θ is stored when the loss did not improve, and not when it did.",
    "In which branch of your code should θ be stored? Print the loss at each time that you store it.",
)
class WorstThetaKept(Watcher):
    def update(self, val_loss, theta):
        kept = self.best_theta
        stop = super().update(val_loss, theta)
        self.best_theta = theta.copy() if self.waited else kept
        return stop


@mistake(
    "theta-not-kept",
    "best_theta is None: no θ is ever stored under this name.",
    "When the loss improves, what has to be remembered besides the loss, and under which name?",
)
class ThetaNotKept(Watcher):
    def keep(self, val_loss, theta):
        self.best_loss = val_loss


@mistake(
    "no-attribute",
    "There is no attribute best_theta: the best θ is stored under another name, or in a variable that ends "
    "with the call.",
    "Compare the names that you give with those in the contract; what should last lives on self.",
)
class NoAttribute(Watcher):
    def __init__(self, patience, min_delta=0.0):
        super().__init__(patience, min_delta)
        del self.best_theta

    def keep(self, val_loss, theta):
        self.best_loss = val_loss
        self.best_weights = theta.copy()


@mistake(
    "theta-stored-at-the-stop",
    "best_theta is set only when it is time to stop, to the θ of that moment. By then the best one is gone.",
    "How many updates ago was the loss at its best when your code stores θ?",
)
class ThetaStoredAtTheStop(Watcher):
    def update(self, val_loss, theta):
        kept = self.best_theta
        stop = super().update(val_loss, theta)
        self.best_theta = theta.copy() if stop else kept
        return stop


@mistake(
    "theta-as-list",
    "best_theta is a list. The numbers in it are right, but the network needs an array again.",
    "How does one copy an array so that it stays one?",
)
class ThetaAsList(Watcher):
    def keep(self, val_loss, theta):
        self.best_loss = val_loss
        self.best_theta = list(theta)


@variant("theta-as-list")
class ThetaAsNestedList(Watcher):
    def keep(self, val_loss, theta):
        self.best_loss = val_loss
        self.best_theta = theta.tolist()


@mistake(
    "loss-kept-for-theta",
    "best_theta holds the best loss, not the parameters.",
    "Which of the two arguments of update should best_theta be a copy of?",
)
class LossKeptForTheta(Watcher):
    def keep(self, val_loss, theta):
        self.best_loss = self.best_theta = val_loss


# What update returns, and what is left behind


@mistake(
    "returns-none",
    "update returns None in every call: the decision does not reach the training loop.",
    "What does a Python function return when it ends without saying?",
)
class ReturnsNone(Watcher):
    def update(self, val_loss, theta):
        super().update(val_loss, theta)


@mistake(
    "none-for-no",
    "The decisions are right, but while training should go on, update returns None, where False is asked.",
    "What does update return when it ends without coming to a return?",
)
class NoneForNo(Watcher):
    def update(self, val_loss, theta):
        if super().update(val_loss, theta):
            return True


@mistake(
    "number-for-answer",
    "update returns a number, 1 or 0, where True or False is asked.",
    "What does a comparison such as 3 > 2 give?",
)
class NumberForAnswer(Watcher):
    def update(self, val_loss, theta):
        return 1 if super().update(val_loss, theta) else 0


@mistake(
    "returns-count",
    "update returns the count of updates without improvement. As yes or no, that is yes from the first of "
    "them on.",
    "What should be compared with patience before you return?",
)
class ReturnsCount(Watcher):
    def update(self, val_loss, theta):
        super().update(val_loss, theta)
        return self.waited


@mistake(
    "returns-tuple",
    "update returns a tuple, the answer together with something else. A tuple counts as True in an if, so "
    "that training would stop at once; the best θ is kept as an attribute.",
    "What does `if (False, theta):` do?",
)
class ReturnsTuple(Watcher):
    def update(self, val_loss, theta):
        return super().update(val_loss, theta), self.best_theta


@mistake(
    "returns-theta",
    "update returns θ, where True or False is asked. The best θ is kept as an attribute.",
    "What does the training loop ask when it calls update?",
)
class ReturnsTheta(Watcher):
    def update(self, val_loss, theta):
        super().update(val_loss, theta)
        return self.best_theta


@variant("returns-theta")
class ReturnsThetaAtTheStop(Watcher):
    def update(self, val_loss, theta):
        return self.best_theta if super().update(val_loss, theta) else None


@variant("returns-theta")
class ReturnsThetaOrFalse(Watcher):
    def update(self, val_loss, theta):
        return self.best_theta if super().update(val_loss, theta) else False


@mistake(
    "theta-restored-in-place",
    "When it is time to stop, the caller's θ is overwritten with the best one. The contract leaves that to "
    "the caller, who reads best_theta.",
    "Search for an assignment to theta with [:] or [...].",
)
class ThetaRestoredInPlace(Watcher):
    def update(self, val_loss, theta):
        stop = super().update(val_loss, theta)
        if stop:
            theta[...] = self.best_theta
        return stop


@mistake(
    "shared-state",
    "Two instances that are used in turn disturb each other: the best loss or the count exists once for "
    "the whole class.",
    "In front of which names should self stand, so that each instance has its own?",
)
class SharedState(Watcher):
    def __init__(self, patience, min_delta=0.0):
        super().__init__(patience, min_delta)
        type(self).best, type(self).count = np.inf, 0

    def update(self, val_loss, theta):
        self.best_loss, self.waited = type(self).best, type(self).count
        stop = super().update(val_loss, theta)
        type(self).best, type(self).count = self.best_loss, self.waited
        return stop


@variant("shared-state")
class SharedCount(Watcher):
    def __init__(self, patience, min_delta=0.0):
        super().__init__(patience, min_delta)
        type(self).count = 0

    def update(self, val_loss, theta):
        self.waited = type(self).count
        stop = super().update(val_loss, theta)
        type(self).count = self.waited
        return stop


@mistake(
    "class-level-state",
    "A new instance does not begin afresh: it goes on with the best loss or the count of an earlier one, "
    "because they live on the class.",
    "Which lines run only once, when the class is defined, and which run for every new instance?",
)
class ClassLevelState(SharedState):
    def __init__(self, patience, min_delta=0.0):
        Watcher.__init__(self, patience, min_delta)
        if not hasattr(type(self), "best"):
            type(self).best, type(self).count = np.inf, 0
