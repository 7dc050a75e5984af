"""Which declared features a model gets: those that these rows fill with something of their own."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..features import Feature


def select_features(table: pd.DataFrame, features: Sequence[Feature]) -> tuple[tuple[Feature, ...], dict[str, str]]:
    """The features worth keeping, and for each dropped one the reason (for the card).

    Dropped are the empty, the constant, and those equal to an earlier one on every row; the first stays where no
    other would.
    """
    kept: list[Feature] = []
    dropped: dict[str, str] = {}
    seen: dict[bytes, str] = {}
    for feature in features:
        values = table[feature.name].to_numpy(np.float64)
        fingerprint = values.tobytes()
        if np.isnan(values).all():
            dropped[feature.name] = "empty"
        elif len(values) and (values == values[0]).all():
            dropped[feature.name] = "constant"
        elif fingerprint in seen:
            dropped[feature.name] = f"equal to {seen[fingerprint]}"
        else:
            seen[fingerprint] = feature.name
            kept.append(feature)
    if not kept:  # leads that nothing tells apart still have a base rate
        kept.append(features[0])
        del dropped[features[0].name]
    return tuple(kept), dropped
