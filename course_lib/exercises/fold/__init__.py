"""The exercise `fold`: it has no cell of its own, and is what the repair of 04 is judged by."""
