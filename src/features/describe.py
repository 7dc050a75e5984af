"""Renders the declared features as a page of the docs."""

from collections.abc import Sequence

from .declaration import Feature

_HEADING = """# Features

Every feature is computed from what is known at `as_of` alone. This page is written by `hotleads features --describe`;
a test fails when it is stale.

A history adds its own: for each event type that 30 leads or more did, its count, recency, decayed count and last value;
for each form and campaign field, its number, or flags for frequent levels (seen in more than one launch) and how
leads with that level converted before; flags for the last payment method.

To try one of your own, declare it and ask for it; nothing in the package changes:

```python
from hotleads.features import FEATURES, Feature, build_features

patience = Feature(
    name="days_between_purchases",
    family="rhythm",
    unit="days",
    aggregate="gap_mean",
    rows="bought",
    description="Mean days between purchases.",
    phrase="buys every {value}",
    phrase_missing="bought too seldom",
)
table = build_features(history, "2025-02-cake-course", features=[*FEATURES, patience])
```

| name | family | unit | window | description | in words |
|---|---|---|---|---|---|
"""


def describe_features(features: Sequence[Feature]) -> str:
    """Return a Markdown page with one row a feature.

    Parameters
    ----------
    features : sequence of Feature
        The declarations, in the order of the rows.
    """
    return _HEADING + "".join(_render_row(feature) for feature in features)


def _render_row(feature: Feature) -> str:
    if feature.window_days:
        window = f"{feature.window_days} days"
    else:
        window = f"half-life {feature.half_life_days} days" if feature.half_life_days else "all"
    phrase = feature.phrase.replace("{value}", "…").replace("|", " / ")
    cells = (f"`{feature.name}`", feature.family, feature.unit, window, feature.description, phrase)
    return f"| {' | '.join(cells)} |\n"
