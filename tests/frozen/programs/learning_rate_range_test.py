"""Wrong range tests of the learning rate."""

import numpy as np

from .entered import Entered

wrong = Entered()


def descent(
    loss_and_gradient,
    theta,
    rates,
    keeps=lambda theta: theta,
    used=None,
    stops=lambda loss: not np.isfinite(loss),
):
    """The losses, right: of each rate, up to the first that is not finite. used: rates to step with."""
    losses = []
    for rate in rates if used is None else used:
        loss, gradient = loss_and_gradient(theta)
        if stops(loss):
            break
        losses.append(loss)
        theta = keeps(theta - rate * gradient)
    return rates[: len(losses)], np.array(losses)


# The rates


@wrong("linear-rates")
def linear_rates(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.linspace(low, high, steps))


@wrong("end-missing")
def end_missing(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps, endpoint=False))


@wrong("start-missing")
def start_missing(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, low * (high / low) ** (np.arange(1, steps + 1) / steps))


@wrong("one-rate-more")
def one_rate_more(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps + 1))


@wrong("one-rate-less")
def one_rate_less(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps - 1))


@wrong("ends-as-exponents")
def ends_as_exponents(loss_and_gradient, theta, low, high, steps):
    with np.errstate(all="ignore"):
        return descent(loss_and_gradient, theta, np.logspace(low, high, steps))


@wrong("natural-exponents")
def natural_exponents(loss_and_gradient, theta, low, high, steps):
    with np.errstate(all="ignore"):
        return descent(loss_and_gradient, theta, np.logspace(np.log(low), np.log(high), steps))


@wrong("fixed-factor")
def by_ten(loss_and_gradient, theta, low, high, steps):
    with np.errstate(all="ignore"):
        return descent(loss_and_gradient, theta, low * 10.0 ** np.arange(steps))


@wrong("fixed-factor")
def by_two(loss_and_gradient, theta, low, high, steps):
    with np.errstate(all="ignore"):
        return descent(loss_and_gradient, theta, low * 2.0 ** np.arange(steps))


@wrong("multiplied-too-early")
def multiplied_too_early(loss_and_gradient, theta, low, high, steps):
    rates = np.geomspace(low, high, steps)
    return descent(loss_and_gradient, theta, rates * rates[1] / rates[0])


@wrong("logarithms-of-rates")
def logarithms_of_rates(loss_and_gradient, theta, low, high, steps):
    rates, losses = descent(loss_and_gradient, theta, np.geomspace(low, high, steps))
    return np.log10(rates), losses


@wrong("logarithms-of-rates")
def natural_logarithms_of_rates(loss_and_gradient, theta, low, high, steps):
    rates, losses = descent(loss_and_gradient, theta, np.geomspace(low, high, steps))
    return np.log(rates), losses


@wrong("rates-uncut")
def rates_uncut(loss_and_gradient, theta, low, high, steps):
    rates = np.geomspace(low, high, steps)
    return rates, descent(loss_and_gradient, theta, rates)[1]


# The descent


@wrong("loss-after-the-step")
def loss_after_the_step(loss_and_gradient, theta, low, high, steps):
    rates, losses = np.geomspace(low, high, steps), []
    for rate in rates:
        theta = theta - rate * loss_and_gradient(theta)[1]
        loss = loss_and_gradient(theta)[0]
        if not np.isfinite(loss):
            break
        losses.append(loss)
    return rates[: len(losses)], np.array(losses)


@wrong("theta-reset")
def theta_reset(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps), keeps=lambda _: theta)


@wrong("theta-reset")
def loss_after_one_step_from_the_start(loss_and_gradient, theta, low, high, steps):
    rates, losses = np.geomspace(low, high, steps), []
    for rate in rates:
        gradient = loss_and_gradient(theta)[1]
        loss, _ = loss_and_gradient(theta - rate * gradient)
        if not np.isfinite(loss):
            break
        losses.append(loss)
    return rates[: len(losses)], np.array(losses)


@wrong("called-twice")
def called_twice(loss_and_gradient, theta, low, high, steps):
    rates, losses = np.geomspace(low, high, steps), []
    for rate in rates:
        loss = loss_and_gradient(theta)[0]
        if not np.isfinite(loss):
            break
        losses.append(loss)
        theta = theta - rate * loss_and_gradient(theta)[1]
    return rates[: len(losses)], np.array(losses)


@wrong("ascent")
def ascent(loss_and_gradient, theta, low, high, steps):
    rates = np.geomspace(low, high, steps)
    return descent(loss_and_gradient, theta, rates, used=-rates)


@wrong("rate-unused")
def rate_unused(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps), used=np.ones(steps))


@wrong("rate-stays")
def rate_stays(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps), used=np.full(steps, low))


@wrong("rate-of-another-round")
def rate_of_the_round_before(loss_and_gradient, theta, low, high, steps):
    rates = np.geomspace(low, high, steps)
    return descent(loss_and_gradient, theta, rates, used=np.concatenate([[0], rates[:-1]]))


@wrong("rate-of-another-round")
def rate_of_the_next_round(loss_and_gradient, theta, low, high, steps):
    rates = np.geomspace(low, high, steps)
    return descent(loss_and_gradient, theta, rates, used=np.concatenate([rates[1:], rates[-1:]]))


