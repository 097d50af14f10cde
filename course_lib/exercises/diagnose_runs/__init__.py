"""The exercise `diagnose_runs`."""
