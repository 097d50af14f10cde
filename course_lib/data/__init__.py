"""Results that take too long to compute in a lecture, as small files beside the scripts that made them."""
