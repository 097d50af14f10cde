# Runs in the lecture's kernel, after its last cell.

# raw inputs are a ravine; subtracting the means removes most of it, the division the rest
assert kappa["as reported"] > 1e6 and 10 < kappa["centred"] < 1000 and kappa["standardised"] < 1.5

# momentum: 0.99 here is nearly the last batch; 0.01 is slow: 0.99^300 of the start is left
assert np.abs(memories["m = 0.1"][60:] - 3).max() < 0.4
assert abs(memories["m = 0.01"][-1] - 3 * (1 - 0.99**300)) < 0.15
last_batch = 0.99 * stream[-1].mean() + 0.01 * memories["m = 0.99"][-2]
assert abs(memories["m = 0.99"][-1] - last_batch) < 1e-12

# the backward pass: both forms are right
assert max(backward_errors.values()) < 1e-8

# a bias in front of batch normalisation has no gradient
assert bias_gradient["with"] < 1e-12 and bias_gradient["without"] > 1e-3
# these seeds: as the verdict has it
assert round(bias_gradient["without"], 1) == 0.1 and bias_gradient["with"] < 1e-15
# between −1 and 1 a sigmoid is nearly the line through its middle
around_zero = np.linspace(-1, 1, 201)
assert np.abs(1 / (1 + np.exp(-around_zero)) - (0.5 + around_zero / 4)).max() < 0.02

# what it adds at both horizons, as the verdict says; the deepest networks read the fewest
assert normalised_depth.holds(depth_runs) == []
assert [round(float(adds[1000, depth]), 1) for depth in (2, 4, 8, 16)] == [0.4, 3.6, 6.7, 3.1]
assert [round(float(adds[250, depth]), 1) for depth in (2, 4, 8, 16)] == [0.7, 5.0, 8.1, 9.0]
for updates in (250, 1000):
    for layers in ("plain", "BatchNorm"):
        means = [accuracy[updates, depth][layers].mean() for depth in (2, 4, 8, 16)]
        assert means[-1] == min(means)

# internal covariate shift is put back, most of the benefit stays, at the rate shown and at each one's best
assert normalised_shift.holds(shift_runs) == []
at_best = [picked(shift_runs, "train_loss", **normalised_shift.tuned(each)).mean() for each in final]
assert [round(loss, 2) for loss in at_best] == [0.53, 0.04, 0.12]

# shades: in a mixed batch all cats stay darker than all dogs, in batches of one kind both are alike
apart = {name: (values[:6], values[6:]) for name, values in shades.items()}
assert all(apart[name][0].min() > apart[name][1].max() for name in ("as it is", "mixed batch"))
assert abs(apart["own batches"][0].mean() - apart["own batches"][1].mean()) < 1e-12

# layer normalisation takes away an example's scale, batch normalisation a feature's
assert np.abs(over_features[0] - over_features[1]).max() < 1e-4
assert np.ptp(over_batch, axis=1).max() < 1e-4

# of a convolution each channel is standardised over the batch and all places
of_a_channel = maps_hat.transpose(1, 0, 2, 3).reshape(3, -1)
assert np.abs(of_a_channel.mean(axis=1)).max() < 1e-12 and np.abs(of_a_channel.var(axis=1) - 1).max() < 1e-4
