"""facts (being written)."""
