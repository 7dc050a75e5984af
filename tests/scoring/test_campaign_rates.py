"""Campaigns by the capture that counted, and small ones near the mean."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from hotleads.history import History, build_cohort, history_from_frames
from hotleads.scoring.campaign_rates import NO_CAMPAIGN, compute_campaign_rates

OPENS = datetime(2024, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def history() -> History:
    """40 leads of one ad, 3 of another; one of the first came again, without a campaign, and one after the opening.

    One came twice at one instant: the ad that stands last in the order of the file counts, as for the features.
    """
    leads = pd.DataFrame({"lead_id": [f"l{i:02d}" for i in range(43)], "captured_at": OPENS - timedelta(days=3)})
    leads["utm_campaign"] = ["big"] * 40 + ["small"] * 3
    again = pd.DataFrame(
        {"lead_id": ["l00", "l01"], "captured_at": [OPENS - timedelta(days=1), OPENS + timedelta(days=1)]}
    )
    twice = pd.DataFrame({"lead_id": "l02", "captured_at": OPENS - timedelta(days=2), "utm_campaign": ["big", "ad"]})
    launches = pd.DataFrame([{"launch_id": "L", "strategy": "classic", "cart_opens_at": OPENS}])
    launches["cart_closes_at"] = OPENS + timedelta(days=7)
    return history_from_frames(launches=launches, leads=pd.concat([leads, again, twice]).assign(launch_id="L"))


def test_rates_are_of_the_capture_that_was_known_last(history: History) -> None:
    launch = history.get_launch("L")
    scored = build_cohort(history, launch)
    label = np.isin(scored["lead_id"], ["l40", "l41", "l42", "l05", "l06"]).astype(np.int64)
    rates = compute_campaign_rates(history, launch, scored, label)
    assert [(rate["campaign"], rate["leads"], rate["buyers"]) for rate in rates] == [
        ("big", 39, 2),
        ("small", 3, 3),
        (NO_CAMPAIGN, 1, 0),
    ]
    small = rates[1]
    assert small["conversion"] == 1
    assert small["low"] < small["shrunk"] < 0.95
    assert all(0 <= rate["low"] <= rate["shrunk"] <= rate["high"] <= 1 for rate in rates)


def test_one_campaign_is_compared_with_nothing(history: History) -> None:
    launch = history.get_launch("L")
    scored = build_cohort(history, launch).query("'l02' <= lead_id < 'l40'")
    assert compute_campaign_rates(history, launch, scored, np.zeros(len(scored), np.int64)) == []
