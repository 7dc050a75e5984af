"""A small seller's model, drawn to another seller's by what that one tells here."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hotleads.features import build_features
from hotleads.history import History
from hotleads.scoring import Model, compute_probabilities, score_launch
from hotleads.training import FitOptions, FittedModel, fit_model
from hotleads.training.gate import compare_recipes
from hotleads.training.options import ModelParameters
from hotleads.training.shrinkage import estimate_own_weight

from .businesses import draw_examples, to_instant

DEFAULTS = FitOptions(parameters=ModelParameters())
AS_OF = to_instant(150)


def draw_logits(rows: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """True logits of ``examples``' labels, as far as ``noise`` leaves them."""
    random = np.random.default_rng(seed)
    truth = random.normal(-1.5, 1.2, rows)
    return truth, truth + random.normal(0, noise, rows)


def estimate_weight(rows: int, own_noise: float, prior_noise: float, seed: int = 0) -> float:
    """The own share where the own and the prior model know the truth through so much noise."""
    unlabelled = draw_examples(rows)
    truth, own_logits = draw_logits(rows, own_noise, seed)
    prior = truth + np.random.default_rng(seed + 1).normal(0, prior_noise, rows)
    label = (np.random.default_rng(seed + 2).random(rows) < compute_probabilities(truth)).astype(np.int64)
    return estimate_own_weight(
        own_logits,
        prior,
        unlabelled.__class__(unlabelled.table, label, unlabelled.window, unlabelled.windows, unlabelled.as_of),
    )


class TestShare:
    def test_the_more_accurate_model_has_the_larger_weight(self) -> None:
        assert estimate_weight(5_000, own_noise=0.1, prior_noise=3) > 0.9
        assert estimate_weight(5_000, own_noise=3, prior_noise=0.1) < 0.1

    def test_a_few_labels_leave_it_near_one_half(self) -> None:
        assert 0.3 < np.mean([estimate_weight(20, 1, 1, seed) for seed in range(10)]) < 0.7

    def test_no_prediction_of_its_own_is_no_share(self) -> None:
        rows = draw_examples(50)
        assert estimate_own_weight(np.full(50, np.nan), np.zeros(50), rows) == 0.0


@pytest.fixture(scope="module")
def prior(evergreen: History) -> Model:
    """Another seller's model, of other leads and another kind of launch."""
    return fit_model(evergreen, evergreen.get_launch("evergreen"), to_instant(120), DEFAULTS).model


@pytest.fixture(scope="module")
def model(shop: History, prior: Model) -> Model:
    return fit_model(shop, shop.get_launch("month-6"), AS_OF, replace(DEFAULTS, prior=prior)).model


class TestModel:
    def test_the_card_and_a_note_say_the_own_share(self, model: Model, prior: Model, shop: History) -> None:
        prior_card = model.card["prior"]
        assert prior_card["version"] == prior.version
        assert 0 < prior_card["own_share"] < 1
        assert any(note.startswith(f"{prior_card['own_share']:.0%} of the log-odds") for note in model.card["notes"])
        rows = score_launch(shop, shop.get_launch("month-6"), model)
        assert rows["findings"].map(lambda codes: "shrunk-to-prior" in codes).all()

    def test_its_logit_is_a_line_of_the_mean_of_both(self, model: Model, prior: Model, shop: History) -> None:
        """The prior's half is the prior's own logit, feature for feature, on a history that it never saw."""
        launch, share = shop.get_launch("month-6"), model.card["prior"]["own_share"]
        own_model = fit_model(shop, launch, AS_OF, DEFAULTS).model
        table = build_features(
            shop, launch, context=model.context, features=(*model.features, *list_own_features(own_model, model))
        )
        raw = (own_model.predict_logits(table) - own_model.calibration.intercept) / own_model.calibration.slope
        blended = (model.predict_logits(table) - model.calibration.intercept) / model.calibration.slope
        expected = share * raw + (1 - share) * prior.predict_logits(table)  # but for the own half's scales
        assert np.corrcoef(blended, expected)[0, 1] > 0.99
        assert blended.mean() == pytest.approx(expected.mean(), abs=0.05)

    def test_without_a_prior_nothing_changes(self, shop: History) -> None:
        model = fit_model(shop, shop.get_launch("month-6"), AS_OF, DEFAULTS).model
        assert "prior" not in model.card
        assert "shrunk-to-prior" not in model.card["findings"]

    def test_the_gate_shrinks_both_recipes_to_the_prior_model(
        self, shop: History, prior: Model, fits: list[FittedModel]
    ) -> None:
        other = ModelParameters(trees=20)
        compare_recipes(
            shop, shop.get_launch("month-6"), AS_OF, ModelParameters(), lambda gate: other, FitOptions(prior=prior)
        )
        assert [fit.model.card["prior"]["version"] for fit in fits] == [prior.version] * 2


def list_own_features(own_model: Model, model: Model) -> tuple[object, ...]:
    names = {feature.name for feature in model.features}
    return tuple(feature for feature in own_model.features if feature.name not in names)


def test_a_notebooks_own_features_make_a_model_that_needs_nothing_else(shop: History, tmp_path: Path) -> None:
    from hotleads.scoring import load, save

    launch = shop.get_launch("month-6")
    all_of_them = fit_model(shop, launch, AS_OF, DEFAULTS).model.features
    chosen = tuple(f for f in all_of_them if f.name in ("days_since_last_purchase", "spend"))
    fortnight = next(f for f in all_of_them if f.name == "purchases_90d")
    fortnight = type(fortnight)(**{**vars(fortnight), "name": "purchases_14d", "window_days": 14})
    model = fit_model(shop, launch, AS_OF, replace(DEFAULTS, features=(*chosen, fortnight))).model
    assert [feature.name for feature in model.features] == [f.name for f in (*chosen, fortnight)]
    save(model, tmp_path / "model")
    rows = score_launch(shop, launch, load(tmp_path / "model"))
    pd.testing.assert_frame_equal(rows, score_launch(shop, launch, model))


@pytest.mark.slow
def test_the_study_in_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Benchmark small_sellers: drawn to a like prior it is far better than alone, to an unlike one hardly worse."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    sys.modules.pop("small_sellers", None)
    from small_sellers import study_sellers, summarize_sellers

    summary = summarize_sellers(study_sellers(6, 1, 6_000, buyers=(50,))).set_index("prior")
    assert summary.loc["like", "shrunk"] < summary.loc["like", "own"]
    assert summary.loc["like", "difference"] < 0.001
    assert summary.loc["unlike", "difference"] < 0.001
    assert summary.loc["like", "own_share"] < summary.loc["unlike", "own_share"]
