"""The exercise `minibatches`."""
