"""One scan for all accumulators: every row comes once, with its lead, whatever the ranges are."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

import hotleads.history.partitions
from hotleads.history import History, history_from_frames
from hotleads.history.scan import RangeRows, scan_history

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
LEADS = [f"lead{number:02}" for number in range(40)]


class Rows:
    """Every row that an accumulator was shown: the table, the lead, the time and a word."""

    capture_columns, purchase_columns = ("launch_id",), ("product_id", "bought")

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, int, str]] = []

    def process(self, rows: RangeRows) -> list[tuple[str, str, int, str]]:
        sources = (("leads", rows.captures, "launch_id"), ("purchases", rows.purchases, "product_id"))
        return [
            (
                table,
                lead.as_py(),
                int(lead_rows.times[row]),
                lead_rows.encode(word).categories[lead_rows.encode(word).codes[row]],
            )
            for table, lead_rows, word in sources
            for lead, start, stop in zip(rows.lead_ids, lead_rows.starts, lead_rows.stops, strict=True)
            for row in range(start, stop)
        ]

    def merge(self, part: list[tuple[str, str, int, str]]) -> None:
        self.rows += part


class Captors:
    """Looks at nothing but who was captured."""

    capture_columns: tuple[str, ...] = ()
    purchase_columns: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.rows: list[str] = []

    def process(self, rows: RangeRows) -> list[str]:
        some = rows.captures.stops > rows.captures.starts
        return [lead.as_py() for lead, captured in zip(rows.lead_ids, some, strict=True) if captured]

    def merge(self, part: list[str]) -> None:
        self.rows += part


@pytest.fixture
def shop() -> History:
    """Leads with captures, with purchases, and with both."""
    captured = [(lead, FIRST + timedelta(hours=hour)) for lead in LEADS[:30] for hour in range(2)]
    sold = [(lead, FIRST + timedelta(days=day)) for lead in LEADS[10:] for day in range(3)]
    return history_from_frames(
        launches=pd.DataFrame({"launch_id": ["L"], "strategy": ["classic"]}),
        leads=pd.DataFrame(captured, columns=["lead_id", "captured_at"]).assign(launch_id="L"),
        purchases=pd.DataFrame(sold, columns=["lead_id", "occurred_at"]).assign(
            transaction_id=lambda rows: [f"t{number}" for number in range(len(rows))], product_id="course", amount=1
        ),
    )


@pytest.mark.parametrize("rows", [1, 10**9])
def test_every_count_sees_every_row_once(rows: int, shop: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hotleads.history.partitions, "ROWS_PER_PARTITION", rows)
    all_rows, captors = Rows(), Captors()

    scan_history(shop, [all_rows, captors])

    columns = (("leads", "captured_at", "launch_id"), ("purchases", "occurred_at", "product_id"))
    read = [
        (table, lead, int(time.timestamp() * 1e6), word)
        for table, at, word in columns
        for lead, time, word in shop.read(table, ["lead_id", at, word]).to_pandas().itertuples(index=False)
    ]
    assert sorted(all_rows.rows) == sorted(read)
    assert captors.rows == LEADS[:30]  # in order


def test_without_counts_nothing_is_read(shop: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(History, "read_range", None)
    scan_history(shop, [])
