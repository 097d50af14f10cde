"""Wrong rules for reading loss curves."""

import math
from dataclasses import dataclass, replace

import numpy as np

from .entered import Entered

wrong = Entered()

CAUSES = (
    "good",
    "rate too low",
    "rate too high",
    "diverged",
    "overfitting",
    "underfitting",
    "plateau",
    "noisy",
)


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


wrong("always-one-answer")(always("good"))

for _cause in CAUSES[1:]:
    wrong("always-one-answer")(always(_cause))


wrong("over-and-under-swapped")(renamed({"overfitting": "underfitting", "underfitting": "overfitting"}))


wrong("rates-swapped")(renamed({"rate too low": "rate too high", "rate too high": "rate too low"}))


wrong("plateau-as-rate-too-low")(renamed({"plateau": "rate too low"}))


wrong("too-high-as-diverged")(renamed({"rate too high": "diverged"}))


wrong("noisy-as-too-high")(renamed({"noisy": "rate too high"}))


@wrong("validation-ignored")
def validation_ignored(train_loss, val_loss):
    return named(replace(facts(train_loss, val_loss), gap=0.0))


@wrong("validation-ignored")
def gap_with_the_other_sign(train_loss, val_loss):
    seen = facts(train_loss, val_loss)
    return named(replace(seen, gap=-seen.gap))


@wrong("validation-ignored")
def good_before_overfitting(train_loss, val_loss):
    seen = facts(train_loss, val_loss)
    low = seen.finite and seen.level < 0.12 and seen.jumps <= 0.035 and seen.early <= 0.8
    return "good" if low else named(replace(seen, gap=0.0))


@wrong("arguments-swapped")
def arguments_swapped(train_loss, val_loss):
    return right(val_loss, train_loss)


@wrong("nan-ignored")
def nan_ignored(train_loss, val_loss):
    return named(replace(facts(train_loss, val_loss), finite=True))


@wrong("nan-raises")
def nan_raises(train_loss, val_loss):
    seen = facts(train_loss, val_loss)
    int(seen.level)
    return named(seen)


@wrong("only-nan-diverges")
def only_nan_diverges(train_loss, val_loss):
    seen = facts(train_loss, val_loss)
    return named(replace(seen, end=0.0))


@wrong("diverged-unknown")
def diverged_unknown(train_loss, val_loss):
    return named(replace(facts(train_loss, val_loss), finite=True, end=0.0))


@wrong("last-value-only")
def last_value_only(train_loss, val_loss):
    seen = facts(train_loss, val_loss)
    return named(replace(seen, level=seen.end, jumps=0.0, early=0.0, fall=0.0))


@wrong("jumps-ignored")
def jumps_ignored(train_loss, val_loss):
    return named(replace(facts(train_loss, val_loss), jumps=0.0))


@wrong("noise-unknown")
def noise_unknown(train_loss, val_loss):
    seen = facts(train_loss, val_loss)
    return named(replace(seen, jumps=0.0) if seen.level <= 0.8 else seen)


@wrong("plateau-unknown")
def plateau_unknown(train_loss, val_loss):
    return named(replace(facts(train_loss, val_loss), early=0.0))


@wrong("slope-ignored")
def slope_ignored(train_loss, val_loss):
    seen = facts(train_loss, val_loss)
    slow = seen.finite and seen.level > 0.8 and seen.jumps <= 0.005
    return "underfitting" if slow else named(replace(seen, fall=0.0))


@wrong("absolute-thresholds")
def absolute_thresholds(train_loss, val_loss):
    return named(facts(train_loss, val_loss, unit=2.45))


@wrong("not-divided")
def not_divided(train_loss, val_loss):
    return named(facts(train_loss, val_loss, unit=1.0))


@wrong("validation-not-divided")
def validation_not_divided(train_loss, val_loss):
    seen = facts(train_loss, val_loss)
    gap = float((val_loss - train_loss / train_loss[0])[21:].mean())
    return named(replace(seen, gap=gap))


@wrong("last-rule-missing")
def last_rule_missing(train_loss, val_loss):
    answer = right(train_loss, val_loss)
    return None if answer == "underfitting" else answer


@wrong("returns-none")
def returns_none(train_loss, val_loss):
    right(train_loss, val_loss)


@wrong("returns-index")
def returns_index(train_loss, val_loss):
    return CAUSES.index(right(train_loss, val_loss))


@wrong("other-spelling")
def with_underscores(train_loss, val_loss):
    return right(train_loss, val_loss).replace(" ", "_").upper()


@wrong("other-spelling")
def with_capitals(train_loss, val_loss):
    return right(train_loss, val_loss).capitalize()


@wrong("several-answers")
def several_answers(train_loss, val_loss):
    return [right(train_loss, val_loss)]
