"""Pictures: what shap draws is what the model says, and a notebook is left without open figures."""

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text

from hotleads.scoring import Model, TextOptions, compute_launch_quantiles, describe_value
from hotleads.scoring.plots import build_shap_explanation, dependence, plot_beeswarm, plot_drivers, plot_waterfall


@pytest.fixture(autouse=True)
def _nothing_stays_open() -> Iterator[None]:
    yield
    assert plt.get_fignums() == []


def texts(figure: Figure) -> str:
    """Everything that is written in the figure, lines joined."""
    figure.canvas.draw()
    return "\n".join(text.get_text().replace("\n", " ") for text in figure.findobj(Text))


@pytest.mark.parametrize("groups", [False, True])
def test_values_and_base_sum_to_the_logits(model: Model, table: pd.DataFrame, groups: bool) -> None:
    told = build_shap_explanation(model, table, groups=groups)
    np.testing.assert_allclose(
        told.values.sum(axis=1) + told.base_values, model.predict_logits(table), rtol=0, atol=1e-5
    )
    names = [feature.family if groups else feature.name for feature in model.features]
    assert list(told.feature_names) == list(dict.fromkeys(names))


def test_beeswarm_names_the_strongest_features(model: Model, table: pd.DataFrame) -> None:
    written = texts(plot_beeswarm(model, table, most=5))
    strength = np.abs(model.explain(table).contributions).mean(axis=0)
    strongest = [model.features[place].name for place in np.argsort(-strength)[:4]]
    assert all(name in written for name in strongest)
    assert f"Sum of {len(model.features) - 4} other features" in written


def test_waterfall_tells_one_lead_in_words(model: Model, table: pd.DataFrame) -> None:
    lead = table.index[3]
    wording = TextOptions("en", "BRL", compute_launch_quantiles(table, model.features))
    written = texts(plot_waterfall(model, table, lead, wording, most=4))
    parts = np.abs(model.explain(table.loc[[lead]]).contributions[0])
    for place in np.argsort(-parts)[:3]:
        feature = model.features[place]
        assert describe_value(feature, table.loc[lead, feature.name], wording) in written
        assert "_" not in feature.name or feature.name not in written
    # shap writes three decimals, without zeros at the end
    logit = f"{model.predict_logits(table.loc[[lead]])[0]:.3f}".rstrip("0").rstrip(".")
    assert logit.replace("-", "\N{MINUS SIGN}") in written
    with pytest.raises(KeyError, match="nobody"):
        plot_waterfall(model, table, "nobody", wording)


def test_dependence_has_a_dot_a_lead(model: Model, table: pd.DataFrame) -> None:
    name = "purchases_decayed_90d"
    place = [feature.name for feature in model.features].index(name)
    figure = dependence(model, table, name)
    dots = max((np.asarray(each.get_offsets()) for axes in figure.axes for each in axes.collections), key=len)
    expected = np.column_stack([table[name], model.explain(table).contributions[:, place]])
    np.testing.assert_allclose(sorted(dots.tolist()), sorted(expected.tolist()), atol=1e-9)
    with pytest.raises(ValueError, match="does not use 'shoe_size'; it uses"):
        dependence(model, table, "shoe_size")


def test_drivers_stand_beside_those_of_the_other_launch(model: Model, table: pd.DataFrame) -> None:
    launches = {"this launch": table, "the last one": table.iloc[::3]}
    figure = plot_drivers(model, launches, most=99)
    written = texts(figure)
    assert all(name in written for name in launches)
    assert {feature.family for feature in model.features} <= set(written.split("\n"))
    bars = sorted(bar.get_width() for bar in figure.axes[0].patches if bar.get_width() > 0)
    strengths = [
        np.abs(build_shap_explanation(model, rows, groups=True).values).mean(axis=0) for rows in launches.values()
    ]
    for strength in strengths:
        assert np.abs(np.array(bars)[:, None] - strength).min(axis=0).max() < 1e-6
