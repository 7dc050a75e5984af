"""The gate: may a new recipe replace the champion's? Both are refitted on what was known before one later launch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd

from ..evaluation import BootstrapOptions, Interval, compute_paired_differences, log_loss
from ..history import History, Launch, LaunchError, build_cohort
from ..language import Phrase, mark
from ..scoring import ScoringOptions, score_launch
from .fit import fit_model
from .options import FitOptions, ModelParameters
from .windows import compute_label_delay, select_training_windows

_BETTER = mark(
    "the challenger's recipe is better than the champion's on {launch_id}: it saves {saved:+.5f} of log loss (90% "
    "interval {low:+.5f} to {high:+.5f})"
)
_NOT_BETTER = mark(
    "the challenger's recipe is not better than the champion's on {launch_id}: it saves {saved:+.5f} of log loss (90% "
    "interval {low:+.5f} to {high:+.5f})"
)


@dataclass(frozen=True)
class GateDecision:
    """What the gate decided, and on what.

    Attributes
    ----------
    promoted : bool
        The challenger's recipe is taken.
    reason : str
        Why, in a sentence.
    parameters : ModelParameters or None
        The winner's; None where nothing was compared and the challenger is still to be tuned.
    gate_launch : str or None
        The launch that both recipes were compared on.
    difference : Interval or None
        The champion's log loss minus the challenger's on it.
    beaten_by : str or None
        The baseline that beats the winner's recipe, which then does not become the champion.
    """

    promoted: bool
    reason: str
    parameters: ModelParameters | None = None
    gate_launch: str | None = None
    difference: Interval | None = None
    beaten_by: str | None = None


def compare_recipes(
    history: History,
    target: Launch,
    as_of: datetime,
    champion: ModelParameters | None,
    tune_challenger: Callable[[Launch], ModelParameters],
    options: FitOptions,
) -> GateDecision:
    """Compare the champion's recipe with the challenger's on the latest launch whose labels were final by ``as_of``.

    ``tune_challenger`` returns parameters tuned on what was known before a launch; so neither recipe has seen the gate
    launch, and neither is calibrated on it. The challenger passes when the whole 90% interval of the
    difference in log loss, by lead, is in its favor. Without a champion it passes. `apply_baselines` is the other half.
    """
    if champion is None:
        return GateDecision(True, Phrase("there is no champion yet"))
    for gate in reversed(list_settled_launches(history, target, as_of, options.mature)):
        try:
            return _compare(history, gate, champion, tune_challenger(gate), options)
        except LaunchError:  # too little was known before this one; an earlier launch knows still less
            break
    return GateDecision(False, Phrase("no launch to judge on: too little was known before the latest one"), champion)


def apply_baselines(decision: GateDecision, entries: Sequence[Mapping[str, object]]) -> GateDecision:
    """Return the decision with the baseline that beats the winner in an entry of `backtest_launch`, if one does."""
    for entry in entries:
        if entry["beaten_by"] is not None:
            return replace(
                decision,
                beaten_by=Phrase(
                    "on {launch_id} it loses to {rival}",
                    launch_id=str(entry["launch_id"]),
                    rival=str(entry["beaten_by"]),
                ),
            )
    return decision


def list_settled_launches(history: History, target: Launch, as_of: datetime, mature: bool) -> list[Launch]:
    """Return the launches like ``target`` whose labels (with ``mature``, the mature ones) were final by ``as_of``."""
    windows = select_training_windows(history, target, as_of - compute_label_delay(mature))
    return [window for window in windows if window.launch_id in history.launches]


def _compare(
    history: History, gate: Launch, champion: ModelParameters, challenger: ModelParameters, options: FitOptions
) -> GateDecision:
    if champion == challenger:
        return GateDecision(False, Phrase("the challenger's recipe is the champion's"), champion, gate.launch_id)
    column = options.label_column
    truth = build_cohort(history, gate).dropna(subset=[column])[["lead_id", column]]
    theirs, ours = (_score_recipe(history, gate, parameters, truth, options) for parameters in (champion, challenger))
    label = ours[column].to_numpy(np.int64)
    p, q = theirs["probability"].to_numpy(), ours["probability"].to_numpy()
    difference = compute_paired_differences(
        {"log_loss": log_loss}, label, p, q, options=BootstrapOptions(seed=options.seed)
    )["log_loss"]
    better = difference.low > 0
    reason = Phrase(
        _BETTER if better else _NOT_BETTER,
        launch_id=gate.launch_id,
        saved=difference.estimate,
        low=difference.low,
        high=difference.high,
    )
    return GateDecision(better, reason, challenger if better else champion, gate.launch_id, difference)


def _score_recipe(
    history: History, gate: Launch, parameters: ModelParameters, truth: pd.DataFrame, options: FitOptions
) -> pd.DataFrame:
    """Score the launch by a recipe's model of what was known before it; rows are in the order of ``truth``."""
    fitted = fit_model(history, gate, gate.as_of, replace(options, parameters=parameters))
    scored = score_launch(history, gate, fitted.model, fitted.model.context, options=ScoringOptions(reasons=0))
    return truth.merge(scored[["lead_id", "as_of", "probability"]], on="lead_id", how="left")
