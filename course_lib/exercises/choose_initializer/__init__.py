"""The exercise `choose_initializer`."""
