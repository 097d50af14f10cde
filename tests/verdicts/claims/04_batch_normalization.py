# Runs in the page's kernel, after its last cell.

# a feature that does not vary stays at 0; one that hardly varies is damped to σ²/(σ² + ε)
assert np.all(corner_hat == 0)
assert np.abs(left - variances / (variances + 1e-5)).max() < 1e-12

# the same mean and variance, but not the same range
assert all(abs(values.mean()) < 1e-12 and abs(values.var() - 1) < 1e-3 for values in ranges.values())
assert 0.9 < np.abs(ranges["two values"]).max() < 1.1
assert 15 < ranges["one outlier"].max() < np.sqrt(255)

# within a feature relative distances stay, across features they do not
assert abs(within["before"] - within["after"]) < 1e-12 and abs(within["before"] - 0.15) < 1e-12
assert apart["A–B before"] < apart["A–C before"] and apart["A–B after"] > apart["A–C after"]

# two learned and two tracked numbers per feature
assert (learned, tracked) == (128, 128)

# biased variances are too small by (N − 1)/N, unbiased ones right: 20,000 batches each, 6 standard errors,
# which are 9 √(2 / (N − 1) / 20,000)
for size, low, right_one in zip((2, 4, 8, 16, 32, 64), biased, unbiased, strict=True):
    error = 6 * 9 * np.sqrt(2 / (size - 1) / 20_000)
    assert abs(low - 9 * (size - 1) / size) < error and abs(right_one - 9) < error


# the noise of small groups regularises, until they too have fitted all; and at one share that is fitted
assert normalised_groups.holds(group_runs) == []
fitted, reads_of = ({name: both[k].mean(axis=0) for name, both in regularised.items()} for k in (0, 1))
early, late = (normalised_groups.LOOKS.index(update) for update in (250, 2500))
assert 0.06 < reads_of["groups of 4"][early] - reads_of["groups of 64"][early] < 0.08
assert 0.01 < reads_of["groups of 4"][early] - reads_of["plain"][early] < 0.03
assert abs(reads_of["groups of 4"][late] - reads_of["plain"][late]) < 0.01
at_one_share = {name: np.interp(0.94, fitted[name], reads_of[name]) for name in fitted}
ahead = [at_one_share[f"groups of {group}"] - at_one_share["plain"] for group in (4, 16, 64)]
assert 0.015 < min(ahead) < max(ahead) < 0.035 and np.ptp(ahead) < 0.012
assert np.ptp([each[late] for each in reads_of.values()]) < 0.03

# γ and β learned or fixed: half zeros, and as good
assert normalised_zeros.holds(zero_runs) == []
rounded = [round(float(each.mean()), 3) for each in reads.values()]
assert rounded == [0.606, 0.638, 0.634]
assert [round(float(after), 2) for _, after in list(zeros.values())[1:]] == [0.53, 0.51]

# each path of the gradient that is left out shows, and that through μ keeps the sum at 0
assert term_errors["all three"] < 1e-8
assert all(0.03 < error < 0.3 for name, error in term_errors.items() if name != "all three")
sums = {name: np.abs(gradient.sum(axis=0)).max() for name, gradient in terms.items()}
for name in ("all three", "without σ²"):
    assert sums[name] < 1e-12
for name in ("h / s", "without μ"):
    assert sums[name] > 0.1

# initialisation: plain learns at one scale only, batch normalisation at all; |W| is thrown up, or stays
for a in gains:
    normalised_loss, plain_loss = init_runs["BatchNorm", a][:, 0], init_runs["plain", a][:, 0]
    assert normalised_loss.max() < 1.5
    assert plain_loss.min() > 2.2 if a != 1 else plain_loss.max() < 1
    assert init_runs["BatchNorm", 10.0][:, 0].min() >= normalised_loss.max() or a == 10
assert np.all(init_runs["BatchNorm", 0.01][:, 2] > 50 * init_runs["BatchNorm", 0.01][:, 1])
assert np.abs(init_runs["BatchNorm", 10.0][:, 2] / init_runs["BatchNorm", 10.0][:, 1] - 1).max() < 0.1

# the scale of W: same output, gradient ten times smaller
assert scale_difference < 1e-2 and abs(gradient_sizes[1.0] / gradient_sizes[10.0] - 10) < 0.1

