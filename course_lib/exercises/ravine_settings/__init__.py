"""The exercise `ravine_settings`."""
