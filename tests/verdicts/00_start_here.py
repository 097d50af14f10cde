# Runs in the lecture's kernel, after its last cell.

# biases are parameters too
assert small.size == by_hand == sum(sizes.values()) == 13

# Bayesian search finds the minimum within its six looks
assert costly(seen[-1]) - costly(grid).min() < 0.01

# a genetic algorithm is guided: with equal evaluations it gets ten times lower, in every run
assert max(genetic_best) < 0.1 * min(random_best)

# the gradient check tells right from wrong
assert right_error < 1e-7 and broken_error > 1e-4

# the best plan is a corner: of all plans on a fine grid, none earns more
possible = [
    30 * a / 10 + 20 * b / 10 for a in range(71) for b in range(121) if a + b <= 120 and 3 * a + b <= 240
]
assert max(possible) == earns.max() == 300 and tuple(plan) == (6, 6)

# the error rate is a staircase: flat in nine of ten small moves
assert flat > 0.8
# these seeds: nine
assert 0.85 < flat < 0.95

# the validation loss turns while the training loss falls
assert lowest < 30 and history.val_loss[-1] > 1.2 * history.val_loss[lowest]
assert history.train_loss[-1] < history.train_loss[lowest]
