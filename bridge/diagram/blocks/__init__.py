"""The block kinds, one class each, by family."""
