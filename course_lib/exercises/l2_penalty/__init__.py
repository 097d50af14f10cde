"""The exercise `l2_penalty`."""
