"""Helper library of the course on how neural networks are optimised."""
