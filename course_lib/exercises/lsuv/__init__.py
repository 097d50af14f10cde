"""The exercise `lsuv`."""
