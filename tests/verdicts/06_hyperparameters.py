# Runs in the lecture's kernel, after its last cell.

# a deep tree overfits, more trees do not
assert trees[3] < trees[1] < trees[20] and forests[100] < forests[10] < forests[1]


def of_mean(runs):
    return np.std(runs, ddof=1) / np.sqrt(len(runs))


# rate > batch size > activation, beyond the spread; rate, L2 and momentum reach guessing; two seeds deceive
apart = 3 * max(
    of_mean(losses[row])
    for losses in (dial_losses["batch_size"], dial_losses["activation"])
    for row in (0, 3)
)
assert damage["rate"] > damage["batch_size"] + apart and damage["batch_size"] > damage["activation"] + apart
for dial in ("rate", "l2", "momentum"):
    assert damage[dial] > 2 and dial_losses[dial].mean(axis=1).max() > 2.25
assert (
    abs(damage["batch_size"] - damage["depth"])
    < 2 * of_mean(deepest)
    > abs(damage["depth"] - damage["activation"])
)
assert np.ptp(dial_losses["depth"][:, :2].mean(axis=1)) < 0.3 and deepest.min() < 0.35 and deepest.max() > 1.5
for dial in ("l2", "momentum"):  # at the far end only
    assert dial_losses[dial].mean(axis=1)[:3].max() < 0.5
assert ranking[-1] == "activation" and dial_losses["activation"].mean(axis=1)[:3].max() < 0.3
# undone by the right rate, or as many updates: about the loss of the unturned dials
assert max(disguised.values()) < 0.35 and dial_losses["depth"].mean(axis=1)[0] < 0.3

# selection before the split diagnoses noise almost perfectly; within it, chance (500 coins: six times 0.022)
assert leak_accuracy[True] > 0.95 and abs(leak_accuracy[False] - 0.5) < 0.14
assert five_folds < 0.6 * one_split

# uniform: a hundredth of the draws, 90 % above 0.1; log-uniform: half of them (± 6 standard deviations)
assert np.sum(uniform < 0.01) < 30 and abs(np.sum(log_drawn < 0.01) - 500) < 95
assert abs(np.sum(uniform > 0.1) - 900) < 57

# the surface: real runs, and λ hardly matters in its lower half, but near η = 1
assert surface.val_loss.size == 1827 and surface.val_loss.shape[0] == 3
by_rate = np.ptp(surface.mean_loss[:11], axis=0)
assert by_rate[(surface.rates < 0.8) | (surface.rates > 2)].max() < 0.06 < by_rate.max()
assert surface.rates[surface.mean_loss.min(axis=0).argmin()] > 0.5  # the quiz says so

# the grid is ahead with one dial, within the errors with two, far behind with two that do nothing
difference = {d: random_best[d].mean() - grid_best[d].mean() for d in (1, 2, 4)}
error = {d: np.hypot(grid_best[d].std(), random_best[d].std()) / np.sqrt(300) for d in (1, 2, 4)}
assert difference[1] > 3 * error[1] and abs(difference[2]) < 2 * error[2] and difference[4] < -10 * error[4]
# Dials without effect cost it nothing.
assert abs(random_best[4].mean() - random_best[2].mean()) < 2 * error[2]

# random search: the best three have neither tiny nor huge rates, and the order copes with NaN
three = sorted(trials, key=lambda trial: np.nan_to_num(trial[1], nan=np.inf))[:3]
assert all(0.03 < params["rate"] < 1.2 for params, _ in three) and three[0][0] == best
assert np.mean(coarse_only) - np.mean(zoomed) > 1.5 * np.hypot(np.std(coarse_only), np.std(zoomed)) / np.sqrt(
    300
)

# halving: the price of 5 full runs, nearly the loss of 16; the greatest climber stays in the field
assert halving_epochs == 160
assert means[0] - means[2] < 0.02 < 0.2 < means[1] - means[0] and found_best > 0.8
assert early[climber] > 28 and 10 < late[climber] < 20 and round(candidates[climber]["rate"], 3) == 0.002

