"""The numbers that pages show: read from counts and stored figures, each defined once (docs/figures.md)."""
