"""The exercise `repair_random_search`."""
