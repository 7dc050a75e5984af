"""Features: declared aggregates, the kernel that computes them, the context they need."""

from features.build import build_features, features_of
from features.catalog import FEATURES, declared_features
from features.context import Context, build_context
from features.declaration import Feature, declarations_hash
from features.describe import describe_features

__all__ = [
    "FEATURES",
    "Context",
    "Feature",
    "build_context",
    "build_features",
    "declarations_hash",
    "declared_features",
    "describe_features",
    "features_of",
]
