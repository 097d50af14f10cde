# Runs in the lecture's kernel, after its last cell.

# no signal is in two sets; the nearest neighbour reads about six in ten
assert duplicates == 0 and 0.55 < neighbour < 0.62
assert [len(y) for y in (data.y_train, data.y_val)] == [4000, 1000]

# the loss before training: log 10 for small outputs, a little above for He, far above at a wrong scale
assert abs(first_loss["small last layer"] - np.log(10)) < 0.05
assert 0.1 < first_loss["He"] - np.log(10) < 1.5 and first_loss["inputs × 16"] > 10

# the first network is hardly ahead of the nearest neighbour, the last one far
assert 0.05 < val["two hidden layers"].mean() - neighbour < 0.12 < 0.25 < val[last].mean() - neighbour


# remedies do not add up, alone or beside the copies, each at its best rate
def gained(step, before):
    """The gain in standard errors."""
    mean_gain, its_error = measured[step, before]
    return mean_gain / its_error


assert abs(gained("dropout 0.3", "two hidden layers")) < 2 > abs(gained("decay 0.3", "two hidden layers"))
assert round(measured["shifted copies", "two hidden layers"][0]) == 12
assert (
    abs(gained("copies, dropout 0.1", "shifted copies"))
    < 2
    > abs(gained("copies, batch norm", "shifted copies"))
)
assert round(measured["copies, dropout 0.3", "shifted copies"][0]) == -7
for pair in (("twice as wide", "shifted copies"), ("cosine", "twice as wide"), (last, "cosine")):
    assert gained(*pair) > 3
assert [round(cost(step) / cost("shifted copies")) for step in ("twice as wide", last)] == [3, 10]
assert round(100 * val["two hidden layers"].mean()) == 66 and train["two hidden layers"].mean() > 0.95

# the larger network is better, and the smallest gap is not the best
assert size == {"shifted copies": 23_050, "twice as wide": 78_858}
assert [round(of, 1) for of in wider] == [4.0, 0.1]
assert min(gaps, key=gaps.get) == "shifted copies" and 1.6 < gaps[last] / gaps["shifted copies"] < 1.75
assert round(train[last].mean(), 2) == 0.98 and 0.08 < val[last].mean() - val["shifted copies"].mean() < 0.1

# the report: the counting error is below a point, and the test set reads like the validation set
assert np.sqrt(mean * (1 - mean) / n) < 0.01 > abs(mean - val[last].mean())

# fours are read worst, and a mean hides it
assert np.argmin(of_class) == 4 and of_class[4] < np.mean(of_class) - 0.15

# these seeds: 57 in 100 of the fours, 84 of all
assert of_class[4] < 0.6 and round(100 * np.mean(of_class)) == 84
