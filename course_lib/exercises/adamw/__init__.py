"""The exercise `adamw`."""
