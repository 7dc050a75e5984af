"""The latest captures of the leads of a launch."""

from datetime import UTC, datetime, timedelta

import pandas as pd

from hotleads.checks.context import CheckContext
from hotleads.checks.launch_fields import read_launch_fields
from hotleads.history import history_from_frames

OPENS = datetime(2024, 3, 1, tzinfo=UTC)
LAUNCH = {"launch_id": "L", "strategy": "classic", "cart_opens_at": OPENS, "cart_closes_at": OPENS + timedelta(days=7)}


def test_of_captures_at_one_instant_the_last_in_the_file_counts() -> None:
    earlier, later = OPENS - timedelta(days=3), OPENS - timedelta(days=2)
    rows = [("a", earlier, "z"), ("a", later, "b"), ("a", later, "a"), ("b", earlier, "c")]
    captures = pd.DataFrame(rows, columns=["lead_id", "captured_at", "utm_source"]).assign(launch_id="L")
    sold = {"transaction_id": "t", "lead_id": "a", "occurred_at": OPENS + timedelta(days=30), "status": "approved"}
    history = history_from_frames(launches=pd.DataFrame([LAUNCH]), leads=captures, purchases=pd.DataFrame([sold]))
    with history.connect() as con:
        [launch_fields] = read_launch_fields(CheckContext(history, con))
    assert launch_fields.fields["utm_source"].to_dict() == {"a": "b", "b": "c"}
