# Runs in the lecture's kernel, after its last cell.

# it overfits: fits the wrong labels, and reads worse than at its best epoch
assert history.train_accuracy[-1] > 0.95 and by_heart > 0.85
assert max(history.val_accuracy) - history.val_accuracy[-1] > 0.04
assert history.val_loss[-1] > 1.15 * min(history.val_loss)
assert network.size == 12_490
assert np.all(y[mislabelled] != right[mislabelled]) and np.sum(y != right) == 80

# the task is the one of its claims, and so are its runs
from course_lib import careless  # noqa: E402

assert np.array_equal(careless.careless_digits().given, y) and np.array_equal(careless.careless_digits().x, x)
assert careless.train(careless.plain, 0)[2].val_loss == history.val_loss
assert careless.train(careless.with_dropout, 0, epochs=3)[2].val_loss == long_history.val_loss[:3]

# patience buys a lower loss with time
assert stopped_at[0] < stopped_at[10] and best_seen[10] < 0.9 * best_seen[0]
# these seeds: epochs
assert (stopped_at[0], stopped_at[10]) == (18, 51)
# these seeds: losses
assert (round(best_seen[0], 2), round(best_seen[10], 2)) == (0.59, 0.46)
# these seeds: the price
assert round(1 - best_seen[10] / best_seen[0], 2) == 0.23 and round(stopped_at[10] / stopped_at[0]) == 3
assert stopped_at[0] == 1 + next(k for k in range(1, 80) if np.diff(long_history.val_loss)[k - 1] >= 0)
assert best_seen[0] >= best_seen[3] >= best_seen[10] >= best_seen[20]
for name, (best, _) in waits.items():
    assert long_history.val_loss[best - 1] == best_seen[int(name.split()[1])]

# the four steps
assert np.allclose(rescaled[stays], activations[stays] / 0.6) and np.all(rescaled[~stays] == 0)

# p: in training a unit passes on 1 − p on average; 100,000 draws stay within 0.01 (8 standard deviations)
assert abs(true_scale - 0.2) < 0.01 and abs(inverted_scale - 1) < 0.05
assert abs(passed_on["test, times p"] / passed_on["training"] - 4) < 0.2

# dropping 0.35 to 0.65 helps, 0.8 is past the best, however long; most of the gain at one rate is the rate's
shared, early, late = (
    dict(zip(shares, np.mean(each, axis=1), strict=True)) for each in rate_accuracy.values()
)
assert shared[0.5] > shared[0] + 0.09 and shared[0.2] > shared[0] + 0.04
assert [max(of, key=of.get) for of in (early, late)] == [0.35, 0.5]
assert all(of[0.8] < of[0] for of in (early, late))
assert 0.015 < early[0.35] - early[0] < 0.025 and 0.015 < late[0.5] - late[0] < 0.025
assert late[0.8] > early[0.8] + 0.1 and round(early[0], 2) == 0.9 and round(shared[0], 2) == 0.81
assert one["val_accuracy"][0] > 0.85
# at one shared slow rate, for long, dropping 0.8 reads more than dropping nothing
at_shared = [picked(runs, "val_accuracy", dropped=d, lr=0.001)[:, 1].mean() for d in (0.8, 0)]
assert [round(float(share), 3) for share in at_shared] == [0.865, 0.788]
assert max(run["val_accuracy"][at] for run in runs for at in (0, 1) if run["dropped"] == 0.9) < 0.24

# half of the units off: plain loses about half of what it could, dropout a few points to a dozen
left = {name: values.mean() for name, values in damage.items()}
assert left["plain, whole"] - left["plain, half off"] > 0.25
assert left["dropout, whole"] - left["dropout, half off"] < 0.18
assert left["dropout, whole"] - left["dropout, a fifth off"] < 0.06
assert min(damage["dropout, whole"]) > max(damage["plain, whole"])
