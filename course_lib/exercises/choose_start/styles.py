"""Which start, and why, in other styles: all are right."""

import numpy as np


def _shares(activation, z):
    slope = (activation(z + 1e-5) - activation(z - 1e-5)) / 2e-5
    return np.mean(activation(z) ** 2) / np.mean(z**2), np.mean(slope**2)


def by_shares(activation, z):
    c, c_back = _shares(activation, z)

    def off(times):
        return max(max(f, 1 / f) for f in (times * c, times * c_back))

    times = min((1, 2), key=off)
    name = "neither" if off(times) > 4 else {1: "xavier", 2: "he"}[times]
    return name, times * c, times * c_back


def by_logarithms(activation, z):
    shares = np.array(_shares(activation, z))
    starts = {"xavier": shares, "he": 2 * shares}
    off = {name: np.abs(np.log(factors)).max() for name, factors in starts.items()}
    name = min(off, key=lambda each: off[each])
    signal, gradient = starts[name]
    return (name if off[name] <= np.log(4) else "neither"), signal, gradient


def by_an_if(activation, z):
    c, c_back = _shares(activation, z)
    xavier = max(c, c_back, 1 / c, 1 / c_back)
    he = max(2 * c, 2 * c_back, 0.5 / c, 0.5 / c_back)
    if min(xavier, he) > 4:
        name = "neither"
    elif he < xavier:
        name = "he"
    else:
        name = "xavier"
    times = 2 if he < xavier else 1
    return name, times * c, times * c_back


def as_a_list(activation, z):
    return list(by_shares(activation, z))


def by_sorting(activation, z):
    c, c_back = _shares(activation, z)
    rows = []
    for name, times in (("xavier", 1.0), ("he", 2.0)):
        factors = [times * c, times * c_back]
        rows.append((max(*factors, *(1 / f for f in factors)), name, *factors))
    off, name, signal, gradient = sorted(rows)[0]
    return ("neither" if off > 4 else name), float(signal), float(gradient)


def by_weights_of_one_layer(activation, z):
    variances = {"xavier": 2 / (64 + 64), "he": 2 / 64}
    c, c_back = _shares(activation, z)
    best = min(variances, key=lambda name: max(np.abs(np.log(64 * variances[name] * np.array([c, c_back])))))
    signal, gradient = 64 * variances[best] * c, 64 * variances[best] * c_back
    return (
        (best if min(signal, gradient) >= 0.25 and max(signal, gradient) <= 4 else "neither"),
        signal,
        gradient,
    )


def by_the_two_gains(activation, z):
    z = np.ravel(z)
    forward = np.linalg.norm(z) / np.linalg.norm(activation(z))
    backward = 1 / np.sqrt(np.mean(((activation(z + 1e-6) - activation(z)) / 1e-6) ** 2))
    found = [(name, times / forward**2, times / backward**2) for name, times in (("xavier", 1), ("he", 2))]

    def off(row):
        return max(max(f, 1 / f) for f in row[1:])

    name, *factors = min(found, key=off)
    return ("neither" if off((name, *factors)) > 4 else name), *factors


def by_arrays(activation, z):
    factors = np.outer([1, 2], _shares(activation, z))
    off = np.maximum(factors, 1 / factors).max(axis=1)
    row = int(off.argmin())
    names = np.array(["xavier", "he"])
    return ("neither" if off[row] > 4 else str(names[row])), factors[row, 0], factors[row, 1]
