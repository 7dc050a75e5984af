"""Plots of what drives scores, drawn by the shap library from the model's own exact contributions.

All values are log-odds: to the right raises the score. The colors are those of every page. Each function returns a
closed figure, which a notebook shows once; save it with ``bbox_inches="tight"``. shap and matplotlib are imported with
this module alone.
"""

from collections.abc import Callable, Mapping
from textwrap import wrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import shap
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from shap.plots._style import style_context  # shap's own home of it: it has no public name yet

from ..reports.palette import LIGHT
from .model import Model
from .reason_text.formatter import describe_value
from .reason_text.sentences import TextOptions
from .reasons import sum_by_family

#: More dots take long to draw and show nothing else.
_MAX_DOTS = 2_000
_LABEL_WIDTH = 60
_FONT_SIZE = 10
_FEATURE_VALUES = LinearSegmentedColormap.from_list("feature values", [LIGHT["cold"], LIGHT["warm"], LIGHT["hot"]])
_CONTRIBUTION = "adds to the log-odds"


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

    def draw() -> None:
        axes = shap.plots.beeswarm(explanation, max_display=max_features, show=False, color=_FEATURE_VALUES)
        axes.set_xlabel(_CONTRIBUTION)

    return _draw(draw, "What moves the scores: a dot a lead")


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

    def draw() -> None:
        axes = shap.plots.waterfall(of_lead, max_display=max_features, show=False)
        shown = [label.get_text() for label in axes.get_yticklabels()]
        lines = max(label.count("\n") + 1 for label in shown)
        low, high = axes.get_ylim()
        row_inches = max(0.5, lines * _FONT_SIZE * 1.4 / 72)
        axes.figure.set_figheight((high - low) * row_inches / axes.get_position().height)

    return _draw(draw, f"From everyone's start E[f(X)] to f(x), the log-odds of {lead_id}")


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

    def draw() -> None:
        axes = shap.plots.bar(explanations, max_display=max_families, show=False)
        axes.set_xlabel("mean size of what a family adds to the log-odds")
        labels = [f"{name}: {len(table):,} leads" for name, table in launches.items()]
        axes.legend(axes.containers, labels, frameon=False, loc="lower right")
        names = [label.get_text().replace(" other features", " other families") for label in axes.get_yticklabels()]
        axes.set_yticks(axes.get_yticks(), names)

    return _draw(draw, "What drives each launch, by family of features", LIGHT["blue"])


def _draw(draw: Callable[[], None], title: str, positive: str = LIGHT["hot"]) -> Figure:
    figure = plt.figure()
    try:
        with style_context(primary_color_positive=positive, primary_color_negative=LIGHT["cold"]):
            draw()
    finally:
        plt.close(figure)
    axes = figure.axes[0]
    axes.set_title(title, pad=24)
    axes.tick_params(labelsize=_FONT_SIZE)
    axes.xaxis.label.set_fontsize(_FONT_SIZE)
    return figure
