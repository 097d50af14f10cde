# Runs in the lecture's kernel, after its last cell.


def of_mean(runs):
    return np.std(runs, ddof=1) / np.sqrt(len(runs))


# rate > batch size > activation, beyond the spread; the rate reaches guessing; two seeds deceive about depth
apart = 3 * max(
    of_mean(losses[row])
    for losses in (dial_losses["batch_size"], dial_losses["activation"])
    for row in (0, 3)
)
assert damage["lr"] > damage["batch_size"] + apart and damage["batch_size"] > damage["activation"] + apart
assert damage["lr"] > 2 and dial_losses["lr"].mean(axis=1).max() > 2.25
deepest = dial_losses["depth"][3]
assert (
    abs(damage["batch_size"] - damage["depth"])
    < 2 * of_mean(deepest)
    > abs(damage["depth"] - damage["activation"])
)
assert np.ptp(dial_losses["depth"][:, :2].mean(axis=1)) < 0.3 and deepest.min() < 0.35 and deepest.max() > 1.5
assert dial_losses["activation"].mean(axis=1)[:3].max() < 0.3

# at one rate depth 4 is several times as bad; at the best rate of each, at no edge, most of it is gone
for depth, losses in by_rate.items():
    assert 0 < best_rate[depth] < len(depth_rates) - 1
    assert best_rate[depth] == losses.mean(axis=1).argmin()
assert depth_rates[3] == 0.3 and at_one[4].mean() > 3 * at_one[1].mean()
assert isolated[4].mean() - isolated[1].mean() < 0.4 * (at_one[4].mean() - at_one[1].mean())

# uniform: a hundredth of the draws, 90 % above 0.1; log-uniform: half of them (± 6 standard deviations)
assert np.sum(uniform < 0.01) < 30 and abs(np.sum(log_drawn < 0.01) - 500) < 95
assert abs(np.sum(uniform > 0.1) - 900) < 57

# the surface: real runs, and λ hardly matters in its lower half, but near η = 1
assert surface.val_loss.size == 1827 and surface.val_loss.shape[0] == 3
by_column = np.ptp(surface.mean_loss[:11], axis=0)
assert by_column[(surface.rates < 0.8) | (surface.rates > 2)].max() < 0.06 < by_column.max()
assert surface.rates[surface.mean_loss.min(axis=0).argmin()] > 0.5  # the quiz says so

# the grid is ahead with few trials of two dials, behind with many, and far behind with two that do nothing;
# drawn anew it is so, too
for seed in (0, 1):
    ahead = {}
    for n in (4, 9, 16, 49, 81):
        by_grid, by_random = (
            lowest(kind, n, 2, np.random.default_rng([seed, n, i]))
            for i, kind in enumerate(("grid", "random"))
        )
        error = np.hypot(by_grid.std(), by_random.std()) / np.sqrt(1500)
        ahead[n] = (by_random.mean() - by_grid.mean()) / error
    assert min(ahead[4], ahead[9], ahead[16]) > 2 and max(ahead[49], ahead[81]) < -3
    for n in (16, 81):
        idle_grid, idle_random, both = (
            lowest(kind, n, count, np.random.default_rng([seed, count]))
            for kind, count in (("grid", 4), ("random", 4), ("random", 2))
        )
        error = np.hypot(idle_random.std(), both.std()) / np.sqrt(1500)
        assert idle_grid.mean() > 1.3 * idle_random.mean()
        assert abs(idle_random.mean() - both.mean()) < 4 * error  # dials without effect cost it nothing

at_sixteen = {name: losses[list(counts[name]).index(16)].mean() for name, losses in found.items()}
assert abs(at_sixteen["grid, two of four dials idle"] - 0.53) < 0.01 > abs(at_sixteen["random"] - 0.26)

# the search pays on seeds that did not choose: ten points, half of them the rate's; eight trials are too few
assert [params for params, _ in trials] == search_on_signals.TRIALS
of_defaults, of_rates, of_eight, of_sixteen = judged.values()
assert 0.04 < (of_rates - of_defaults).mean() < 0.06 and (of_rates - of_defaults).min() > 0.03
assert 0.09 < (of_sixteen - of_defaults).mean() < 0.105 and (of_sixteen - of_rates).min() > 0.03
assert (of_eight - of_defaults).mean() < 0.01


def on_average(settings):
    return [experiments.picked(runs, "val_accuracy", **setting).mean() for setting in settings]


trial_means = on_average(search_on_signals.TRIALS)
ahead = [i for i, accuracy in enumerate(trial_means) if accuracy > of_defaults.mean()]
assert len(ahead) == 2 and min(ahead) >= 8 and best["width"] == 426
assert 0 < np.argmax(on_average(search_on_signals.RATES_ALONE)) < len(search_on_signals.RATES_ALONE) - 1

# one seed: the spread exceeds the difference, single pairs often show no gain, 25 leave it open
assert 0 < claimed < seed_spread and claimed < 2 * claim_error and 1 / 3 < wrong_way < 0.45
