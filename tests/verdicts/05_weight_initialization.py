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
# drawn weights make sixteen of it
assert drawn_accuracy > 0.95 and drawn_loss < 0.1

# tens are no better: one unit, and a worse start
assert all(units == 1 for _, _, units in ten_start.values())
assert all(loss > linear_loss + 0.02 for loss, _, _ in ten_start.values())

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

# uneven widths: He's fan-in holds; Xavier loses a factor of 1.6 per pair of layers, both ways
assert all(1 / 3 < factor < 3 for factor in uneven_he)
assert np.allclose(np.array(uneven_xavier) ** (-1 / 10), 1.6, atol=0.1)

# 20 ReLU layers: the scale decides, and the envelope knows
assert 0.5 < relu_ratio["He"] < 2
assert 5e-4 < relu_ratio["Xavier"] < 2e-3
assert 1e20 < relu_ratio["σ = 1"] < 1e22 and 1e-20 < relu_ratio["σ = 0.01"] < 1e-18
assert all(0.5 < relu_ratio[name] / envelope[name] < 2 for name in scales)

# not every activation shrinks every signal
assert passing["identity", "σ = 1"][0] > 1e20 and passing["ReLU", "σ = 1"][0] > 1e20
assert 0.5 < passing["identity", "Xavier"][0] < 2 and 0.5 < passing["ReLU", "He"][0] < 2
assert passing["tanh", "σ = 1"][0] < 1.1 and passing["tanh", "σ = 1"][1] > 1e6
assert all(passing["sigmoid", scale][0] > 0.3 for scale in scales)

# sigmoid's gradients vanish at every usual scale, and explode at none of them
assert all(sigmoid_ratio[scale] < 1e-9 for scale in ("He", "Xavier", "σ = 0.01"))
assert sigmoid_ratio["Xavier"] < best_slopes * 10 and 1 < sigmoid_ratio["σ = 1"] < 1e3

# Xavier suits tanh, not sigmoid; ReLU wants He
assert trained_accuracy["Tanh"]["Xavier"] > 0.9 and trained_accuracy["Tanh"]["He"] > 0.9
assert all(accuracy < 0.2 for accuracy in trained_accuracy["Sigmoid"].values())
assert trained_accuracy["ReLU"]["He"] > 0.85 > trained_accuracy["ReLU"]["Xavier"] + 0.2
assert tanh_share > 0.1 and sigmoid_share < 1e-11

# overflow: about 40 layers in 32 bits, about 5 in 16
assert 34 <= overflow[32]["inf"] <= 40 and 4 <= overflow[16]["inf"] <= 6
assert all(found["inf"] <= found["NaN"] <= found["inf"] + 3 for found in overflow.values())

# orthogonal matrices keep every direction, normal ones a few
assert all(np.allclose(stretch["orthogonal", depth], 1) for depth in (1, 10, 50))
assert stretch["normal", 10][0] > 2 and stretch["normal", 10][1] < 0.1 and stretch["normal", 50][1] < 1e-6

# only what looks at each unit rescues ten sigmoid layers
assert beyond["Sigmoid", "data-dependent"] > 0.8
assert beyond["Sigmoid", "LSUV"] < 0.2 and beyond["Sigmoid", "orthogonal × √2"] < 0.2
assert all(beyond["ReLU", recipe] > 0.8 for recipe in recipes)
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
        assert np.abs(sums).max() < 6
    else:
        assert between_examples < 0.01

# clipping keeps the direction, and tames weights 1.3 times too large
steep = np.array([30.0, 40.0])
assert np.allclose(clip(steep, 5.0), [3.0, 4.0]) and np.array_equal(clip(steep, 100.0), steep)
assert max(clipped_losses["no limit"]) > 1e6
assert max(clipped_losses["c = 1"]) <= clipped_losses["c = 1"][0] + 0.5 and clipped_losses["c = 1"][-1] < 1
