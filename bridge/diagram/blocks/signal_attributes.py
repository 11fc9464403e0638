"""signal_attributes blocks."""
