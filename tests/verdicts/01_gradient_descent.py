# Runs in the lecture's kernel, after its last cell.

# 0.1 and 1.9 are equally far off after 20 steps, 1 is there, 2.1 has left
assert abs(walks["0.1, too small"][-1] - walks["1.9, too large"][-1]) < 1e-12
assert walks["1, right"][1] == 0 and walks["2.1, divergent"][-1] > 5

# full-batch descent of a network: far below the limit at a small rate, at it with a large one
assert edge[0.05][0] < 0.5 * 2 / 0.05 and edge[0.05][1] == 0
assert abs(edge[0.2][0] - 2 / 0.2) < 0.01 * 2 / 0.2 and 0.3 < edge[0.2][1] < 0.7
assert all(np.isfinite(loss) and loss < 0.1 for _, _, loss in edge.values())

# eigenvalues name the place
assert named == ["minimum", "saddle", "minimum", "minimum", "maximum", "saddle"]

# convex: many minima, or none; a network: 24 equal ones by renaming alone, and each sign flip makes another
assert len(set(flat_ends.round(6))) == 3 and np.all(flat_losses < 1e-12)
assert np.all(np.diff(exp_path) < 0) and exp_losses[-1] > 0 and exp_path[-1] < exp_path[100] - 4
assert different == 24 and max(copy_losses) - min(copy_losses) < 1e-12
flipped = trained.copy()
first_views, _, last_views = small.views(flipped)
first_views["W"][:, 0] *= -1
first_views["b"][0] *= -1
last_views["W"][0] *= -1
assert abs(small_loss(flipped)[0] - copy_losses[0]) < 1e-12 and not np.allclose(flipped, trained)

# steps at the best rate grow with κ, with momentum as √κ
assert kappa_steps[1] == 1
assert (
    abs(kappa_steps[100] / kappa_steps[10] - 10) < 0.5
    and abs(kappa_steps[1000] / kappa_steps[100] - 10) < 0.5
)
assert all(3 < momentum_steps[10 * k] / momentum_steps[k] < 4 for k in (10, 100))
assert all(momentum_steps[k] < kappa_steps[k] / 2 for k in (10, 100, 1000))

# the zig-zag needs no noise, and noise makes no zig-zag
assert zigzag["ravine, exact"] == 40 and zigzag["bowl, exact"] == 0 and 0 < zigzag["bowl, noisy"] < 20

# noise falls with the root of the batch size, and is gone with all examples
assert abs(relative_noise[1] / relative_noise[100] - 10) < 2 and relative_noise[1000] < 1e-9

# slow per update, fast per epoch; batches of 10 get as far in an epoch as batches of 1
assert per_update[1] > per_update[10] > per_update[100] > 0.9 * per_update[1000]
assert per_epochs[1000] > 2 * per_epochs[100] and per_epochs[100] > 2 * max(per_epochs[1], per_epochs[10])
assert per_epochs[10] < 1.3 * per_epochs[1]

# an update with 100 examples costs far less than 100 updates with one (a wide margin: machines differ)
assert milliseconds[100] < 50 * milliseconds[1] and milliseconds[10] < 4 * milliseconds[1]

# a batch's loss rises half of the time while the whole set's loss falls
assert 0.4 < batch_rises < 0.6 and epoch_rises == 0

# longer averages are smoother and later: the second wave's peak of the longer one comes far behind
peak = {mu: 150 + int(np.argmax(averages[f"average, μ = {mu}"][150:])) for mu in (0.9, 0.98)}
assert peak[0.98] > 40 * 2 * np.pi + 10
rough = {mu: np.std(np.diff(averages[f"average, μ = {mu}"])) for mu in (0.9, 0.98)}
assert rough[0.98] < 0.4 * rough[0.9] < 0.4 * np.std(np.diff(gradients))

# the conventions map to each other, unless the rate changes or is taken over as it is
assert gap["velocity, same η"] < 1e-12 and gap["averaged, α = η/(1 − μ)"] < 1e-12
assert gap["averaged, α = η"] > 0.1 and gap["velocity, both halve η at step 10"] > 0.1
assert nesterov_gap < 1e-12

# μ is what is kept: a larger one glides further, 1/(1 − μ)
assert all(abs(glide[mu][1] - 1 / (1 - mu)) < 1e-6 for mu in glide)
assert all(abs(glide[mu][0] - mu**9) < 1e-6 for mu in glide)

# momentum overshoots, then rests; stays on the ridge; leaves it almost three times sooner when off it
assert round(float(parabola.min()), 2) == -0.60 and abs(parabola[300]) < 1e-6
assert all(np.linalg.norm(end) < 1e-6 for end in ridge.values())
assert 2.5 < left_at["SGD 0.1"] / left_at["Momentum 0.1"] < 3
# as the summary of plain SGD's problems quotes them
assert left_at == {"SGD 0.1": 145, "Momentum 0.1": 52, "SGD 1.0": 20}

# the averaged direction has 1/19 of the variance, the accumulated one 5.3 times; θ itself gains nothing
assert abs(memory_variance["averaged m"] - 1 / 19) < 0.1 / 19
assert abs(memory_variance["accumulated v"] - 1 / (1 - 0.81)) < 0.1 / (1 - 0.81)
assert abs(cloud["Momentum"] / cloud["SGD"] - 1) < 0.2 and 8 < cloud["Momentum, same η"] / cloud["SGD"] < 12

# Nesterov overshoots less and settles twice as fast; plain descent does not cross at all
assert -0.60 < swings["Nesterov"].min() < -0.3 and swings["SGD"].min() > 0
assert settled["Nesterov"] < 0.6 * settled["Momentum"] and settled["SGD"] < settled["Momentum"]

# random Hessians are hardly ever all positive; the plateau has ways down and ends; all methods miss the best
assert (
    0.48 < all_up[1] < 0.52 and all(all_up[n + 1] < all_up[n] / 2 for n in (1, 2, 3, 4)) and all_up[6] < 1e-3
)
assert (
    downhill >= 1 and plateau_losses[flattest] > 0.75 and plateau_losses[-1] < 0.1 * plateau_losses[flattest]
)
assert all(0.005 < share < 0.1 for share in found.values()) and len(found) == 6
# they find the best from the starts in its own valley, which reaches to ±0.53, and from hardly any other
began_near = np.mean(np.abs(starts).max(axis=1) < 0.53)
assert all(abs(share - began_near) < 0.01 for share in found.values())

# the cloud's width goes with the root of η
assert all(abs(width / np.sqrt(eta / (2 - eta)) - 1) < 0.1 for eta, width in widths.items())
