"""The exercise `sgd`."""
