"""The mistakes that students make in `learning_rate_range_test`."""

# mypy: no-check-untyped-defs

import numpy as np

from course_lib.judging.catalogue import Catalogue

MISTAKES = Catalogue()
mistake, variant = MISTAKES.mistake, MISTAKES.variant


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


@mistake(
    "linear-rates",
    "The rates grow in equal differences. This is how the known paper (Smith, 2017) does it, over a narrow "
    "range; asked are equal ratios, so that each decade gets as many rates.",
    "With 0.001 to 1 and 4 rates: which are they in your code, and which have the same factor from one "
    "to the next?",
    convention=True,
)
def linear_rates(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.linspace(low, high, steps))


@mistake(
    "end-missing",
    "The last rate is not high: the sequence ends one step before it.",
    "How many factors lie between the first and the last of `steps` numbers?",
)
def end_missing(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps, endpoint=False))


@mistake(
    "start-missing",
    "The first rate is not low: the sequence begins one step after it.",
    "Which rate does the first round of your loop use?",
)
def start_missing(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, low * (high / low) ** (np.arange(1, steps + 1) / steps))


@mistake(
    "one-rate-more",
    "There is one rate more than asked.",
    "How many entries has your array of rates when steps is 3?",
)
def one_rate_more(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps + 1))


@mistake(
    "one-rate-less",
    "There is one rate less than asked.",
    "Call it with steps = 2, where the rates can only be low and high: how many come?",
)
def one_rate_less(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps - 1))


@mistake(
    "ends-as-exponents",
    "low and high are taken for exponents: the rates are 10 to the power of them.",
    "What does the NumPy function that you use expect as its ends, the numbers or their logarithms?",
)
def ends_as_exponents(loss_and_gradient, theta, low, high, steps):
    with np.errstate(all="ignore"):
        return descent(loss_and_gradient, theta, np.logspace(low, high, steps))


@mistake(
    "natural-exponents",
    "The exponents are logarithms to base e, but they are put on base 10: the rates go far beyond the range.",
    "To which base is your logarithm, and to which is the power that undoes it?",
)
def natural_exponents(loss_and_gradient, theta, low, high, steps):
    with np.errstate(all="ignore"):
        return descent(loss_and_gradient, theta, np.logspace(np.log(low), np.log(high), steps))


@mistake(
    "fixed-factor",
    "The rates grow by a factor that does not depend on high and steps, such as 2 or 10: they do not end at "
    "high.",
    "How many times is the factor applied on the way from low to high? Which factor does that make?",
)
def by_ten(loss_and_gradient, theta, low, high, steps):
    with np.errstate(all="ignore"):
        return descent(loss_and_gradient, theta, low * 10.0 ** np.arange(steps))


@variant("fixed-factor")
def by_two(loss_and_gradient, theta, low, high, steps):
    with np.errstate(all="ignore"):
        return descent(loss_and_gradient, theta, low * 2.0 ** np.arange(steps))


@mistake(
    "multiplied-too-early",
    "The rate is multiplied before it is used for the first time: the rates begin one factor above low, "
    "and end one factor above high.",
    "Where in the round does your rate grow, and where is it used and written down?",
)
def multiplied_too_early(loss_and_gradient, theta, low, high, steps):
    rates = np.geomspace(low, high, steps)
    return descent(loss_and_gradient, theta, rates * rates[1] / rates[0])


@mistake(
    "logarithms-of-rates",
    "What comes back are the logarithms of the rates. A plot may have a logarithmic axis; the rates stay "
    "what they are.",
    "Which rate was the third step made with, and what does your result say?",
)
def logarithms_of_rates(loss_and_gradient, theta, low, high, steps):
    rates, losses = descent(loss_and_gradient, theta, np.geomspace(low, high, steps))
    return np.log10(rates), losses


@variant("logarithms-of-rates")
def natural_logarithms_of_rates(loss_and_gradient, theta, low, high, steps):
    rates, losses = descent(loss_and_gradient, theta, np.geomspace(low, high, steps))
    return np.log(rates), losses


@mistake(
    "rates-uncut",
    "When the loop ends early, all rates come back, though there are losses for the first ones only.",
    "Are both arrays equally long when the third loss is NaN?",
)
def rates_uncut(loss_and_gradient, theta, low, high, steps):
    rates = np.geomspace(low, high, steps)
    return rates, descent(loss_and_gradient, theta, rates)[1]


# The descent


@mistake(
    "loss-after-the-step",
    "Each loss is measured after the step with its rate. Asked is the loss before it.",
    "Where in your loop does the step stand, and where is the loss written down? The first loss is that of "
    "the θ given.",
)
def loss_after_the_step(loss_and_gradient, theta, low, high, steps):
    rates, losses = np.geomspace(low, high, steps), []
    for rate in rates:
        theta = theta - rate * loss_and_gradient(theta)[1]
        loss = loss_and_gradient(theta)[0]
        if not np.isfinite(loss):
            break
        losses.append(loss)
    return rates[: len(losses)], np.array(losses)


