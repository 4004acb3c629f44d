"""ground (being written)."""