@wrong("divided-by-rate")
def divided_by_rate(loss_and_gradient, theta, low, high, steps):
    rates = np.geomspace(low, high, steps)
    return descent(loss_and_gradient, theta, rates, used=1 / rates)


@wrong("gradient-of-the-start")
def gradient_of_the_start(loss_and_gradient, theta, low, high, steps):
    _, gradient = loss_and_gradient(theta)
    return descent(lambda at: (loss_and_gradient(at)[0], gradient), theta, np.geomspace(low, high, steps))


@wrong("falling-rate")
def falling_rate(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(high, low, steps))


@wrong("falling-rate")
def falling_steps(loss_and_gradient, theta, low, high, steps):
    rates = np.geomspace(low, high, steps)
    return descent(loss_and_gradient, theta, rates, used=rates[::-1])


@wrong("theta-changed")
def theta_changed(loss_and_gradient, theta, low, high, steps):
    rates, losses = np.geomspace(low, high, steps), []
    for rate in rates:
        loss, gradient = loss_and_gradient(theta)
        if not np.isfinite(loss):
            break
        losses.append(loss)
        theta -= rate * gradient
    return rates[: len(losses)], np.array(losses)


# The end


def kept(loss_and_gradient, theta, low, high, steps, stops, skips=lambda loss: False):
    """A loop that writes each loss down, then asks whether it was the last."""
    rates, kept_rates, losses = np.geomspace(low, high, steps), [], []
    for rate in rates:
        loss, gradient = loss_and_gradient(theta)
        if skips(loss):
            continue
        kept_rates.append(rate)
        losses.append(loss)
        if stops(loss):
            break
        theta = theta - rate * gradient
    return np.array(kept_rates), np.array(losses)


@wrong("never-ends")
def never_ends(loss_and_gradient, theta, low, high, steps):
    return kept(loss_and_gradient, theta, low, high, steps, stops=lambda loss: False)


@wrong("last-loss-kept")
def last_loss_kept(loss_and_gradient, theta, low, high, steps):
    return kept(loss_and_gradient, theta, low, high, steps, stops=lambda loss: not np.isfinite(loss))


@wrong("skips")
def skips(loss_and_gradient, theta, low, high, steps):
    return kept(
        loss_and_gradient,
        theta,
        low,
        high,
        steps,
        lambda loss: False,
        skips=lambda loss: not np.isfinite(loss),
    )


@wrong("nan-only")
def nan_only(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps), stops=np.isnan)


@wrong("infinity-only")
def infinity_only(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps), stops=np.isinf)


@wrong("ends-when-it-rises")
def ends_when_it_rises(loss_and_gradient, theta, low, high, steps):
    best = np.inf

    def rises(loss):
        nonlocal best
        risen, best = loss > best, min(best, loss)
        return risen or not np.isfinite(loss)

    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps), stops=rises)


@wrong("ends-when-large")
def ends_at_four_times_the_lowest(loss_and_gradient, theta, low, high, steps):
    best = np.inf

    def large(loss):
        nonlocal best
        best = min(best, loss)
        return loss > 4 * best or not np.isfinite(loss)

    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps), stops=large)


@wrong("ends-when-large")
def ends_at_four_times_the_first(loss_and_gradient, theta, low, high, steps):
    first = None

    def large(loss):
        nonlocal first
        first = loss if first is None else first
        return loss > 4 * first or not np.isfinite(loss)

    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps), stops=large)


# What comes back


@wrong("smoothed")
def smoothed(loss_and_gradient, theta, low, high, steps):
    rates, losses = descent(loss_and_gradient, theta, np.geomspace(low, high, steps))
    mean = losses[0]
    for i, loss in enumerate(losses):
        mean = 0.9 * mean + 0.1 * loss
        losses[i] = mean
    return rates, losses


@wrong("best-so-far")
def best_so_far(loss_and_gradient, theta, low, high, steps):
    rates, losses = descent(loss_and_gradient, theta, np.geomspace(low, high, steps))
    return rates, np.minimum.accumulate(losses)


@wrong("swapped")
def swapped(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps))[::-1]


@wrong("returns-lists")
def returns_lists(loss_and_gradient, theta, low, high, steps):
    rates, losses = descent(loss_and_gradient, theta, np.geomspace(low, high, steps))
    return list(rates), list(losses)


@wrong("returns-lists")
def returns_a_list_of_losses(loss_and_gradient, theta, low, high, steps):
    rates, losses = descent(loss_and_gradient, theta, np.geomspace(low, high, steps))
    return rates, list(losses)


@wrong("returns-best-rate")
def returns_best_rate(loss_and_gradient, theta, low, high, steps):
    rates, losses = descent(loss_and_gradient, theta, np.geomspace(low, high, steps))
    return float(rates[np.argmin(losses)])


@wrong("losses-only")
def losses_only(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps))[1]


@wrong("pairs")
def pairs(loss_and_gradient, theta, low, high, steps):
    rates, losses = descent(loss_and_gradient, theta, np.geomspace(low, high, steps))
    return list(zip(rates, losses, strict=True))


@wrong("pairs")
def pairs_in_an_array(loss_and_gradient, theta, low, high, steps):
    return np.column_stack(descent(loss_and_gradient, theta, np.geomspace(low, high, steps)))


@wrong("returns-none")
def returns_none(loss_and_gradient, theta, low, high, steps):
    descent(loss_and_gradient, theta, np.geomspace(low, high, steps))
