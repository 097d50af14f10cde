"""Right answers in other styles, and other rules than the course's."""

import math
from itertools import pairwise

import numpy as np

from course_lib import tuning


def by_other_thresholds(train_loss, val_loss):
    s = train_loss[0]
    if np.isnan(train_loss).any() or np.isinf(train_loss).any() or np.nanmax(train_loss) > 10 * s:
        return "diverged"
    t, v = train_loss / s, val_loss / s
    if t[-1] > 2.5:
        return "diverged"
    level, wobble = t[-10:].mean(), np.abs(np.diff(t[-10:], 2)).mean()
    if level > 0.78:
        return "rate too high" if wobble > 0.006 else "rate too low"
    if t[4] > 0.8 and level < 0.35:
        return "plateau"
    if (v - t)[-10:].mean() > 0.08:
        return "overfitting"
    if wobble > 0.032:
        return "noisy"
    if level < 0.13:
        return "good"
    return "rate too low" if t[-11] - t[-1] > 0.1 * (1 - t[-1]) else "underfitting"


def with_standard_deviations(train_loss, val_loss):
    train, val = np.array(train_loss) / train_loss[0], np.array(val_loss) / train_loss[0]
    if not (np.isfinite(train).all() and train[-1] < 3):
        return "diverged"
    late = train[21:]
    line = np.polyval(np.polyfit(np.arange(10), late, 2), np.arange(10))
    noise = np.std(late - line)
    if np.median(late) > 0.8:
        return "rate too low" if noise < 0.003 else "rate too high"
    if train[4] > 0.8 and late[-1] < 0.3:
        return "plateau"
    if np.mean(val[21:] - late) > 0.07:
        return "overfitting"
    if noise > 0.015:
        return "noisy"
    if np.mean(late) < 0.12:
        return "good"
    return "rate too low" if late[0] - late[-1] > 0.11 * (1 - late[-1]) else "underfitting"


def in_plain_python(train_loss, val_loss):
    first = float(train_loss[0])
    train, val = [float(x) / first for x in train_loss], [float(x) / first for x in val_loss]
    if any(x != x or x == math.inf for x in train + val) or train[-1] > 3:
        return "diverged"
    late = train[21:]
    level, slopes = sum(late) / 10, [b - a for a, b in pairwise(late)]
    bends = [abs(b - a) for a, b in pairwise(slopes)]
    jumps, gap = sum(bends) / len(bends), sum(val[21:]) / 10 - level
    rules = {
        "rate too high": level > 0.8 and jumps > 0.005,
        "rate too low": level > 0.8,
        "plateau": train[4] > 0.8 and level < 0.3,
        "overfitting": gap > 0.07,
        "noisy": jumps > 0.035,
        "good": level < 0.12,
    }
    slow = late[0] - late[-1] > 0.11 * (1 - late[-1])
    return next((name for name, holds in rules.items() if holds), "rate too low" if slow else "underfitting")


def as_numpy_text(train_loss, val_loss):
    return np.array(tuning.CAUSES)[tuning.CAUSES.index(tuning.diagnose(train_loss, val_loss))]


class _Doctor:
    def __call__(self, train_loss, val_loss):
        return tuning.diagnose(list(train_loss), list(val_loss))


doctor = _Doctor()


def in_place(train_loss, val_loss):
    first = float(train_loss[0])
    train_loss /= first
    val_loss /= first
    return tuning.diagnose(train_loss, val_loss)


def in_a_tenth_of_the_unit(train_loss, val_loss):
    return tuning.diagnose(10 * train_loss, 10 * val_loss)


def by_facts(train_loss, val_loss):
    train, val = train_loss / train_loss[0], val_loss / train_loss[0]
    late = slice(-10, None)
    facts = {
        "end": train[-1],
        "level": train[late].mean(),
        "jumps": abs(train[late][2:] - 2 * train[late][1:-1] + train[late][:-2]).mean(),
        "gap": val[late].mean() - train[late].mean(),
        "late": (train[-10] - train[-1]) / (1 - train[-1]),
    }
    if any(math.isnan(fact) or math.isinf(fact) for fact in facts.values()) or facts["end"] > 3:
        return "diverged"
    if facts["level"] > 0.8:
        return ("rate too low", "rate too high")[int(facts["jumps"] > 0.005)]
    if facts["level"] < 0.3 and train[4] > 0.8:
        return "plateau"
    found = {
        "overfitting": facts["gap"] > 0.07,
        "noisy": facts["jumps"] > 0.035,
        "good": facts["level"] < 0.12,
        "rate too low": facts["late"] > 0.11,
        "underfitting": True,
    }
    return next(name for name, holds in found.items() if holds)
