"""The exercise `ema`."""
