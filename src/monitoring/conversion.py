"""The conversion signal (prior shift): do leads with the same features buy more or less often than before?"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from ..language import Phrase
from .signals import ControlLimit, DriftSignal, Prior, build_unknown_signal, fit_control_limit

#: Clean simulated launches of other seeds than the study's strayed by 0.14 beyond chance.
_PRIOR = Prior(0.0, 0.12, launches=4.0)
_MEASURE = "log-odds of the conversion, beyond the forecast's"


class Outcome(NamedTuple):
    """How many of a launch's leads bought, and the mean forecast."""

    buyers: float
    leads: int
    expected: float

    @classmethod
    def from_labels(cls, label: pd.Series, probability: NDArray[np.float64]) -> Self | None:
        """Count the buyers among labels of 0, 1 or missing, one a lead; return None where none is known."""
        labelled = label.notna().to_numpy()
        return (
            cls(label[labelled].sum(), int(labelled.sum()), float(probability[labelled].mean()))
            if labelled.any()
            else None
        )

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
    """Measure the observed conversion's log-odds less the mean forecast's, against those of the model's unseen windows.

    The forecast accounts for the features, so what is left is the rate at which such leads buy. ``unlearned`` are
    launches that were over before this one and after the model was trained: a mean of launches strays less than one of
    them, so rates that stay off can be an alarm together where no launch is one alone.
    """
    if launch is None:
        return build_unknown_signal("conversion", _MEASURE, Phrase("known once the cart has closed"))
    windows = [w for w in card.get("quality_on_unseen_windows", {}).values() if w["mean_probability"]]
    past = [Outcome(w["buyers"], w["n"], w["mean_probability"]) for w in windows]
    alone, together = (_compare(outcomes, past) for outcomes in ([launch], [*unlearned, launch]))
    comparison = together if together.alarm and not alone.alarm else alone
    value, limit, alarm = comparison
    rates = {"rate": launch.buyers / launch.leads, "expected": launch.expected}
    ends = np.array([limit.usual - limit.tolerance, limit.high])
    if comparison is together and unlearned:
        factors = dict(zip(("value", "low", "high"), np.exp([value, *ends]), strict=True))
        evidence = Phrase(
            "{rate:.2%} bought, {expected:.2%} were expected; as the mean of {launches} launches not learned from, the "
            "odds to buy were {value:.2f} times those expected ({low:.2f} to {high:.2f} is usual)",
            **rates,
            **factors,
            launches=len(unlearned) + 1,
        )
    else:
        low, high = expit(logit(launch.expected) + ends)
        evidence = Phrase(
            "{rate:.2%} bought, {expected:.2%} were expected; {low:.2%} to {high:.2%} is usual",
            **rates,
            low=low,
            high=high,
        )
    edge = limit.usual + np.copysign(limit.tolerance, value - limit.usual)
    details = {"past": [outcome.offset for outcome in past], "unlearned": [outcome.offset for outcome in unlearned]}
    return DriftSignal("conversion", _MEASURE, value, limit.usual, float(edge), alarm, evidence, details)


class _Comparison(NamedTuple):
    value: float
    limit: ControlLimit
    alarm: bool


def _compare(outcomes: Sequence[Outcome], past: Sequence[Outcome]) -> _Comparison:
    value = float(np.mean([outcome.offset for outcome in outcomes]))
    noise = float(np.sqrt(sum(outcome.noise**2 for outcome in outcomes))) / len(outcomes)
    offsets, errors = [outcome.offset for outcome in past], [outcome.noise for outcome in past]
    limit = fit_control_limit(offsets, _PRIOR, noise, errors, len(outcomes))
    return _Comparison(value, limit, abs(value - limit.usual) > limit.tolerance)
