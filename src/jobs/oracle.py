"""How far a model's scores are from the truth that only a simulated history has."""

from pathlib import Path

import pandas as pd

from ..evaluation import SUMMARY_METRICS, BootstrapOptions, compute_paired_differences
from ..history import HistoryError
from ..simulator import read_truth

_FIGURES = {name: SUMMARY_METRICS[name] for name in ("roc_auc", "average_precision", "lift_10", "log_loss")}
_LOWER_IS_BETTER = ("log_loss",)


def regret(history: Path, scores: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Per launch and figure: the truth's own (the ceiling), the model's, and the regret with its 90% interval.

    ``scores`` has ``launch_id, lead_id, probability``. The truth's figures are those of the true probabilities on the
    labels that came of them, lead for lead the same rows. Regret is positive where the model is worse. Raises
    HistoryError where the history has no truth.
    """
    try:
        truth = read_truth(history)
    except FileNotFoundError:
        raise HistoryError(f"{history} has no truth; only a simulated history knows it (hotleads simulate)") from None
    both = scores.merge(
        truth[["launch_id", "lead_id", "probability", "label"]], on=["launch_id", "lead_id"], suffixes=("", "_true")
    )
    if both.empty:
        raise HistoryError("none of the scored leads is in the truth; score this history's own launches")
    label = "label_true" if "label_true" in both else "label"
    rows = [row for launch, part in both.groupby("launch_id") for row in _of_launch(str(launch), part, label, seed)]
    return pd.DataFrame(rows)


def _of_launch(launch: str, rows: pd.DataFrame, label: str, seed: int) -> list[dict[str, object]]:
    y, truth, model = (rows[name].to_numpy() for name in (label, "probability_true", "probability"))
    gaps = compute_paired_differences(_FIGURES, y, truth, model, rows["lead_id"], options=BootstrapOptions(seed=seed))
    found: list[dict[str, object]] = []
    for name, figure in _FIGURES.items():
        gap = gaps[name]
        ends = (gap.estimate, gap.low, gap.high)
        estimate, low, high = (-gap.estimate, -gap.high, -gap.low) if name in _LOWER_IS_BETTER else ends
        found.append(
            {
                "launch_id": launch,
                "leads": len(rows),
                "figure": name,
                "truth": figure(y, truth),
                "model": figure(y, model),
            }
            | {"regret": estimate, "low": low, "high": high}
        )
    return found
