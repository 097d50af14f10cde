"""The exercise `shifted_unit`."""
