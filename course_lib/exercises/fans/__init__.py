"""The exercise `fans`."""
