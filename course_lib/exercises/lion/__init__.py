"""The exercise `lion`."""
