"""Helper library of the course on how neural networks are optimised."""

__version__ = "0.1.0"  # of the whole course; what is built, and a release, takes it from here
