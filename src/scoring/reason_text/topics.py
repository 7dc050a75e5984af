"""Which features are about the same topic, so that a lead's few reasons do not repeat themselves."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...features import Feature


def assign_topics(features: Sequence[Feature]) -> NDArray[np.int64]:
    """Return the number of each feature's topic, from 0 in order of appearance."""
    topics = [_get_topic(feature) for feature in features]
    numbers = {topic: number for number, topic in enumerate(dict.fromkeys(topics))}
    return np.array([numbers[topic] for topic in topics], np.int64)


def _get_topic(feature: Feature) -> tuple[str, str]:
    """Return its family; but each type of event is a topic, and each answer, and the campaign's fields together."""
    if feature.source == "events":
        return feature.family, feature.rows
    if feature.source == "captures" and ":" in feature.measure:
        field = feature.measure.split(":", 1)[1].split("=", 1)[0]
        return feature.family, "utm" if field.startswith("utm_") else field
    return feature.family, ""
