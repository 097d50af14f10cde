"""The exercise `he_normal`."""
