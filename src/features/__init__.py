"""Features: declared aggregates, the kernel that computes them, the context they need."""

from ..history.lead_rows import Coded
from .build import build_features, feature_blocks, features_of, features_of_launches
from .catalog import FEATURES, declared_features
from .columns import Captures, Events, LeadRows, Purchases
from .context import Context, build_context
from .declaration import Feature, declarations_hash
from .describe import describe_features
from .known import cohort_and_context, known_at, known_of_all
from .plan import FeaturePlan, compute

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
