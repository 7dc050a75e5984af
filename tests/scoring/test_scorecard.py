"""The scorecard, worked by hand."""

import pandas as pd
import pytest

from hotleads.history import History, history_from_frames
from hotleads.scoring.scorecard import Scorecard, ScorecardSignal, compute_scorecard, read_signal_events

AS_OF = pd.Timestamp("2025-03-31 12:00", tz="UTC")
LAUNCH = {
    "launch_id": ["spring"],
    "strategy": ["classic"],
    "cart_opens_at": [AS_OF],
    "cart_closes_at": [AS_OF + pd.Timedelta(days=7)],
}
#: Lead, event, days before as_of.
EVENTS = [
    ("hot", "checkout_started", 1.0),  # 30, does not decay
    ("hot", "sales_page_visit", 0.0001),  # 25
    ("hot", "sales_page_visit", 7.0),  # 25 x 0.8 = 20: each visit counts
    ("hot", "email_clicked", 14.0),  # 8 x 0.75^2 = 4.5
    ("few kinds", "checkout_started", 1.0),
    ("few kinds", "sales_page_visit", 0.0001),
    ("few kinds", "sales_page_visit", 0.0002),  # 80 points of two kinds alone
    ("once", "file_downloaded", 7.0),  # 15 x 0.85 = 12.75, and only the latest counts
    ("once", "file_downloaded", 14.0),
    ("half a week", "calculator_used", 3.5),  # 20 x 0.85^0.5
    ("lapsed", "checkout_started", 7.0),  # 30: on its last instant
    ("lapsed", "cart_abandoned", 7.001),  # nothing
    ("lapsed", "free_registration", 14.001),
    ("lapsed", "live_class_attended", 30.001),
    ("late", "message_to_seller", 0.0),  # at as_of itself: not known
    ("late", "checkout_started", -1.0),
    ("unknown kind", "members_progress", 1.0),
    ("very hot", "checkout_started", 1.0),
    ("very hot", "free_registration", 1.0),
    ("very hot", "message_to_seller", 1.0),
    ("very hot", "sales_page_visit", 0.0001),  # 30 + 30 + 30 + 25
    ("stranger", "checkout_started", 1.0),
]
#: Lead, points shown, raw points, kinds, tier.
WORKED = [
    ("hot", 79.5, 79.5, 3, "hot"),
    ("few kinds", 80.0, 80.0, 2, "warm"),
    ("once", 12.75, 12.75, 1, "cold"),
    ("half a week", 20 * 0.85**0.5, 20 * 0.85**0.5, 1, "cold"),
    ("lapsed", 30.0, 30.0, 1, "cold"),
    ("late", 0.0, 0.0, 0, "cold"),
    ("unknown kind", 0.0, 0.0, 0, "cold"),
    ("very hot", 100.0, 115.0, 4, "hot"),
    ("never seen", 0.0, 0.0, 0, "cold"),
]


@pytest.fixture(scope="module")
def history() -> History:
    rows = [(lead, event, AS_OF - pd.Timedelta(days=age)) for lead, event, age in EVENTS]
    leads = {"lead_id": sorted({lead for lead, _, _ in EVENTS}), "captured_at": AS_OF - pd.Timedelta(days=60)}
    return history_from_frames(
        launches=pd.DataFrame(LAUNCH),
        leads=pd.DataFrame(leads),
        events=pd.DataFrame(rows, columns=["lead_id", "event_type", "occurred_at"]),
    )


def build_leads(names: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"lead_id": names, "as_of": AS_OF})


@pytest.mark.parametrize(("lead", "points", "raw", "kinds", "tier"), WORKED, ids=[row[0] for row in WORKED])
def test_worked_by_hand(history: History, lead: str, points: float, raw: float, kinds: int, tier: str) -> None:
    row = compute_scorecard(history, build_leads([name for name, *_ in WORKED])).iloc[
        [name for name, *_ in WORKED].index(lead)
    ]
    assert row["signal_points"] == pytest.approx(points, abs=0.001)
    assert row["raw_signal_points"] == pytest.approx(raw, abs=0.001)
    assert (row["signal_kinds"], row["signal_tier"]) == (kinds, tier)


def test_a_lead_alone_and_among_others_has_the_same_points(history: History) -> None:
    names = [name for name, *_ in WORKED]
    together = compute_scorecard(history, build_leads(names))
    for position, name in enumerate(names):
        alone = compute_scorecard(history, build_leads([name]))
        at_hand = compute_scorecard(history, build_leads([name]), events=read_signal_events(history, names))
        for one in (alone, at_hand):
            pd.testing.assert_frame_equal(one, together.iloc[[position]].reset_index(drop=True), check_exact=True)


def test_everything_about_a_scorecard_can_be_set(history: History) -> None:
    scorecard = Scorecard(
        (ScorecardSignal("club", "intent", 5, 0.5, ("members_progress",), 2),),
        hot_points=4,
        hot_signals=1,
        max_points=3,
    )
    (row,) = compute_scorecard(history, build_leads(["unknown kind"]), scorecard).to_dict("records")
    assert row["raw_signal_points"] == pytest.approx(5 * 0.5 ** (1 / 7))
    assert (row["signal_points"], row["signal_tier"]) == (3, "hot")
