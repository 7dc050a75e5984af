"""Purchases as the kernel reads them: which ledger rows are known, what each counts as and what it measures.

To add a measure, name it in ``MEASURES`` and in the line below, and write it in ``_read_rows``. To add a kind of row,
name it in ``_DERIVED_KINDS`` and in the lines below, and set its bit where the row has it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from ..history import Launch
from ..history.compilation import jit
from ..history.schema import STATUSES
from ..history.timestamps import MICROSECONDS_PER_DAY
from .columns import MONEY_UNITS, Flags, Integers, Purchases
from .context import Context
from .declaration import Feature
from .kernel import KnownRows, compile_program, find_stops
from .seasons import build_carts, build_season, count_launches_since, count_seasons_ago, measure_anniversary

_DERIVED_KINDS = (
    *("any", "bought", "renewal", "subscription", "charge", "priced", "first_of_product", "first_of_day", "bump"),
    *("launch_product", "entry_product", "in_launch", "first_in_launch", "in_last_launch"),
    *("in_season", "first_in_season", "season_1", "season_2", "season_3"),
)
#: What a row may count as: its status, and what the rows before decide. ``priced`` rows bought for a known amount of
#: the main currency (or of none that is named); ``first_of_day`` is of a UTC day; ``bump`` rows bought at the same
#: instant as the row before; ``in_launch`` rows bought a launch's product while its cart was open. Of the latest three
#: launches (of any product too, where they name none) ``first_in_launch`` is a lead's first purchase in each, and
#: ``in_last_launch`` of the one that opened last. ``in_season`` rows bought in the launch's weeks of an earlier year
#: (``seasons``): ``season_1`` a year ago, ``season_2`` two, ...; ``first_in_season`` the lead's first in them.
ROW_KINDS = (*STATUSES, *_DERIVED_KINDS)
_ANY, _BOUGHT, _RENEWAL, _SUBSCRIPTION, _CHARGE, _PRICED, _FIRST_OF_PRODUCT, _FIRST_OF_DAY, _BUMP, *_PRODUCT_KINDS = (
    1 << ROW_KINDS.index(kind) for kind in _DERIVED_KINDS
)
_LAUNCH_PRODUCT, _ENTRY_PRODUCT, _IN_LAUNCH, _FIRST_IN_LAUNCH, _IN_LAST_LAUNCH, *_SEASON_KINDS = _PRODUCT_KINDS
_IN_SEASON, _FIRST_IN_SEASON, _SEASON_1, _SEASON_2, _SEASON_3 = _SEASON_KINDS

#: What is taken of a row. ``season`` is 1 in the launch's weeks of an earlier year, else 0; the two anniversaries are
#: days (``seasons``); ``launches_since`` counts the launches, of the latest three, that opened after the row. Beside
#: these, ``level:<column>=<word>`` is 1 where the row has that word, else 0.
MEASURES = (
    *("one", "net_amount", "amount", "amount_over_typical", "recurrence_number", "installments", "ownership"),
    *("season", "anniversary_ahead", "anniversary_distance", "launches_since"),
)
_ONE, _NET_AMOUNT, _AMOUNT, _AMOUNT_OVER_TYPICAL, _RECURRENCE_NUMBER, _INSTALLMENTS, _OWNERSHIP, *_OF_RHYTHM = range(
    len(MEASURES)
)
_SEASON, _ANNIVERSARY_AHEAD, _ANNIVERSARY_DISTANCE, _LAUNCHES_SINCE = _OF_RHYTHM
_FIRST_LEVEL = len(MEASURES)
#: Kinds and measures that are worked out only where a feature reads one of them.
_RHYTHM_KINDS = frozenset({"in_season", "first_in_season", "season_1", "season_2", "season_3"})
_RHYTHM_MEASURES = frozenset({"season", "anniversary_ahead", "anniversary_distance", "launches_since"})

_LEVEL = "level:"
_LEVEL_COLUMNS = ("payment_method", "product_id", "currency")
_OTHER_PRODUCT = (0, 0, 0)
_ANY_PRODUCT = ""  # under which the carts of launches stand that name no product: first in order


class PurchaseLookup(NamedTuple):
    """What the words of some rows mean; one entry a word, and a last one for rows without a word (code -1)."""

    products: Integers  # bits of ROW_KINDS that a row buying this product has, and where its carts begin and end
    counts: Flags  # whether this currency's amounts are added
    levels: Integers  # for each level measure the code of its word; -2 where no row has it


class PurchasePlan:
    """Features of purchases, for one launch and context."""

    def __init__(self, features: Sequence[Feature], launch: Launch, context: Context) -> None:
        levels = sorted({feature.measure for feature in features if feature.measure.startswith(_LEVEL)})
        self._levels = [measure.removeprefix(_LEVEL).split("=", 1) for measure in levels]
        for feature in features:
            level = feature.measure.startswith(_LEVEL)
            if level and feature.measure.removeprefix(_LEVEL).split("=", 1)[0] not in _LEVEL_COLUMNS:
                raise ValueError(f"{feature.name}: levels of purchases are of {', '.join(_LEVEL_COLUMNS)}")
        self.program = compile_program(features, ROW_KINDS, (*MEASURES, *levels))
        bits: dict[str, int] = {}
        for product, bit in ((launch.product_id, _LAUNCH_PRODUCT), (launch.entry_product_id, _ENTRY_PRODUCT)):
            if product is not None:
                bits[product] = bits.get(product, 0) | bit
        carts = sorted(((cart.product_id or _ANY_PRODUCT, cart[1:]) for cart in context.carts), key=itemgetter(0))
        cart_products = [product for product, _ in carts]
        self._carts = build_carts([times for _, times in carts], bisect_right(cart_products, _ANY_PRODUCT))
        self._season = build_season(launch)
        self._reads_rhythm = any(
            feature.rows in _RHYTHM_KINDS or feature.measure in _RHYTHM_MEASURES for feature in features
        )
        self._products = {
            product: (bits.get(product, 0), bisect_left(cart_products, product), bisect_right(cart_products, product))
            for product in {*bits, *cart_products}
        }
        self._level_columns = np.array([_LEVEL_COLUMNS.index(column) for column, _ in self._levels], np.int64)
        self._currency, self._typical = context.currency, context.typical_amount or 1.0

    def build_lookup(self, rows: Purchases) -> PurchaseLookup:
        """Return what the rows' words mean to this plan."""
        products = [self._products.get(product, _OTHER_PRODUCT) for product in rows.product_id.categories]
        level_columns = {name: getattr(rows, name) for name in _LEVEL_COLUMNS}
        return PurchaseLookup(
            np.array([*products, _OTHER_PRODUCT], np.int64),
            np.array([self._currency in (None, word) for word in rows.currency.categories] + [True]),
            np.array([level_columns[column].get_code(word) for column, word in self._levels], np.int64),
        )

    def select_known(
        self, rows: Purchases, lookup: PurchaseLookup, starts: Integers, stops: Integers, as_of: Integers
    ) -> KnownRows:
        """Return the ledger rows before ``as_of`` among ``[start, stop)`` of each lead."""
        known_stops = find_stops(rows.times, starts, stops, as_of)
        times, flags, measures, out_starts, out_stops = _read_rows(
            *(starts, known_stops, rows.times, rows.status, rows.bought, rows.ends, rows.first_of_product),
            *(rows.net_amount, rows.has_amount, rows.recurrence_number, rows.installments),
            *(rows.payment_method.codes, rows.product_id.codes, rows.currency.codes, *lookup),
            self._level_columns,
            as_of,
            self._season,
            self._carts,
            self._typical,
            self._reads_rhythm,
        )
        return KnownRows(times, flags, measures, out_starts, out_stops, as_of)


