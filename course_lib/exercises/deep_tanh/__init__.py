"""The exercise `deep_tanh`."""
