"""A conversion that the owner knows: the order and the scores stay, the probabilities add up to it."""

import numpy as np
import pytest

from hotleads.history import History
from hotleads.scoring import Model, ScoringOptions, build_scored_rows, correct_prior, predict_launch, tier_by_capacity


@pytest.mark.parametrize("rate", [0.001, 0.2, 0.9])
def test_probabilities_add_up_to_it_and_order_and_scores_stay(history: History, model: Model, rate: float) -> None:
    ranked = predict_launch(history, history.get_launch("L3"), model)
    moved = correct_prior(ranked, rate)
    assert moved.probability.mean() == pytest.approx(rate, abs=1e-9)
    (before,), (rows,) = (
        list(build_scored_rows(predictions, options=ScoringOptions(reasons=1))) for predictions in (ranked, moved)
    )
    assert list(rows["lead_id"]) == list(before["lead_id"])
    np.testing.assert_allclose(rows["score"], before["score"], atol=0.11)
    np.testing.assert_array_equal(np.sort(rows["probability"]), np.sort(moved.probability))
    assert rows["findings"].map(lambda codes: "expected-rate-given" in codes).all()
    assert (rows["model_version"] == moved.model.version).all()
    assert moved.model.version != model.version
    assert moved.model.card["expected_rate"]["from_version"] == model.version
    odds = rows["logit"].to_numpy() - before["logit"].to_numpy()
    assert np.ptp(odds) == pytest.approx(0, abs=1e-9)


def test_tiers_are_those_of_the_new_probabilities(history: History, model: Model) -> None:
    ranked = predict_launch(history, history.get_launch("L3"), model)
    moved = correct_prior(ranked, 0.01, tiers=tier_by_capacity(20))
    assert (moved.profile.policy.assign_tiers(moved.probability) == "hot").sum() <= 20
    assert correct_prior(ranked, 0.01).profile.policy.hot == ranked.profile.policy.hot


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1])
def test_what_is_no_share_is_refused(history: History, model: Model, rate: float) -> None:
    with pytest.raises(ValueError, match="above 0 and below 1"):
        correct_prior(predict_launch(history, history.get_launch("L3"), model), rate)
