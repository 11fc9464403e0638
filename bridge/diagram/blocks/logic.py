"""logic blocks."""
