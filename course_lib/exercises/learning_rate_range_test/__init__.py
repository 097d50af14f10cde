"""The exercise `learning_rate_range_test`."""
