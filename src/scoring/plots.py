"""Pictures of what drives scores, drawn by the shap library from the model's own exact attributions.

All values are log-odds: to the right raises the score. Each function returns a closed figure, which a notebook shows
once; save it with ``bbox_inches="tight"``.
"""

from collections.abc import Callable, Mapping
from textwrap import wrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import shap
from matplotlib.figure import Figure

from .model import Model
from .reason_text.formatter import describe_value
from .reason_text.sentences import TextOptions
from .reasons import sum_by_family

#: A swarm of more dots takes long to draw and shows nothing else.
_MOST_DOTS = 2_000
_WIDTH = 45


def build_shap_explanation(model: Model, table: pd.DataFrame, *, groups: bool = False) -> shap.Explanation:
    """Attributions of a feature table as shap's own object, by feature or by family, for any of its plots."""
    explained = model.explain(table)
    if groups:
        sums = sum_by_family(model.features, explained.contributions)
        return shap.Explanation(sums.to_numpy(), np.full(len(sums), explained.base), feature_names=list(sums.columns))
    names, base = [feature.name for feature in model.features], np.full(len(table), explained.base)
    return shap.Explanation(explained.contributions, base, table[names].to_numpy(), feature_names=names)


def plot_beeswarm(model: Model, table: pd.DataFrame, most: int = 12) -> Figure:
    """A dot a lead for each of the ``most`` strongest features: how far it moves the score, colored by its value."""
    dots = build_shap_explanation(model, _sampled(table))
    return _drawn(lambda: shap.plots.beeswarm(dots, max_display=most, show=False))


def plot_waterfall(model: Model, table: pd.DataFrame, lead_id: str, wording: TextOptions, most: int = 10) -> Figure:
    """From the base to one lead's log-odds, feature by feature, each in words. Raises KeyError for an unknown lead."""
    row = table.loc[[lead_id]]
    sentences = [describe_value(feature, row[feature.name].iloc[0], wording) for feature in model.features]
    told = ["\n".join(wrap(sentence, _WIDTH)) for sentence in sentences]
    explained = model.explain(row)
    drawn = shap.Explanation(explained.contributions[0], explained.base, feature_names=told)
    return _drawn(lambda: shap.plots.waterfall(drawn, max_display=most, show=False))


def dependence(model: Model, table: pd.DataFrame, feature: str) -> Figure:
    """A dot a lead: the feature's value against what it adds. Raises ValueError for a feature the model has not."""
    names = [one.name for one in model.features]
    if feature not in names:
        raise ValueError(f"the model does not use {feature!r}; it uses {', '.join(names)}")
    dots = build_shap_explanation(model, _sampled(table))[:, names.index(feature)]
    return _drawn(lambda: shap.plots.scatter(dots, ax=plt.gca(), show=False))


def plot_drivers(model: Model, launches: Mapping[str, pd.DataFrame], most: int = 12) -> Figure:
    """What drives each launch: the mean size of each family's contribution, beside the other launches' (by name)."""
    told = {name: build_shap_explanation(model, table, groups=True) for name, table in launches.items()}
    return _drawn(lambda: shap.plots.bar(told, max_display=most, show=False))


def _sampled(table: pd.DataFrame) -> pd.DataFrame:
    return table.sample(min(len(table), _MOST_DOTS), random_state=0)


def _drawn(draw: Callable[[], object]) -> Figure:
    figure = plt.figure()
    try:
        draw()
    finally:
        plt.close(figure)
    return figure
