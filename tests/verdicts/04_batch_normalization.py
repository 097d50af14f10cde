# Runs in the lecture's kernel, after its last cell.

# raw inputs are a ravine; subtracting the means removes most of it, the division the rest
assert kappa["as reported"] > 1e6 and 10 < kappa["centred"] < 1000 and kappa["standardised"] < 1.5

# a feature that does not vary stays at 0
assert np.all(corner_hat == 0)

# the same mean and variance, but not the same range
assert all(abs(values.mean()) < 1e-12 and abs(values.var() - 1) < 1e-3 for values in ranges.values())
assert 0.9 < np.abs(ranges["two values"]).max() < 1.1
assert 15 < ranges["one outlier"].max() < np.sqrt(255)

# within a feature relative distances stay, across features they do not
assert abs(within["before"] - within["after"]) < 1e-12
assert nearest == {"before": "B", "after": "C"}

# γ and β can undo the normalisation
assert identity_error < 1e-12

# two learned and two tracked numbers per feature
assert (learned, tracked) == (128, 128)

# biased variances are too small by (N − 1)/N, unbiased ones right: 20,000 batches, 6 standard errors
assert (
    abs(batches.var(axis=1).mean() - 9 * 3 / 4) < 0.25 and abs(batches.var(axis=1, ddof=1).mean() - 9) < 0.35
)

# momentum: 0.99 here is nearly the last batch; 0.01 is slow: 0.99^300 of the start is left
assert np.abs(memories["m = 0.1"][60:] - 3).max() < 0.4
assert abs(memories["m = 0.01"][-1] - 3 * (1 - 0.99**300)) < 0.15
last_batch = 0.99 * stream[-1].mean() + 0.01 * memories["m = 0.99"][-2]
assert abs(memories["m = 0.99"][-1] - last_batch) < 1e-12

# the noise of small groups regularises; with large ones nothing is left of that
(few_fit, few_tested), (many_fit, many_tested) = (regularised[f"groups of {group}"] for group in (4, 64))
plain_fit, plain_tested = regularised["plain"]
assert few_fit.max() < 0.9 < 0.98 < many_fit.min()  # share of the given labels that is fitted
assert few_tested.mean() - many_tested.mean() > few_tested.std(ddof=1) + many_tested.std(ddof=1)
assert regularised["groups of 16"][0].min() > few_fit.max()  # it fades
# 64 learns by heart faster than plain, and reads new digits no better.
assert plain_fit.max() < many_fit.min()
assert many_tested.mean() < plain_tested.mean() + plain_tested.std(ddof=1)

# the backward pass: both forms are right, and each missing path shows
assert max(backward_errors.values()) < 1e-8 and term_errors["all three paths"] < 1e-8
assert min(error for name, error in term_errors.items() if name != "all three paths") > 0.02
sums = {name: np.abs(gradient.sum(axis=0)).max() for name, gradient in terms.items()}
for name in ("all three paths", "without the path through σ²"):
    assert sums[name] < 1e-12
for name in ("h / s", "without the path through μ"):
    assert sums[name] > 0.1

# a bias in front of batch normalisation has no gradient
assert bias_gradient["with"] < 1e-12 and bias_gradient["without"] > 1e-3

# the scale of W: same output, gradient ten times smaller
assert scale_difference < 1e-2 and abs(gradient_sizes[1.0] / gradient_sizes[10.0] - 10) < 0.1

# initialisation: plain learns at one scale only, batch normalisation at all; |W| is thrown up, or stays
for a in gains:
    assert gain_losses["BatchNorm", a].max() < 1.5
    assert gain_losses["plain", a].min() > 2.2 if a != 1 else gain_losses["plain", a].max() < 1
assert gain_losses["BatchNorm", 10.0].min() > max(gain_losses["BatchNorm", a].max() for a in gains[:3])
assert first_sizes["BatchNorm", 0.01] > 50 * 0.01 * started
assert abs(first_sizes["BatchNorm", 10.0] / (10 * started) - 1) < 0.1

# internal covariate shift is put back, most of the benefit stays
shift, final = ({name: runs[k] for name, runs in covariate_shift.items()} for k in (0, 1))
jumps = "BatchNorm, then jumping"
assert shift["BatchNorm"].max() < 0.5 * shift["plain"].min() and shift[jumps].min() > shift["plain"].max()
assert final["plain"].min() > 1.2 and final[jumps].max() < 0.4
assert final["BatchNorm"].mean() < final[jumps].mean()

# along the gradient: lower ground, further out, and a hill in place of an explosion
low = {name: np.median(walks.min(axis=1)) for name, walks in along.items()}
assert low["BatchNorm"] < low["plain"]
assert np.median(lower_until["BatchNorm"]) > 3 * np.median(lower_until["plain"])
assert along["BatchNorm"][:, -1].max() < 10 < 40 < along["plain"][:, -1].min()
assert np.median(along["plain"][:, -1]) > 1000 and np.median(along["BatchNorm"][:, -1]) < 5

# before or behind: equal on digits; on spirals behind, against the rule for ReLU
for task, activation in (
    (task, activation) for task in ("digits", "spirals") for activation in ("ReLU", "Tanh")
):
    before, behind = (np.array(placement[task, activation, place]) for place in ("before", "behind"))
    beyond = abs(before.mean() - behind.mean()) > before.std(ddof=1) + behind.std(ddof=1)
    assert beyond == (task == "spirals") and (task == "digits" or behind.mean() < before.mean())

# absolute scale: lost when a batch is one recording, and only then
for name in ("plain", "with batch normalisation"):
    assert loudness[name, "32 recordings"] < 0.06
assert (
    loudness["plain", "one recording"] < 0.06 < 1 / 12 < loudness["with batch normalisation", "one recording"]
)

# faded pictures: wrong statistics cost much, new ones bring it back; plain hardly notices
shares = {key: np.array(runs) for key, runs in shifted_runs.items()}
assert np.all(shares["plain", "test mode", "faded"] > shares["plain", "test mode", "as trained"] - 0.05)
trained, old = (shares["BatchNorm", "test mode", pictures] for pictures in ("as trained", "faded"))
assert old.max() < 0.85 and np.all(shares["BatchNorm", "batch statistics", "faded"] > trained - 0.03)

# dropout in front: variance 2 in training against 1 at test; behind the last it does no harm
assert abs(variance_shift["training"] - 2) < 0.05 and abs(variance_shift["test"] - 1) < 0.05
assert abs(left_at_test - 0.5) < 0.02
nowhere, last, front = (with_dropout[place] for place in ("nowhere", "behind the last", "in front of each"))
assert abs(last.mean() - nowhere.mean()) < 0.015 and front.max() < nowhere.min() - 0.15
assert np.all(again["in front of each"] > front + 0.03)  # each run gains
assert again["in front of each"].max() < nowhere.min()  # and the noise has its own price
assert np.abs(again["behind the last"] - last).max() < 0.015  # nothing to measure again

# layer normalisation takes away an example's scale
assert np.abs(over_features[0] - over_features[1]).max() < 1e-4
assert np.ptp(normalise(x), axis=1).max() < 1e-4
