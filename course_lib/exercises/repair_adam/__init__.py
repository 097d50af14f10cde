"""The exercise `repair_adam`."""
