"""The baselines that a model must beat, and the comparison with them."""
