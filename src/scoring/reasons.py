"""Why a lead has its score: the features that moved it most, in words with the lead's own values."""

import math
from collections.abc import Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from features import Feature


class Reason(TypedDict):
    """One feature's part in a logit; positive contributions raise the score."""

    feature: str
    group: str
    value: float | None
    contribution: float
    text: str


def top_reasons(
    features: Sequence[Feature],
    values: NDArray[np.float64],
    contributions: NDArray[np.float64],
    most: int,
    currency: str | None,
) -> list[list[Reason]]:
    """For each lead (a row of ``values`` and ``contributions``) the ``most`` largest contributions, largest first."""
    order = np.argsort(-np.abs(contributions), axis=1, kind="stable")[:, :most]
    return [
        [_reason(features[j], values[i, j], contributions[i, j], currency) for j in order[i] if contributions[i, j]]
        for i in range(len(values))
    ]


def _reason(feature: Feature, value: float, contribution: float, currency: str | None) -> Reason:
    missing = math.isnan(value)
    return {
        "feature": feature.name,
        "group": feature.family,
        "value": None if missing else float(value),
        "contribution": float(contribution),
        "text": describe(feature, value, currency),
    }


def describe(feature: Feature, value: float, currency: str | None = None) -> str:
    """The feature's value as a sentence: never its name, never personal data."""
    text = (
        feature.phrase_missing
        if math.isnan(value)
        else feature.phrase.format(value=_in_words(feature, value, currency))
    )
    return text[:1].upper() + text[1:]


def _in_words(feature: Feature, value: float, currency: str | None) -> str:
    if feature.unit == "times":
        return "once" if value == 1 else f"{value:,.0f} times"
    if feature.unit == "days":
        return "less than a day" if value < 1 else f"{value:,.0f} day{'' if round(value) == 1 else 's'}"
    if feature.unit == "money":
        return f"{currency + ' ' if currency else ''}{value:z,.2f}"
    if feature.unit == "count":
        return f"{value:,.0f}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")
