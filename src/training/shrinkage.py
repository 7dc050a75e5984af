"""Shrinkage of a small seller's model to a prior model, made from other sellers' launches."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..evaluation import log_loss
from ..scoring import Model, compute_probabilities
from .calibration import fit_launch_calibration
from .examples import Examples

Floats = NDArray[np.float64]

#: The weights of the own model that are tried.
_WEIGHTS = np.linspace(0, 1, 11)


def estimate_own_weight(own_logits: Floats, prior_logits: Floats, examples: Examples) -> float:
    """Return the weight, 0 to 1, of the seller's own logit; the prior model's has the rest.

    The mean of the weights tried, each by the likelihood of the labels once its logits are calibrated. With no logit of
    its own the weight is 0. ``own_logits`` are logits of models that had not seen the row's window, NaN where there is
    none; a prior model from another history has seen none of them.
    """
    predicted = ~np.isnan(own_logits)
    if not predicted.any():
        return 0.0
    y, rows = examples.label[predicted], int(predicted.sum())
    losses = []
    for weight in _WEIGHTS:
        logits = shrink_to_prior(own_logits[predicted], prior_logits[predicted], weight)
        line = fit_launch_calibration(logits, y, examples.window[predicted])
        losses.append(rows * log_loss(y, compute_probabilities(line.slope * logits + line.intercept)))
    likelihood = np.exp(min(losses) - np.array(losses))
    return float(np.dot(_WEIGHTS, likelihood) / likelihood.sum())


def shrink_to_prior(own_logits: Floats, prior_logits: Floats, weight: float) -> Floats:
    """Return the weighted sum of the own and the prior model's logits."""
    return weight * own_logits + (1 - weight) * prior_logits


def describe_prior(prior: Model, weight: float, card: Mapping[str, Any]) -> dict[str, Any]:
    """Return the card's entries on the prior model, with the notes and findings that the card has already."""
    note = f"{weight:.0%} of the log-odds are learned from this history, the rest from the prior model {prior.version}"
    return {
        "prior": {"version": prior.version, "own_share": weight, "trained_for": prior.card.get("trained_for")},
        "notes": [*card["notes"], note],
        "findings": sorted([*card["findings"], "shrunk-to-prior"]),
    }
