"""One word for a model's quality, by its figures on launches that it had not seen, with the evidence."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

from .forecast import estimate_launch_spread

Grade = Literal["strong", "good", "fair", "weak", "untested"]

_GRADES: tuple[Grade, ...] = ("strong", "good", "fair", "weak")
#: The mean ROC AUC from which on a model has the first of these names, the second and the third.
_LEAST_ROC_AUC = (0.8, 0.7, 0.6)
#: Fewer buyers say too little for any of them.
_MIN_JUDGED_BUYERS = 20
#: Where launches stray so far from the forecast, or where there was one alone, the name is one lower.
_WIDE_SPREAD = 0.5


class ModelQuality(NamedTuple):
    """How good the model was on launches, or cut-offs, that it had not seen.

    Attributes
    ----------
    grade
        One word; ``untested`` where too few of their leads bought.
    windows, buyers
        How many launches, and buyers in them.
    roc_auc, lift_10
        Means over the launches; None where undefined.
    ratio_low, ratio_high
        The lowest and the highest ratio of the buyers who came to those predicted; None without a launch.
    spread
        How far a launch's buyers stray from the forecast, relative to it.
    """

    grade: Grade
    windows: int
    buyers: int
    roc_auc: float | None
    lift_10: float | None
    ratio_low: float | None
    ratio_high: float | None
    spread: float


def judge_model(card: Mapping[str, Any]) -> ModelQuality:
    """Judge a model by its card's figures on the launches that it had not seen.

    Parameters
    ----------
    card : mapping
        A model's card, of which ``quality_on_unseen_windows`` is read.

    Returns
    -------
    ModelQuality
    """
    windows = list(card.get("quality_on_unseen_windows", {}).values())
    spread = estimate_launch_spread(card)
    buyers = sum(window["buyers"] for window in windows)
    auc, lift = (_average([window[name] for window in windows]) for name in ("roc_auc", "lift_10"))
    ratios = [window["base_rate"] / window["mean_probability"] for window in windows if window["mean_probability"]]
    grade: Grade = "untested"
    if auc is not None and buyers >= _MIN_JUDGED_BUYERS:
        place = sum(auc < least for least in _LEAST_ROC_AUC)
        lower = int(spread >= _WIDE_SPREAD or len(windows) == 1)
        grade = _GRADES[min(place + lower, len(_GRADES) - 1)]
    return ModelQuality(
        grade, len(windows), buyers, auc, lift, min(ratios, default=None), max(ratios, default=None), spread
    )


def _average(values: list[float | None]) -> float | None:
    defined = [value for value in values if value is not None]
    return float(np.mean(defined)) if defined else None
