"""The exercise `momentum`."""
