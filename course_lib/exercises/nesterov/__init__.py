"""The exercise `nesterov`."""