@mistake(
    "theta-reset",
    "Each loss is measured from the θ given, as if there had been no step before. Asked is one descent, in "
    "which the rate rises while θ goes on.",
    "What is θ in the second round of your loop?",
)
def theta_reset(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps), keeps=lambda _: theta)


@variant("theta-reset")
def loss_after_one_step_from_the_start(loss_and_gradient, theta, low, high, steps):
    rates, losses = np.geomspace(low, high, steps), []
    for rate in rates:
        gradient = loss_and_gradient(theta)[1]
        loss, _ = loss_and_gradient(theta - rate * gradient)
        if not np.isfinite(loss):
            break
        losses.append(loss)
    return rates[: len(losses)], np.array(losses)


@mistake(
    "called-twice",
    "loss_and_gradient is called twice in each round. With mini-batches, the second call is about another "
    "one: loss and gradient do not belong together.",
    "How often does its name occur in your loop? One call gives both.",
)
def called_twice(loss_and_gradient, theta, low, high, steps):
    rates, losses = np.geomspace(low, high, steps), []
    for rate in rates:
        loss = loss_and_gradient(theta)[0]
        if not np.isfinite(loss):
            break
        losses.append(loss)
        theta = theta - rate * loss_and_gradient(theta)[1]
    return rates[: len(losses)], np.array(losses)


@mistake(
    "ascent",
    "The steps go uphill: the gradient is added.",
    "In which direction does the gradient point?",
)
def ascent(loss_and_gradient, theta, low, high, steps):
    rates = np.geomspace(low, high, steps)
    return descent(loss_and_gradient, theta, rates, used=-rates)


@mistake(
    "rate-unused",
    "The step does not use the rate: θ goes by the whole gradient.",
    "What is multiplied with the gradient in your step?",
)
def rate_unused(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps), used=np.ones(steps))


@mistake(
    "rate-stays",
    "All steps are made with the first rate. It is the rising rate that is tested.",
    "Which rate does the third round of your loop use?",
)
def rate_stays(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps), used=np.full(steps, low))


@mistake(
    "rate-of-another-round",
    "Each step is made with the rate of the round before, or of the one after.",
    "In the second round, which rate is written down, and with which one is the step made?",
)
def rate_of_the_round_before(loss_and_gradient, theta, low, high, steps):
    rates = np.geomspace(low, high, steps)
    return descent(loss_and_gradient, theta, rates, used=np.concatenate([[0], rates[:-1]]))


@variant("rate-of-another-round")
def rate_of_the_next_round(loss_and_gradient, theta, low, high, steps):
    rates = np.geomspace(low, high, steps)
    return descent(loss_and_gradient, theta, rates, used=np.concatenate([rates[1:], rates[-1:]]))


@mistake(
    "divided-by-rate",
    "The gradient is divided by the rate: the smaller the rate, the larger the step.",
    "With a rate of 0.01 and a gradient of 1, by how much does your θ change?",
)
def divided_by_rate(loss_and_gradient, theta, low, high, steps):
    rates = np.geomspace(low, high, steps)
    return descent(loss_and_gradient, theta, rates, used=1 / rates)


@mistake(
    "gradient-of-the-start",
    "Every step is made with the gradient at the θ given, which is called for once, before the loop.",
    "Which gradient belongs to the θ of the third round?",
)
def gradient_of_the_start(loss_and_gradient, theta, low, high, steps):
    _, gradient = loss_and_gradient(theta)
    return descent(lambda at: (loss_and_gradient(at)[0], gradient), theta, np.geomspace(low, high, steps))


@mistake(
    "falling-rate",
    "The steps, or the rates themselves, go from high to low. The large ones come first and spoil all that "
    "follows.",
    "Which rate is to be the first?",
)
def falling_rate(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(high, low, steps))


@variant("falling-rate")
def falling_steps(loss_and_gradient, theta, low, high, steps):
    rates = np.geomspace(low, high, steps)
    return descent(loss_and_gradient, theta, rates, used=rates[::-1])


@mistake(
    "theta-changed",
    "θ is changed in place: who called the function finds another θ afterwards, and trains on from there.",
    "What does -= do to an array that another name refers to as well?",
)
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


@mistake(
    "never-ends",
    "NaN or ∞ are among the losses: the loop goes on when the loss is no longer a finite number, or what "
    "comes back has room for all the rates, used or not.",
    "What does your loop do when the loss is NaN, and how many entries do you hand back then?",
)
def never_ends(loss_and_gradient, theta, low, high, steps):
    return kept(loss_and_gradient, theta, low, high, steps, stops=lambda loss: False)


@mistake(
    "last-loss-kept",
    "The loss at which the loop ends is kept. It is no finite number, and no plot shows it.",
    "Which comes first in your loop, writing the loss down or looking whether it is finite?",
)
def last_loss_kept(loss_and_gradient, theta, low, high, steps):
    return kept(loss_and_gradient, theta, low, high, steps, stops=lambda loss: not np.isfinite(loss))


@mistake(
    "skips",
    "A loss that is not finite is left out, and the loop goes on with the next rate. Asked is that it ends.",
    "Which word leaves a round of a loop, and which the loop?",
)
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


