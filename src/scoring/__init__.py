"""Scoring: the model and its artefact, predictions, scored rows, reasons, tiers and what they are expected to bring."""

from typing import TYPE_CHECKING

from ..lazy_exports import attach_exports

if TYPE_CHECKING:
    from .artefact import load, save, with_content_version
    from .blend import blend_models
    from .errors import ArtefactError
    from .forecast import Economics, estimate_launch_spread, forecast_buyers
    from .launch_profile import LaunchProfile
    from .launch_quantiles import LaunchQuantiles, compute_launch_quantiles
    from .linear import LinearModel
    from .model import Calibration, Explanation, Model, compute_probabilities
    from .predictions import LaunchPredictions, build_launch_context, predict_launch
    from .prior_correction import correct_prior
    from .reason_text.formatter import ReasonFormatter, describe_value, describe_values
    from .reason_text.sentences import TextOptions
    from .reasons import Reason, build_reasons, build_reasons_array, sum_by_family
    from .score_change import (
        ChangeReason,
        ScoreChange,
        Snapshot,
        build_change_reasons,
        compute_score_change,
        take_snapshot,
    )
    from .scored_rows import Findings, ScoringOptions, build_scored_rows, score_features, score_launch
    from .tiers import (
        TIERS,
        TierPolicy,
        TierRule,
        compute_score,
        compute_scores,
        tier_by_capacity,
        tier_by_probability,
        tier_by_profit,
        tier_by_rate,
    )

__all__ = [
    "TIERS",
    "ArtefactError",
    "Calibration",
    "ChangeReason",
    "Economics",
    "Explanation",
    "Findings",
    "LaunchPredictions",
    "LaunchProfile",
    "LaunchQuantiles",
    "LinearModel",
    "Model",
    "Reason",
    "ReasonFormatter",
    "ScoreChange",
    "ScoringOptions",
    "Snapshot",
    "TextOptions",
    "TierPolicy",
    "TierRule",
    "blend_models",
    "build_change_reasons",
    "build_launch_context",
    "build_reasons",
    "build_reasons_array",
    "build_scored_rows",
    "compute_launch_quantiles",
    "compute_probabilities",
    "compute_score",
    "compute_score_change",
    "compute_scores",
    "correct_prior",
    "describe_value",
    "describe_values",
    "estimate_launch_spread",
    "forecast_buyers",
    "load",
    "predict_launch",
    "save",
    "score_features",
    "score_launch",
    "sum_by_family",
    "take_snapshot",
    "tier_by_capacity",
    "tier_by_probability",
    "tier_by_profit",
    "tier_by_rate",
    "with_content_version",
]

__getattr__, __dir__ = attach_exports(__name__)
