"""vault (being written)."""
