"""Drift across launches: what it costs and what to do."""
