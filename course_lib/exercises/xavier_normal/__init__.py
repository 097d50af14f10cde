"""The exercise `xavier_normal`."""
