"""One request: its schemas, its rows, and the model bound to the launch that it asks for."""

from .from_history import build_request_leads

__all__ = ["build_request_leads"]