@jit
def _read_rows(
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
    as_of: Any,
    season: Any,
    carts: Any,
    typical: float,
    reads_rhythm: bool,
) -> Any:
    """Return times, flags and measures of the known rows, lead after lead, and where each lead's begin and end."""
    size = np.sum(stops - starts)
    out_times, flags = np.empty(size, np.int64), np.empty(size, np.int64)
    measures = np.empty((_FIRST_LEVEL + len(levels), size))
    out_starts, out_stops = np.empty_like(starts), np.empty_like(stops)
    seen_by = np.full(len(carts.opens), -1)  # the last lead that bought in each cart
    k = 0
    for lead in range(len(starts)):
        out_starts[lead] = k
        seen, last, last_season = False, 0, 0  # the time of the lead's last purchase so far, and its last season
        for row in range(starts[lead], stops[lead]):
            counted, sold = counts[currency[row]], product[row]
            amount = net_amount[row] / MONEY_UNITS if counted else 0.0
            time, paid = times[row], max(amount, 0.0)
            bits = _row_bits(status[row], first_of_product[row], bought[row], recurrence_number[row])
            if bought[row]:
                bits |= products[sold, 0] | _rhythm_bits(seen, last, time)
                if has_amount[row] and counted:
                    bits |= _PRICED
                bits |= _cart_bits(carts, 0, carts.of_any_product, time, seen_by, lead)
                if sold >= 0:
                    bits |= _cart_bits(carts, products[sold, 1], products[sold, 2], time, seen_by, lead)
                years_ago = count_seasons_ago(season, as_of[lead], time) if reads_rhythm else 0
                bits |= _season_bits(years_ago, last_season)
                last_season = years_ago or last_season
                seen, last = True, time
            out_times[k], flags[k] = time, bits
            measures[_ONE, k], measures[_NET_AMOUNT, k], measures[_AMOUNT, k] = 1.0, amount, paid
            measures[_AMOUNT_OVER_TYPICAL, k] = paid / typical
            measures[_RECURRENCE_NUMBER, k] = recurrence_number[row]
            measures[_INSTALLMENTS, k] = installments[row]
            measures[_OWNERSHIP, k] = (1.0 if bought[row] else 0.0) - (1.0 if ends[row] else 0.0)
            if reads_rhythm:
                _measure_rhythm(measures, k, bits, season, carts, as_of[lead], time)
            codes = method[row], sold, currency[row]  # in the order of _LEVEL_COLUMNS
            for level in range(len(levels)):
                measures[_FIRST_LEVEL + level, k] = codes[level_columns[level]] == levels[level]
            k += 1
        out_stops[lead] = k
    return out_times, flags, measures, out_starts, out_stops


