"""The ledger of a few leads' purchases in memory: row for row the same as ``hotleads.history.ledger`` in SQL.

A request brings the rows of a few leads, too few to ask a database about. ``tests/history/test_ledger_memory.py`` holds
the two against each other.
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
from .schema import PURCHASE_TIE_BREAKERS, STATUSES, TABLES

_APPROVED, _COMPLETE, _CANCELED, _CHARGEBACK, _REFUNDED = map(
    STATUSES.index, ("approved", "complete", "canceled", "chargeback", "refunded")
)
_MISSING = np.iinfo(np.int64).min
_MAX_TAKEN_BACK = 2 * 10**18  # ten-thousandths: more than any price, and far from the end of 64 bits
_TEXT_COLUMNS = {column.name for column in TABLES["purchases"].columns if column.kind in ("id", "text")}
_TIE_BREAKERS = [(name, name in _TEXT_COLUMNS) for name in PURCHASE_TIE_BREAKERS]


class PurchaseDetails(Protocol):
    """The columns of a purchase that ``PurchaseRow`` has not; None and an empty text are missing values."""

    event_id: str | None
    product_id: str | None
    currency: str | None
    payment_method: str | None
    installments: int | None
    recurrence_number: int | None
    seller_id: str | None
    offer: str | None
    country: str | None
    language: str | None


class PurchaseRow(NamedTuple):
    """One status change of one lead's transaction.

    Attributes
    ----------
    occurred_at
        Microseconds since 1970 (UTC).
    transaction_id
        The transaction's id.
    status
        Index in ``schema.STATUSES``.
    amount
        Ten-thousandths of the currency, as money is kept; None: missing.
    details
        The other columns.
    """

    occurred_at: int
    transaction_id: str
    status: int
    amount: int | None
    details: PurchaseDetails


class Ledger(NamedTuple):
    """Purchase rows with what they change (``hotleads.history.ledger``), lead after lead.

    ``[starts[i], stops[i])`` are the rows of lead ``i``; all other columns have one entry a row.
    """

    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    times: NDArray[np.int64]  # microseconds since 1970 (UTC)
    status: NDArray[np.int8]
    bought: NDArray[np.bool_]
    ends: NDArray[np.bool_]
    first_of_product: NDArray[np.bool_]
    net_amount: NDArray[np.int64]  # ten-thousandths
    has_amount: NDArray[np.bool_]
    recurrence_number: NDArray[np.float64]  # 0: missing
    installments: NDArray[np.float64]  # NaN: missing
    currency: Categorical
    product_id: Categorical
    payment_method: Categorical
    transaction: NDArray[np.int32]  # rows of one transaction have one number


def strip_or_none(text: str | None) -> str | None:
    """Return a text without blanks around it; None if nothing is left."""
    return (text.strip() or None) if text else None


def sort_rows(rows: Iterable[PurchaseRow]) -> list[PurchaseRow]:
    """Return one lead's rows in the order of the ledger, each row and each ``event_id`` once."""
    unsorted = list(rows)
    keys = [
        (event_id, row.transaction_id, row.status)
        for row in unsorted
        if (event_id := strip_or_none(row.details.event_id))
    ]
    if len(set(keys)) == len(keys) and len(set(map(_short_key, unsorted))) == len(unsorted):
        unsorted.sort(key=_short_key)
        return unsorted
    counts = Counter(map(_short_key, unsorted))
    order = [_full_key(row) if counts[_short_key(row)] > 1 else _short_key(row) for row in unsorted]
    unique: dict[object, PurchaseRow] = {}
    for key, row in sorted(zip(order, unsorted, strict=True), key=itemgetter(0)):
        event_id = strip_or_none(row.details.event_id)  # a second row of one event and status adds nothing
        unique.setdefault((event_id, row.transaction_id, row.status) if event_id else key, row)
    return list(unique.values())


_short_key = itemgetter(0, 1)


def _full_key(row: PurchaseRow, **inherited: Any) -> tuple[Any, ...]:
    """Return the key of a row's place in the ledger; ``inherited`` values replace its own, missing ones come last."""
    key: list[Any] = [*row[:3]]
    for name, is_text in _TIE_BREAKERS:
        if name in inherited:
            value = inherited[name]
        elif name == "amount":
            value = row.amount
        elif name == "product_id":
            value = _name_product(row.details)
        else:
            value = getattr(row.details, name)
            if is_text and value is not None:
                value = value.strip() or None
        key += (value is None, value)
    return tuple(key)


def _name_product(details: PurchaseDetails) -> str | None:
    """Return a row's product; that of another seller is called ``seller:product``."""
    product, seller = strip_or_none(details.product_id), strip_or_none(details.seller_id)
    return f"{seller}:{product}" if seller and product else product


