# Runs in the lecture's kernel, after its last cell.
from course_lib.explorers.momentum_plane import MOMENTA, RATES
from course_lib.explorers.momentum_plane import factor as larger_root

# 0.1 and 1.9 are equally far off after 20 steps, 1 is there, 2.1 has left
assert abs(walks["0.1, too small"][-1] - walks["1.9, too large"][-1]) < 1e-12
assert walks["1, right"][1] == 0 and walks["2.1, divergent"][-1] > 5

# the walker comes down on one side up to η = 0.04, hops up to 0.08 and is there sooner, but not near 0.08,
# and then flies off
creeps, straight, hops, best, late, flies = (
    explorers.descent_scene("ravine", -1.0, 1.0, "Gradient descent", eta, 0, 0, 100).message
    for eta in (0.039, 0.04, 0.07, best_rate(25), 0.079, 0.09)
)
assert "sign" not in creeps and "changed its sign at 100 of 100" in hops and "diverged" in flies
for message, arrives in ((straight, 17), (hops, 11), (late, 91)):
    assert message.startswith(f"From step {arrives} on")
assert f"{best_rate(25):.3f}" == "0.077" and int(best.split()[2]) > 11

# where the small network ended: a minimum in a ravine
# these seeds: this minimum
assert eigenvalues[0] > 0 and 85_500 < kappa_small < 86_500

# the zig-zag needs no noise, and noise makes no zig-zag
assert zigzag["ravine, exact"] == 40 and zigzag["bowl, exact"] == 0 and 0 < zigzag["bowl, noisy"] < 20
# these seeds: as the verdict has it
assert zigzag["bowl, noisy"] == 5

# momentum beside plain descent: the steps of which the fold speaks
for mu, arrives in ((0.7, 14), (0.9, 39), (0.97, 143)):
    message = explorers.descent_scene("ravine", -1.4, 0.3, "Momentum", 0.04, mu, 0, 200).message
    assert message.startswith(f"From step {arrives} on")
    assert "Plain descent with the same η: from step 48 on" in message
nesterov = explorers.descent_scene("ravine", -1.4, 0.3, "Nesterov", 0.04, 0.9, 0, 200).message
assert nesterov.startswith("From step 21 on")

# the map of the plane: one curvature has its best at μ = 0, two where their bounds cross, at √κ's factor
assert larger_root(1.0, 0.0) == 0
assert all(larger_root(RATES, mu).min() >= np.sqrt(mu) - 1e-12 for mu in MOMENTA)
for kappa in (25, 100):
    rate, mu = best_momentum(kappa)
    root = np.sqrt(kappa)
    assert np.isclose(mu, ((root - 1) / (root + 1)) ** 2)
    assert np.isclose((1 - np.sqrt(mu)) ** 2, rate) and np.isclose((1 + np.sqrt(mu)) ** 2, rate * kappa)
    at_best = larger_root(rate * kappa, mu, kappa)
    assert abs(at_best - (root - 1) / (root + 1)) < 1e-6
    assert larger_root(RATES[None, :], MOMENTA[:, None], kappa).min() > at_best - 1e-6

# steps at the best rate grow with κ, with momentum as √κ
steps_at = dict(zip(kappas, kappa_steps, strict=True))
momentum_at = dict(zip(kappas, momentum_steps, strict=True))
assert steps_at[1] == 1
assert steps_at[100] == 346 and momentum_at[100] == 56
assert all(abs(steps_at[10 * k] / steps_at[k] - 10) < 0.5 for k in (10, 100))
assert all(3 < momentum_at[10 * k] / momentum_at[k] < 4 for k in (10, 100))
assert all(momentum_at[k] < steps_at[k] / 2 for k in (10, 100, 1000))

# slow per update, fast per epoch: what is said of the stored runs is what the figure shows
speed = experiments.experiment("batches_on_digits")
assert (
    speed.holds([run for run in runs if any(each.items() <= run.items() for each in speed.compared())]) == []
)
for at, shown in enumerate((per_update, per_epochs)):
    for size in speed.SIZES:
        tuned = experiments.picked(runs, "loss", **speed.tuned(size, at))[:, at]
        assert np.array_equal(shown[f"B = {size}"], tuned)
assert [round(float(per_update[f"B = {size}"].mean()), 2) for size in (100, 1000)] == [0.29, 0.21]

# a batch's loss rises half of the time while the whole set's loss falls
assert 0.4 < batch_rises < 0.6 and epoch_rises <= 1
# these seeds: as the text has it
assert epoch_rises == 0

# random Hessians are hardly ever all positive; the plateau has ways down and ends
assert 0.48 < all_up[1] < 0.52 and round(1 / all_up[2]) == 7
assert all(all_up[n + 1] < all_up[n] / 2 for n in (1, 2, 3, 4))
assert all_up[6] < 1e-3
# these seeds: as the verdict has it
assert all_up[6] == 0 and downhill == 4
assert downhill >= 1 and plateau_losses[flattest] > 0.75
assert plateau_losses[-1] < 0.1 * plateau_losses[flattest]
