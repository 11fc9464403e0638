"""continuous blocks."""
