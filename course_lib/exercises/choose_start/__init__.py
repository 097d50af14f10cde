"""The exercise `choose_start`."""
