"""Which of a launch's two labels counts: the plain one, or the one net of refunds."""

import pandas as pd

from monitoring.launch_rows import LaunchRows
from scoring import Model


def settled_label(launch: LaunchRows) -> tuple[str, pd.Series]:
    """The mature labels where all are known, else the plain ones (missing until the lead's window is over)."""
    mature = launch.leads["label_mature"]
    return ("mature", mature) if mature.notna().all() else ("plain", launch.leads["label"])


def learned_label(launch: LaunchRows, model: Model) -> pd.Series:
    """The labels of the kind that the model learned from; missing where they are not known yet."""
    return launch.leads["label_mature" if model.card["label"] == "mature" else "label"]
