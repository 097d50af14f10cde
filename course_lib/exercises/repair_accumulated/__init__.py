"""The exercise `repair_accumulated`."""
