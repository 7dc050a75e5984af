"""The ledger of a few purchases in memory: what ``history.ledger`` says in SQL, row for row the same.

A request brings one lead's rows, too few to ask a database about. ``tests/history/test_inline.py`` holds the two
against each other.
"""

from collections.abc import Iterable
from operator import itemgetter
from typing import Any, NamedTuple

from history.schema import STATUSES

_BOUGHT = frozenset(map(STATUSES.index, ("approved", "complete")))
_TAKES = frozenset(map(STATUSES.index, ("refunded", "chargeback")))
_REFUNDED = STATUSES.index("refunded")
_ENDS = frozenset(map(STATUSES.index, ("canceled", "chargeback", "refunded")))


class PurchaseRow(NamedTuple):
    """One status change of one lead's transaction; the order of the fields is the ledger's order of rows."""

    occurred_at: int  # microseconds since 1970, UTC
    transaction_id: str
    status: int  # place in STATUSES
    event_id: str | None = None
    amount: int | None = None  # ten-thousandths, as money is kept
    product_id: str | None = None
    recurrence_number: int | None = None
    currency: str | None = None
    payment_method: str | None = None
    installments: int | None = None
    offer: str | None = None
    country: str | None = None
    language: str | None = None


class LedgerRow(NamedTuple):
    """A row with what it changes (``history.ledger``); ``net_amount`` in ten-thousandths."""

    row: PurchaseRow
    bought: bool
    ends: bool
    first_of_product: bool
    net_amount: int


def lead_ledger(rows: Iterable[PurchaseRow]) -> list[LedgerRow]:
    """One lead's purchase rows in the ledger's order, each row once, with what they change."""
    ordered, has_ties = _ordered(_once(rows))
    filled = _filled(ordered)
    if has_ties:  # what was filled in takes part in the order from here on
        filled.sort(key=lambda pair: _full_key(pair[0]))
    return _entries(filled)


def _once(rows: Iterable[PurchaseRow]) -> list[PurchaseRow]:
    """A row with an ``event_id`` and a status that were seen before says nothing new."""
    found = list(rows)
    told = [row[1:4] for row in found if row.event_id is not None]
    if len(set(told)) == len(told):
        return found
    first: dict[Any, PurchaseRow] = {}
    for number, row in enumerate(sorted(found, key=_full_key)):
        first.setdefault(number if row.event_id is None else row[1:4], row)
    return list(first.values())


def _ordered(rows: list[PurchaseRow]) -> tuple[list[PurchaseRow], bool]:
    """In order, equal ones once; and whether rows of one transaction stand at one instant."""
    if len(set(map(_when, rows))) == len(rows):
        return sorted(rows, key=_when), False
    return sorted(set(rows), key=_full_key), True


_when = itemgetter(0, 1)


def _full_key(row: PurchaseRow) -> tuple[Any, ...]:
    """Missing values stand last."""
    return (*row[:3], *((value is None, value) for value in row[3:]))


def _filled(ordered: list[PurchaseRow]) -> list[tuple[PurchaseRow, bool]]:
    """Each row with what it leaves out from its transaction's rows before it, and whether it is the purchase."""
    said: dict[str, tuple[str | None, str | None, int | None]] = {}
    bought: set[str] = set()
    found = []
    for row in ordered:
        transaction = row.transaction_id
        says, before = (row.product_id, row.currency, row.recurrence_number), said.get(transaction)
        if before is not None and before != says and None in says:
            row = _completed(row, *before)
            says = row.product_id, row.currency, row.recurrence_number
        said[transaction] = says
        buys = row.status in _BOUGHT and transaction not in bought
        if buys:
            bought.add(transaction)
        found.append((row, buys))
    return found


def _completed(row: PurchaseRow, product: str | None, currency: str | None, number: int | None) -> PurchaseRow:
    return row._replace(
        product_id=product if row.product_id is None else row.product_id,
        currency=currency if row.currency is None else row.currency,
        recurrence_number=number if row.recurrence_number is None else row.recurrence_number,
    )


def _entries(filled: list[tuple[PurchaseRow, bool]]) -> list[LedgerRow]:
    paid: dict[str, int | None] = {}  # of the transactions that were bought
    taken: dict[str, int] = {}
    ended: set[str] = set()
    products: set[str | None] = {None}
    found = []
    for row, buys in filled:
        transaction, ends, first, net = row.transaction_id, False, False, 0
        if buys:
            paid[transaction], net = row.amount, row.amount or 0
            first = row.product_id not in products
            products.add(row.product_id)
        elif row.status in _ENDS:
            price = paid.get(transaction)
            before = taken.get(transaction, 0)
            if row.status in _TAKES:
                net = -_taken(row.amount, max((price or 0) - before, 0))
                if transaction in paid:
                    taken[transaction] = before + _taken(row.amount, price or 0)
            if transaction in paid and transaction not in ended:
                ends = row.status != _REFUNDED or price is None or taken[transaction] >= price
                if ends:
                    ended.add(transaction)
        found.append(LedgerRow(row, buys, ends, first, net))
    return found


def _taken(amount: int | None, otherwise: int) -> int:
    return otherwise if amount is None else abs(amount)
