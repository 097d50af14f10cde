import numpy as np


def diagnose_runs(practice, causes, unseen):
    ### BEGIN SOLUTION
    def features(runs):
        """Five numbers of each run, in units of its first training loss: shape (n, 5)."""
        train, val = np.nan_to_num(np.clip(runs / runs[:, :1, :1], 0.001, 30), nan=30).swapaxes(0, 1)
        level = train[:, -10:].mean(axis=1)
        jumps = np.abs(np.diff(train, 2, axis=1)).mean(axis=1)  # of a smooth curve, next to nothing
        gap = val[:, -10:].mean(axis=1) - level
        late = (train[:, -10] - train[:, -1]) / np.maximum(1 - train[:, -1], 0.05)  # share of the fall
        bounded = np.clip(gap, -0.5, 1), np.clip(train[:, 3], 0, 1.5), np.clip(late, -0.3, 0.5)
        return np.stack([np.log(level + 0.05), np.log(jumps + 0.003), *bounded], axis=1)

    known, asked = features(practice), features(unseen)
    mean, std = known.mean(axis=0), known.std(axis=0)
    apart = (asked[:, None] - mean) / std - (known - mean) / std
    return [causes[nearest] for nearest in (apart**2).sum(axis=2).argmin(axis=1)]
    ### END SOLUTION
