"""The exercise `adam`."""
