"""Prior correction: the predictions of a launch moved to a conversion rate that its owner expects."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .artefact import with_content_version
from .model import Calibration, Model, compute_probabilities
from .predictions import LaunchPredictions
from .tiers import TierPolicy, TierRule, choose_policy

_BLOCK_ROWS = 50_000
#: The offset is looked for within so many log-odds.
_MAX_OFFSET = 30.0


def correct_prior(
    predictions: LaunchPredictions, expected_rate: float, *, tiers: TierPolicy | TierRule | None = None
) -> LaunchPredictions:
    """Return the predictions of the model whose mean probability over these leads is the expected conversion rate.

    The prior correction of a logistic model (King and Zeng 2001, Logistic Regression in Rare Events Data, Political
    Analysis 9, 137-163): only the intercept moves, and the reference distribution with it. Order and scores stay, and
    so do the thresholds of tiers.

    Parameters
    ----------
    predictions : LaunchPredictions
    expected_rate : float
        The share of the launch's leads that will buy, between 0 and 1.
    tiers : TierPolicy or TierRule, optional
        As in ``predict_launch``.

    Returns
    -------
    LaunchPredictions
        By another model, with a version of its own, whose card has the rate. The same ones if nobody is there to score.

    Raises
    ------
    ValueError
        The rate is not above 0 and below 1.
    """
    from scipy.optimize import brentq  # half a second of a scoring that corrects nothing

    if not 0 < expected_rate < 1:
        raise ValueError(f"the expected conversion must be above 0 and below 1; it is {expected_rate}")
    if not len(predictions.probability):
        return predictions
    logit = _compute_logits(predictions.probability)
    offset = float(
        brentq(lambda by: float(compute_probabilities(logit + by).mean()) - expected_rate, -_MAX_OFFSET, _MAX_OFFSET)
    )
    model = _shift_model(predictions.model, expected_rate, offset)
    profile = predictions.profile
    context = profile.context.with_reference(profile.context.reference_rate, model.context.reference_quantiles)
    names = [feature.name for feature in model.features]
    blocks = [predictions.X[start : start + _BLOCK_ROWS] for start in range(0, len(predictions.X), _BLOCK_ROWS)]
    tables = (pd.DataFrame(block, columns=names, copy=False) for block in blocks)
    probability = np.concatenate([compute_probabilities(model.predict_logits(table)) for table in tables])
    policy = choose_policy(tiers, probability, context)
    return predictions._replace(
        profile=replace(profile, context=context, policy=policy),
        model=model,
        probability=probability,
        order=np.argsort(-probability, kind="stable"),
    )


def _shift_model(model: Model, expected_rate: float, offset: float) -> Model:
    """Add ``offset`` to the model's intercept and to its reference distribution, and note it in the card."""
    calibration = Calibration(model.calibration.slope, model.calibration.intercept + offset)
    quantiles = compute_probabilities(_compute_logits(np.asarray(model.context.reference_quantiles)) + offset)
    context = model.context.with_reference(model.context.reference_rate, tuple(float(value) for value in quantiles))
    card = {**model.card, "expected_rate": {"given": expected_rate, "offset": offset, "from_version": model.version}}
    card["findings"] = sorted({*card.get("findings", ()), "expected-rate-given"})
    return with_content_version(replace(model, calibration=calibration, context=context, card=card))


def _compute_logits(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    clipped = np.clip(probability, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(clipped / (1 - clipped)))
