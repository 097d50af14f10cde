"""The exercise `adam_trap`."""
