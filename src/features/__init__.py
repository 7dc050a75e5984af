"""Features: declared aggregates, the kernel that computes them, the context they need."""

from typing import TYPE_CHECKING

from ..lazy_exports import attach_exports

if TYPE_CHECKING:
    from .build import build_features, compute_features, compute_features_of_launches, iter_feature_blocks
    from .catalog import FEATURES, list_features
    from .columns import Captures, Events, LeadRows, Purchases
    from .context import Context, build_context
    from .declaration import Feature, hash_declarations
    from .describe import describe_features
    from .inputs import read_cohort_and_context, read_features_and_context, read_launch_inputs
    from .plan import FeaturePlan

__all__ = [
    "FEATURES",
    "Captures",
    "Context",
    "Events",
    "Feature",
    "FeaturePlan",
    "LeadRows",
    "Purchases",
    "build_context",
    "build_features",
    "compute_features",
    "compute_features_of_launches",
    "describe_features",
    "hash_declarations",
    "iter_feature_blocks",
    "list_features",
    "read_cohort_and_context",
    "read_features_and_context",
    "read_launch_inputs",
]

__getattr__, __dir__ = attach_exports(__name__)
