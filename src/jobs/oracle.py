"""Compare scores with the truth that only a simulated history has."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from python_calamine import CalamineError

from ..evaluation import SUMMARY_METRICS, BootstrapOptions, compute_paired_differences
from ..history import HistoryError
from ..simulator import read_truth

_METRICS = {name: SUMMARY_METRICS[name] for name in ("roc_auc", "average_precision", "lift_10", "log_loss")}
_LOWER_IS_BETTER = ("log_loss",)


@dataclass(frozen=True)
class OracleOptions:
    """What to compare.

    Attributes
    ----------
    history
        Folder of a simulated history.
    scores
        Scored rows of its launches: ``.csv``, ``.xlsx`` or Parquet, as ``hotleads score`` writes them.
    """

    history: Path
    scores: Path


def run_oracle(options: OracleOptions) -> pd.DataFrame:
    """Return the regret of the scores in a file, as :func:`compute_regret` does. Raises HistoryError."""
    return compute_regret(options.history, _read_scores(options.scores))


def compute_regret(history: Path, scores: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Return how much worse scores are than the true probabilities, by launch and metric.

    The truth's metrics are those of the true probabilities on the labels that were drawn from them, lead for lead the
    same rows: the ceiling of any model.

    Parameters
    ----------
    history
        Folder of a simulated history.
    scores
        Columns ``launch_id, lead_id, probability``.
    seed
        Seed of the bootstrap.

    Returns
    -------
    DataFrame
        Columns ``launch_id, leads, figure, truth, model, regret, low, high``: the metric of the truth and of the model,
        and the regret (positive where the model is worse) with its 90% interval.

    Raises
    ------
    HistoryError
        Where the history has no truth, or the truth has none of the leads.
    """
    try:
        truth = read_truth(history)
    except FileNotFoundError:
        raise HistoryError(f"{history} has no truth; only a simulated history has one (hotleads simulate)") from None
    rows = scores.merge(
        truth[["launch_id", "lead_id", "probability", "label"]], on=["launch_id", "lead_id"], suffixes=("", "_true")
    )
    if rows.empty:
        raise HistoryError("none of the scored leads is in the truth; score the launches of this history")
    label = "label_true" if "label_true" in rows else "label"
    regrets = [
        regret
        for launch, part in rows.groupby("launch_id")
        for regret in _compute_launch_regrets(str(launch), part, label, seed)
    ]
    return pd.DataFrame(regrets)


def _read_scores(path: Path) -> pd.DataFrame:
    ids = {"launch_id": str, "lead_id": str}
    try:
        if path.suffix.lower() == ".xlsx":
            return pd.read_excel(path, dtype=ids, engine="calamine")
        return pd.read_csv(path, dtype=ids) if path.suffix.lower() == ".csv" else pd.read_parquet(path)
    except (OSError, ValueError, CalamineError) as error:
        remedy = "name a file of hotleads score or backtest: .parquet, .csv or .xlsx"
        raise HistoryError(f"{path} cannot be read as scores; {remedy}") from error


def _compute_launch_regrets(launch: str, rows: pd.DataFrame, label: str, seed: int) -> list[dict[str, object]]:
    y, truth, model = (rows[name].to_numpy() for name in (label, "probability_true", "probability"))
    differences = compute_paired_differences(
        _METRICS, y, truth, model, rows["lead_id"], options=BootstrapOptions(seed=seed)
    )
    regrets: list[dict[str, object]] = []
    for name, metric in _METRICS.items():
        difference = differences[name]
        regret, low, high = difference.estimate, difference.low, difference.high
        if name in _LOWER_IS_BETTER:
            regret, low, high = -difference.estimate, -difference.high, -difference.low
        regrets.append(
            {
                "launch_id": launch,
                "leads": len(rows),
                "figure": name,
                "truth": metric(y, truth),
                "model": metric(y, model),
                "regret": regret,
                "low": low,
                "high": high,
            }
        )
    return regrets
