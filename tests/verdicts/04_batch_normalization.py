# Runs in the lecture's kernel, after its last cell.

# raw inputs are a ravine, standardised ones are not
assert kappa["as reported"] > 1e6 and kappa["standardised"] < 1.5

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

# momentum: 0.99 here is nearly the last batch; 0.01 is slow: 0.99^300 of the start is left
assert np.abs(memories["m = 0.1"][60:] - 3).max() < 0.4
assert abs(memories["m = 0.01"][-1] - 3 * (1 - 0.99**300)) < 0.15
last_batch = 0.99 * stream[-1].mean() + 0.01 * memories["m = 0.99"][-2]
assert abs(memories["m = 0.99"][-1] - last_batch) < 1e-12

# the noise of small groups regularises, that of large ones does not
assert regularised[4][0] < 0.92 < 0.97 < regularised[64][0]  # share of the given labels that is fitted
assert regularised[4][1] > regularised[64][1] + 0.04 and abs(regularised[16][1] - regularised[64][1]) < 0.04

# the backward pass: both forms are right, and each missing path shows
assert max(backward_errors.values()) < 1e-8 and term_errors["all three paths"] < 1e-8
assert min(error for name, error in term_errors.items() if name != "all three paths") > 0.02
assert (
    np.abs(terms["all three paths"].sum(axis=0)).max()
    < 1e-12
    < 0.1
    < np.abs(terms["h / s"].sum(axis=0)).max()
)

# a bias in front of batch normalisation has no gradient
assert bias_gradient["with"] < 1e-12 and bias_gradient["without"] > 1e-3

# the scale of W: same output, gradient ten times smaller
assert scale_difference < 1e-2 and abs(gradient_sizes[1.0] / gradient_sizes[10.0] - 10) < 0.1

# initialisation: plain learns at one scale only, batch normalisation at all, best at the right one
assert np.all(np.delete(gain_losses["plain"], 2) > 2.2) and gain_losses["plain"][2] < 1.2
assert np.all(gain_losses["BatchNorm"] < 1.2) and gain_losses["BatchNorm"].argmin() == 2

# internal covariate shift is put back, the benefit stays
plain_shift, plain_loss = covariate_shift["plain"]
jumping_shift, jumping_loss = covariate_shift["BatchNorm, then jumping"]
assert covariate_shift["BatchNorm"][0] < 0.5 * plain_shift and jumping_shift > 1.3 * plain_shift
assert plain_loss > 1.2 and jumping_loss < 0.3 and covariate_shift["BatchNorm"][1] < 0.1

# along the gradient: lower ground, further out, and a hill in place of an explosion
assert along["BatchNorm"].min() < along["plain"].min()
assert lower_until["BatchNorm"] > 3 * lower_until["plain"]
assert along["BatchNorm"][-1] < 10 < 10_000 < along["plain"][-1]

# before or behind: equal on digits, and against the rule for ReLU on spirals
for activation in ("ReLU", "Tanh"):
    assert (
        abs(placement["digits", activation, "before"][0] - placement["digits", activation, "behind"][0])
        < 0.05
    )
(before, before_spread), (behind, behind_spread) = (
    placement["spirals", "ReLU", place] for place in ("before", "behind")
)
assert behind + behind_spread < before - before_spread

# absolute scale: lost when a batch is one recording, and only then
for name in ("plain", "with batch normalisation"):
    assert loudness[name, "32 recordings"] < 0.06
assert (
    loudness["plain", "one recording"] < 0.06 < 1 / 12 < loudness["with batch normalisation", "one recording"]
)

# faded pictures: wrong statistics cost much, new ones bring it back; plain hardly notices
assert (
    shifted_accuracy["plain", "test mode", "faded"]
    > shifted_accuracy["plain", "test mode", "as trained"] - 0.05
)
old, new = (shifted_accuracy["BatchNorm", mode, "faded"] for mode in ("test mode", "batch statistics"))
assert old < 0.8 and new > shifted_accuracy["BatchNorm", "test mode", "as trained"] - 0.03

# dropout in front: variance 2 in training against 1 at test; behind the last it does no harm
assert abs(variance_shift["training"] - 2) < 0.05 and abs(variance_shift["test"] - 1) < 0.05
assert with_dropout["behind the last"] > with_dropout["nowhere"] - 0.015
assert with_dropout["in front of each"] < with_dropout["nowhere"] - 0.025
assert with_dropout["measured again"] > with_dropout["in front of each"] + 0.01

# layer normalisation takes away an example's scale
assert np.abs(over_features[0] - over_features[1]).max() < 1e-4
