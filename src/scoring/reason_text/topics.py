"""Which features tell of one thing, so that a lead's few reasons do not say the same thing thrice."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...features import Feature


def assign_topics(features: Sequence[Feature]) -> NDArray[np.int64]:
    """One number a feature, the same for those of one idea."""
    keys = [_idea(feature) for feature in features]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([numbers[key] for key in keys], np.int64)


def _idea(feature: Feature) -> tuple[str, str]:
    """Its family; but each type of event is an idea of its own, and each answer, with the campaign's fields as one."""
    if feature.source == "events":
        return feature.family, feature.rows
    if feature.source == "captures" and ":" in feature.measure:
        field = feature.measure.split(":", 1)[1].split("=", 1)[0]
        return feature.family, "utm" if field.startswith("utm_") else field
    return feature.family, ""
