"""The exercise `he_uniform`."""
