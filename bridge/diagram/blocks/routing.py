"""routing blocks."""
