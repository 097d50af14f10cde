# Runs in the lecture's kernel, after its last cell.

# dw² is not the second derivative
assert (first**2, second) == (0.25, 3.0)

# the learning rate of RMSprop matters: losses differ by more than ten times over the sweep
assert max(rmsprop_losses) > 10 * min(rmsprop_losses)
assert 0 < np.argmin(rmsprop_losses) < len(rates) - 1
# … and Adam's curve rises severalfold from its best rate to the default
adam_losses = dict(zip(sweep_rates.round(6), mean_losses["Adam"], strict=True))
assert adam_losses[0.001] > 4 * mean_losses["Adam"].min()

# the slip in RMSprop's bias still converges, but more slowly
assert 1.3 * typo_updates[False] < typo_updates[True] < 1.7 * typo_updates[False]
assert updates_until_fitted(True, lr=0.1) is None and updates_until_fitted(False, lr=0.1) is not None

# missing corrections: closed forms of the first, the worst and the late steps
only_m, none = multiplier["m in place of m̂"], multiplier["no correction at all"]
assert abs(only_m[0] - 0.1) < 1e-12
assert [round(float(none[t - 1]), 2) for t in (1, 12, 100, 1000)] == [3.16, 6.57, 3.24, 1.26]
assert none.argmax() == 11

# bias correction undoes a start at 0 only, and θ's start decides the minimum
assert corrected[0] > 0 > corrected[-1] and abs(corrected[-1] + 1) > 0.1  # the run that started at 1
assert len({tuple(end.round(1)) for end in ends}) == 4
assert remembers == {"RMSprop": ["s"], "Adam": ["m", "v"]}

# ε outside: half of η at g = ε; inside: a ten-thousandth
assert abs(epsilon_step["ε outside the root"][4] - 0.5) < 1e-6
assert abs(epsilon_step["ε inside the root"][4] - 1e-4) < 1e-8

# with ε inside the root, small gradients are nothing rare
assert small_share > 0.05

# E[g²] is proportional to the Hessian's diagonal at the true parameters only
at_truth = mean_square["at the truth"] / hessian_diagonal
far_away = mean_square["far away"] / hessian_diagonal
assert at_truth.max() / at_truth.min() < 1.1
assert far_away.max() / far_away.min() > 2
assert np.all(mean_square["far away"] > 1000 * mean_square["at the truth"])

# Nesterov has one rate for all coordinates, RMSprop and Adam do not
assert all(abs(moved[name] - 100) < 1e-6 for name in ("SGD", "Momentum", "Nesterov"))
assert all(abs(moved[name] - 1) < 1e-4 for name in ("RMSprop", "Adam"))

# turning the ravine costs the coordinate-wise methods, and not plain descent
assert abs(updates_needed["SGD", "45°"] - updates_needed["SGD", "0°"]) <= 1
assert updates_needed["RMSprop", "45°"] > 1.2 * updates_needed["RMSprop", "0°"] > 0
assert updates_needed["Adam", "45°"] > 3 * updates_needed["Adam", "0°"] > 0

# all leave the saddle: RMSprop in half the steps of plain descent, momentum sooner still
assert 0 < escapes["Momentum"] < escapes["RMSprop"] < 0.55 * escapes["SGD"]

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
assert shared["Adam"] - shared["SGD"] > 0.2

# Reddi's example: Adam walks to the worst point, and a longer memory cures it
assert reddi_paths["Adam"][-1] > 0.9 and reddi_paths["SGD"][-1] < -0.9
x_long, long_memory = np.array([0.0]), Adam(lr=0.02, beta1=0, beta2=0.999)
for t in range(600):
    x_long = np.clip(long_memory.step(x_long, np.array([3.0 if t % 3 == 0 else -1.0])), -1, 1)
assert x_long[0] < -0.9

# Wilson's example: all fit the training set, the adaptive ones call every new example positive
assert all(on_training == 1.0 for on_training, _ in wilson_accuracy.values())
assert wilson_accuracy["SGD"][1] == wilson_accuracy["Momentum"][1] == 1.0
positive = np.mean(y_test > 0)
assert all(wilson_accuracy[name][1] == positive for name in ("AdaGrad", "RMSprop", "Adam"))
