"""The exercise `repair_lsuv`."""
