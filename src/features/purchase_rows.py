"""Purchases as the kernel reads them: which ledger rows are known, what each counts as and what it measures."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..history import Launch
from ..history.jit import jit
from ..history.schema import STATUSES
from ..history.timestamps import MICROSECONDS_PER_DAY
from .columns import MONEY_UNITS, Purchases
from .context import Context
from .declaration import Feature
from .kernel import KnownRows, compile_program, known_stops

#: Kinds of rows: each status, and what the rows before decide. ``priced`` rows bought for a known amount of the
#: context's currency (or of none that is named); ``first_of_day`` is of a UTC day; ``bump`` rows bought at the same
#: instant as the row before; ``in_launch`` rows bought a launch's product while its cart was open.
KINDS = (
    *STATUSES,
    *("any", "bought", "renewal", "subscription", "charge", "priced", "first_of_product", "first_of_day", "bump"),
    *("launch_product", "entry_product", "in_launch"),
)
#: Measures; ``level:<column>=<word>`` is 1 where the row has that word, else 0.
MEASURES = (*("one", "net_amount", "amount", "amount_over_typical", "recurrence_number", "installments", "ownership"),)
_LEVEL = "level:"
_CODED = ("payment_method", "product_id", "currency")
_LEVELS_FROM = len(MEASURES)
_NOTHING = (0, 0, 0)
_BIT = {kind: 1 << place for place, kind in enumerate(KINDS)}
_ANY, _BOUGHT, _RENEWAL, _SUBSCRIPTION, _CHARGE = (_BIT[k] for k in KINDS[len(STATUSES) :][:5])
_PRICED, _FIRST_OF_PRODUCT, _FIRST_OF_DAY, _BUMP, _LAUNCH, _ENTRY, _IN_LAUNCH = (_BIT[k] for k in KINDS[-7:])


class _Words(NamedTuple):
    """What the words of some rows mean; one entry a word, and a last one for rows that say nothing (code -1)."""

    products: NDArray[np.int64]  # bits of KINDS that a row buying this product has, and where its carts begin and end
    counts: NDArray[np.bool_]  # whether this currency's amounts are added
    levels: NDArray[np.int64]  # for each level measure the code of its word; -2 where no row has it


class PurchasePlan:
    """Features of purchases, for one launch and context."""

    def __init__(self, features: Sequence[Feature], launch: Launch, context: Context) -> None:
        levels = sorted({f.measure for f in features if f.measure.startswith(_LEVEL)})
        self._levels = [name.removeprefix(_LEVEL).split("=", 1) for name in levels]
        for feature in features:
            if feature.measure in levels and feature.measure.removeprefix(_LEVEL).split("=", 1)[0] not in _CODED:
                raise ValueError(f"{feature.name}: levels of purchases are of {', '.join(_CODED)}")
        self.program = compile_program(features, KINDS, (*MEASURES, *levels))
        bits: dict[str, int] = {}
        for product, bit in ((launch.product_id, _LAUNCH), (launch.entry_product_id, _ENTRY)):
            if product is not None:
                bits[product] = bits.get(product, 0) | bit
        carts = sorted(context.carts, key=itemgetter(0))
        self._opens, self._closes = np.array([cart[1:] for cart in carts], np.int64).reshape(-1, 2).T.copy()
        sold = [product for product, _, _ in carts]
        self._meanings = {
            product: (bits.get(product, 0), bisect_left(sold, product), bisect_right(sold, product))
            for product in {*bits, *sold}
        }
        self._level_columns = np.array([_CODED.index(column) for column, _ in self._levels], np.int64)
        self._currency, self._typical = context.currency, context.typical_amount or 1.0

    def words(self, rows: Purchases) -> _Words:
        """What the rows' words mean to this plan."""
        products = [self._meanings.get(product, _NOTHING) for product in rows.product_id.words]
        coded = {name: getattr(rows, name) for name in _CODED}
        return _Words(
            np.array([*products, _NOTHING], np.int64),
            np.array([self._currency in (None, word) for word in rows.currency.words] + [True]),
            np.array([coded[column].code(word) for column, word in self._levels], np.int64),
        )

    def known(
        self, rows: Purchases, words: _Words, starts: NDArray[np.int64], ends: NDArray[np.int64], as_of: Any
    ) -> KnownRows:
        """The ledger rows before ``as_of`` among ``[start, end)`` of each lead."""
        stops = known_stops(rows.times, starts, ends, as_of)
        times, flags, measures, own_starts, own_stops = _read(
            *(starts, stops, rows.times, rows.status, rows.bought, rows.ends, rows.first_of_product),
            *(rows.net_amount, rows.has_amount, rows.recurrence_number, rows.installments),
            *(rows.payment_method.codes, rows.product_id.codes, rows.currency.codes, *words),
            *(self._level_columns, self._opens, self._closes, self._typical),
        )
        return KnownRows(times, flags, measures, own_starts, own_stops, as_of)


