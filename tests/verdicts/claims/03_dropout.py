# Runs in the kernel of the claims, after their last cell.

# dice can be learned by heart, and teach nothing
assert dice_history.train_accuracy[-1] > 0.98 and dice_history.val_accuracy[-1] < 0.2

# width does no harm with right labels, and does with wrong ones
clean = [width_error["right labels", width] for width in widths]
noisy = [width_error["80 wrong labels", width] for width in widths]
assert clean[-1] < 0.07 and clean[-1] <= min(clean) + 0.015
assert noisy[-1] > min(noisy) + 0.02 and noisy[-1] > 3 * clean[-1]
# most of the 80 are learned by the widest: were it fewer than half, 0.9 would be the most it could reach
assert width_fit["80 wrong labels", 256] > 0.92 > 0.9 > width_fit["80 wrong labels", 16]

# double descent: a peak at as many features as examples, and lower beyond it than before
peak = descent_error[(feature_widths >= 180) & (feature_widths <= 250)].max()
assert peak > 2 * descent_error[feature_widths == 100][0]
assert descent_error[-1] < 0.6 * descent_error[feature_widths <= 150].min()

# the equilibrium of L2 does not depend on η
assert all(abs(w_end - 1 / 1.1) < 1e-6 and round(w_end, 3) == 0.909 for w_end in equilibrium.values())

# a best λ in the middle, and underfitting beyond
gained = {name: np.mean(values) for name, values in strength.items()}
assert max(gained, key=gained.get) not in ("λ = 0", "λ = 0.3")
assert gained["λ = 0.3"] < gained["λ = 0"] - 0.1 < max(gained.values()) - 0.13

# noise helps at all four places; σ is the knob, and σ = 1 on the inputs is too much
at = {place: np.mean(values) for place, values in noise_accuracy.items()}
assert all(share > at["nowhere"] + 0.01 for place, share in at.items() if place != "nowhere")
by_sigma = {sigma: np.mean(values) for sigma, values in sigma_accuracy.items()}
assert max(by_sigma, key=by_sigma.get) == 0.3
assert by_sigma[0.3] > by_sigma[1] + 0.04 > by_sigma[2] + 0.2
# most of the gain is gone at 1, and more than the gain at 2
assert by_sigma[1] - by_sigma[0] < 0.5 * (by_sigma[0.3] - by_sigma[0])
assert by_sigma[2] < by_sigma[0] - 0.1

# jitter is L2 where all is linear
assert np.abs(with_jitter - with_ridge).max() < 0.02 < 0.5 * np.abs(with_ridge - no_penalty).max()

# not exactly half
assert counts.min() < 40 and counts.max() > 60 and round(np.mean(counts == 50), 2) == 0.08
assert abs(counts.std() - 5) < 0.3

# the expectation is right before ReLU and not behind it
assert abs(before_relu["mean over the masks"] - before_relu["test"]) < 1e-12
assert [round(mean["mean over the masks"], 2) for mean in (before_relu, after_relu)] == [1.26, 1.94]
assert after_relu["test"] == before_relu["test"]

# one pass is as good as 200 masks, and both far better than one mask
single, ensemble, one_pass = (np.mean(read[name]) for name in read)
assert abs(one_pass - ensemble) < 0.025 and one_pass > single + 0.05 and np.mean(distance) < 0.02

# the forest is better and its trees worse when a split sees fewer features
# these seeds: the trees are stored
assert tree_accuracy[8] < tree_accuracy[64] and forest_accuracy[8] > forest_accuracy[64]

# same parameters; dropped inputs are L2 with a price by size, not plain L2
assert sizes["plain"] == sizes["with dropout"]
assert np.abs(by_masks - adaptive).max() < 0.01 < 0.1 * np.abs(adaptive - uniform).max()

# where to put it: inputs or hidden layers; on the output it gains little, and spoils what the others gain
there = {rates: np.mean(values) for rates, values in place_accuracy.items()}
assert min(there[rates] for rates in ((0.2, 0, 0), (0, 0.5, 0), (0.2, 0.35, 0))) > there[0, 0, 0] + 0.04
assert there[0, 0, 0.5] < there[0, 0.5, 0] - 0.03
assert doubled > 1.6

# with dropout alone the wrong labels are learned too, only later
_, _, late_history = train(with_dropout, seed=0, epochs=200)
assert np.mean(late_history.val_loss[-10:]) > 1.2 * min(late_history.val_loss)

# 0.5 adds 9 points, costs 6, costs 41; who overfits more drops more, and for the few the most that was tried
assert [round(100 * gain.mean()) for gain in by_half.values()] == [9, -6, -41] and tops == [0.5, 0.1]
assert (min(dropout_on_signals.DROPPED), max(dropout_on_signals.DROPPED)) == (0, 0.5)

# masks contradict mistakes three times as often, noise twice, digits that lie less: one pass is surest there
doubt, sure = ({kind: np.mean(each) for kind, each in of.items()} for of in (disagree, confidence))
assert 0.13 < doubt["read right"] < 0.19 and doubt["misread"] > 0.45
assert doubt["noise"] > 2 * doubt["read right"] and doubt["turned"] < doubt["misread"]
assert sure["turned"] > 0.8 * sure["read right"] > 1.2 * sure["misread"]
# these seeds: as the text has it
assert 2 * doubt["read right"] > doubt["turned"] > 1.2 * doubt["read right"]
# these seeds: as the text has it
assert sure["turned"] > sure["read right"]

# each remedy gains 8 to 12 points, three together 13; the training accuracy moves to the truth
points = {name: round(100 * (values.mean() - rescued["nothing"].mean())) for name, values in rescued.items()}
assert (points["L2"], points["Dropout"], points["jitter"], points["three together"]) == (8, 10, 12, 13)
assert 8 <= points["early stopping"] <= 12
assert all(0.78 < fitted[name] < 0.83 for name in fitted if name != "nothing") and fitted["nothing"] > 0.95
assert 0 < chosen["three together"]["hidden"] < chosen["Dropout"]["hidden"]
# without L2 the other two read as well on validation, and a little better on test
two = chosen["three together"] | {"l2": 0.0}
three_read, two_read = (picked(runs, "val_accuracy", **of).mean() for of in (chosen["three together"], two))
assert abs(three_read - two_read) < 1e-3
assert 0 < picked(runs, "test_accuracy", **two).mean() - rescued["three together"].mean() < 0.01

# early stopping reads as well as cross-validation, for a 17th of the computing, and its choice scattered more
stopped, validated = (reading[way].mean() for way in ways)
assert abs(stopped - validated) < 0.01 and 16.5 < spent["cross-validation"] / spent["early stopping"] < 17.5
assert [chosen_epochs[way].std(ddof=1).round(1) for way in ways] == [2.9, 1.4]
