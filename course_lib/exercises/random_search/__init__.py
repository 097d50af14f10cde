"""The exercise `random_search`."""
