"""A model beside the baselines on the same leads, and which of them beats it."""

import json

import numpy as np
import pandas as pd
import pytest

from hotleads.evaluation import log_loss, roc_auc
from hotleads.history import History, build_cohort, history_from_frames
from hotleads.training.baselines.comparison import (
    average_baselines,
    compare_to_baselines,
    find_better_baseline,
    predict_baselines,
)
from hotleads.training.training_set import build_training_set

from ..businesses import Frames, to_instant

OF_BUYERS = {"BG/NBD", "Pareto/NBD"}
ALWAYS = {"base rate", "recency rule", "RFM quintiles", "logistic regression on RFM", "gradient boosting"}


def draw_scores(history: History, name: str = "month-6") -> pd.DataFrame:
    """The launch's leads with a made-up model's probabilities: the truth, seen through fog."""
    rows = build_cohort(history, history.get_launch(name))
    fog = np.random.default_rng(5).uniform(-0.3, 0.3, len(rows))
    return rows.assign(probability=0.35 + 0.3 * rows["label"] + fog)


def build_entry(baseline: str, **differences: list[float | None]) -> dict[str, object]:
    nothing = {"roc_auc": [0.0, -0.1, 0.1], "average_precision": [0.0, -0.1, 0.1], "log_loss": [0.0, -0.1, 0.1]}
    return {"baseline": baseline, "difference": nothing | differences}


class TestComparison:
    @pytest.fixture(scope="class")
    @classmethod
    def baselines(cls, shop: History) -> list[dict[str, object]]:
        launch = shop.get_launch("month-6")
        rows = draw_scores(shop)
        predictions = predict_baselines(shop, launch, build_training_set(shop, launch, launch.as_of), rows)
        return compare_to_baselines(predictions, rows)

    def test_has_every_baseline_that_the_history_allows(self, baselines: list[dict[str, object]]) -> None:
        assert {
            baseline["baseline"] for baseline in baselines
        } == ALWAYS | OF_BUYERS  # its events are none of the card's

    def test_is_plain_values(self, baselines: list[dict[str, object]]) -> None:
        assert json.loads(json.dumps(baselines, allow_nan=False)) == baselines

    def test_differences_are_the_models_figure_minus_the_baselines(
        self, shop: History, baselines: list[dict[str, object]]
    ) -> None:
        rows = draw_scores(shop)
        for baseline in baselines:
            metrics, gaps = baseline["metrics"], baseline["difference"]
            assert gaps["roc_auc"][0] == pytest.approx(roc_auc(rows["label"], rows["probability"]) - metrics["roc_auc"])
            ours = log_loss(rows["label"], rows["probability"])
            assert gaps["log_loss"][0] == pytest.approx(ours - metrics["log_loss"])
            assert gaps["roc_auc"][1] <= gaps["roc_auc"][0] <= gaps["roc_auc"][2]

    def test_nothing_at_or_after_as_of_changes_a_baseline(self, shop: History, shop_frames: Frames) -> None:
        launch = shop.get_launch("month-6")
        leads = build_cohort(shop, launch)
        cut = {
            "purchases": shop_frames["purchases"][shop_frames["purchases"]["occurred_at"] < to_instant(150)],
            "events": shop_frames["events"][shop_frames["events"]["occurred_at"] < to_instant(150)],
        }
        before = history_from_frames(**shop_frames | cut)
        original = predict_baselines(shop, launch, build_training_set(shop, launch, launch.as_of), leads)
        again = predict_baselines(before, launch, build_training_set(before, launch, launch.as_of), leads)
        for baseline, probability in original.items():
            np.testing.assert_array_equal(again[baseline], probability, err_msg=baseline)

    def test_the_scorecard_is_there_where_leads_gave_signals(self, shop_frames: Frames) -> None:
        events = shop_frames["events"].assign(event_type="sales_page_visit")
        history = history_from_frames(**shop_frames | {"events": events})
        launch = history.get_launch("month-6")
        leads = build_cohort(history, launch)
        predictions = predict_baselines(history, launch, build_training_set(history, launch, launch.as_of), leads)
        assert len(set(predictions["scorecard"])) > 10

    def test_without_purchases_before_it_there_are_no_models_of_buying(self, evergreen_frames: Frames) -> None:
        """Strangers who are captured, and buy once afterwards if at all."""
        sold = evergreen_frames["purchases"].query("status == 'approved'").drop_duplicates("lead_id")
        first = sold.set_index("lead_id")["occurred_at"]
        leads = evergreen_frames["leads"].drop_duplicates("lead_id")
        leads = leads[leads["captured_at"] < leads["lead_id"].map(first).fillna(to_instant(1000))]
        frames = evergreen_frames | {"purchases": sold[sold["lead_id"].isin(leads["lead_id"])], "leads": leads}
        history = history_from_frames(**frames)
        launch = history.get_launch("evergreen")
        training_set = build_training_set(history, launch, to_instant(150))
        assert set(predict_baselines(history, launch, training_set, build_cohort(history, launch))) == ALWAYS


