"""What is read of several launches at once is what each has alone; and two launches worked by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from hotleads.history import History, Launch, build_cohorts, history_from_frames
from hotleads.monitoring.capture_fields import read_capture_fields, read_first_known
from hotleads.monitoring.cost import compute_buyer_value, compute_revenues
from hotleads.monitoring.launch_rows import LaunchRows, read_compared_rows, read_launch_rows
from hotleads.monitoring.references import find_earlier_launches
from hotleads.scoring import Model

CART = {"strategy": "classic", "capture_starts_at": "2024-01-20"}
LAUNCHES = [
    CART | {"launch_id": "A", "product_id": "course", "cart_opens_at": "2024-02-01", "cart_closes_at": "2024-02-08"},
    CART | {"launch_id": "B", "product_id": None, "cart_opens_at": "2024-04-01", "cart_closes_at": "2024-04-08"},
]
CAPTURES = [
    ("ana", "2024-01-20", "A", "instagram", None),
    ("ana", "2024-01-25", "A", "youtube", None),
    ("ana", "2024-03-01", "B", "e-mail", "grow"),
    ("bob", "2024-03-02", "B", None, None),
]
#: Of B: 100 less the refund of 40 within thirty days, the second refund comes later; of A: nothing but the course.
SALES = [
    ("ana", "t1", "2024-02-03", "approved", "course", 80),
    ("ana", "t2", "2024-02-04", "approved", "ebook", 5),
    ("bob", "t3", "2024-02-05", "approved", "ebook", 7),
    ("bob", "t4", "2024-04-02", "approved", "course", 100),
    ("bob", "t4", "2024-04-20", "refunded", "course", 40),
    ("bob", "t4", "2024-06-20", "refunded", "course", 60),
]


@pytest.fixture(scope="module")
def worked() -> History:
    return history_from_frames(
        launches=pd.DataFrame(LAUNCHES),
        leads=pd.DataFrame(CAPTURES, columns=["lead_id", "captured_at", "launch_id", "utm_source", "attr_goal"]),
        purchases=pd.DataFrame(
            SALES, columns=["lead_id", "transaction_id", "occurred_at", "status", "product_id", "amount"]
        ).assign(currency="BRL"),
    )


def test_capture_fields_and_first_known_equal_a_hand_calculation(worked: History) -> None:
    launches = list(worked.launches.values())
    leads = build_cohorts(worked, launches)
    before, after = read_capture_fields(worked, list(zip(launches, leads, strict=True)))
    assert before["utm_source"].to_dict() == {"ana": "youtube"}
    assert "attr_goal" not in before  # nobody had answered it
    assert after.loc["ana", ["utm_source", "attr_goal"]].to_list() == ["e-mail", "grow"]
    assert after.loc["bob"].isna().all()
    assert read_first_known(worked, leads)[1].to_dict() == {
        "ana": pd.Timestamp("2024-01-20"),
        "bob": pd.Timestamp("2024-02-05"),
    }


def test_revenue_equals_a_hand_calculation(worked: History, rows: LaunchRows) -> None:
    launches = list(worked.launches.values())
    a, b = (
        replace(rows, launch=launch, leads=leads)
        for launch, leads in zip(launches, build_cohorts(worked, launches), strict=True)
    )
    assert [list(revenue) for revenue in compute_revenues(worked, [a, b], "BRL")] == [[80.0], [0.0, 60.0]]
    assert [list(revenue) for revenue in compute_revenues(worked, [b], "USD")] == [[0.0, 0.0]]
    assert compute_buyer_value([a, b], compute_revenues(worked, [a, b], "BRL")) == 70.0
    assert compute_buyer_value([b], compute_revenues(worked, [b], "USD")) is None


def test_launches_read_together_equal_launches_read_alone(
    history: History, launch: Launch, model: Model, rows: LaunchRows
) -> None:
    before = find_earlier_launches(history, launch, model)
    together, earlier = read_compared_rows(history, launch, before, model)
    for read_together, alone in zip(
        (together, *earlier), (rows, *(read_launch_rows(history, one, model) for one in before)), strict=True
    ):
        assert read_together.context == alone.context
        for name in ("leads", "table", "baseline_table", "capture_fields"):
            pd.testing.assert_frame_equal(getattr(read_together, name), getattr(alone, name), check_exact=True)
        pd.testing.assert_series_equal(read_together.first_known, alone.first_known)
        np.testing.assert_array_equal(read_together.logit, alone.logit)
        np.testing.assert_array_equal(read_together.contributions, alone.contributions)


def test_new_leads_came_with_the_launch(rows: LaunchRows) -> None:
    as_of = datetime(2024, 3, 1, tzinfo=UTC)
    first_known = pd.Series([as_of.replace(tzinfo=None) - timedelta(days=days) for days in (1, 10, 27, 29)])
    leads = pd.DataFrame({"as_of": [as_of] * 4})
    opened = Launch("L", "classic", cart_opens_at=as_of, cart_closes_at=as_of, capture_starts_at=as_of - timedelta(9))
    launch_rows = replace(rows, launch=opened, leads=leads, first_known=first_known)
    assert launch_rows.is_new.tolist() == [True, False, False, False]
    assert replace(launch_rows, launch=replace(opened, capture_starts_at=None)).is_new.tolist() == [
        True,
        True,
        True,
        False,
    ]
