"""The ledger in memory and the ledger in SQL say the same of any rows."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotleads.history import history_from_frames
from hotleads.history.ledger_memory import Ledger, PurchaseDetails, PurchaseRow, build_ledger, find_owners, sort_rows
from hotleads.history.schema import PURCHASE_TIE_BREAKERS, STATUSES, TABLES

START = datetime(2024, 1, 1, tzinfo=UTC)
LAUNCHES = pd.DataFrame({"launch_id": ["L"], "strategy": ["classic"]})
APPROVED, REFUNDED = STATUSES.index("approved"), STATUSES.index("refunded")

few = st.sampled_from
COLUMNS = ("event_id", "product_id", "recurrence_number", "currency", "payment_method", "installments", "seller_id")


def details(**columns: Any) -> Any:
    """The rest of a row's columns."""
    return SimpleNamespace(**dict.fromkeys((*COLUMNS, "offer", "country", "language")) | columns)


rows = st.builds(
    PurchaseRow,
    occurred_at=st.integers(0, 3),
    transaction_id=few(["t1", "t2"]),
    status=st.integers(0, len(STATUSES) - 1),
    amount=few([None, 0, 50_000, 100_000, 100_001]),
    details=st.builds(
        details,
        event_id=few([None, None, "", "e1", "e2"]),
        product_id=few([None, "", "p", "q", " q"]),
        recurrence_number=few([None, 1, 2]),
        currency=few([None, "BRL", "USD"]),
        installments=few([None, 1]),
        country=few([None, "BR"]),
        seller_id=few([None, None, "", "s1"]),
    ),
)
leads = st.lists(st.lists(rows, max_size=12), min_size=1, max_size=12).filter(any)  # one history for many


def read_from_sql(leads: list[list[PurchaseRow]]) -> list[tuple[Any, ...]]:
    table = [
        vars(row.details)
        | {name: (vars(row.details)[name] or "").strip() or None for name in ("event_id", "product_id", "seller_id")}
        | {"lead_id": f"lead {number:02}", "transaction_id": row.transaction_id, "status": STATUSES[row.status]}
        | {"occurred_at": START + timedelta(microseconds=row.occurred_at)}
        | {"amount": None if row.amount is None else f"{row.amount / 10_000:.4f}"}
        for number, lead in enumerate(leads)
        for row in lead
    ]
    frame = pd.DataFrame(table, columns=list(TABLES["purchases"].names)).astype(object)
    for name in ("recurrence_number", "installments"):
        frame[name] = frame[name].astype("Int64")
    history = history_from_frames(launches=LAUNCHES, purchases=frame)
    names = ["occurred_at", "status", "product_id", "currency", "recurrence_number", "bought", "ends"]
    purchases = history.read("purchases", [*names, "first_of_product", "net_amount", "amount"]).to_pylist()
    return [(*list(row.values())[:-2], float(row["net_amount"]), row["amount"] is not None) for row in purchases]


def list_rows(ledger: Ledger) -> list[tuple[Any, ...]]:
    words = {name: [*getattr(ledger, name).categories, None] for name in ("product_id", "currency")}
    return [
        (
            *(START + timedelta(microseconds=int(ledger.times[i])), STATUSES[ledger.status[i]]),
            *(words[name][getattr(ledger, name).codes[i]] for name in ("product_id", "currency")),
            *(ledger.recurrence_number[i] or None, ledger.bought[i], ledger.ends[i], ledger.first_of_product[i]),
            *(ledger.net_amount[i] / 10_000, ledger.has_amount[i]),
        )
        for i in range(len(ledger.times))
    ]


def one(*lead: PurchaseRow) -> Ledger:
    return build_ledger([sort_rows(lead)])


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(leads)
def test_says_what_sql_says(leads: list[list[PurchaseRow]]) -> None:
    assert list_rows(build_ledger([sort_rows(lead) for lead in leads])) == read_from_sql(leads)


def test_the_order_in_which_rows_come_changes_nothing() -> None:
    lead = [
        PurchaseRow(at, transaction, status, amount, details())
        for at, transaction, status, amount in [(5, "b", 2, 7), (1, "a", 2, 9), (3, "a", 8, None), (3, "a", 8, 4)]
    ]
    assert list_rows(one(*lead)) == list_rows(one(*reversed(lead)))


def test_a_refund_without_an_amount_takes_back_what_was_left() -> None:
    ledger = one(
        PurchaseRow(1, "t", APPROVED, 100, details(product_id="p")),
        PurchaseRow(2, "t", REFUNDED, 40, details()),
        PurchaseRow(3, "t", REFUNDED, None, details()),
    )
    assert ledger.net_amount.tolist() == [100, -40, -60]
    assert ledger.ends.tolist() == [False, False, True]
    assert ledger.product_id.codes.tolist() == [0, 0, 0]


def test_who_owns_a_product_before_an_instant() -> None:
    bought = [
        PurchaseRow(1, "t", APPROVED, 100, details(product_id="p")),
        PurchaseRow(5, "t", REFUNDED, 100, details()),
    ]
    again = [*bought, PurchaseRow(4, "u", APPROVED, 100, details(product_id="p"))]
    ledger = build_ledger([sort_rows(bought), [], sort_rows(again)])
    assert {at: find_owners(ledger, "p", np.full(3, at)).tolist() for at in (1, 2, 5, 6)} == {
        1: [False, False, False],
        2: [True, False, True],
        5: [True, False, True],
        6: [False, False, True],
    }
    assert not find_owners(ledger, "q", np.full(3, 9)).any()


def test_a_row_in_memory_has_every_column_of_the_contract_and_each_can_break_a_tie() -> None:
    columns = set(TABLES["purchases"].names)

    assert {"lead_id", *PurchaseRow._fields, *PurchaseDetails.__annotations__} - {"details"} == columns
    assert {"lead_id", "occurred_at", "transaction_id", "status", *PURCHASE_TIE_BREAKERS} == columns
