"""The exercise `log_uniform`."""
