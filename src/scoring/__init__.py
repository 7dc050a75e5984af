"""Scoring: the model artefact, predictions, reasons and tiers."""

from scoring.artefact import ArtefactError, load, save, stamped
from scoring.linear import Linear
from scoring.model import Calibration, Explained, Model, probabilities
from scoring.scored import score_launch, score_table
from scoring.tiers import TIER_POLICY, TIERS, scores, tiers

__all__ = [
    "TIERS",
    "TIER_POLICY",
    "ArtefactError",
    "Calibration",
    "Explained",
    "Linear",
    "Model",
    "load",
    "probabilities",
    "save",
    "score_launch",
    "score_table",
    "scores",
    "stamped",
    "tiers",
]
