# Runs in the kernel of the page of claims, after its last cell.


def error(of_seeds):
    return of_seeds.std(ddof=1) / np.sqrt(len(of_seeds))


# the first step is as long with a good v as from nothing; with m prepared as well it is as long as later ones
nothing, with_v, with_both = (np.array(curve) for curve in step_lengths.values())
assert abs(nothing[0] - 1) < 1e-3 and abs(with_v[0] - 1) < 0.1
assert np.all(abs(with_v / nothing - 1) < 0.1)
assert abs(with_both[0] - np.mean(nothing[20:])) < 0.08 and with_both[0] < 0.9
# these seeds: as the text has it
assert round(with_both[0], 2) == 0.76

# after the jump the long memory makes long steps; the bounds are those of one gradient out of nothing
longest = [max(curve) for curve in jumps.values()]
assert longest == sorted(longest) and longest[0] < 0.5 and longest[2] > 2.5
assert [round(0.1 / np.sqrt(1 - beta2), 2) for beta2 in (0.95, 0.999)] == [0.45, 3.16]
assert all(most < 0.1 / np.sqrt(1 - beta2) for most, beta2 in zip(longest, (0.95, 0.99, 0.999), strict=True))

# decay: the matrices stay shorter, and an update is a larger share of them; there is no gap to close
(_, _, (long, share)), (_, _, (longer, less)) = kept.values()
assert longer[-1] / longer[0] > 1.2 * long[-1] / long[0] and share[-50:].mean() > 1.15 * less[-50:].mean()
assert all(learned - right < 0.1 for learned, right, _ in kept.values())

# clipped, the bug is not seen in the end; not clipped, nothing is learned; the norm tells in both
healthy, hidden, bare = histories.values()
assert healthy[2] > 0.95 and hidden[2] > 0.95 and bare[2] < 0.1
assert max(hidden[1]) > 20 * max(healthy[1])
assert np.argsort(hidden[1])[-5:].max() % 25 == 24

# Lion is not ahead; neither has its best at an edge
assert all(0 < at < len(TRIED) - 1 for at in best.values())
assert ahead.mean() < 2 * error(ahead)
near = {
    kind: int(np.sum(of[:, :, 0].mean(axis=1) > of[:, :, 0].mean(axis=1).max() - 0.01))
    for kind, of in scores.items()
}
# these seeds: as the text has it
assert near == {"AdamW": 4, "Lion": 3}
# these seeds: as the text has it
assert round(ahead.mean(), 1) == -0.3 and round(error(ahead), 1) == 0.6

# the linear rule: on one line at small rates, and best rates that grow by far less
assert max(together) / min(together) < 1.1
assert best_rates[512] / best_rates[8] <= 8 and STEPS[0] < best_rates[8] and best_rates[512] < STEPS[-1]
# these seeds: as the text has it
assert list(best_rates.values()) == [0.5, 1, 1, 2] and round(together[0], 2) == 1.18

# the best rate falls as usual, to a quarter, and does not by µP's rule
usual, scaled = best_of_width.values()
assert usual[2] <= usual[0] / 4 and scaled[2] >= scaled[0]
assert all(GRID[0] < lr < GRID[-1] for lr in (*usual, *scaled))
