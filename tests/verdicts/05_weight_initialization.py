# Runs in the lecture's kernel, after its last cell.

# what has to be drawn: the weights, 96 % of a small network
assert small.size == by_hand == 2474 and 0.95 < drawn_share < 0.97

# zeros: no weight gets a gradient with ReLU and tanh, and the network is a constant
for name in ("ReLU", "Tanh"):
    loss, accuracy, largest, units = zero_start[name]
    assert largest == 0 and units == 1
    assert abs(loss - np.log(2)) < 1e-4 and abs(accuracy - 0.5) < 0.01
# … with sigmoid there is one unit, as good as a straight line
loss, accuracy, largest, units = zero_start["Sigmoid"]
assert largest > 0 and units == 1
assert abs(loss - linear_loss) < 0.01 and abs(accuracy - linear_accuracy) < 0.02
assert np.mean(moons.y_train) != 0.5  # what the classes do not balance
_, _, first, last = train_on_moons([Dense(2, 16, zeros), Sigmoid(), Dense(16, 2, zeros)])
assert not first[0]["W"].any() and first[2]["W"].any()
assert abs(last[0]["W"][0, 0] - last[0]["W"][1, 0]) > 0.1  # a unit's two weights do differ
# drawn weights make sixteen of it
assert drawn_accuracy > 0.95 and drawn_loss < 0.1

# tens are no better: one unit, and a worse start
assert all(units == 1 for _, _, units in ten_start.values())
assert all(loss > linear_loss + 0.02 for loss, _, _ in ten_start.values())
assert np.mean(1 - np.tanh(10 * moons.x_train.sum(axis=1)) ** 2 < 0.01) > 0.5  # tanh begins flat

# one random layer breaks the symmetry
assert half_gradients[0] == 0 < half_gradients[1]
assert half_units == 16 and half_accuracy > 0.95

# what activations let through; ½ exactly for ReLU, at most 1/16 back through sigmoid
assert np.allclose(share["identity"][:2], 1, atol=0.01) and np.allclose(share["ReLU"][:2], 0.5, atol=0.01)
assert share["tanh"][0] < share["tanh"][1] < 1
assert share["sigmoid"][1] < 1 / 16 and share["sigmoid"][2] <= 0.25

# the formulas' variances: 30,000 draws, 5 standard errors of the normal's
for name, inverse in {
    "LeCun normal": 300,
    "Xavier normal": 200,
    "Xavier uniform": 200,
    "He normal": 150,
    "He uniform": 150,
}.items():
    assert abs(drawn[name].var() * inverse - 1) < 5 * np.sqrt(2 / 30_000)
assert np.abs(drawn["He uniform"]).max() <= np.sqrt(6 / 300) < np.abs(drawn["He normal"]).max()
assert np.abs(drawn["Xavier uniform"]).max() <= np.sqrt(6 / 400)

# leaky ReLU passes on (1 + a²)/2
leaky = LeakyReLU(0.5).forward(z, training=True)
assert abs(np.mean(leaky**2) - (1 + 0.5**2) / 2) < 0.01

# uneven widths: He's fan-in holds; Xavier loses a factor of 1.6 per pair of layers, both ways
assert all(1 / 3 < factor < 3 for factor in uneven_he)
assert np.allclose(np.array(uneven_xavier) ** (-1 / 10), 1.6, atol=0.1)

# 20 ReLU layers: the scale decides, and the envelope knows
assert 0.5 < relu_ratio["He"] < 2
assert 5e-4 < relu_ratio["Xavier"] < 2e-3
assert 1e20 < relu_ratio["σ = 1"] < 1e22 and 1e-20 < relu_ratio["σ = 0.01"] < 1e-18
assert all(0.5 < relu_ratio[name] / envelope[name] < 2 for name in scales)


def ratios(activation, initializer, depth=20, width=256, examples=4):
    """through_depth's two factors, from other draws than its own."""
    rng, drawn = np.random.default_rng(1), []
    for _ in range(6):
        h = first = rng.normal(size=(examples, width))
        stack = [(initializer(width, width, rng), activation()) for _ in range(depth)]
        for W, bend in stack:
            h = bend.forward(h @ W, training=True)
        g = last = rng.normal(size=h.shape)
        for W, bend in reversed(stack):
            g = bend.backward(g) @ W.T
        drawn.append([np.std(h) / np.std(first), np.std(g) / np.std(last)])
    return np.array(drawn).T


for name, (initializer, _) in scales.items():
    assert np.all(np.abs(np.log10(ratios(ReLU, initializer)[1] / envelope[name])) < 0.4)
assert 4 < np.sqrt(2) ** 5 < 7 and 900 < np.sqrt(2) ** 20 < 1100  # sixfold, a thousandfold

