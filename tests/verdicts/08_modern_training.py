# Runs in the lecture's kernel, after its last cell.


def gained(name, over):
    """How many rates more, seed by seed: the mean, and in standard errors."""
    more = wide[name] - wide[over]
    return more.mean(), more.mean() / (more.std(ddof=1) / np.sqrt(len(more)))


def learn(habit, what="accuracy"):
    """At each rate, how many of the eight seeds learn to add."""
    return works(habit, what).sum(axis=1).tolist()


# the loop of lecture 02 learns to add, on this seed and on most others
# these seeds: as the text has it
assert right.mean() > 0.95

# the recipe is a little wider, and shifted to larger rates
mean, errors = gained("today", "lecture 02")
assert sum(wide["today"]) == 23 and sum(wide["lecture 02"]) == 17
assert round(mean, 2) == 0.75 and errors > 2
assert learn("lecture 02") == [5, 7, 4, 1, 0] and learn(TODAY) == [1, 6, 7, 8, 1]

# without norms more runs learn, also from bad starts; with six blocks as many, and post-norm is left behind
assert [sum(learn(habit)) for habit in norms.values()] == [23, 19, 14, 31]
assert [sum(learn(habit)) for habit in starts.values()] == [12, 30, 3, 14]
assert [learn(habit) for habit in deep.values()] == [[8, 3, 0, 0, 0], [8, 8, 8, 7, 0], [5, 7, 7, 7, 3]]
assert gained("no norm", "pre-norm")[1] > 2
assert all(gained(f"× {start}, no norm", f"× {start}, pre-norm")[1] > 2 for start in ("2.5", "4"))
assert abs(gained("six blocks, no norm", "six blocks, pre-norm")[1]) < 2
assert max(norm for _, norm in first["pre-norm"]) < 10 and first["no norm"][-1][1] > 1e5

# left out, only the warm-up is missed by more than twice the standard error; sparing the gains costs
assert [sum(learn(habit)) for habit in left_out] == [20, 17, 28, 23, 22]
assert [habit for habit in left_out if abs(gained(habit, "all lines")[1]) > 2] == [
    "no warm-up",
    "decay on gains",
]
assert [round(gained(habit, "all lines")[0], 1) for habit in ("no warm-up", "decay on gains")] == [-0.4, 0.6]

# at a constant rate few, averaged or falling many
assert learn("constant rate") == [3, 5, 0, 0, 0]
assert [sum(wide[name]) for name in schedules] == [8, 25, 30, 23]
ends = [experiments.picked(runs, "accuracy", habit="constant rate", lr=lr)[:, -1] for lr in (0.01, 0.02)]
assert np.mean([(end > 0.65) & (end < 0.945) for end in ends]) > 0.8

# Muon: nearly one rate more, and no seed has fewer
mean, errors = gained("Muon and AdamW", "AdamW")
assert sum(learn("Muon")) == 30 and round(mean, 1) == 0.9 and errors > 3
assert np.all(wide["Muon and AdamW"] >= wide["AdamW"])

# Lion and SGD: hardly
assert sum(learn("Lion")) == 1 and learn("SGD") == [1, 2, 4, 3, 0]

# 16 bits: nothing is learned where nearly all is lost or overflows, and between these most seeds learn
learned = {name: int(np.sum(of >= WORKS)) for name, of in able.items()}
assert learned["float16 × 2^-20"] == learned["float16 × 2^20"] == 0
assert [learned[f"{name}"] for name in ("float32 × 2^0", "float16 × 2^0", "float16 × 2^-12")] == [8, 5, 7]
assert learned["float16 × 2^14"] == 6 and vanished["float16 × 2^14"] < 1e-5
assert learned["bfloat16 × 2^-20"] == 7
shares = [vanished[f"float16 × 2^{exponent}"] for exponent in (-20, -12, 0)]
assert np.round(shares, 2).tolist() == [0.96, 0.39, 0.0] and 0.003 < shares[2] < 0.006

# Newton and Schulz: the singular values of a gradient fall, and are nearly 1 after five steps
assert values["0 steps"][0] > 5 * values["0 steps"][-1]
assert np.median(values["5 steps"]) > 0.7 and values["5 steps"].max() < 1.25
