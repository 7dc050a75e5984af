"""What each status row changes: golden rows, an independent reading of the contract, and the laws of a ledger."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotleads.history.ledger import build_ledger_sql
from hotleads.history.schema import STATUSES, TABLES

Row = dict[str, Any]
START = datetime(2024, 1, 1, tzinfo=UTC)
TYPES = {"instant": pa.timestamp("us", "UTC"), "money": pa.decimal128(18, 4), "integer": pa.int64()}
SCHEMA = pa.schema([(column.name, TYPES.get(column.kind, pa.string())) for column in TABLES["purchases"].columns])


def row(day: int, status: str, amount: float | None = None, *, transaction: str = "t", **more: Any) -> Row:
    return {
        "transaction_id": transaction,
        "lead_id": "ana",
        "occurred_at": START + timedelta(days=day),
        "status": status,
        "amount": None if amount is None else Decimal(str(amount)),
    } | more


@cache
def database() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(config={"threads": 1})
    con.execute("SET TimeZone = 'UTC'")
    return con


def ledger(rows: Sequence[Row]) -> list[Row]:
    database().register("rows", pa.Table.from_pylist(list(rows), schema=SCHEMA))
    return database().sql(build_ledger_sql("rows")).to_arrow_table().to_pylist()


# Each: a name, the rows in time order, and for each row (bought, ends, what it adds to spend).
_, BUYS, ENDS = (False, False), (True, False), (False, True)
GOLDEN: list[tuple[str, list[Row], list[tuple[tuple[bool, bool], float]]]] = [
    ("approved", [row(1, "approved", 100)], [(BUYS, 100)]),
    ("complete", [row(1, "complete", 100)], [(BUYS, 100)]),
    (
        "approved, then complete: bought once, paid once",
        [row(1, "approved", 100), row(2, "complete", 100)],
        [(BUYS, 100), (_, 0)],
    ),
    (
        "a slip that was paid",
        [row(1, "started", 100), row(1, "billet_printed", 100), row(3, "approved", 100)],
        [(_, 0), (_, 0), (BUYS, 100)],
    ),
    ("a slip that lapsed", [row(1, "billet_printed", 100), row(4, "expired", 100)], [(_, 0), (_, 0)]),
    ("refunded", [row(1, "approved", 100), row(2, "refunded", 100)], [(BUYS, 100), (ENDS, -100)]),
    ("refunded, written negative", [row(1, "approved", 100), row(2, "refunded", -100)], [(BUYS, 100), (ENDS, -100)]),
    ("refunded without an amount", [row(1, "approved", 100), row(2, "refunded")], [(BUYS, 100), (ENDS, -100)]),
    ("refunded in part", [row(1, "approved", 100), row(2, "refunded", 99.99)], [(BUYS, 100), (_, -99.99)]),
    (
        "refunded in two halves",
        [row(1, "approved", 100), row(2, "refunded", 50), row(3, "refunded", 50)],
        [(BUYS, 100), (_, -50), (ENDS, -50)],
    ),
    (
        "a half, then the rest without an amount",
        [row(1, "approved", 100), row(2, "refunded", 30), row(3, "refunded")],
        [(BUYS, 100), (_, -30), (ENDS, -70)],
    ),
    ("charged back in part", [row(1, "approved", 100), row(2, "chargeback", 10)], [(BUYS, 100), (ENDS, -10)]),
    (
        "charged back after a refund, without an amount: nothing was left to take",
        [row(1, "approved", 100), row(2, "refunded", 100), row(3, "chargeback")],
        [(BUYS, 100), (ENDS, -100), (_, 0)],
    ),
    (
        "canceled takes no money; the refund that follows does",
        [row(1, "approved", 100), row(2, "canceled", 100), row(3, "refunded", 100)],
        [(BUYS, 100), (ENDS, 0), (_, -100)],
    ),
    ("canceled before it was bought", [row(1, "canceled"), row(2, "approved", 100)], [(_, 0), (BUYS, 100)]),
    ("a refund of a transaction never seen", [row(1, "refunded", 40)], [(_, -40)]),
    ("the same without an amount", [row(1, "refunded")], [(_, 0)]),
    (
        "a refund from before the purchase gives nothing of it back",
        [row(1, "refunded", 50), row(2, "approved", 100), row(3, "refunded", 50)],
        [(_, -50), (BUYS, 100), (_, -50)],
    ),
    (
        "overdue, protested and expired change nothing",
        [row(1, "approved", 100), row(2, "overdue", 100), row(3, "protested", 100), row(4, "expired", 100)],
        [(BUYS, 100), (_, 0), (_, 0), (_, 0)],
    ),
    ("approved without an amount", [row(1, "approved")], [(BUYS, 0)]),
    (
        "a renewal is a purchase of its own",
        [
            row(1, "approved", 100, recurrence_number=1),
            row(31, "approved", 100, transaction="t2", recurrence_number=2),
        ],
        [(BUYS, 100), (BUYS, 100)],
    ),
    (
        "cents stay exact",
        [row(1, "approved", 0.1), row(2, "approved", 0.2, transaction="t2"), row(3, "refunded", 0.1)],
        [(BUYS, 0.1), (BUYS, 0.2), (ENDS, -0.1)],
    ),
]


@pytest.mark.parametrize(("rows", "expected"), [case[1:] for case in GOLDEN], ids=[case[0] for case in GOLDEN])
@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_golden_rows(rows: list[Row], expected: list[tuple[tuple[bool, bool], float]], backwards: bool) -> None:
    states = ledger(rows[::-1] if backwards else rows)

    assert [((one["bought"], one["ends"]), one["net_amount"]) for one in states] == [
        (flags, Decimal(str(amount))) for flags, amount in expected
    ]


def test_rows_of_one_instant_apply_in_the_order_of_their_statuses() -> None:
    rows = [row(1, status, 100) for status in reversed(STATUSES)]

    states = ledger(rows)

    assert [one["status"] for one in states] == list(STATUSES)
    assert [one["status"] for one in states if one["bought"]] == ["approved"]
    assert [one["status"] for one in states if one["ends"]] == ["canceled"]


def test_a_row_that_leaves_out_product_and_currency_has_those_before_it_and_never_those_after() -> None:
    rows = [
        row(1, "started"),
        row(2, "billet_printed", product_id="course", currency="BRL"),
        row(3, "approved", 100),
        row(4, "refunded", 100),
        row(5, "approved", 5, transaction="other"),
    ]

    states = ledger(rows)

    assert [one["product_id"] for one in states] == [None, "course", "course", "course", None]
    assert [one["currency"] for one in states] == [None, "BRL", "BRL", "BRL", None]


def test_the_first_purchase_of_each_product_is_marked() -> None:
    rows = [
        row(1, "billet_printed", 10, transaction="slip", product_id="course"),
        row(2, "approved", 10, transaction="a", product_id="course"),
        row(3, "approved", 10, transaction="b", product_id="course"),
        row(4, "approved", 10, transaction="c", product_id="ebook"),
        row(5, "approved", 10, transaction="d"),
        row(6, "approved", 10, transaction="e", product_id="course", lead_id="bob"),
    ]

    marked = [one["transaction_id"] for one in ledger(rows) if one["first_of_product"]]

    assert marked == ["a", "c", "e"]


def test_leads_who_share_a_transaction_id_share_nothing_else() -> None:
    rows = [row(1, "approved", 100), row(2, "refunded", 100, lead_id="bob")]

    assert [(one["lead_id"], one["ends"], one["net_amount"]) for one in ledger(rows)] == [
        ("ana", False, 100),
        ("bob", False, -100),
    ]


# --------------------------------------------------------------------------------------------------------------- laws
def random_row(lead: str, number: int, day: int, status: str, amount: int, product: str | None, silent: bool) -> Row:
    says_no_amount = silent and status not in ("approved", "complete")
    return row(
        day,
        status,
        None if says_no_amount else amount,
        transaction=f"{lead}{number}",
        lead_id=lead,
        product_id=product,
    )


ROWS = st.lists(
    st.builds(
        random_row,
        st.sampled_from(["ana", "bob"]),
        st.integers(1, 3),
        st.integers(0, 6),
        st.sampled_from(STATUSES),
        st.integers(0, 4).map(lambda quarters: 25 * quarters),
        st.sampled_from([None, "course", "ebook"]),
        st.booleans(),
    ),
    max_size=30,
)
LAW = settings(max_examples=15, deadline=None)


@pytest.mark.parametrize("column", [name for name in SCHEMA.names if name not in ("lead_id", "status")])
def test_no_column_leaves_the_order_of_two_rows_to_the_source(column: str) -> None:
    values = {pa.string(): ("1", "2"), pa.int64(): (1, 2), TYPES["money"]: (Decimal(1), Decimal(2))}
    pair = values.get(SCHEMA.field(column).type, (START, START + timedelta(days=1)))
    rows = [row(1, "approved", 100) | {column: value} for value in pair]

    assert ledger(rows) == ledger(rows[::-1])


@LAW
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_the_source_changes_nothing(rows: list[Row], random: Any) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)

    assert ledger(shuffled) == ledger(rows)


@LAW
@given(ROWS, ROWS, st.integers(0, 6))
def test_rows_at_or_after_an_instant_change_nothing_before_it(rows: list[Row], others: list[Row], day: int) -> None:
    instant = START + timedelta(days=day)
    before = [one for one in rows if one["occurred_at"] < instant]
    after = [one for one in others if one["occurred_at"] >= instant]

    def select_before(states: list[Row]) -> list[Row]:
        return [one for one in states if one["occurred_at"] < instant]

    assert select_before(ledger(rows)) == select_before(ledger(before + after))


@LAW
@given(ROWS)
def test_net_amounts_add_up_to_what_was_paid_less_what_was_taken_back(rows: list[Row]) -> None:
    with_amounts = [one | {"amount": one["amount"] or Decimal(0)} for one in rows]

    states = ledger(with_amounts)

    paid = sum(one["amount"] for one in states if one["bought"])
    taken = sum(one["amount"] for one in states if one["status"] in ("refunded", "chargeback"))
    assert sum(one["net_amount"] for one in states) == paid - taken


def by_hand(rows: list[Row]) -> list[tuple[bool, bool, Decimal]]:
    """The contract read row by row, for one transaction in order."""
    states, paid, taken, owned, ended = [], Decimal(0), Decimal(0), False, False
    for one in rows:
        bought = one["status"] in ("approved", "complete") and not owned
        net = one["amount"] if bought else Decimal(0)
        ends = False
        if one["status"] in ("refunded", "chargeback"):
            left = max(paid - taken, Decimal(0))
            back = left if one["amount"] is None else abs(one["amount"])
            net, taken = -back, taken + (back if owned else 0)
            ends = owned and (one["status"] == "chargeback" or taken >= paid)
        ends = ends or (owned and one["status"] == "canceled")
        states.append((bought, ends and not ended, net))
        if bought:
            owned, paid = True, one["amount"]
        ended = ended or ends
    return states


@LAW
@given(ROWS)
def test_the_ledger_agrees_with_the_contract_read_row_by_row(rows: list[Row]) -> None:
    with_ids = [one | {"event_id": f"{number:02}"} for number, one in enumerate(rows)]  # so that no two rows tie
    states = ledger(with_ids)

    for transaction in {one["transaction_id"] for one in rows}:
        ordered = sorted(
            (one for one in with_ids if one["transaction_id"] == transaction),
            key=lambda one: (one["occurred_at"], STATUSES.index(one["status"]), one["event_id"]),
        )
        of_it = [one for one in states if one["transaction_id"] == transaction]
        assert [(one["bought"], one["ends"], one["net_amount"]) for one in of_it] == by_hand(ordered)
