"""The ledger of a few leads' purchases in memory: what ``hotleads.history.ledger`` says in SQL, row for row the same.

A request brings some leads' rows, too few to ask a database about. ``tests/history/test_inline.py`` holds the two
against each other.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .compilation import jit
from .lead_rows import Categorical, encode_sequences
from .schema import STATUSES

_APPROVED, _COMPLETE, _CANCELED, _CHARGEBACK, _REFUNDED = map(
    STATUSES.index, ("approved", "complete", "canceled", "chargeback", "refunded")
)
_NOT_TOLD = np.iinfo(np.int64).min
_MOST_TAKEN = 2 * 10**18  # ten-thousandths: more than any price, and far from the end of 64 bits


class PurchaseDetails(Protocol):
    """What else the contract's columns say of a purchase; None and an empty text say nothing."""

    event_id: str | None
    product_id: str | None
    currency: str | None
    payment_method: str | None
    installments: int | None
    recurrence_number: int | None
    offer: str | None
    country: str | None
    language: str | None


class PurchaseRow(NamedTuple):
    """One status change of one lead's transaction."""

    occurred_at: int  # microseconds since 1970, UTC
    transaction_id: str
    status: int  # place in STATUSES
    amount: int | None  # ten-thousandths, as money is kept
    said: PurchaseDetails


class Ledger(NamedTuple):
    """Rows with what they change (``hotleads.history.ledger``), lead after lead; one entry a row."""

    starts: NDArray[np.int64]  # one a lead, as the stops
    stops: NDArray[np.int64]
    times: NDArray[np.int64]
    status: NDArray[np.int8]
    bought: NDArray[np.bool_]
    ends: NDArray[np.bool_]
    first_of_product: NDArray[np.bool_]
    net_amount: NDArray[np.int64]  # ten-thousandths
    has_amount: NDArray[np.bool_]
    recurrence_number: NDArray[np.float64]  # 0 = none
    installments: NDArray[np.float64]  # NaN = not told
    currency: Categorical
    product_id: Categorical
    payment_method: Categorical
    transaction: NDArray[np.int32]  # rows of one transaction have one number


def sort_rows(rows: Iterable[PurchaseRow]) -> list[PurchaseRow]:
    """One lead's rows in the ledger's order, each once."""
    found = list(rows)
    told = [(event, row.transaction_id, row.status) for row in found if (event := strip_or_none(row.said.event_id))]
    if len(set(told)) == len(told) and len(set(map(_when, found))) == len(found):
        found.sort(key=_when)
        return found
    counts = Counter(map(_when, found))
    keys = [_full_key(row) if counts[_when(row)] > 1 else _when(row) for row in found]
    first: dict[Any, PurchaseRow] = {}
    for key, row in sorted(zip(keys, found, strict=True), key=itemgetter(0)):
        event = strip_or_none(row.said.event_id)  # one with an event_id and a status that were seen says nothing new
        first.setdefault((event, row.transaction_id, row.status) if event else key, row)
    return list(first.values())


def strip_or_none(text: str | None) -> str | None:
    """The text without blanks around it, None where it says nothing."""
    return (text.strip() or None) if text else None


_when = itemgetter(0, 1)


def _full_key(row: PurchaseRow, **filled: Any) -> tuple[Any, ...]:
    """Missing values stand last."""
    said = row.said
    ties: dict[str, Any] = {
        "event_id": strip_or_none(said.event_id),
        "amount": row.amount,
        "product_id": strip_or_none(said.product_id),
        "recurrence_number": said.recurrence_number,
        "currency": strip_or_none(said.currency),
        "payment_method": strip_or_none(said.payment_method),
        "installments": said.installments,
        "offer": strip_or_none(said.offer),
        "country": strip_or_none(said.country),
        "language": strip_or_none(said.language),
    }
    return (*row[:3], *((value is None, value) for value in (ties | filled).values()))


def build_ledger(leads: Sequence[Sequence[PurchaseRow]]) -> Ledger:
    """What the rows of each lead, as ``ordered`` gives them, change."""
    rows = [row for own in leads for row in own]
    bounds = np.array([0, *accumulate(map(len, leads))], np.int64)
    spans = bounds[:-1], bounds[1:]
    columns, words = _columns(rows)
    bought = np.zeros(len(rows), np.bool_)
    if _fill(*spans, tuple(columns), bought):  # what was filled in takes part in the order from here on
        places = _places(rows, bounds.tolist(), columns, words)
        taken: Any = (column.take(places) for column in columns)
        columns, bought = _Columns(*taken), bought.take(places)
    changes = _entries(*spans, tuple(columns), bought)
    transaction, product, currency, method = map(Categorical, columns[:4], words)
    numbers = columns.recurrence_number, columns.installments
    found: Any = *spans, columns.times, columns.status, bought, *changes, *numbers, currency, product, method
    return Ledger(*(*found, transaction.codes))


class _Columns(NamedTuple):
    """The rows' columns; words by their codes."""

    transaction: NDArray[np.int32]
    product: NDArray[np.int32]
    currency: NDArray[np.int32]
    method: NDArray[np.int32]
    times: NDArray[np.int64]
    amount: NDArray[np.int64]
    status: NDArray[np.int8]
    recurrence_number: NDArray[np.float64]  # NaN, in the end 0: none
    installments: NDArray[np.float64]