def build_ledger(leads: Sequence[Sequence[PurchaseRow]]) -> Ledger:
    """Return the ledger of each lead's rows, which ``sort_rows`` has ordered."""
    rows = [row for purchases in leads for row in purchases]
    bounds = np.array([0, *accumulate(map(len, leads))], np.int64)
    starts, stops = bounds[:-1], bounds[1:]
    columns, categories = _build_columns(rows)
    bought = np.zeros(len(rows), np.bool_)
    if _inherit(starts, stops, tuple(columns), bought):  # inherited values take part in the order from here on
        positions = _sort_positions(rows, bounds.tolist(), columns, categories)
        columns = _Columns._make(column.take(positions) for column in columns)
        bought = bought.take(positions)
    ends, first_of_product, net_amount, has_amount = _compute_changes(starts, stops, tuple(columns), bought)
    return Ledger(
        starts,
        stops,
        columns.times,
        columns.status,
        bought,
        ends,
        first_of_product,
        net_amount,
        has_amount,
        columns.recurrence_number,
        columns.installments,
        Categorical(columns.currency, categories[2]),
        Categorical(columns.product, categories[1]),
        Categorical(columns.method, categories[3]),
        columns.transaction,
    )


class _Columns(NamedTuple):
    """The rows' columns; texts as codes."""

    transaction: NDArray[np.int32]
    product: NDArray[np.int32]
    currency: NDArray[np.int32]
    method: NDArray[np.int32]
    times: NDArray[np.int64]
    amount: NDArray[np.int64]
    status: NDArray[np.int8]
    recurrence_number: NDArray[np.float64]  # NaN, in the end 0: missing
    installments: NDArray[np.float64]


def _build_columns(rows: Sequence[PurchaseRow]) -> tuple[_Columns, list[Sequence[str]]]:
    """Return the rows' columns, and the categories of the first four."""
    times, transactions, status, amounts, details = zip(*rows, strict=True) if rows else [()] * len(PurchaseRow._fields)
    products = [_name_product(row) for row in details]
    currencies = [strip_or_none(row.currency) for row in details]
    methods = [strip_or_none(row.payment_method) for row in details]
    encoded = encode_sequences([transactions, products, currencies, methods])
    integers = np.array([times, [_MISSING if amount is None else amount for amount in amounts]], np.int64)
    numbers = np.array([[row.recurrence_number for row in details], [row.installments for row in details]], np.float64)
    codes = (column.codes for column in encoded)
    columns = _Columns._make([*codes, *integers, np.array(status, np.int8), *numbers])
    return columns, [column.categories for column in encoded]


def find_owners(ledger: Ledger, product_id: str, as_of: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return for each lead whether it owns a product by the rows before its ``as_of``: bought, and not ended."""
    owns = np.zeros(len(as_of), np.bool_)
    product = ledger.product_id.get_code(product_id)
    if product >= 0:
        _find_owners(
            *ledger[:3], ledger.transaction, ledger.product_id.codes, ledger.bought, ledger.ends, product, as_of, owns
        )
    return owns


def _sort_positions(
    rows: Sequence[PurchaseRow], bounds: Sequence[int], columns: _Columns, categories: Sequence[Sequence[str]]
) -> list[int]:
    """Return the positions of each lead's rows in the order that their inherited values give them."""
    products, currencies = [*categories[1], None], [*categories[2], None]

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
def _inherit(starts: Any, stops: Any, columns: Any, bought: Any) -> bool:
    """Give each row what it leaves out from its transaction's earlier rows, and mark the purchase.

    ``columns`` are those of ``_Columns`` as a plain tuple (a named one takes 4 us more to pass). Return whether rows of
    one transaction have one instant.
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
def _compute_changes(starts: Any, stops: Any, columns: Any, bought: Any) -> Any:
    """Return for each row ``ends``, ``first_of_product``, ``net_amount`` and whether it has an amount."""
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
                price = amounts[buyers[transaction]] if was_bought else _MISSING
                before = taken[transaction] if was_bought else 0
                if status != _CANCELED:
                    net[row], taken[transaction] = _take_back(amounts[row], max(price, 0), before)
                paid_back = price == _MISSING or taken[transaction] >= price
                if was_bought and ended[transaction] < start and (status != _REFUNDED or paid_back):
                    ended[transaction], ends[row] = row, True
    return ends, first_of_product, net, amounts != _MISSING


@jit
def _take_back(amount: int, price: int, before: int) -> Any:
    """Return what money back changes, and how much of the transaction is then taken back in all."""
    if amount == _MISSING:
        return -max(price - before, 0), min(before + price, _MAX_TAKEN_BACK)
    return -abs(amount), min(before + abs(amount), _MAX_TAKEN_BACK)


@jit
def _find_owners(
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
        owned = 0
        for row in range(starts[lead], stops[lead]):
            if times[row] >= as_of[lead]:
                break
            if bought[row] and products[row] == product:
                held[transaction[row]] = lead
                owned += 1
            elif ends[row] and held[transaction[row]] == lead:
                held[transaction[row]] = -1
                owned -= 1
        owns[lead] = owned > 0
