import numpy as np


def random_search(objective, space, trials, rng):
    ### BEGIN SOLUTION
    best_params, best_value, history = None, np.inf, []
    for _ in range(trials):
        params = {name: sample(rng) for name, sample in space.items()}
        value = objective(params)
        history.append((params, value))
        if best_params is None or value < best_value or np.isnan(best_value):
            best_params, best_value = params, value
    return best_params, history
    ### END SOLUTION
