# Runs in the lecture's kernel, after its last cell.

# it overfits: fits the wrong labels, and reads worse than at its best epoch
assert history.train_accuracy[-1] > 0.95 and by_heart > 0.85
assert max(history.val_accuracy) - history.val_accuracy[-1] > 0.04
assert history.val_loss[-1] > 1.15 * min(history.val_loss)
assert network.size == 12_490
assert np.all(y[mislabelled] != right[mislabelled]) and np.sum(y != right) == 80

# dice can be learned by heart, and teach nothing
assert dice_history.train_accuracy[-1] > 0.98 and dice_history.val_accuracy[-1] < 0.2

# width does no harm with right labels, and does with wrong ones
clean = [width_error["right labels", width] for width in widths]
noisy = [width_error["80 wrong labels", width] for width in widths]
assert clean[-1] < 0.06 and clean[-1] <= min(clean) + 0.015
assert noisy[-1] > min(noisy) + 0.02 and noisy[-1] > 3 * clean[-1]
# most of the 80 are learned by the widest: were it fewer than half, 0.9 would be the most it could reach
assert width_fit["80 wrong labels", 256] > 0.92 > 0.9 > width_fit["80 wrong labels", 16]

# double descent: a peak at as many features as examples, and lower beyond it than before
peak = descent_error[(feature_widths >= 180) & (feature_widths <= 250)].max()
assert peak > 2 * descent_error[feature_widths == 100][0]
assert descent_error[-1] < 0.6 * descent_error[feature_widths <= 150].min()

# the equilibrium of L2 does not depend on η
assert all(abs(w_end - 1 / 1.1) < 1e-6 for w_end in equilibrium.values())

# patience buys a lower loss with time
assert stopped_at[0] < stopped_at[10] and best_seen[10] < 0.9 * best_seen[0]
assert stopped_at[0] < 40
assert stopped_at[0] == 1 + next(k for k in range(1, 80) if np.diff(long_history.val_loss)[k - 1] >= 0)
assert best_seen[0] >= best_seen[3] >= best_seen[10] >= best_seen[20]

# noise helps at all four places; σ is the knob, and σ = 1 on the inputs is too much
without_noise = noise_accuracy.pop("nowhere")
assert all(share > without_noise + 0.01 for share in noise_accuracy.values())
assert max(sigma_accuracy, key=sigma_accuracy.get) == 0.3
assert sigma_accuracy[0.3] > sigma_accuracy[1.0] + 0.04 > sigma_accuracy[2.0] + 0.2
# most of the gain is gone at 1, and more than the gain at 2
assert sigma_accuracy[1.0] - sigma_accuracy[0.0] < 0.5 * (sigma_accuracy[0.3] - sigma_accuracy[0.0])
assert sigma_accuracy[2.0] < sigma_accuracy[0.0] - 0.1
assert np.abs(with_jitter - with_ridge).max() < 0.02 < 0.5 * np.abs(with_ridge - no_penalty).max()

# the four steps
assert np.allclose(rescaled[stays], activations[stays] / 0.6) and np.all(rescaled[~stays] == 0)

# p: in training a unit passes on 1 − p on average; 100,000 draws stay within 0.01 (8 standard deviations)
assert abs(true_scale - 0.2) < 0.01 and abs(inverted_scale - 1) < 0.05

# dropping 0.2 to 0.5 helps, 0.8 is past the best, 0.9 is ruin
assert rate_accuracy[0.5] > rate_accuracy[0.0] + 0.04 and rate_accuracy[0.2] > rate_accuracy[0.0] + 0.01
assert rate_accuracy[0.5] > rate_accuracy[0.8] + 0.04 and rate_accuracy[0.9] < 0.5

# not exactly half
assert counts.min() < 40 and counts.max() > 60 and np.mean(counts == 50) < 0.1
assert abs(counts.std() - 5) < 0.3

# the expectation is right before ReLU and not behind it
assert abs(before_relu["mean over the masks"] - before_relu["test"]) < 1e-12
assert after_relu["mean over the masks"] > 1.3 * after_relu["test"]

# one pass is as good as 200 masks, and both far better than one mask
assert abs(one_pass - ensemble) < 0.025 and one_pass > single + 0.05 and distance < 0.02

# the forest is better and its trees worse when a split sees fewer features
assert tree_accuracy[8] < tree_accuracy[64] and forest_accuracy[8] > forest_accuracy[64]

# half of the units off: plain loses about half of what it could, dropout a few points to a dozen
half = list(shares_off).index(0.5)
assert damage["plain"][0] - damage["plain"][half] > 0.25
assert damage["Dropout"][0] - damage["Dropout"][half] < 0.18
assert damage["Dropout"][0] - damage["Dropout"][2] < 0.06

# same parameters; dropped inputs are L2 with a price by size, not plain L2
assert sizes["plain"] == sizes["with dropout"]
assert np.abs(by_masks - adaptive).max() < 0.01 < 0.1 * np.abs(adaptive - uniform).max()

# where to put it: inputs or hidden layers; on the output it gains little, and spoils what the others gain
nowhere = place_accuracy[0, 0, 0]
assert min(place_accuracy[rates] for rates in ((0.2, 0, 0), (0, 0.5, 0), (0.2, 0.35, 0))) > nowhere + 0.04
assert place_accuracy[0, 0, 0.5] < place_accuracy[0, 0.5, 0] - 0.03
assert place_loss[0, 0.5, 0.5] > 1.6 * place_loss[0, 0.5, 0]

# with dropout alone the wrong labels are learned too, only later
_, _, late_history = train(with_dropout, seed=0, epochs=200)
assert np.mean(late_history.val_loss[-10:]) > 1.2 * min(late_history.val_loss)

# every remedy rescues the network, all four no better than jitter; the training accuracy moves to the truth
assert rescued["all four"] < rescued["jitter"] + 0.01
assert all(rescued[name] > rescued["nothing"] + 0.03 for name in rescued if name != "nothing")
