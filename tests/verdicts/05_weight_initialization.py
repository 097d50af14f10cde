# Runs in the lecture's kernel, after its last cell.

from course_lib.initializers import he_uniform, lecun_normal, xavier_uniform

# zeros: no weight gets a gradient with ReLU and tanh, and the network is a constant
for name in ("ReLU, zeros", "tanh, zeros"):
    loss, accuracy, gradient, trained = learned[name]
    assert not any(view["W"].any() for view in gradient if view) and different_units(trained) == 1
    assert abs(loss - np.log(2)) < 1e-2 and abs(accuracy - 0.5) < 0.1  # as many of each class as were drawn
# … with sigmoid there is one unit, as good as a straight line
loss, accuracy, first, last = learned["sigmoid, zeros"]
linear_loss, linear_accuracy, *_ = learned["no hidden layer"]
assert abs(loss - linear_loss) < 0.01 and abs(accuracy - linear_accuracy) < 0.02
assert np.mean(moons.y_train) != 0.5  # what the classes do not balance
assert not first[0]["W"].any() and first[2]["W"].any() and different_units(last) == 1
assert abs(last[0]["W"][0, 0] - last[0]["W"][1, 0]) > 0.1  # a unit's two weights do differ
# drawn weights make sixteen of it
loss, accuracy, _, trained = learned["ReLU, He"]
assert accuracy > 0.95 and loss < 0.1 and different_units(trained) == 16

# one random layer breaks the symmetry
assert half_gradients[0] == 0 < half_gradients[1]
assert half_units == 16 and half_accuracy > 0.95

# what activations let through; ½ exactly for ReLU, at most 1/16 back through sigmoid
assert np.allclose(share["identity"][:2], 1, atol=0.01) and np.allclose(share["ReLU"][:2], 0.5, atol=0.01)
assert share["tanh"][0] < share["tanh"][1] < 1
assert share["sigmoid"][1] < 1 / 16 and share["sigmoid"][2] <= 0.25

# the formulas' variances: 30,000 draws, 5 standard errors of the normal's

schemes = {"LeCun normal": lecun_normal, "Xavier normal": xavier_normal, "Xavier uniform": xavier_uniform}
schemes |= {"He normal": he_normal, "He uniform": he_uniform}
drawn = {name: scheme(300, 100, np.random.default_rng(0)) for name, scheme in schemes.items()}
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

# 20 ReLU layers: the scale decides, as the formula predicts
assert 0.5 < relu_ratio["He"] < 2
assert 5e-4 < relu_ratio["Xavier"] < 2e-3
assert 1e20 < relu_ratio["σ = 1"] < 1e22 and 1e-20 < relu_ratio["σ = 0.01"] < 1e-18
assert all(0.5 < relu_ratio[name] / predicted[name] < 2 for name in scales)


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
    assert np.all(np.abs(np.log10(ratios(ReLU, initializer)[1] / predicted[name])) < 0.4)
assert 4 < np.sqrt(2) ** 5 < 7 and 900 < np.sqrt(2) ** 20 < 1100  # sixfold, a thousandfold

# Xavier suits tanh, not sigmoid; ReLU wants He where it is deep. Which is ahead holds on other seeds, too
assert starts_on_signals.holds(runs) == []
mean = {(depth, *start): each.mean() for depth, found in reads.items() for start, each in found.items()}
assert abs(mean[8, "tanh", "Xavier"] - 0.56) < 0.005 and abs(mean[20, "tanh", "Xavier"] - 0.42) < 0.005
assert abs(mean[8, "sigmoid", "σ = 1"] - 0.26) < 0.005
assert abs(mean[20, "ReLU", "He"] - 0.42) < 0.005 and abs(mean[20, "ReLU", "Xavier"] - 0.12) < 0.005
assert abs(later["ReLU", "He"].mean() - 0.48) < 0.005 and abs(later["ReLU", "Xavier"].mean() - 0.41) < 0.005
# … and what guesses does so at each rate
for run in runs:
    if run["start"] == "σ = 0.01" or (run["activation"] == "sigmoid" and run["start"] in ("Xavier", "He")):
        assert run["val_accuracy"] < 0.15 or np.isnan(run["val_accuracy"])
shares = [through_depth(activation, xavier_normal)[1] for activation in (Tanh, Sigmoid)]
assert shares[0][0] / shares[0][-1] > 0.1 and shares[1][0] / shares[1][-1] < 1e-11
