"""Do leads like those of before buy more or less often than they did?"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .control_limits import ControlLimit, Prior, fit_control_limit
from .signals import DriftSignal, build_unknown_signal

#: Clean simulated launches of other seeds than the study's strayed by 0.14 beyond chance.
_BELIEF = Prior(0.0, 0.12, launches=4.0)
_MEASURE = "log-odds of the conversion, beyond the forecast's"


class Outcome(NamedTuple):
    """How many of so many leads bought, and the mean forecast."""

    buyers: float
    leads: int
    expected: float

    @classmethod
    def of(cls, label: pd.Series, probability: NDArray[np.float64]) -> Self | None:
        """``label`` is 0, 1 or missing, one a lead; None where none is known."""
        known = label.notna().to_numpy()
        return cls(label[known].sum(), int(known.sum()), float(probability[known].mean())) if known.any() else None

    @property
    def offset(self) -> float:
        """Log-odds of the rate, half a buyer added on both sides, less those of the mean forecast."""
        rate = (self.buyers + 0.5) / (self.leads + 1)
        return float(np.log(rate / (1 - rate)) - np.log(self.expected / (1 - self.expected)))

    @property
    def noise(self) -> float:
        """The offset's standard error."""
        return float(1 / np.sqrt(self.expected * self.leads))


def measure_conversion(launch: Outcome | None, unlearned: Sequence[Outcome], card: Mapping[str, Any]) -> DriftSignal:
    """The observed conversion's log-odds less the mean forecast's, against those of the windows the model knows unseen.

    The forecast holds what the features say, so what is left is the rate at which such leads buy. ``unlearned`` are
    launches that were over before this one and after the model was trained: rates that stay off in all of them are an
    alarm together where none is alone, since a mean of launches strays less than one of them.
    """
    if launch is None:
        return build_unknown_signal("conversion", _MEASURE, "not known before the labels are")
    windows = [w for w in card.get("quality_on_unseen_windows", {}).values() if w["mean_probability"]]
    past = [Outcome(w["buyers"], w["n"], w["mean_probability"]) for w in windows]
    one, together = (_judged(new, past) for new in ([launch], [*unlearned, launch]))
    found = together if together.alarm and not one.alarm else one
    value, limit, alarm = found
    of = f" as the mean of {len(unlearned) + 1} launches not learned from" if found is together and unlearned else ""
    rate = launch.buyers / launch.leads
    evidence = (
        f"{rate:.2%} bought, {launch.expected:.2%} were expected: {value:+.2f} in log-odds{of} "
        f"(usual {limit.usual:+z.2f}, limit {limit.tolerance:.2f} either way)"
    )
    edge = limit.usual + np.copysign(limit.tolerance, value - limit.usual)
    details = {"past": [each.offset for each in past], "unlearned": [each.offset for each in unlearned]}
    return DriftSignal("conversion", _MEASURE, value, limit.usual, float(edge), alarm, evidence, details)


class _Judged(NamedTuple):
    value: float
    limit: ControlLimit
    alarm: bool


def _judged(new: Sequence[Outcome], past: Sequence[Outcome]) -> _Judged:
    value = float(np.mean([each.offset for each in new]))
    noise = float(np.sqrt(sum(each.noise**2 for each in new))) / len(new)
    offsets, errors = [each.offset for each in past], [each.noise for each in past]
    limit = fit_control_limit(offsets, _BELIEF, noise, errors, len(new))
    return _Judged(value, limit, abs(value - limit.usual) > limit.tolerance)
