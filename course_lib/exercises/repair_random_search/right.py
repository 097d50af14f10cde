import numpy as np


def fault():
    ### BEGIN SOLUTION
    return "D"
    ### END SOLUTION


def MendedSearch(objective, space, trials, rng):
    ### BEGIN SOLUTION
    _, history = BrokenSearch(objective, space, trials, rng)
    best_params, _ = min(history, key=lambda trial: (np.isnan(trial[1]), trial[1]))
    return best_params, history
    ### END SOLUTION


def proof():
    ### BEGIN SOLUTION
    return {"values": [np.nan, 0.5]}, 2  # 0.5 < NaN is false, so the first trial stays
    ### END SOLUTION
