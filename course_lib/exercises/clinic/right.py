import numpy as np


def clinic(loss, gradients, train, val, outputs):
    ### BEGIN SOLUTION
    if gradients[0].max() == 0:
        return "first layer lost", "finite differences"
    if np.array_equal(train, val):
        return "leak", "overlap"
    if outputs[0].min() > 0:
        return "ReLU at the end", "smallest output"
    if val[-20:].std() < 0.006:
        return "rate decays too fast", "step over gradient"
    if loss[-20:].mean() > 2:
        if loss.max() > 1.3 * loss[0]:
            return "gradients add up", "gradient twice"
        return "labels apart", "print a batch"
    epoch_before = np.corrcoef(loss[-70:-10], loss[-60:])[0, 1]
    if epoch_before > 0.9:
        return "not shuffled", "count classes"
    return "healthy", "another seed"
    ### END SOLUTION
