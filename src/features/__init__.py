"""Features: declared aggregates, the kernel that computes them, the context they need."""

from features.build import build_features, feature_blocks, features_of, features_of_launches
from features.catalog import FEATURES, declared_features
from features.columns import Captures, Events, LeadRows, Purchases
from features.context import Context, build_context
from features.declaration import Feature, declarations_hash
from features.describe import describe_features
from features.known import cohort_and_context, known_at, known_of_all
from features.plan import FeaturePlan, compute
from history.lead_rows import Coded

__all__ = [
    "FEATURES",
    "Captures",
    "Coded",
    "Context",
    "Events",
    "Feature",
    "FeaturePlan",
    "LeadRows",
    "Purchases",
    "build_context",
    "build_features",
    "cohort_and_context",
    "compute",
    "declarations_hash",
    "declared_features",
    "describe_features",
    "feature_blocks",
    "features_of",
    "features_of_launches",
    "known_at",
    "known_of_all",
]
