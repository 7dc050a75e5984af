"""The latest capture of leads, and since when they are known."""

from datetime import UTC, datetime, timedelta

import pandas as pd

from hotleads.history import build_cohort, history_from_frames
from hotleads.monitoring.capture_fields import read_capture_fields, read_first_known

OPENS = datetime(2024, 3, 1, tzinfo=UTC)
LAUNCH = {"launch_id": "L", "strategy": "classic", "cart_opens_at": OPENS, "cart_closes_at": OPENS + timedelta(days=7)}
EARLIER, LATER = OPENS - timedelta(days=3), OPENS - timedelta(days=2)


def test_the_latest_capture_counts_and_at_one_instant_the_last_of_the_file() -> None:
    captures = pd.DataFrame(
        [
            ("a", EARLIER, "z"),
            ("a", LATER, "b"),
            ("a", LATER, "a"),
            ("b", EARLIER, "c"),
            ("b", EARLIER, "a"),
            ("b", OPENS + timedelta(hours=1), "later"),
        ],
        columns=["lead_id", "captured_at", "utm_source"],
    ).assign(launch_id="L")
    history = history_from_frames(launches=pd.DataFrame([LAUNCH]), leads=captures)
    leads = build_cohort(history, history.get_launch("L"))
    [latest] = read_capture_fields(history, [(history.get_launch("L"), leads)])
    assert latest["utm_source"].to_dict() == {"a": "b", "b": "c"}
    [first_known] = read_first_known(history, [leads])
    assert set(first_known) == {pd.Timestamp(EARLIER).tz_localize(None)}
