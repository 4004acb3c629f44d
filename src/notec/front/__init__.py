"""front (being written)."""
