"""A ranked launch whose owner knows how many will buy: the same order, with probabilities that add up to it."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq

from .artefact import with_content_version
from .model import Calibration, Model, compute_probabilities
from .predictions import LaunchPredictions
from .tiers import TierPolicy, TierRule, tier_by_rate

_BLOCK = 50_000
#: No launch's log-odds lie further than this from what was expected.
_FURTHEST = 30.0


def correct_prior(
    ranked: LaunchPredictions, rate: float, *, tiers: TierPolicy | TierRule | None = None
) -> LaunchPredictions:
    """The launch scored by the model whose mean probability over these very leads is ``rate``, between 0 and 1.

    Only the intercept moves, and the reference distribution with it: order and scores stay, thresholds of tiers too
    (``tiers`` as in ``rank_launch``). The model is another one, with a version of its own, whose card says what was
    given. Raises ValueError for a rate that is no share. Source: prior correction of a logistic model (King and Zeng,
    2001).
    """
    if not 0 < rate < 1:
        raise ValueError(f"the expected conversion must be above 0 and below 1; it is {rate}")
    if not len(ranked.probability):
        return ranked
    logit = _logits(ranked.probability)
    offset = float(brentq(lambda by: float(compute_probabilities(logit + by).mean()) - rate, -_FURTHEST, _FURTHEST))
    model, facts = _moved(ranked.model, rate, offset), ranked.profile
    context = facts.context.with_reference(facts.context.reference_rate, model.context.reference_quantiles)
    names = [feature.name for feature in model.features]
    blocks = [ranked.X[at : at + _BLOCK] for at in range(0, len(ranked.X), _BLOCK)]
    tables = (pd.DataFrame(block, columns=names, copy=False) for block in blocks)
    probability = np.concatenate([compute_probabilities(model.predict_logits(table)) for table in tables])
    policy = tiers(probability, context) if callable(tiers) else tiers or tier_by_rate(context)
    return ranked._replace(
        profile=replace(facts, context=context, policy=policy),
        model=model,
        probability=probability,
        order=np.argsort(-probability, kind="stable"),
    )


def _moved(model: Model, rate: float, offset: float) -> Model:
    calibration = Calibration(model.calibration.slope, model.calibration.intercept + offset)
    moved = compute_probabilities(_logits(np.asarray(model.context.reference_quantiles)) + offset)
    context = model.context.with_reference(model.context.reference_rate, tuple(float(value) for value in moved))
    card = {**model.card, "expected_rate": {"given": rate, "offset": offset, "from_version": model.version}}
    card["findings"] = sorted({*card.get("findings", ()), "expected-rate-given"})
    return with_content_version(replace(model, calibration=calibration, context=context, card=card))


def _logits(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    sure = np.clip(probability, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(sure / (1 - sure)))
