"""The exercise `EarlyStopping`."""