def _columns(rows: Sequence[PurchaseRow]) -> tuple[_Columns, list[Sequence[str]]]:
    """With the words of the first four."""
    times, transactions, status, amounts, said = zip(*rows, strict=True) if rows else [()] * len(PurchaseRow._fields)
    products, currencies = (
        [strip_or_none(own.product_id) for own in said],
        [strip_or_none(own.currency) for own in said],
    )
    coded = encode_sequences([transactions, products, currencies, [strip_or_none(own.payment_method) for own in said]])
    whole = np.array([times, [_NOT_TOLD if amount is None else amount for amount in amounts]], np.int64)
    numbers = [[own.recurrence_number for own in said], [own.installments for own in said]]
    found: Any = *(column.codes for column in coded), *whole, np.array(status, np.int8), *np.array(numbers, np.float64)
    return _Columns(*found), [column.categories for column in coded]


def find_owners(found: Ledger, product_id: str, as_of: NDArray[np.int64]) -> NDArray[np.bool_]:
    """For each lead whether it bought the product, and it was not ended, by the rows before its ``as_of``."""
    owns = np.zeros(len(as_of), np.bool_)
    product = found.product_id.get_code(product_id)
    if product >= 0:
        _own(*found[:3], found.transaction, found.product_id.codes, found.bought, found.ends, product, as_of, owns)
    return owns


def _places(
    rows: Sequence[PurchaseRow], bounds: Sequence[int], columns: _Columns, words: Sequence[Sequence[str]]
) -> list[int]:
    """The places of each lead's rows in the order that they have when they are filled in."""
    _, products, currencies, _ = ([*own, None] for own in words)

    def key(i: int) -> tuple[Any, ...]:
        number = columns.recurrence_number[i]
        return _full_key(
            rows[i],
            product_id=products[columns.product[i]],
            currency=currencies[columns.currency[i]],
            recurrence_number=None if np.isnan(number) else number,
        )

    return [i for start, stop in pairwise(bounds) for i in sorted(range(start, stop), key=key)]


@jit
def _fill(starts: Any, stops: Any, columns: Any, bought: Any) -> bool:
    """Give each row what it leaves out from its transaction's rows before it, and mark the purchase.

    ``columns`` are those of ``_Columns``; a named tuple takes 4 us more to hand over. Returns whether rows of one
    transaction stand at one instant.
    """
    transactions, product, currency, _method, times, _amount, status, recurrence, _installments = columns
    tied = False
    last, buyers = np.full(len(times), -1), np.full(len(times), -1)  # rows of each transaction
    for lead in range(len(starts)):
        for row in range(starts[lead], stops[lead]):
            transaction = transactions[row]
            before = last[transaction]
            if before >= starts[lead]:
                tied |= times[before] == times[row]
                product[row] = product[row] if product[row] >= 0 else product[before]
                currency[row] = currency[row] if currency[row] >= 0 else currency[before]
                recurrence[row] = recurrence[before] if math.isnan(recurrence[row]) else recurrence[row]
            last[transaction] = row
            if status[row] in (_APPROVED, _COMPLETE) and buyers[transaction] < starts[lead]:
                buyers[transaction], bought[row] = row, True
    return tied


@jit
def _entries(starts: Any, stops: Any, columns: Any, bought: Any) -> Any:
    """Whether each row ends, whether it is the first of its product, what it adds or takes, and whether it says so."""
    transactions, products, _currency, _method, times, amounts, statuses, recurrence, _installments = columns
    rows = len(times)
    ends, first_of_product, net = np.zeros(rows, np.bool_), np.zeros(rows, np.bool_), np.zeros(rows, np.int64)
    buyers, ended, seen = np.full(rows, -1), np.full(rows, -1), np.full(rows, -1)  # rows of transactions and products
    taken = np.zeros(rows, np.int64)  # of each transaction since it was bought
    for lead in range(len(starts)):
        start = starts[lead]
        for row in range(start, stops[lead]):
            transaction, product, status = transactions[row], products[row], statuses[row]
            recurrence[row] = 0.0 if math.isnan(recurrence[row]) else recurrence[row]
            if bought[row]:
                buyers[transaction], taken[transaction], net[row] = row, 0, max(amounts[row], 0)
                if product >= 0 and seen[product] < start:
                    seen[product], first_of_product[row] = row, True
            elif status in (_CANCELED, _CHARGEBACK, _REFUNDED):
                was_bought = buyers[transaction] >= start
                price = amounts[buyers[transaction]] if was_bought else _NOT_TOLD
                before = taken[transaction] if was_bought else 0
                if status != _CANCELED:
                    net[row], taken[transaction] = _taken(amounts[row], max(price, 0), before)
                paid_back = price == _NOT_TOLD or taken[transaction] >= price
                if was_bought and ended[transaction] < start and (status != _REFUNDED or paid_back):
                    ended[transaction], ends[row] = row, True
    return ends, first_of_product, net, amounts != _NOT_TOLD


@jit
def _taken(amount: int, price: int, before: int) -> Any:
    """What money back changes, and how much is then taken back of the transaction in all."""
    if amount == _NOT_TOLD:
        return -max(price - before, 0), min(before + price, _MOST_TAKEN)
    return -abs(amount), min(before + abs(amount), _MOST_TAKEN)


@jit
def _own(
    starts: Any,
    stops: Any,
    times: Any,
    transaction: Any,
    products: Any,
    bought: Any,
    ends: Any,
    product: int,
    as_of: Any,
    owns: Any,
) -> None:
    held = np.full(len(times), -1)  # the lead that holds what a transaction bought
    for lead in range(len(starts)):
        kept = 0
        for row in range(starts[lead], stops[lead]):
            if times[row] >= as_of[lead]:
                break
            if bought[row] and products[row] == product:
                held[transaction[row]] = lead
                kept += 1
            elif ends[row] and held[transaction[row]] == lead:
                held[transaction[row]] = -1
                kept -= 1
        owns[lead] = kept > 0
