"""The cost of drift, worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotleads.monitoring.cost import BuyerValue, LaunchOutcome, compute_drift_cost


def test_the_cost_of_three_leads_equals_a_hand_calculation() -> None:
    """Line at 0.2. Contacted: the first two (0.3, 0.25); worth it: the first and third (0.4, 0.1, 0.5 in truth)."""
    scored, true = np.array([0.3, 0.25, 0.1]), np.array([0.4, 0.1, 0.5])
    cost = compute_drift_cost(LaunchOutcome("realised", 3.0, 40.0, true), 3.5, scored, 0.2, BuyerValue(100.0, "BRL"))
    assert cost.lift_points == 0.5
    assert cost.buyers_missed == pytest.approx(2.0)
    assert cost.ranking == pytest.approx(200.0)
    assert cost.threshold == pytest.approx(100 * ((0.5 - 0.2) - (0.1 - 0.2)))


def test_without_amounts_the_cost_in_money_is_unknown() -> None:
    p = np.array([0.1, 0.5])
    cost = compute_drift_cost(LaunchOutcome("expected", 4.0, 10.0, p), 3.5, p, 0.2, BuyerValue(None, None))
    assert (cost.lift_points, cost.ranking, cost.threshold) == (0.0, None, None)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1), st.floats(0, 1))
def test_acting_on_true_probabilities_never_costs_more(pairs: list[tuple[float, float]], threshold: float) -> None:
    scored, true = map(np.array, zip(*pairs, strict=True))
    cost = compute_drift_cost(
        LaunchOutcome("realised", None, 1.0, true), None, scored, threshold, BuyerValue(1.0, None)
    )
    assert cost.threshold is not None
    assert cost.threshold >= 0