# not every activation shrinks every signal
assert passing["identity", "σ = 1"][0] > 1e20 and passing["ReLU", "σ = 1"][0] > 1e20
assert 0.5 < passing["identity", "Xavier"][0] < 2 and 0.5 < passing["ReLU", "He"][0] < 2
assert passing["tanh", "σ = 1"][0] < 1.1 and passing["tanh", "σ = 1"][1] > 1e6
assert all(passing["sigmoid", scale][0] > 0.3 for scale in scales)
assert all(passing["sigmoid", scale][2] < 1e-9 for scale in scales if scale != "σ = 1")
assert passing["sigmoid", "σ = 1"][2] > 0.1

# sigmoid's gradients vanish at every usual scale; σ = 1 makes them grow, less than a thousandfold
assert all(sigmoid_ratio[scale] < 1e-9 for scale in ("He", "Xavier", "σ = 0.01"))
assert sigmoid_ratio["Xavier"] < best_slopes * 10 and 1 < sigmoid_ratio["σ = 1"] < 1e3

assert np.all(ratios(Sigmoid, xavier_normal)[1] < 1e-11) and np.all(ratios(Sigmoid, he_normal)[1] < 1e-9)
of_one = ratios(Sigmoid, normal(1.0))[1]
assert np.all((of_one > 1) & (of_one < 1e3))

# Xavier suits tanh, not sigmoid; ReLU wants He. Differences hold seed by seed
by_seed = trained_accuracy
assert by_seed["Tanh"]["Xavier"].min() > 0.85 and np.all(by_seed["Tanh"]["He"] > by_seed["Tanh"]["Xavier"])
assert all(accuracy.max() < 0.2 for accuracy in by_seed["Sigmoid"].values())
assert by_seed["ReLU"]["He"].mean() > 0.8 and np.all(by_seed["ReLU"]["He"] > by_seed["ReLU"]["Xavier"] + 0.1)
assert tanh_share > 0.1 and sigmoid_share < 1e-11

# overflow: about 40 layers in 32 bits, about 5 in 16
assert 34 <= overflow[32]["inf"] <= 40 and 4 <= overflow[16]["inf"] <= 6
assert all(found["inf"] <= found["NaN"] <= found["inf"] + 3 for found in overflow.values())
# … and one NaN is enough: the loss and every weight's gradient follow
spoilt = deep(ReLU, he_normal)
theta = spoilt.initialize(np.random.default_rng(0))
spoilt.views(theta)[8]["W"][0, 0] = np.nan
loss, gradient = spoilt.loss_and_gradient(theta, digits.x_train[:8], digits.y_train[:8])
assert np.isnan(loss)
assert all(np.isnan(view["W"]).all() for view in spoilt.views(gradient) if view)

# orthogonal matrices keep every direction, normal ones a few
assert np.allclose(stretch["orthogonal, depth 50"], 1)
assert np.median(stretch["normal, depth 10"]) < 0.1 and stretch["normal, depth 10"][0] > 2
assert np.sum(stretch["normal, depth 50"] > 0.1) <= 8 and np.median(stretch["normal, depth 50"]) < 1e-6

# only what looks at each unit rescues ten sigmoid layers
assert beyond["Sigmoid", "data-dependent"].min() > 0.8
assert beyond["Sigmoid", "LSUV"].max() < 0.2 and beyond["Sigmoid", "orthogonal × √2"].max() < 0.2
relu_runs = [beyond["ReLU", recipe] for recipe in recipes]
assert all(runs.mean() > 0.85 for runs in relu_runs)
assert max(runs.min() for runs in relu_runs) < min(runs.max() for runs in relu_runs)  # not told apart
# … because LSUV's unit variance is nearly all between units; and its weights are about five times Xavier's
sigmoids = deep(Sigmoid, xavier_normal)
theta = sigmoids.initialize(np.random.default_rng(0))
batch = digits.x_train[:256]
for each_unit in (False, True):
    scaled = from_data(sigmoids, theta, batch, each_unit)
    sigmoids.predict(scaled, batch)
    fifth = sigmoids.layers[10]
    sums = fifth.x @ fifth.W + fifth.b
    assert abs(sums.var() - 1) < 0.01
    between_examples = sums.var(axis=0).mean()
    larger = fifth.W.std() / np.sqrt(1 / 64)
    if each_unit:
        assert abs(between_examples - 1) < 0.01 and 3.5 < larger < 7
        assert np.mean(np.abs(sums) > 4) < 0.01  # hardly any unit is saturated
    else:
        assert between_examples < 0.01

# batch normalisation forgives much, not everything
assert all(runs.min() > 0.5 for runs in forgiven.values())
assert forgiven["He"].min() > max(forgiven["σ = 1"].max(), forgiven["σ = 0.01"].max()) + 0.05

# clipping keeps the direction, and tames weights 1.5 times too large, in every draw
steep = np.array([30.0, 40.0])
assert np.allclose(clip(steep, 5.0), [3.0, 4.0]) and np.array_equal(clip(steep, 100.0), steep)
free, clipped, he_alone = clipped_losses.values()
assert np.all(free.max(axis=1) > 1e6)
assert np.all(clipped.max(axis=1) <= clipped[:, 0] + 0.5) and np.all(clipped[:, -1] < 1)
assert np.all(clipped[:, 0] > 10) and np.all(he_alone.max(axis=1) < 5)
