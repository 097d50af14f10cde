"""The exercises in which an optimiser is written."""
