# Runs in the lecture's kernel, after its last cell.

# the rate does more damage than depth or activation; L2 and momentum do theirs at their far ends
assert damage["rate"] > damage["batch_size"] > damage["activation"] > damage["depth"]
assert abs(final_loss(train(l2=1e-4)) - final_loss(train())) < 0.02

# selection before the split diagnoses noise perfectly; within it, chance (500 coins: ± 0.022, six of them)
assert leak_accuracy[True] > 0.95 and abs(leak_accuracy[False] - 0.5) < 0.14
assert five_folds < 0.6 * one_split

# log-uniform: half of the draws in half of the powers of ten (± 6 standard deviations)
assert np.sum(uniform < 0.01) < 30 and abs(np.sum(log_drawn < 0.01) - 500) < 95

# the grid is ahead with one dial, about equal with two, far behind with two that do nothing
by = {d: (np.mean(grid_best[d]), np.mean(random_best[d])) for d in (1, 2, 4)}
assert by[1][0] < by[1][1] and abs(by[2][0] - by[2][1]) < 0.03 and by[4][0] > 1.5 * by[4][1]
assert surface.val_loss.size == 1827
assert np.mean(zoomed) < np.mean(coarse_only)

# halving finds the winner for a third of the epochs; TPE beats random; pruning saves a good part
assert winner_rank <= 2 and halving_epochs == 160
assert np.mean(bests["TPESampler"]) < np.mean(bests["RandomSampler"])
assert pruned >= 5 and epochs_spent < 0.75 * 800 and study.best_value < 0.25

# the range test's rate trains well, a hundredth crawls, ten times fails
assert around[1] < 0.3 < around[0.1] < around[0.01] and not around[10] < 2

# each remedy helps, and the doctor sees the illness before
for cause, (ill, well, loss_before, loss_after) in treated.items():
    assert ill == cause and loss_after < loss_before
    assert well == ("underfitting" if cause == "noisy" else "good")

# same gap, opposite advice: L2 wins points with wrong labels and none with clean ones
assert abs(gaps["clean"][0] - gaps["30 % random"][0]) < 0.05
assert max(accuracies["30 % random"]) > accuracies["30 % random"][0] + 0.04
assert max(accuracies["clean"]) < accuracies["clean"][0] + 0.005
assert gaps["clean"][-1] < 0.5 * gaps["clean"][0] and accuracies["clean"][-1] < accuracies["clean"][0] - 0.1

# one seed: the spread exceeds the difference, and single pairs often show no gain
assert 0 < claimed < seed_spread and 0.25 < wrong_way < 0.5

# more trials: validation rises on, test does not
assert chosen[100][0] > chosen[30][0] + 0.01 and abs(chosen[100][1] - chosen[30][1]) < 0.01
assert 0.05 < chosen[100][0] - chosen[100][1] < 0.1
