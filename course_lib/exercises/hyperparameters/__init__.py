"""The exercises of tuning: how to draw, to search, to find a learning rate, and to read loss curves."""
