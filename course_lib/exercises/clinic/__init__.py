"""The exercise `clinic`."""
