"""The exercise `deep_sigmoid`."""
