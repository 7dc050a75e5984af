"""Windows of a lead's own have the labels that the cohort of a launch has: one rule, in SQL and in the kernel."""

import numpy as np
import pandas as pd
import pytest

from hotleads.history import build_cohort, history_from_frames
from hotleads.history.outcomes import read_outcomes, read_revenues

OPENS, CLOSES = pd.Timestamp("2024-03-05", tz="UTC"), pd.Timestamp("2024-03-08", tz="UTC")
STATUSES = ("approved", "complete", "refunded", "canceled", "chargeback", "overdue")
LEADS = [f"lead{number:03}" for number in range(400)]


def draw_sales(seed: int) -> pd.DataFrame:
    """Draw status rows of two products, with every order of purchases, refunds and repetitions among the leads."""
    rng = np.random.default_rng(seed)
    rows = 5 * len(LEADS)
    leads = rng.choice(LEADS, rows)
    return pd.DataFrame(
        {
            "lead_id": leads,
            "transaction_id": np.char.add(leads, rng.choice(list("12"), rows)),
            "occurred_at": [f"2024-03-{day:02}" for day in rng.integers(1, 13, rows)],
            "status": rng.choice(STATUSES, rows, p=[0.4, 0.1, 0.2, 0.1, 0.1, 0.1]),
            "product_id": rng.choice(list("xy"), rows),
            "seller_id": rng.choice([None, "other"], rows, p=[0.8, 0.2]),
            "amount": 10,
        }
    )


@pytest.mark.parametrize("product", ["x", None])
def test_labels_and_owners_are_those_of_the_cohort(product: str | None) -> None:
    launch = {
        "launch_id": "L",
        "strategy": "classic",
        "product_id": product,
        "cart_opens_at": OPENS,
        "cart_closes_at": CLOSES,
    }
    captures = pd.DataFrame({"lead_id": LEADS, "captured_at": "2024-03-01"})
    history = history_from_frames(launches=pd.DataFrame([launch]), leads=captures, purchases=draw_sales(7))
    cohort = build_cohort(history, history.get_launch("L")).set_index("lead_id")["label"]
    windows = pd.DataFrame({"lead_id": LEADS, "as_of": OPENS, "until": CLOSES})
    outcomes = read_outcomes(history, windows, product).set_index(pd.Index(LEADS))
    assert set(outcomes.index[~outcomes["owned"]]) == set(cohort.index)
    assert (outcomes["label"].loc[cohort.index] == cohort).all()
    assert 0 < cohort.sum() < len(cohort)
    revenue = read_revenues(history, windows, [product] * len(LEADS), None)
    assert (revenue[outcomes["label"].to_numpy() == 0] == 0).all()
    assert revenue.max() >= 10
