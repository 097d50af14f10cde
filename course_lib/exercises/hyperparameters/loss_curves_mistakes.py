"""The mistakes that students make in `diagnose`: a right rule, one part of which is missing or another."""

# mypy: no-check-untyped-defs

import math
from dataclasses import dataclass, replace

import numpy as np

from course_lib.judging.catalogue import Catalogue
from course_lib.tuning import CAUSES

MISTAKES = Catalogue()
mistake, variant = MISTAKES.mistake, MISTAKES.variant


@dataclass(frozen=True)
class Facts:
    """What a rule looks at, in units of the first training loss; `tuning.diagnose` says what each means."""

    finite: bool
    end: float
    level: float
    jumps: float
    early: float
    gap: float
    fall: float


def facts(train_loss, val_loss, unit=None):
    unit = train_loss[0] if unit is None else unit
    train, val = train_loss / unit, val_loss / unit
    late = train[21:]
    return Facts(
        finite=bool(np.isfinite([train, val]).all()),
        end=float(train[-1]),
        level=float(late.mean()),
        jumps=float(np.abs(np.diff(late, 2)).mean()),
        early=float(train[4]),
        gap=float((val - train)[21:].mean()),
        fall=float((late[0] - late[-1]) / (train[0] - late[-1] or math.nan)),
    )


def named(seen):
    """Right, as it stands."""
    if not seen.finite or seen.end > 3:
        return "diverged"
    if seen.level > 0.8:
        return "rate too high" if seen.jumps > 0.005 else "rate too low"
    if seen.early > 0.8 and seen.level < 0.3:
        return "plateau"
    if seen.gap > 0.07:
        return "overfitting"
    if seen.jumps > 0.035:
        return "noisy"
    if seen.level < 0.12:
        return "good"
    return "rate too low" if seen.fall > 0.11 else "underfitting"


def right(train_loss, val_loss):
    return named(facts(train_loss, val_loss))


def renamed(answers):
    """The right rule with other words for some causes."""

    def diagnose(train_loss, val_loss):
        answer = right(train_loss, val_loss)
        return answers.get(answer, answer)

    return diagnose


def always(cause):
    return lambda train_loss, val_loss: cause


mistake(
    "always-one-answer",
    "All runs get the same answer, whatever their curves. Each cause is as frequent as any other.",
    "Which of your conditions is reached by a run that diverged, and which by one that is fine?",
)(always("good"))
for _cause in CAUSES[1:]:
    variant("always-one-answer")(always(_cause))

mistake(
    "over-and-under-swapped",
    "Overfitting and underfitting have changed places.",
    "In which of the two is the training loss low while the validation loss is high?",
)(renamed({"overfitting": "underfitting", "underfitting": "overfitting"}))

mistake(
    "rates-swapped",
    "A rate too low and a rate too high have changed places.",
    "Which of the two makes the loss creep, and which makes it jump?",
)(renamed({"rate too low": "rate too high", "rate too high": "rate too low"}))

mistake(
    "plateau-as-rate-too-low",
    "Runs that stay on a plateau at first are named “rate too low”. They do fall in the end, and far.",
    "Look at the end of a curve with a plateau, and at the end of one whose rate is too low.",
)(renamed({"plateau": "rate too low"}))

mistake(
    "too-high-as-diverged",
    "Runs whose rate is too high are named “diverged”. Their losses jump, but they remain finite and do not "
    "grow.",
    "How large is the last loss of such a run, compared with its first?",
)(renamed({"rate too high": "diverged"}))

mistake(
    "noisy-as-too-high",
    "Noisy runs are named “rate too high”. They do learn: their level is far below that of the start.",
    "Besides the jumps, what tells a run that learns from one that does not?",
)(renamed({"noisy": "rate too high"}))


@mistake(
    "validation-ignored",
    "Overfitting is not seen: the validation loss does not count, or a gap counts only where it is on the "
    "other side.",
    "Where does val_loss occur in your code? What do the two curves of an overfitting run do?",
)
def validation_ignored(train_loss, val_loss):
    return named(replace(facts(train_loss, val_loss), gap=0.0))


@variant("validation-ignored")
def gap_with_the_other_sign(train_loss, val_loss):
    seen = facts(train_loss, val_loss)
    return named(replace(seen, gap=-seen.gap))


@variant("validation-ignored")
def good_before_overfitting(train_loss, val_loss):
    seen = facts(train_loss, val_loss)
    low = seen.finite and seen.level < 0.12 and seen.jumps <= 0.035 and seen.early <= 0.8
    return "good" if low else named(replace(seen, gap=0.0))


@mistake(
    "arguments-swapped",
    "The validation loss is taken for the training loss, and the other way round: an overfitting run is "
    "named as if its gap were below zero.",
    "Which of the two curves is which in your def line, and in your first lines?",
)
def arguments_swapped(train_loss, val_loss):
    return right(val_loss, train_loss)


@mistake(
    "nan-ignored",
    "Runs that became NaN slip through all conditions, because every comparison with NaN is false, and get "
    "the answer that is left at the end.",
    "What is NaN > 3? Which NumPy function says whether all losses are numbers?",
)
def nan_ignored(train_loss, val_loss):
    return named(replace(facts(train_loss, val_loss), finite=True))


@mistake(
    "nan-raises",
    "A run that became NaN ends the function with an error. It is one of the runs to be named.",
    "What do your first lines do with an array that has NaN in it? Should one ask for it first?",
)
def nan_raises(train_loss, val_loss):
    seen = facts(train_loss, val_loss)
    int(seen.level)
    return named(seen)


