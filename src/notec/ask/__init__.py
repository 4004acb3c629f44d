"""ask (being written)."""
