# Runs in the page's kernel, after its last cell.
from course_lib.explorers.edge_of_stability import runs

# full-batch descent of a network: far below the limit at a small rate, at it with a large one
small = slices.task_named("small network")
assert abs(edge[0.2][0] - 2 / 0.2) < 0.1 * 2 / 0.2 and 0.3 < edge[0.2][1] < 0.7
assert all(np.isfinite(loss) for _, _, loss in edge.values())
# these seeds: at the small rate
assert edge[0.05][0] < 0.5 * 2 / 0.05 and edge[0.05][1] == 0
# these seeds: how near, how low
assert abs(edge[0.2][0] - 2 / 0.2) < 0.01 * 2 / 0.2 and all(loss < 0.1 for _, _, loss in edge.values())
# from another start the small rate gets there, later
start = small.network.initialize(np.random.default_rng(3))
path, _ = descend(small.loss_and_gradient, start, SGD(0.05), 12_000)
# these seeds: after so many steps
assert 0.97 < np.linalg.eigvalsh(small.hessian(path[-1]))[-1] / 40 < 1.01
# what is seen in the explorer: about 12 below η = 0.16, along 2/η above, and at 0.315 leaps across
stored = runs()
at_end = dict(zip(stored.rates, stored.sharpness[0, :, -1], strict=True))
assert all(11 < sharpness < 13 and sharpness < 2 / eta for eta, sharpness in at_end.items() if eta < 0.16)
assert all(abs(at_end[eta] * eta / 2 - 1) < 0.02 for eta in at_end if 0.16 <= eta <= 0.25)
assert {0.05, 0.25, 0.315} <= {*at_end}
leaping = stored.rates.index(0.315)
crossing = stored.sharpness[0, leaping, -16:] * 0.315 / 2
assert crossing.min() < 1 < crossing.max() and 17.5 < stored.highest[0, leaping, -16:].max() < 18.5
assert stored.lowest[0, leaping, -1] < 1

# a rate can be measured: within a factor of two of the best of the grid, which does not end there
tried = np.geomspace(0.02, 1, 9)
assert not {tried[0], tried[-1]} & set(first_rates["by hand: best of nine"])
assert np.mean((ratios[0] > 0.47) & (ratios[0] < 2)) >= 0.8 and np.mean(ratios[1] < 1.5) >= 0.6
# these seeds: the range
assert [round(float(end), 1) for end in (ratios[0].min(), ratios[0].max())] == [0.5, 1.3]
# these seeds: the losses
assert np.sum(ratios[1] < 1.5) == 17

# convex: many minima, or none; a network: 24 equal ones by renaming alone, and each sign flip makes another
assert len(set(flat_ends.round(6))) == 3 and np.all(flat_losses < 1e-12)
assert np.all(np.diff(exp_path) < 0) and exp_losses[-1] > 0 and exp_path[-1] < exp_path[100] - 4
assert different == 24 and max(copy_losses) - min(copy_losses) < 1e-12
flipped = trained.copy()
first_views, _, last_views = small.network.views(flipped)
first_views["W"][:, 0] *= -1
first_views["b"][0] *= -1
last_views["W"][0] *= -1
assert abs(small.loss_and_gradient(flipped)[0] - copy_losses[0]) < 1e-12 and not np.allclose(flipped, trained)

# eigenvalues name the place
assert named == ["minimum", "saddle", "minimum", "minimum", "maximum", "saddle"]

# the best rate lies right below the limit; half the limit takes about twice the steps
assert min(near_limit, key=near_limit.get) == best_rate(25) / (2 / 25) == 25 / 26
assert 1.7 < near_limit[0.5] / min(near_limit.values()) < 2.1
assert near_limit[0.1] > 800 and near_limit[0.99] > 300

# a picture is rounder than the ground
# these seeds: the figures of the text
assert 85_500 < true_kappa < 86_500 and round(seen_kappa[0]) == 62
# these seeds: planes
assert (round(min(seen_kappa)), round(max(seen_kappa))) == (2, 62)

# Newton's steps end high up, where the slope is 0, and from five of six starts there are ways down
assert np.allclose(one_step, 0)
assert (
    min(newton_losses["Newton"]) > 2 * max(newton_losses["SGD"]) and sum(ways > 0 for ways in ways_down) >= 3
)
# these seeds: losses
assert min(newton_losses["Newton"]) > 0.7 and max(newton_losses["SGD"]) < 0.1
# these seeds: ways down
assert sum(ways > 0 for ways in ways_down) == 5

