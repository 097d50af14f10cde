# Runs in the lecture's kernel, after its last cell.

# two offsets in one neuron do one job
assert rank == 2 and max(offset_errors) < 1e-12

# biases are parameters too
assert small.size == by_hand == 13

# descent arrives at the analytic solution
assert abs(costs[-1] - regression_cost(best)[0]) < 1e-6 and costs[10] > costs[100] > costs[2000]

# Bayesian search finds the minimum within its six looks
assert costly(seen[-1]) - costly(grid).min() < 0.01

# a genetic algorithm is guided: with equal evaluations it gets ten times lower, in every run
assert max(genetic_best) < 0.1 * min(random_best)

# the gradient check tells right from wrong
assert right_error < 1e-7 and broken_error > 1e-4

# the error rate is a staircase
assert flat > 0.8

# the validation loss turns while the training loss falls
assert lowest < 30 and history.val_loss[-1] > 2 * history.val_loss[lowest]
assert history.train_loss[-1] < history.train_loss[lowest]
