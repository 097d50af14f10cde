# Runs in the lecture's kernel, after its last cell.

# no signal is in two sets; the nearest neighbour reads about six in ten
assert duplicates == 0 and 0.55 < neighbour < 0.62
assert [len(y) for y in (data.y_train, data.y_val)] == [4000, 1000]

# the loss before training: log 10 for small outputs, a little above for He, far above at a wrong scale
assert abs(first_loss["small last layer"] - np.log(10)) < 0.05
assert 0.1 < first_loss["He"] - np.log(10) < 1.5 and first_loss["inputs × 16"] > 10

# the first network is hardly ahead of the nearest neighbour, the last one far
assert 0.03 < val["two hidden layers"].mean() - neighbour < 0.1 < 0.25 < val[last].mean() - neighbour

# remedies do not add up
alone, copies = measured["dropout 0.3", "two hidden layers"], measured["shifted copies", "two hidden layers"]
beside, norm = (
    measured["copies, dropout 0.3", "shifted copies"],
    measured["copies, batch norm", "shifted copies"],
)
assert alone[0] > 2 * alone[1] and 3.5 < copies[0] / alone[0] < 5
assert -0.6 < beside[0] / copies[0] < -0.4 and -3 * norm[1] < norm[0] < 2 * norm[1]
assert [round(cost(step) / cost("shifted copies")) for step in ("twice as wide", last)] == [3, 10]

# the larger network is better, and the smallest gap is not the best
assert size == {"shifted copies": 23_050, "twice as wide": 78_858} and wider[0] > 5 * wider[1]
assert min(gaps, key=gaps.get) == "shifted copies" and 1.6 < gaps[last] / gaps["shifted copies"] < 2.1
assert train[last].mean() > 0.99 and 0.08 < val[last].mean() - val["shifted copies"].mean() < 0.1

# the report: the best rate is not told from the one that was used; the counting error is below a point
assert (
    abs(by_rate[chosen].mean() - by_rate[RATE].mean())
    < 0.003
    < 0.03
    < by_rate[RATE].mean() - by_rate[0.001].mean()
)
assert np.sqrt(mean * (1 - mean) / n) < 0.01
assert abs(mean - by_rate[chosen].mean()) < 0.02
