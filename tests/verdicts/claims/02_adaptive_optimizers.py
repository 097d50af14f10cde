# Runs in the kernel of the page, after its last cell.

# dw² is not the second derivative
assert (round(first[150] ** 2, 12), round(second[150], 12)) == (0.25, 3.0)
assert (first[-1] ** 2, second[-1]) == (16, 12)

# the slip in RMSprop's bias still converges, but more slowly; at a rate of 0.1 it never arrives
slow, quick = typo_updates["with the slip"], typo_updates["as defined"]
assert 1.3 * quick < slow < 1.7 * quick
assert np.all(distances(True, lr=0.1, updates=5000) >= 0.05)
assert np.any(distances(False, lr=0.1, updates=5000) < 0.05)

# what is kept between steps
assert remembers == {"SGD": [], "Momentum": ["v"], "AdaGrad": ["s"], "RMSprop": ["s"], "Adam": ["m", "v"]}

# all leave the saddle at every rate, RMSprop sooner than plain descent at each
assert not np.isnan(list(escapes.values())).any()
assert np.all(escapes["RMSprop"] < escapes["SGD"])
left_at = {name: dict(zip(saddle_rates.round(4), steps, strict=True)) for name, steps in escapes.items()}
assert left_at["Momentum"][0.1] < left_at["RMSprop"][0.01] < 0.55 * left_at["SGD"][0.1]

# RMSprop learns where gradients vanish and SGD guesses; nowhere does it reach the sound network
deep_mean = {name: values.mean() for name, values in deep_accuracy.items()}
assert deep_mean["vanishing, SGD"] < 0.12 and 0.5 < deep_mean["vanishing, RMSprop"] < 0.65
assert 0.5 < deep_mean["exploding, RMSprop"] < 0.7 and 0.35 < deep_mean["exploding, SGD"] < 0.55
assert np.all(deep_accuracy["exploding, RMSprop"] > deep_accuracy["exploding, SGD"])
assert min(deep_mean["sound, SGD"], deep_mean["sound, RMSprop"]) > 0.94
for kind in deep_gradients.NETWORKS:  # no best rate lies at the grid's edge; where all guess, none is best
    for method in deep_gradients.METHODS:
        if (kind, method) != ("vanishing", "SGD"):
            experiments.best(deep_runs, "val_accuracy", "lr", largest=True, network=kind, method=method)
assert gradient_sizes["vanishing"][-1] > 3000 * gradient_sizes["vanishing"][0]
assert min(gradient_sizes["exploding"]) > 500
# these seeds: as the picture has it
assert min(gradient_sizes["exploding"]) > 1000

# missing corrections: closed forms of the first, the worst and the late steps
only_m, none = multiplier["m in place of m̂"], multiplier["no correction at all"]
assert abs(only_m[0] - 0.1) < 1e-12
assert [round(float(none[t - 1]), 2) for t in (1, 12, 100, 1000)] == [3.16, 6.57, 3.24, 1.26]
assert none.argmax() == 11

# bias correction undoes a start at 0 only, and θ's start decides the minimum
assert np.allclose(hats[0.0], -1)
assert hats[1.0][0] > 0 > hats[1.0][19] and abs(hats[1.0][19] + 1) > 0.1
assert len({tuple(walk[-1].round(1)) for walk in walks.values()}) == 4

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

# upright AdaGrad is there within a few steps, turned not in 120
(_, upright_path), (_, turned_path) = valley_walks.values()
assert np.linalg.norm(upright_path[10]) < 0.05
# these seeds: at the rates that were best
assert np.linalg.norm(turned_path[-1]) > 0.1

# turning the ravine costs the coordinate-wise methods, and not plain descent; each at its best rate
mean_steps = {name: steps.mean() for name, steps in steps_from.items()}
assert all(0 < best < len(valley_rates) - 1 for best in best_valley_rate.values())
for name in ("SGD", "Momentum"):
    assert abs(mean_steps[f"{name}, turned"] - mean_steps[f"{name}, upright"]) < 1
