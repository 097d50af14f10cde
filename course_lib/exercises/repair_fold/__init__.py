"""The exercise `repair_fold`."""
