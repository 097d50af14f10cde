"""The exercise `diagnose`."""
