"""The exercise `orthogonalised`."""
