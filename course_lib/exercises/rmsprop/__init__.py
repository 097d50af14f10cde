"""The exercise `rmsprop`."""
