"""Scoring: the model artefact, predictions, reasons and tiers."""

from .artefact import ArtefactError, load, save, stamped
from .blend import blend
from .comparison import LaunchQuantiles, launch_quantiles
from .expected_rate import at_rate
from .forecast import Economics, forecast, launch_spread
from .launch_facts import LaunchFacts
from .linear import Linear
from .model import Calibration, Explained, Model, probabilities
from .movement import Change, Movement, Standpoint, movement, movement_reasons, standpoint
from .ranked import Progress, RankedLaunch, launch_context, rank_launch
from .reason_text.messages import Language
from .reason_text.telling import Teller, describe, sentences
from .reason_text.wording import Wording
from .reasons import Reason, by_group, reasons_of, top_reasons
from .scored import Findings, score_launch, score_table, scored_rows
from .tiers import TIERS, TierPolicy, TierRule, by_capacity, by_probability, by_profit, by_rate, score, scores

__all__ = [
    "TIERS",
    "ArtefactError",
    "Calibration",
    "Change",
    "Economics",
    "Explained",
    "Findings",
    "Language",
    "LaunchFacts",
    "LaunchQuantiles",
    "Linear",
    "Model",
    "Movement",
    "Progress",
    "RankedLaunch",
    "Reason",
    "Standpoint",
    "Teller",
    "TierPolicy",
    "TierRule",
    "Wording",
    "at_rate",
    "blend",
    "by_capacity",
    "by_group",
    "by_probability",
    "by_profit",
    "by_rate",
    "describe",
    "forecast",
    "launch_context",
    "launch_quantiles",
    "launch_spread",
    "load",
    "movement",
    "movement_reasons",
    "probabilities",
    "rank_launch",
    "reasons_of",
    "save",
    "score",
    "score_launch",
    "score_table",
    "scored_rows",
    "scores",
    "sentences",
    "stamped",
    "standpoint",
    "top_reasons",
]
