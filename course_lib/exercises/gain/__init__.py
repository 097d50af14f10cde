"""The exercise `gain`."""
