"""The exercise `accumulated`: it has no cell of its own, and is what the repair of 07 is judged by."""