@mistake(
    "nan-only",
    "The loop ends at NaN, but not at an infinite loss.",
    "Is ∞ a NaN? Which NumPy function says whether a number is neither?",
)
def nan_only(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps), stops=np.isnan)


@mistake(
    "infinity-only",
    "The loop ends at an infinite loss, but not at NaN.",
    "What does a comparison with NaN give? Which NumPy function says whether a number is finite?",
)
def infinity_only(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps), stops=np.isinf)


@mistake(
    "ends-when-it-rises",
    "The loop ends as soon as the loss rises. On mini-batches it rises now and then, and where it turns is "
    "what one wants to see.",
    "Under which condition, and only then, does the contract end the test?",
)
def ends_when_it_rises(loss_and_gradient, theta, low, high, steps):
    best = np.inf

    def rises(loss):
        nonlocal best
        risen, best = loss > best, min(best, loss)
        return risen or not np.isfinite(loss)

    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps), stops=rises)


@mistake(
    "ends-when-large",
    "The loop ends when the loss is several times the lowest. That is known from other libraries (fastai: 4 "
    "times); the contract ends at losses that are not finite, and nowhere else.",
    "Compare the condition at which your loop ends with the contract's.",
    convention=True,
)
def ends_at_four_times_the_lowest(loss_and_gradient, theta, low, high, steps):
    best = np.inf

    def large(loss):
        nonlocal best
        best = min(best, loss)
        return loss > 4 * best or not np.isfinite(loss)

    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps), stops=large)


@variant("ends-when-large")
def ends_at_four_times_the_first(loss_and_gradient, theta, low, high, steps):
    first = None

    def large(loss):
        nonlocal first
        first = loss if first is None else first
        return loss > 4 * first or not np.isfinite(loss)

    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps), stops=large)


# What comes back


@mistake(
    "smoothed",
    "The losses are smoothed. This is known from other libraries (fastai), and useful in a plot; the "
    "contract asks for the losses as they were measured.",
    "What is written down in your loop besides the loss itself?",
    convention=True,
)
def smoothed(loss_and_gradient, theta, low, high, steps):
    rates, losses = descent(loss_and_gradient, theta, np.geomspace(low, high, steps))
    mean = losses[0]
    for i, loss in enumerate(losses):
        mean = 0.9 * mean + 0.1 * loss
        losses[i] = mean
    return rates, losses


@mistake(
    "best-so-far",
    "In place of each loss comes the lowest so far: where the rate gets too large cannot be seen any more.",
    "What should become of the curve at the right end, where the loss rises?",
)
def best_so_far(loss_and_gradient, theta, low, high, steps):
    rates, losses = descent(loss_and_gradient, theta, np.geomspace(low, high, steps))
    return rates, np.minimum.accumulate(losses)


@mistake(
    "swapped",
    "The losses come first and the rates second.",
    "What gets a caller who writes rates, losses = learning_rate_range_test(…)?",
)
def swapped(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps))[::-1]


@mistake(
    "returns-lists",
    "Lists come back; asked are arrays, with which one can calculate.",
    "What type do rates and losses have in your last line?",
)
def returns_lists(loss_and_gradient, theta, low, high, steps):
    rates, losses = descent(loss_and_gradient, theta, np.geomspace(low, high, steps))
    return list(rates), list(losses)


@variant("returns-lists")
def returns_a_list_of_losses(loss_and_gradient, theta, low, high, steps):
    rates, losses = descent(loss_and_gradient, theta, np.geomspace(low, high, steps))
    return rates, list(losses)


@mistake(
    "returns-best-rate",
    "A single rate comes back, chosen by the code. The test gives the whole curve; the choice is its "
    "reader's.",
    "What would you need to draw the loss over the rate?",
)
def returns_best_rate(loss_and_gradient, theta, low, high, steps):
    rates, losses = descent(loss_and_gradient, theta, np.geomspace(low, high, steps))
    return float(rates[np.argmin(losses)])


@mistake(
    "losses-only",
    "Only the losses come back; the rates, which they belong to, are missing.",
    "How many things does the contract ask for?",
)
def losses_only(loss_and_gradient, theta, low, high, steps):
    return descent(loss_and_gradient, theta, np.geomspace(low, high, steps))[1]


@mistake(
    "pairs",
    "Rates and losses come in pairs; asked are two arrays side by side.",
    "What shape has your result, and what does rates, losses = … make of it?",
)
def pairs(loss_and_gradient, theta, low, high, steps):
    rates, losses = descent(loss_and_gradient, theta, np.geomspace(low, high, steps))
    return list(zip(rates, losses, strict=True))


@variant("pairs")
def pairs_in_an_array(loss_and_gradient, theta, low, high, steps):
    return np.column_stack(descent(loss_and_gradient, theta, np.geomspace(low, high, steps)))


@mistake(
    "returns-none",
    "The function returns None: what it measures is not handed back.",
    "What does a Python function return when it ends without saying?",
)
def returns_none(loss_and_gradient, theta, low, high, steps):
    descent(loss_and_gradient, theta, np.geomspace(low, high, steps))
