"""The exercise `clip_by_global_norm`."""
