"""The ledger in memory and the ledger in SQL say the same of any rows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from history import history_from_frames
from history.inline import LedgerRow, PurchaseRow, lead_ledger
from history.schema import STATUSES

START = datetime(2024, 1, 1, tzinfo=UTC)
LAUNCHES = pd.DataFrame({"launch_id": ["L"], "strategy": ["classic"]})

few = st.sampled_from
rows = st.builds(
    PurchaseRow,
    occurred_at=st.integers(0, 3),
    transaction_id=few(["t1", "t2"]),
    status=st.integers(0, len(STATUSES) - 1),
    event_id=few([None, None, "e1", "e2"]),
    amount=few([None, 0, 50_000, 100_000, 100_001]),
    product_id=few([None, "p", "q"]),
    recurrence_number=few([None, 1, 2]),
    currency=few([None, "BRL", "USD"]),
    installments=few([None, 1]),
    country=few([None, "BR"]),
    payment_method=st.none(),
    offer=st.none(),
    language=st.none(),
)


def told_by_sql(lead: list[PurchaseRow]) -> list[tuple[Any, ...]]:
    frame = pd.DataFrame(lead, columns=list(PurchaseRow._fields)).astype(object)
    frame["occurred_at"] = [START + timedelta(microseconds=row.occurred_at) for row in lead]
    frame["status"] = [STATUSES[row.status] for row in lead]
    frame["amount"] = [None if row.amount is None else f"{row.amount / 10_000:.4f}" for row in lead]
    for name in ("recurrence_number", "installments"):
        frame[name] = frame[name].astype("Int64")
    history = history_from_frames(launches=LAUNCHES, purchases=frame.assign(lead_id="lead"))
    names = ["transaction_id", "status", "product_id", "currency", "recurrence_number", "bought", "ends"]
    table = history.read("purchases", [*names, "first_of_product", "net_amount", "occurred_at"]).to_pylist()
    return [tuple(row.values()) for row in table]


def told_in_memory(entries: list[LedgerRow]) -> list[tuple[Any, ...]]:
    told = []
    for row, bought, ends, first, net in entries:
        said = (row.transaction_id, STATUSES[row.status], row.product_id, row.currency, row.recurrence_number)
        at = START + timedelta(microseconds=row.occurred_at)
        told.append((*said, bought, ends, first, net / 10_000, at))
    return told


@settings(max_examples=60, deadline=None)
@given(st.lists(rows, min_size=1, max_size=12))
def test_says_what_sql_says(lead: list[PurchaseRow]) -> None:
    in_memory = told_in_memory(lead_ledger(lead))
    in_sql = [(*row[:8], float(row[8]), row[9]) for row in told_by_sql(lead)]
    assert in_memory == in_sql


def test_the_order_in_which_rows_come_changes_nothing() -> None:
    lead = [
        PurchaseRow(at, transaction, status, amount=amount)
        for at, transaction, status, amount in [(5, "b", 2, 7), (1, "a", 2, 9), (3, "a", 8, None), (3, "a", 8, 4)]
    ]
    assert lead_ledger(lead) == lead_ledger(reversed(lead))


def test_a_refund_without_an_amount_takes_back_what_was_left() -> None:
    approved, refunded = STATUSES.index("approved"), STATUSES.index("refunded")
    lead = [
        PurchaseRow(1, "t", approved, amount=100, product_id="p"),
        PurchaseRow(2, "t", refunded, amount=40),
        PurchaseRow(3, "t", refunded),
    ]
    found = lead_ledger(lead)
    assert [entry.net_amount for entry in found] == [100, -40, -60]
    assert [entry.ends for entry in found] == [False, False, True]
    assert [entry.row.product_id for entry in found] == ["p", "p", "p"]