@jit
def _row_bits(status: int, first_of_product: bool, bought: bool, recurrence: float) -> Any:
    """Return the kinds of a row that it has by itself."""
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
    """Return the kinds that a purchase has by the lead's last one before, if there was one."""
    if not seen or time // MICROSECONDS_PER_DAY != last // MICROSECONDS_PER_DAY:
        return _FIRST_OF_DAY
    return _BUMP if time == last else 0


@jit
def _season_bits(years_ago: int, last: int) -> Any:
    """Return the kinds of a purchase in the season of so many years ago (0: in none), ``last`` the one before's."""
    if years_ago == 0:
        return 0
    bits = _IN_SEASON | (_FIRST_IN_SEASON if years_ago != last else 0)
    if years_ago <= 3:
        bits |= _SEASON_1 if years_ago == 1 else (_SEASON_2 if years_ago == 2 else _SEASON_3)
    return bits


@jit
def _measure_rhythm(measures: Any, k: int, bits: int, season: Any, carts: Any, as_of: int, time: int) -> None:
    measures[_SEASON, k] = 1.0 if bits & _IN_SEASON else 0.0
    ahead, distance = measure_anniversary(season, as_of, time)
    measures[_ANNIVERSARY_AHEAD, k], measures[_ANNIVERSARY_DISTANCE, k] = ahead, distance
    measures[_LAUNCHES_SINCE, k] = count_launches_since(carts, time)


@jit
def _cart_bits(carts: Any, first: int, stop: int, time: int, seen_by: Any, lead: int) -> Any:
    """Return the kinds of a purchase by the open carts among ``[first, stop)``, and note whose it was."""
    bits = 0
    for cart in range(first, stop):
        if carts.opens[cart] <= time < carts.closes[cart]:
            bits |= _IN_LAUNCH if cart >= carts.of_any_product else 0
            bits |= _FIRST_IN_LAUNCH if carts.opens[cart] >= carts.latest[0] and seen_by[cart] != lead else 0
            bits |= _IN_LAST_LAUNCH if carts.opens[cart] == carts.latest[-1] else 0
            seen_by[cart] = lead
    return bits
