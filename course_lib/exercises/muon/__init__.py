"""The exercise `muon`."""