# μ is what is kept: a larger one glides further, 1/(1 − μ)
assert all(abs(glide[mu][1] - 1 / (1 - mu)) < 1e-6 for mu in glide)
assert all(abs(glide[mu][0] - mu**9) < 1e-6 for mu in glide)

# the conventions map to each other, unless the rate changes or is taken over as it is
assert gap["velocity, same η"] < 1e-12 and gap["averaged, α = η/(1 − μ)"] < 1e-12
assert gap["averaged, α = η"] > 0.1 and gap["velocity, both halve η at step 10"] > 0.1
assert nesterov_gap < 1e-12

# momentum overshoots, then rests; stays on the ridge; leaves it almost three times sooner when off it
assert round(float(parabola.min()), 2) == -0.60 and abs(parabola[300]) < 1e-6
assert all(np.linalg.norm(end) < 1e-6 for end in ridge.values())
assert 2.5 < left_at["SGD 0.1"] / left_at["Momentum 0.1"] < 3
assert left_at == {"SGD 0.1": 145, "Momentum 0.1": 52, "SGD 1.0": 20}  # as the figure's words have them

# the energies add up, but for an error that falls with η; with μ = 1 nothing is taken
assert all(abs(drift[eta] / drift[eta / 2] - 2) < 0.1 for eta in (0.04, 0.02, 0.01)) and drift[0.04] < 0.02
assert all(share > 0.5 for share in kinetic_share.values())
assert np.all(energies("two valleys", (-1.6,), 0.01, 1.0).friction == 0)

# longer averages are smoother and later: the second wave's peak of the longer one comes far behind
peak = {mu: 150 + int(np.argmax(averages[f"μ = {mu}"][150:])) for mu in (0.9, 0.98)}
assert peak[0.98] > 40 * 2 * np.pi + 10
rough = {mu: np.std(np.diff(averages[f"μ = {mu}"])) for mu in (0.9, 0.98)}
assert rough[0.98] < 0.4 * rough[0.9] < 0.4 * np.std(np.diff(gradients))

# the averaged direction has 1/19 of the variance, the accumulated one 5.3 times; θ itself gains nothing
assert abs(memory_variance["averaged m"] - 1 / 19) < 0.1 / 19
assert abs(memory_variance["accumulated v"] - 1 / (1 - 0.81)) < 0.1 / (1 - 0.81)
assert abs(cloud["Momentum"] / cloud["SGD"] - 1) < 0.2 and 8 < cloud["Momentum, same η"] / cloud["SGD"] < 12

# Nesterov overshoots less and settles twice as fast; plain descent does not cross at all
assert round(float(swings["Momentum"].min()), 2) == -0.60
assert round(float(swings["Nesterov"].min()), 2) == -0.39 and swings["SGD"].min() > 0
assert settled["Nesterov"] < 0.6 * settled["Momentum"] and settled["SGD"] < settled["Momentum"]

# noise falls with the root of the batch size, and is gone with all examples
assert abs(relative_noise[1] / relative_noise[100] - 10) < 2 and relative_noise[1000] < 1e-9

# an update with 100 examples costs far less than 100 updates with one (a wide margin: machines differ)
assert milliseconds[100] < 50 * milliseconds[1] and milliseconds[10] < 4 * milliseconds[1]

# the cloud's width goes with the root of η
assert all(abs(width / np.sqrt(eta / (2 - eta)) - 1) < 0.1 for eta, width in widths.items())

# carefully, all six find the best from the starts in its own valley, which reaches to ±0.53, and no other
for seed, *shares in zip((1, 2, 3), *careful.values(), strict=True):
    starts = np.random.default_rng(seed).uniform(-3, 3, size=(200, 2))
    assert all(abs(share - np.mean(np.abs(starts).max(axis=1) < 0.53)) < 0.01 for share in shares)
# at the best of the rates, none of which is the grid's first or last, AdaGrad mostly, the others hardly ever
for make, eta in carefully.items():
    assert eta / 29 < best_rates[make.__name__] < 29 * eta
assert 0.85 < np.mean(found["AdaGrad"]) < 0.95
assert all(np.mean(share) < 0.1 for name, share in found.items() if name != "AdaGrad")