# TPE beats random search beyond the errors; the pruner finds the same for three fifths
ahead = np.mean(bests["RandomSampler"]) - np.mean(bests["TPESampler"])
assert ahead > 2 * np.hypot(of_mean(bests["RandomSampler"]), of_mean(bests["TPESampler"]))
(by_pruned, pruned, epochs_pruned), (by_whole, _, epochs_whole) = (
    studies["median pruner"],
    studies["no pruner"],
)
assert by_pruned == by_whole and pruned >= 5 and epochs_whole == 512 and 0.55 < epochs_pruned / 512 < 0.65

# range tests agree within a factor of two; half of the lowest trains well, a tenth crawls, ten times fails
assert max(lowest) < 2 * min(lowest)
assert around[1] < 0.3 and 3 * around[1] < around[0.1] < around[0.01] and not around[10] < 2

# each remedy helps, and the doctor sees the illness before, for the lecture's patient and for another
for cause, (ill, well, loss_before, loss_after) in treated.items():
    assert ill == cause and loss_after < 0.7 * loss_before
    assert well == ("underfitting" if cause in ("noisy", "overfitting") else "good")
again = {"rate too low": {"optimizer": SGD(0.1)}, "rate too high": {"optimizer": Momentum(0.1)}}
for cause in ("rate too low", "rate too high", "overfitting", "underfitting", "plateau"):
    ill, well, loss_before, loss_after = treat(cause, again.get(cause, remedies[cause]), seed=3)
    assert ill == cause != well and loss_after < 0.7 * loss_before
recipes = {cause: clinic.recipe(cause, np.random.default_rng([CAUSES.index(cause), 2])) for cause in remedies}
assert recipes["overfitting"].n == 141 and abs(recipes["overfitting"].wrong - 1 / 3) < 0.02
assert recipes["noisy"].wrong == 0.12 and recipes["noisy"].batch_size == 1
assert recipes["underfitting"].hidden == [1] and recipes["plateau"].activation is Sigmoid
assert round(recipes["rate too low"].optimizer.lr, 4) == 0.0007 and len(digits.x_train) == 1078
assert round(recipes["rate too high"].optimizer.lr, 1) == 1.5

# L2 wins several points with wrong labels and less than one with clean ones, beyond the errors
for kind, least, most in (("clean", 0, 0.01), ("30 % random", 0.04, 0.1)):
    rows = gap_accuracies[kind]
    k = rows.mean(axis=1).argmax()
    slack = 2 * np.hypot(of_mean(rows[0]), of_mean(rows[k]))
    gained = rows[k].mean() - rows[0].mean()
    assert (gained - slack > least) if least else (gained + slack < most)
    assert gaps[kind][0] > 0.15
assert gaps["clean"][3] < 0.6 * gaps["clean"][0] and gaps["30 % random"][2] < 0
for accuracies in gap_accuracies.values():
    assert accuracies[-1].mean() < accuracies[0].mean() - 0.1

# one seed: the spread exceeds the difference, single pairs often show no gain, 25 leave it open
assert 0 < claimed < seed_spread and claimed < 2 * claim_error and 1 / 3 < wrong_way < 0.45

# more trials: on 40 digits the score rises on and flatters, on 359 the network gains on
seen, true = np.array([chosen[40, n] for n in (1, 3, 10, 30, 100)]).T
assert np.all(np.diff(seen) > 0.01) and 0.01 < true[4] - true[2] < 0.02
assert 0.04 < seen[4] - true[4] < 0.06
assert chosen[359, 100][1] - chosen[359, 10][1] > 0.03 and chosen[359, 100][1] > true[4] + 0.03
assert test_hits.shape == (150, len(digits.y_test)) and len(digits.y_val) == 359
