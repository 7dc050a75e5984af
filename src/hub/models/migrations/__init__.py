"""The migrations of the hub's tables."""