told = {"AdaGrad": (3, 106), "RMSprop": (135, 208), "Adam": (57, 65), "SGD": (76, 76)}
# these seeds: steps
for name, steps in told.items():
    assert np.allclose([mean_steps[f"{name}, {angle}"] for angle in valleys], steps, atol=0.55), name

# Reddi's example: Adam walks to the worst point, and a longer memory cures it
assert reddi_paths["Adam"][-1] > 0.9 and reddi_paths["SGD"][-1] < -0.9
x_long, long_memory = np.array([0.0]), Adam(lr=0.02, beta1=0, beta2=0.999)
for t in range(600):
    x_long = np.clip(long_memory.step(x_long, np.array([3.0 if t % 3 == 0 else -1.0])), -1, 1)
assert x_long[0] < -0.9
# its steps, once v goes round: one of η down, two up
away = Adam(lr=1.0, beta1=0, beta2=0.1)
moves = [away.step(np.zeros(1), np.array([3.0 if t % 3 == 0 else -1.0]))[0] for t in range(300)][-3:]
assert np.allclose(moves, [-1.05, 0.76, 0.97], atol=0.006)

# Wilson's example: all fit the training set, the adaptive ones call every new example positive
assert all(on_training == 1.0 for on_training, _ in wilson_accuracy.values())
assert wilson_accuracy["SGD"][1] == wilson_accuracy["Momentum"][1] == 1.0
positive = np.mean(y_test > 0)
assert abs(positive - 0.75) < 0.02
assert all(wilson_accuracy[name][1] == positive for name in ("AdaGrad", "RMSprop", "Adam"))
assert all(
    abs(abs(w) - 0.25) < 0.02 for name in ("AdaGrad", "RMSprop", "Adam") for w in wilson_weights[name][:3]
)

# on digits none beats SGD by a point after 300 updates, all lie within two; at one shared rate Adam leads
on_digits = {name.split(",")[0]: np.mean(values) for name, values in digits_tuned.items()}
assert len(on_digits) == 7
assert max(on_digits.values()) - on_digits["SGD"] < 0.01
assert max(on_digits.values()) - min(on_digits.values()) < 0.02
assert np.mean(shared["Adam, η = 0.01"]) - np.mean(shared["SGD, η = 0.01"]) > 0.2
assert at_best["Adam"]["lr"] == 0.01
assert methods_on_digits.holds(digits_runs) == []  # and none has its best rate at the grid's edge

# Adam has the most good rates on all surfaces but the bowl, where momentum has; and never all of them
others = np.max([good_rates[name] for name in ("Momentum", "RMSprop")], axis=0)
assert (good_rates["Adam"] > others).tolist() == [True, False, True, True, True]
assert good_rates["Momentum"][1] == others[1]
# on signals it has no more than the others, and its default gives much away
assert close_rates["Adam"] == close_rates["SGD"] == close_rates["Momentum"] == 2
default = tried_rates.index(0.001)
assert 0.09 < by_rate["Adam"].max() - by_rate["Adam"][default] < 0.13

# after 3 and 10 epochs Adam is as good without hats, at a smaller rate, and RMSprop is as good; not after one
of_epoch = {
    epoch: {name.split(" at ")[0]: v.mean() for name, v in edge.items() if name.endswith(f" epoch {epoch}")}
    for epoch in (1, 3, 10)
}
ahead = {epoch: {name: mean["Adam"] - mean[name] for name in mean} for epoch, mean in of_epoch.items()}
for epoch in (3, 10):
    assert max(abs(ahead[epoch][name]) for name in ("Adam, no hats", "RMSprop")) < 0.01
    assert (edge_rates["Adam", epoch], edge_rates["Adam, no hats", epoch]) == (0.01, 0.003)
assert 0.005 < ahead[1]["Adam, no hats"] < 0.015 and 0.025 < ahead[1]["RMSprop"] < 0.035
# RMSprop's long memory costs it something, but not at once
long_memory_costs = [ahead[epoch]["RMSprop, ρ = 0.999"] for epoch in (1, 3, 10)]
assert np.allclose(long_memory_costs, [0, 0.015, 0.03], atol=0.004)
