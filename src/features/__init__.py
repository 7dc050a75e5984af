"""Features: declared aggregates, the kernel that computes them, the context they need."""

from features.build import build_features, features_of
from features.catalog import FEATURES
from features.context import Context, build_context
from features.declaration import Feature, declarations_hash

__all__ = [
    "FEATURES",
    "Context",
    "Feature",
    "build_context",
    "build_features",
    "declarations_hash",
    "features_of",
]
