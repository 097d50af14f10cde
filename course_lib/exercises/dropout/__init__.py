"""The exercise `Dropout`."""
