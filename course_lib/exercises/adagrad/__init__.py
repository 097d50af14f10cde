"""The exercise `adagrad`."""
