"""Do leads like those of before buy more or less often than they did?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from monitoring.limits import Belief, alarm_limit
from monitoring.signals import Signal, unknown

#: Clean simulated launches of other seeds than the study's strayed by 0.14 beyond chance.
_BELIEF = Belief(0.0, 0.12, launches=4.0)
_MEASURE = "log-odds of the conversion, beyond the forecast's"


def prior_signal(label: pd.Series, probability: NDArray[np.float64], card: Mapping[str, Any]) -> Signal:
    """The observed conversion's log-odds less the mean forecast's, against those of the windows the model knows unseen.

    ``label`` is 0, 1 or missing, one a lead. The forecast holds what the features say, so what is left is the rate at
    which such leads buy.
    """
    known = label.notna().to_numpy()
    y, p = label[known].to_numpy(np.float64), probability[known]
    if not known.any():
        return unknown("prior", _MEASURE, "not known before the labels are")
    past = [_offset(w["buyers"], w["n"], w["mean_probability"]) for w in _unseen(card)]
    noise = [1 / np.sqrt(w["mean_probability"] * w["n"]) for w in _unseen(card)]
    limit = alarm_limit(past, _BELIEF, float(1 / np.sqrt(p.sum())), noise)
    value = _offset(y.sum(), len(y), float(p.mean()))
    alarm = abs(value - limit.usual) > limit.tolerance
    evidence = (
        f"{y.mean():.2%} bought, {p.mean():.2%} were expected: {value:+.2f} in log-odds (usual {limit.usual:+.2f}, "
        f"limit {limit.tolerance:.2f} either way)"
    )
    edge = limit.usual + np.copysign(limit.tolerance, value - limit.usual)
    return Signal("prior", _MEASURE, value, limit.usual, float(edge), alarm, evidence, {"past": past})


def _unseen(card: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [w for w in card.get("quality_on_unseen_windows", {}).values() if w["mean_probability"]]


def _offset(buyers: float, leads: int, expected: float) -> float:
    """Log-odds of the rate, half a buyer added on both sides, less those of the mean forecast."""
    rate = (buyers + 0.5) / (leads + 1)
    return float(np.log(rate / (1 - rate)) - np.log(expected / (1 - expected)))
