"""discontinuities blocks."""