@mistake(
    "only-nan-diverges",
    "Only runs that became NaN are named “diverged”. The losses of others grow and grow, but were still "
    "finite when the run ended.",
    "Where does the loss of a run that diverged end, compared with where it began?",
)
def only_nan_diverges(train_loss, val_loss):
    seen = facts(train_loss, val_loss)
    return named(replace(seen, end=0.0))


@mistake(
    "diverged-unknown",
    "Runs that diverged are not named so, neither those that became NaN nor those whose losses grow and "
    "grow. As every comparison with NaN is false, the former get the answer that is left at the end.",
    "Which of your conditions holds for a loss of NaN, and which for one that is 100 times the first?",
)
def diverged_unknown(train_loss, val_loss):
    return named(replace(facts(train_loss, val_loss), finite=True, end=0.0))


@mistake(
    "last-value-only",
    "Only where the curves end is looked at, not how they get there: no jumps are seen, no plateau, and not "
    "whether the loss still falls.",
    "Two runs end with the same loss; one jumps up and down on the way. Which number tells them apart?",
)
def last_value_only(train_loss, val_loss):
    seen = facts(train_loss, val_loss)
    return named(replace(seen, level=seen.end, jumps=0.0, early=0.0, fall=0.0))


@mistake(
    "jumps-ignored",
    "Jumps are not seen, or cancel because their signs differ: a noisy run counts as one that is smooth, "
    "and a rate too high as one that is too low.",
    "What does the difference from one epoch to the next look like in a noisy run, and what in a smooth one?",
)
def jumps_ignored(train_loss, val_loss):
    return named(replace(facts(train_loss, val_loss), jumps=0.0))


@mistake(
    "noise-unknown",
    "Noisy runs are not told from others of the same level.",
    "Plot a noisy run beside a good one: in which part of the curves do they differ?",
)
def noise_unknown(train_loss, val_loss):
    seen = facts(train_loss, val_loss)
    return named(replace(seen, jumps=0.0) if seen.level <= 0.8 else seen)


@mistake(
    "plateau-unknown",
    "A plateau at the start is not seen: what comes after it looks like a good run.",
    "Which part of the curve does your code look at? Where are the plateaus in the practice runs?",
)
def plateau_unknown(train_loss, val_loss):
    return named(replace(facts(train_loss, val_loss), early=0.0))


@mistake(
    "slope-ignored",
    "Curves that still fall are taken for flat ones: a rate too low is named “underfitting”.",
    "What would become of such a run if it went on for another 30 epochs, and how can one see it?",
)
def slope_ignored(train_loss, val_loss):
    seen = facts(train_loss, val_loss)
    slow = seen.finite and seen.level > 0.8 and seen.jumps <= 0.005
    return "underfitting" if slow else named(replace(seen, fall=0.0))


@mistake(
    "absolute-thresholds",
    "Thresholds are fixed numbers: for losses in another unit, or of another kind, they do not hold.",
    "Which loss does an untrained network have on ten classes, and which on two? With what can one compare?",
)
def absolute_thresholds(train_loss, val_loss):
    return named(facts(train_loss, val_loss, unit=2.45))


@mistake(
    "not-divided",
    "The losses are not divided by the first training loss, but the thresholds are meant for such losses.",
    "How large is the first training loss of a practice run, and how large should it be in your function?",
)
def not_divided(train_loss, val_loss):
    return named(facts(train_loss, val_loss, unit=1.0))


@mistake(
    "validation-not-divided",
    "The validation losses are in another unit than the training losses, so that there is always a gap. Were "
    "both divided by the same number? What is divided by itself in place is 1 afterwards.",
    "Print the first entries of both arrays after you have divided them. Which should be 1?",
)
def validation_not_divided(train_loss, val_loss):
    seen = facts(train_loss, val_loss)
    gap = float((val_loss - train_loss / train_loss[0])[21:].mean())
    return named(replace(seen, gap=gap))


@mistake(
    "last-rule-missing",
    "For underfitting no answer is left: the function ends without a word and returns None.",
    "What does your function return when none of the conditions holds?",
)
def last_rule_missing(train_loss, val_loss):
    answer = right(train_loss, val_loss)
    return None if answer == "underfitting" else answer


@mistake(
    "returns-none",
    "The function returns None: the cause is found perhaps, but not handed back.",
    "What does a Python function return when it ends without saying? Is the name printed only?",
)
def returns_none(train_loss, val_loss):
    right(train_loss, val_loss)


@mistake(
    "returns-index",
    "A number comes back, the place of the cause in the list. Asked is its name.",
    "What is CAUSES[0], and what is 0?",
)
def returns_index(train_loss, val_loss):
    return CAUSES.index(right(train_loss, val_loss))


@mistake(
    "other-spelling",
    "The names are spelled in another way: with capitals or underscores. The contract's are plain words.",
    "Compare the names in your code with the contract's, letter by letter.",
)
def with_underscores(train_loss, val_loss):
    return right(train_loss, val_loss).replace(" ", "_").upper()


@variant("other-spelling")
def with_capitals(train_loss, val_loss):
    return right(train_loss, val_loss).capitalize()


@mistake(
    "several-answers",
    "A list of causes comes back. Asked is the one that explains the curves.",
    "Two of your conditions may hold at once. Which is to be asked first?",
)
def several_answers(train_loss, val_loss):
    return [right(train_loss, val_loss)]
