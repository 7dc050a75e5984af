"""A small seller's model is drawn to one made from other sellers' launches, by as much as that one tells here."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..evaluation import log_loss
from ..scoring import Model, compute_probabilities
from .calibration import fit_launch_calibration
from .examples import Examples

Floats = NDArray[np.float64]

_SHARES = np.linspace(0, 1, 11)


def estimate_own_weight(own: Floats, prior: Floats, examples: Examples) -> float:
    """How much of the logit is the seller's own model's, the rest being the prior model's: 0 to 1.

    Shares are averaged over the likelihood of the labels, each calibrated for itself; with no label they are all
    alike. ``own`` are logits of models that had not seen the row's window, NaN where there is none; a prior model
    from another history has seen none of them.
    """
    known = ~np.isnan(own)
    if not known.any():
        return 0.0
    y, rows, losses = examples.label[known], int(known.sum()), []
    for share in _SHARES:
        logits = share * own[known] + (1 - share) * prior[known]
        line = fit_launch_calibration(logits, y, examples.window[known])
        losses.append(rows * log_loss(y, compute_probabilities(line.slope * logits + line.intercept)))
    likelihood = np.exp(min(losses) - np.array(losses))
    return float(np.dot(_SHARES, likelihood) / likelihood.sum())


def describe_prior(prior: Model, share: float, card: Mapping[str, Any]) -> dict[str, Any]:
    """What a model's card says of its prior, beside what it says already."""
    note = f"{share:.0%} of the log-odds are learned from this history, the rest from the prior model {prior.version}"
    return {
        "prior": {"version": prior.version, "own_share": share, "trained_for": prior.card.get("trained_for")},
        "notes": [*card["notes"], note],
        "findings": sorted([*card["findings"], "shrunk-to-prior"]),
    }
