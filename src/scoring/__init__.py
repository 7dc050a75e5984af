"""Scoring: the model artefact, predictions, reasons and tiers."""

from scoring.artefact import ArtefactError, load, save, stamped
from scoring.comparison import LaunchQuantiles, launch_quantiles
from scoring.linear import Linear
from scoring.model import Calibration, Explained, Model, probabilities
from scoring.movement import Change, Movement, Standpoint, movement, movement_reasons, standpoint
from scoring.reasons import Reason, by_group, top_reasons
from scoring.scored import launch_context, score_launch, score_table
from scoring.tiers import TIER_POLICY, TIERS, scores, tiers
from scoring.vocabulary import Language
from scoring.wording import Wording, describe, sentences

__all__ = [
    "TIERS",
    "TIER_POLICY",
    "ArtefactError",
    "Calibration",
    "Change",
    "Explained",
    "Language",
    "LaunchQuantiles",
    "Linear",
    "Model",
    "Movement",
    "Reason",
    "Standpoint",
    "Wording",
    "by_group",
    "describe",
    "launch_context",
    "launch_quantiles",
    "load",
    "movement",
    "movement_reasons",
    "probabilities",
    "save",
    "score_launch",
    "score_table",
    "scores",
    "sentences",
    "stamped",
    "standpoint",
    "tiers",
    "top_reasons",
]