# gradients: level from He's start, divided and multiplied by 2 a layer from others; normalised ones grow on
# their way back, whatever the scale
first = {name: sizes[:, 0] for name, sizes in flow.items()}
assert np.all((first["plain, He's"] > 0.4) & (first["plain, He's"] < 2.5))
assert first["plain, half"].max() < 1e-4 and first["plain, twice"].min() > 1e4
assert all(16 < middle[f"BatchNorm, {name}"][0] < 20 for name in ("He's", "half", "twice"))
assert np.abs(flow["BatchNorm, half"] / flow["BatchNorm, twice"] - 1).max() < 0.02

# along the gradient: lower ground, further out, and a hill in place of an explosion
low = {name: np.median(walks.min(axis=1)) for name, walks in along.items()}
assert low["BatchNorm"] < low["plain"]
assert np.median(lower_until["BatchNorm"]) > 1.5 * np.median(lower_until["plain"])
hill, explosion = along["BatchNorm"][:, -1], along["plain"][:, -1]
assert hill.max() < 10 and np.median(explosion) > 20 * np.median(hill)
# these seeds: as the text has it
assert np.median(lower_until["BatchNorm"]) > 3 * np.median(lower_until["plain"])
# these seeds: as the text has it
assert explosion.min() > 40 and np.median(explosion) > 1000 and np.median(hill) < 5

# before or behind: equal on digits; on spirals against the rule for ReLU, and in the short run for tanh
assert normalised_place.holds(place_runs) == []
spirals = {case[1:]: losses for case, losses in placement.items() if case[0] == "spirals"}
shown = {case: [round(float(each.mean()), 2) for each in losses.values()] for case, losses in spirals.items()}
assert shown[12, "ReLU"] == [0.04, 0.02] and shown[36, "ReLU"] == [0.03, 0.01]
assert shown[12, "tanh"] == [0.03, 0.05]
assert normalised_place.tuned("spirals", 12, "tanh", "before")["lr"] == 4
narrow = [run for run in place_runs if run["lr"] <= 2]
narrow_best = {
    place: min(
        picked(narrow, "val_loss", task="spirals", epochs=12, activation="tanh", place=place, lr=lr).mean()
        for lr in {run["lr"] for run in narrow}
    )
    for place in normalised_place.PLACES
}
assert narrow_best["behind"] < narrow_best["before"]

# γ and β can undo the normalisation of one batch
assert identity_error < 1e-12

# absolute scale: lost when a batch is one recording, and only then
for name in ("plain", "BatchNorm"):
    assert np.mean(loudness[f"{name}, 32 recordings"]) < 0.06
assert (
    np.mean(loudness["plain, one recording"]) < 0.06 < 1 / 12 < np.mean(loudness["BatchNorm, one recording"])
)
assert lost > 0.07
# these seeds: as the text has it
assert abs(lost - 0.095) < 0.003

# faded pictures: wrong statistics cost much, new ones bring it back; plain hardly notices
shares = {key: np.array(runs) for key, runs in shifted_runs.items()}
assert np.all(shares["plain: faded"] > shares["plain: as trained"] - 0.05)
trained_on, old = (shares[f"BatchNorm: {pictures}"] for pictures in ("as trained", "faded"))
read = [round(100 * each) for each in (old.min(), old.max(), *np.sort(shares["plain: faded"])[[0, -1]])]
# these seeds: as the text has it
assert read == [53, 78, 93, 94]
assert read[1] < read[2] - 5
assert np.all(shares["BatchNorm, new statistics: faded"] > trained_on - 0.03)

# dropout in front: variance 2 in training against 1 at test; behind the last it does no harm
assert abs(variance_shift["training"] - 2) < 0.15 and abs(variance_shift["test"] - 1) < 0.05
assert abs(left_at_test - 0.5) < 0.02
nowhere, last, front = (
    np.array(with_dropout[place]) for place in ("nowhere", "behind the last", "in front of each")
)
assert abs(last.mean() - nowhere.mean()) < 0.015 and front.max() < nowhere.min() - 0.15
front_again, last_again = (
    np.array(with_dropout[f"{place}, again"]) for place in ("in front of each", "behind the last")
)
assert np.all(front_again > front)  # each run gains
assert front_again.max() < nowhere.min()  # and the noise has its own price
assert np.abs(last_again - last).max() < 0.015  # nothing to measure again
