"""The exercise `repair_momentum`."""