class TestFindBetterBaseline:
    def test_none(self) -> None:
        assert find_better_baseline([]) is None
        assert (
            find_better_baseline(
                [build_entry("a"), build_entry("b", roc_auc=[0.1, 0.05, 0.2], log_loss=[-0.1, -0.2, -0.05])]
            )
            is None
        )

    def test_the_baseline_that_is_surely_better_is_named(self) -> None:
        better = find_better_baseline([build_entry("a"), build_entry("recency rule", log_loss=[0.01, 0.006, 0.02])])
        assert better == "the recency rule (log loss +0.0100, 90% interval +0.0060 to +0.0200)"
        assert "ROC AUC -0.0300" in str(find_better_baseline([build_entry("a", roc_auc=[-0.03, -0.04, -0.015])]))

    def test_the_surest_loss_is_named(self) -> None:
        better = find_better_baseline(
            [build_entry("a", roc_auc=[-0.2, -0.4, -0.1]), build_entry("b", log_loss=[0.01, 0.009, 0.011])]
        )
        assert str(better).startswith("the b (log loss +0.0100")

    @pytest.mark.parametrize(
        "gap", [[0.01, -0.001, 0.02], [0.0019, 0.001, 0.003], [-0.01, -0.02, -0.004], [0.01, None, None], [None] * 3]
    )
    def test_what_is_unsure_small_or_better_is_no_loss(self, gap: list[float | None]) -> None:
        assert find_better_baseline([build_entry("a", log_loss=gap)]) is None

    def test_the_more_is_compared_the_surer_a_loss_must_be(self) -> None:
        loss = build_entry("recency rule", log_loss=[0.01, 0.003, 0.017])
        undefined = dict.fromkeys(("roc_auc", "average_precision"), [None] * 3)
        assert find_better_baseline([loss | {"difference": loss["difference"] | undefined}]) is not None  # type: ignore[operator]
        assert find_better_baseline([loss, *[build_entry(f"baseline {number}") for number in range(7)]]) is None

    def test_a_model_as_good_as_eight_baselines_seldom_loses_to_any(self) -> None:
        """Gaps by chance alone: 24 of them at 90% would give a loss to two models of three."""
        random = np.random.default_rng(0)
        losses = at_once = 0
        for _ in range(400):
            gaps = random.normal(0, 0.02, (8, 3))
            ends = np.stack([gaps, gaps - 1.645 * 0.02, gaps + 1.645 * 0.02], axis=-1)
            names = ("roc_auc", "average_precision", "log_loss")
            baselines = [
                build_entry(f"baseline {n}", **dict(zip(names, intervals.tolist(), strict=True)))
                for n, intervals in enumerate(ends)
            ]
            losses += find_better_baseline(baselines) is not None
            at_once += any(find_better_baseline([baseline]) is not None for baseline in baselines)
        assert losses / 400 < 0.08
        assert at_once / 400 > 0.2


def test_means_are_over_the_launches_that_have_the_baseline() -> None:
    figures = dict.fromkeys(("roc_auc", "average_precision", "lift_10", "log_loss", "ece"))
    one = build_entry("a", roc_auc=[0.1, 0.0, 0.2]) | {"metrics": figures | {"roc_auc": 0.6}}
    two = build_entry("a", roc_auc=[0.2, 0.1, 0.3]) | {"metrics": figures | {"roc_auc": 0.8}}
    other = build_entry("b") | {"metrics": figures}
    first, second = average_baselines([[one], [two, other]])
    assert (first["baseline"], first["launches"], second["baseline"], second["launches"]) == ("a", 2, "b", 1)
    assert first["metrics"]["roc_auc"] == pytest.approx(0.7)
    assert first["difference"]["roc_auc"] == pytest.approx(0.15)
    assert second["metrics"]["roc_auc"] is None
