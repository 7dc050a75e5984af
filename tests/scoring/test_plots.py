"""Plots: what shap draws is what the model says, and a notebook is left without open figures."""

from collections.abc import Iterator
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text

from hotleads.scoring import Model, TextOptions, compute_launch_quantiles, describe_value
from hotleads.scoring.plots import build_shap_explanation, plot_beeswarm, plot_drivers, plot_waterfall


@pytest.fixture(autouse=True)
def _nothing_stays_open() -> Iterator[None]:
    yield
    assert plt.get_fignums() == []


def read_texts(figure: Figure) -> str:
    """Everything that is written in the figure, lines joined."""
    figure.canvas.draw()
    return "\n".join(text.get_text().replace("\n", " ") for text in figure.findobj(Text))


@pytest.mark.parametrize("families", [False, True])
def test_values_and_base_sum_to_the_logits(model: Model, table: pd.DataFrame, families: bool) -> None:
    explanation = build_shap_explanation(model, table, families=families)
    np.testing.assert_allclose(
        explanation.values.sum(axis=1) + explanation.base_values, model.predict_logits(table), rtol=0, atol=1e-5
    )
    names = [feature.family if families else feature.name for feature in model.features]
    assert list(explanation.feature_names) == list(dict.fromkeys(names))


def test_beeswarm_names_the_strongest_features(model: Model, table: pd.DataFrame) -> None:
    written = read_texts(plot_beeswarm(model, table, max_features=5))
    strength = np.abs(model.explain(table).contributions).mean(axis=0)
    strongest = [model.features[column].name for column in np.argsort(-strength)[:4]]
    assert all(name in written for name in strongest)
    assert f"Sum of {len(model.features) - 4} other features" in written


def test_waterfall_explains_one_lead_in_words(model: Model, table: pd.DataFrame) -> None:
    lead = table.index[3]
    options = TextOptions("en", "BRL", compute_launch_quantiles(table, model.features))
    written = read_texts(plot_waterfall(model, table, lead, options, max_features=4))
    parts = np.abs(model.explain(table.loc[[lead]]).contributions[0])
    for column in np.argsort(-parts)[:3]:
        feature = model.features[column]
        assert describe_value(feature, table.loc[lead, feature.name], options) in written
        assert "_" not in feature.name or feature.name not in written
    # shap writes three decimals, without zeros at the end
    logit = f"{model.predict_logits(table.loc[[lead]])[0]:.3f}".rstrip("0").rstrip(".")
    assert logit.replace("-", "\N{MINUS SIGN}") in written
    with pytest.raises(KeyError, match="nobody"):
        plot_waterfall(model, table, "nobody", options)


def test_long_sentences_of_a_waterfall_do_not_overprint(
    model: Model, table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotleads.scoring.plots._LABEL_WIDTH", 15)
    options = TextOptions("en", "BRL", compute_launch_quantiles(table, model.features))
    figure = plot_waterfall(model, table, table.index[3], options, max_features=6)
    figure.canvas.draw()
    labels = figure.axes[0].get_yticklabels()[:6]
    assert max(label.get_text().count("\n") for label in labels) >= 3
    boxes = [label.get_window_extent() for label in labels]
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]


def test_every_plot_has_a_title_and_says_log_odds(model: Model, table: pd.DataFrame) -> None:
    lead = table.index[0]
    for figure in (
        plot_beeswarm(model, table, max_features=3),
        plot_waterfall(model, table, lead, TextOptions("en", "BRL"), max_features=3),
        plot_drivers(model, {"this launch": table}),
    ):
        assert figure.axes[0].get_title()
        assert "log-odds" in read_texts(figure)
        assert "SHAP" not in read_texts(figure)


def test_drivers_stand_beside_those_of_the_other_launch(model: Model, table: pd.DataFrame) -> None:
    launches = {"this launch": table, "the last one": table.iloc[::3]}
    figure = plot_drivers(model, launches, max_families=99)
    written = read_texts(figure)
    assert all(name in written for name in launches)
    assert {feature.family for feature in model.features} <= set(written.split("\n"))
    bars = sorted(bar.get_width() for bar in figure.axes[0].patches if bar.get_width() > 0)
    strengths = [
        np.abs(build_shap_explanation(model, rows, families=True).values).mean(axis=0) for rows in launches.values()
    ]
    for strength in strengths:
        assert np.abs(np.array(bars)[:, None] - strength).min(axis=0).max() < 1e-6