@jit
def _read(
    starts: Any,
    stops: Any,
    times: Any,
    status: Any,
    bought: Any,
    ends: Any,
    first_of_product: Any,
    net_amount: Any,
    has_amount: Any,
    recurrence_number: Any,
    installments: Any,
    method: Any,
    product: Any,
    currency: Any,
    products: Any,
    counts: Any,
    levels: Any,
    level_columns: Any,
    opens: Any,
    closes: Any,
    typical: float,
) -> Any:
    """Lead after lead, one behind the other: times, flags, measures, where each lead's lie."""
    size = np.sum(stops - starts)
    out_times, flags = np.empty(size, np.int64), np.empty(size, np.int64)
    measures = np.empty((_LEVELS_FROM + len(levels), size))
    own_starts, own_stops = np.empty_like(starts), np.empty_like(stops)
    k = 0
    for i in range(len(starts)):
        own_starts[i] = k
        seen, last = False, 0  # the time of the lead's last purchase so far
        for row in range(starts[i], stops[i]):
            counted, sold = counts[currency[row]], product[row]
            amount = net_amount[row] / MONEY_UNITS if counted else 0.0
            time, paid = times[row], max(amount, 0.0)
            bits = _bits(status[row], first_of_product[row], bought[row], recurrence_number[row])
            if bought[row]:
                bits |= products[sold, 0] | _rhythm_bits(seen, last, time)
                if has_amount[row] and counted:
                    bits |= _PRICED
                if sold >= 0:
                    carts = slice(products[sold, 1], products[sold, 2])
                    bits |= _cart_bits(opens[carts], closes[carts], time)
                seen, last = True, time
            out_times[k], flags[k] = time, bits
            measures[0, k], measures[1, k], measures[2, k] = 1.0, amount, paid
            measures[3, k], measures[4, k], measures[5, k] = (
                paid / typical,
                recurrence_number[row],
                installments[row],
            )
            measures[6, k] = (1.0 if bought[row] else 0.0) - (1.0 if ends[row] else 0.0)
            codes = method[row], sold, currency[row]  # as _CODED has them
            for level in range(len(levels)):
                measures[_LEVELS_FROM + level, k] = codes[level_columns[level]] == levels[level]
            k += 1
        own_stops[i] = k
    return out_times, flags, measures, own_starts, own_stops


@jit
def _bits(status: int, first_of_product: bool, bought: bool, recurrence: float) -> Any:
    """What a row is by itself."""
    bits = _ANY | (1 << status)
    if first_of_product:
        bits |= _FIRST_OF_PRODUCT
    if recurrence >= 1.0:
        bits |= _SUBSCRIPTION | (_CHARGE if bought else 0)
    if bought:
        bits |= _BOUGHT | (_RENEWAL if recurrence > 1.0 else 0)
    return bits


@jit
def _rhythm_bits(seen: bool, last: int, time: int) -> Any:
    """What a purchase is beside the lead's last one before, if any was seen."""
    if not seen or time // MICROSECONDS_PER_DAY != last // MICROSECONDS_PER_DAY:
        return _FIRST_OF_DAY
    return _BUMP if time == last else 0


@jit
def _cart_bits(opens: Any, closes: Any, time: int) -> Any:
    for cart in range(len(opens)):
        if opens[cart] <= time < closes[cart]:
            return _IN_LAUNCH
    return 0
