"""Plots of what drives scores, drawn by the shap library from the model's own exact contributions.

All values are log-odds: to the right raises the score. Each function returns a closed figure, which a notebook shows
once; save it with ``bbox_inches="tight"``. shap and matplotlib are imported with this module alone.
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

#: More dots take long to draw and show nothing else.
_MAX_DOTS = 2_000
_LABEL_WIDTH = 45


def build_shap_explanation(model: Model, table: pd.DataFrame, *, families: bool = False) -> shap.Explanation:
    """Return the contributions of a feature table as shap's own object, for any of its plots.

    Parameters
    ----------
    model : Model
    table : DataFrame
        One row a lead, one column a feature.
    families : bool
        Whether to add the contributions up by family.

    Returns
    -------
    shap.Explanation
    """
    explanation = model.explain(table)
    base = np.full(len(table), explanation.base)
    if families:
        sums = sum_by_family(model.features, explanation.contributions)
        return shap.Explanation(sums.to_numpy(), base, feature_names=list(sums.columns))
    names = [feature.name for feature in model.features]
    return shap.Explanation(explanation.contributions, base, table[names].to_numpy(), feature_names=names)


def plot_beeswarm(model: Model, table: pd.DataFrame, max_features: int = 12) -> Figure:
    """Draw a dot a lead for each of the strongest features: how far it moves the score, coloured by its value.

    Parameters
    ----------
    model : Model
    table : DataFrame
        One row a lead, one column a feature.
    max_features : int

    Returns
    -------
    matplotlib.figure.Figure
    """
    sample = table.sample(min(len(table), _MAX_DOTS), random_state=0)
    explanation = build_shap_explanation(model, sample)
    return _draw(lambda: shap.plots.beeswarm(explanation, max_display=max_features, show=False))


def plot_waterfall(
    model: Model, table: pd.DataFrame, lead_id: str, options: TextOptions, max_features: int = 10
) -> Figure:
    """Draw the way from the base to one lead's log-odds, feature by feature, each in words.

    Parameters
    ----------
    model : Model
    table : DataFrame
        One row a lead with ``lead_id`` as index, one column a feature.
    lead_id : str
    options : TextOptions
    max_features : int

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    KeyError
        The lead is not in the table.
    """
    row = table.loc[[lead_id]]
    sentences = [describe_value(feature, row[feature.name].iloc[0], options) for feature in model.features]
    labels = ["\n".join(wrap(sentence, _LABEL_WIDTH)) for sentence in sentences]
    explanation = model.explain(row)
    of_lead = shap.Explanation(explanation.contributions[0], explanation.base, feature_names=labels)
    return _draw(lambda: shap.plots.waterfall(of_lead, max_display=max_features, show=False))


def plot_drivers(model: Model, launches: Mapping[str, pd.DataFrame], max_families: int = 12) -> Figure:
    """Draw what drives each launch: the mean size of each family's contribution, launch beside launch.

    Parameters
    ----------
    model : Model
    launches : mapping of str to DataFrame
        The feature table of each launch by its name.
    max_families : int

    Returns
    -------
    matplotlib.figure.Figure
    """
    explanations = {name: build_shap_explanation(model, table, families=True) for name, table in launches.items()}
    return _draw(lambda: shap.plots.bar(explanations, max_display=max_families, show=False))


def _draw(draw: Callable[[], object]) -> Figure:
    figure = plt.figure()
    try:
        draw()
    finally:
        plt.close(figure)
    return figure
