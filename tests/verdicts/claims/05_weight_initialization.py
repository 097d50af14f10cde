# Runs in the kernel of the page of claims, after its last cell.

from course_lib.initializers import zeros

# what has to be drawn: the weights, 96 % of a small network
assert small.size == by_hand == 2474 and 0.95 < drawn_share < 0.97
# … since they make the units different: each β has a gradient of its own, and b, which is taken off, has none
assert len(np.unique(bias_gradients["β"].round(9))) == 32 and np.abs(bias_gradients["b"]).max() < 1e-12

# tens are no better: one unit, and at best a straight line

logistic = Network([Dense(2, 2, zeros)])
cost = partial(logistic.loss_and_gradient, x=moons.x_train, y=moons.y_train)
linear_loss = descend(cost, np.zeros(logistic.size), Adam(lr=0.05), 500)[1][-1]
assert [units for _, units in ten_start.values()] == [1, 1, 1, 16]
assert all(losses[-1] > linear_loss + 0.02 for losses, units in ten_start.values() if units == 1)
assert ten_start["ReLU, He"][0][-1] < 0.1
assert np.mean(1 - np.tanh(10 * moons.x_train.sum(axis=1)) ** 2 < 0.01) > 0.5  # tanh begins flat

# uneven widths: He's fan-in holds; Xavier loses a factor of 1.6 per pair of layers, both ways
assert all(1 / 3 < factor < 3 for factor in factors["He by fan-in"] + factors["He by fan-out"])
assert np.allclose(np.array(factors["Xavier"]) ** (-1 / 10), 1.6, atol=0.1)

# a range that is not even about 0 explodes; without each unit's mean it loses √(1 − 1/π) per layer
assert all(0.3 < factor < 3 for factor in growth["−a to a"])
assert min(growth["−0.9 a to 1.1 a"]) > 1e10 and min(growth["0 to 2 a"]) > 1e29
assert np.allclose(np.array(growth["0 to 2 a, centred"]) ** (1 / 20), np.sqrt(1 - 1 / np.pi), atol=0.02)


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


# not every activation shrinks every signal
assert passing["identity", "σ = 1"][0] > 1e20 and passing["ReLU", "σ = 1"][0] > 1e20
assert 0.5 < passing["identity", "Xavier"][0] < 2 and 0.5 < passing["ReLU", "He"][0] < 2
assert passing["tanh", "σ = 1"][0] < 1.1 and passing["tanh", "σ = 1"][1] > 1e6
assert all(passing["sigmoid", scale][0] > 0.3 for scale in SCALES)
assert all(passing["sigmoid", scale][2] < 1e-9 for scale in SCALES if scale != "σ = 1")
assert passing["sigmoid", "σ = 1"][2] > 0.1

# sigmoid's gradients vanish at every usual scale; σ = 1 makes them grow, less than a thousandfold
assert all(sigmoid_ratio[scale] < 1e-9 for scale in ("He", "Xavier", "σ = 0.01"))
assert sigmoid_ratio["Xavier"] < best_slopes * 10 and 1 < sigmoid_ratio["σ = 1"] < 1e3

assert np.all(ratios(Sigmoid, xavier_normal)[1] < 1e-11) and np.all(ratios(Sigmoid, he_normal)[1] < 1e-9)
of_one = ratios(Sigmoid, normal(1.0))[1]
assert np.all((of_one > 1) & (of_one < 1e3))

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
assert all(lr == 0.05 for key, lr in best_rates.items() if beyond[key].mean() > 0.2)  # no edge of the three
assert beyond["Sigmoid", "LSUV"].max() < 0.2 and beyond["Sigmoid", "orthogonal × √2"].max() < 0.2
relu_runs = [beyond["ReLU", recipe] for recipe in recipes]
assert all(runs.mean() > 0.85 for runs in relu_runs)
# these seeds: not told apart
assert max(runs.min() for runs in relu_runs) < min(runs.max() for runs in relu_runs)
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

# batch normalisation forgives: all learn; at one rate two are well behind, at their own much less
assert all(runs.min() > 0.5 for runs in forgiven.values())
own = {name: {lr: forgiven[f"{name}, η = {lr}"].mean() for lr in tried} for name, tried in rates.items()}
for found in own.values():
    assert max(found, key=found.get) == sorted(found)[1]  # no best rate lies at the edge of its three
for name in ("σ = 1", "σ = 0.01"):
    assert own["He"][0.05] - own[name][0.05] > 0.08 > max(own["He"].values()) - max(own[name].values())
# these seeds: by how much
for name in ("σ = 1", "σ = 0.01"):
    assert 0.17 < own["He"][0.05] - own[name][0.05] < 0.23
    assert 0.03 < max(own["He"].values()) - max(own[name].values()) < 0.07

# dropout multiplies the mean square by 1/(1 − p) per layer; √(1 − p) takes it back
for rate in (0.1, 0.2, 0.5):
    plain, corrected = (np.median(sizes[f"p = {rate}, {name}"]) for name in ("He", "corrected"))
    assert 0.7 < plain * (1 - rate) ** 10 < 1.5 and 0.7 < corrected < 1.5

# clipping keeps the direction, and tames weights 1.5 times too large, in every draw
steep = np.array([30.0, 40.0])
assert np.allclose(clip(steep, 5.0), [3.0, 4.0]) and np.array_equal(clip(steep, 100.0), steep)
free, clipped, he_alone = clipped_losses.values()
assert np.all(free.max(axis=1) > 1e6) and np.all(np.diff(free[:, :4]) > 0)  # it never turns back
assert np.all(clipped.max(axis=1) <= clipped[:, 0] + 0.5) and np.all(clipped[:, -1] < 1)
assert np.all(clipped[:, 0] > 10) and np.all(he_alone.max(axis=1) < 5)
