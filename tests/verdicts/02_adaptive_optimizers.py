# Runs in the lecture's kernel, after its last cell.

# rare features: AdaGrad leaves less error, on nearly every fresh seed, and no best rate is at the grid's edge
paired = np.array(word_errors["SGD"]) - np.array(word_errors["AdaGrad"])
assert np.sum(paired > 0) >= 9
assert 0.6 < np.mean(word_errors["AdaGrad"]) / np.mean(word_errors["SGD"]) < 0.85
assert all(0 < best < len(word_rates) - 1 for best in best_word_rate.values())
# AdaGrad is closer for the rarest and for frequent words, where SGD's error stays level
(counts, by_sgd), (_, by_adagrad) = (error_by_count(word_runs[name]) for name in ("SGD", "AdaGrad"))
assert np.all(by_adagrad[counts < 3] < 0.9 * by_sgd[counts < 3])
assert np.all(by_adagrad[counts > 100] < 0.8 * by_sgd[counts > 100])
assert np.ptp(by_sgd[counts > 20]) < 0.4 * by_sgd[counts > 20].mean()

# once the gradient has fallen to a tenth, RMSprop's step recovers and AdaGrad's never does
assert steps["AdaGrad"][-1] < 0.03 * steps["AdaGrad"][0] and steps["RMSprop"][-1] > 0.99 * 0.1

# the learning rate of RMSprop matters: losses differ by more than ten times over the sweep
assert max(rmsprop_losses) > 10 * min(rmsprop_losses)
assert 0 < np.argmin(rmsprop_losses) < len(rates) - 1
# … and Adam's curve rises severalfold from its best rate to the default
adam_losses = dict(zip(sweep_rates.round(6), mean_losses["Adam"], strict=True))
assert adam_losses[0.001] > 4 * mean_losses["Adam"].min()

# missing corrections: closed forms of the first, the worst and the late steps
only_m, none = multiplier["m in place of m̂"], multiplier["no correction at all"]
assert abs(only_m[0] - 0.1) < 1e-12
assert [round(float(none[t - 1]), 2) for t in (1, 12, 100, 1000)] == [3.16, 6.57, 3.24, 1.26]
assert none.argmax() == 11

# Adam with L2: one weight hardly regularised, the other crushed; AdamW treats both alike
assert with_l2[0] > 0.9 and with_l2[1] < 0.1
assert abs(with_decay[0] - with_decay[1]) < 0.05 and 0.6 < with_decay.mean() < 0.9

# at a large first rate every schedule beats the constant one severalfold, warm-up with cosine narrowly ahead
ended = {name: np.mean(losses) for name, losses in schedule_losses.items()}
assert min(ended, key=ended.get) == "warm-up + cosine"
assert ended["constant"] > 2 * max(ended[name] for name in ("step", "cosine", "warm-up + cosine"))
# from a small one a schedule wins nothing, and neither reaches what the large one with a schedule does
assert 0.7 < ended["cosine, 0.02"] / ended["constant, 0.02"] < 1.4
assert min(ended["cosine, 0.02"], ended["constant, 0.02"]) > 1.5 * ended["cosine"]

# tuned, none beats SGD, and all lie within two points; at one shared rate Adam leads by far
mean_accuracy = {name: np.mean(accuracies) for name, accuracies in tuned.items()}
assert max(mean_accuracy.values()) - mean_accuracy["SGD"] < 0.003
assert max(mean_accuracy.values()) - min(mean_accuracy.values()) < 0.02
assert np.mean(shared["Adam at η = 0.01"]) - np.mean(shared["SGD at η = 0.01"]) > 0.2
