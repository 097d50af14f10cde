"""The exercise `fool_halving`."""
