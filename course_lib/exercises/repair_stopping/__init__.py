"""The exercise `repair_stopping`."""
