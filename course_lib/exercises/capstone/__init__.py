"""The capstone: `train`, a network built and trained within a budget of updates, judged on held-back data."""
