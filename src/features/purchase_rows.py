"""Purchases as the kernel reads them: the ledger's rows, what each counts as and what it measures."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.context import Context
from features.kernel import MICROSECONDS_A_DAY, KnownRows, Plan, known_stops
from features.lead_slices import codes, microseconds, slices
from history import History, Launch
from history.schema import STATUSES

_COLUMNS = [
    *("lead_id", "occurred_at", "status", "bought", "ends", "first_of_product", "net_amount", "amount", "currency"),
    *("product_id", "recurrence_number", "installments", "payment_method"),
]

Flags = NDArray[np.bool_]
Values = NDArray[np.float64]


class _Ledger:
    """The purchases table, and what its rows are to one launch."""

    def __init__(self, history: History, launch: Launch, context: Context) -> None:
        self.launch, self.context = launch, context
        self.table = history.read("purchases", _COLUMNS)
        self.times = microseconds(self.table["occurred_at"])
        self.bought = self.flag("bought")

    def flags(self, plan: Plan) -> NDArray[np.int64]:
        found = np.zeros(len(self.times), np.int64)
        for bit, kind in enumerate(plan.kinds):
            is_kind = self.equals("status", kind) if kind in STATUSES else _KINDS[kind](self)
            found |= is_kind.astype(np.int64) << bit
        return found

    def measures(self, plan: Plan) -> Values:
        found = np.empty((len(plan.measures), len(self.times)))
        for place, measure in enumerate(plan.measures):
            if measure.startswith("level:"):
                column, _, level = measure.removeprefix("level:").partition("=")
                found[place] = self.equals(column, level)
            else:
                found[place] = _MEASURES[measure](self)
        return found

    def flag(self, column: str) -> Flags:
        return np.asarray(self.table[column].to_numpy(), bool)

    def number(self, column: str, missing: float = 0.0) -> Values:
        return np.asarray(pc.fill_null(pc.cast(self.table[column], pa.float64()), missing).to_numpy())

    def equals(self, column: str, value: str | None) -> Flags:
        if value is None:
            return np.zeros(len(self.times), bool)
        return np.asarray(pc.fill_null(pc.equal(self.table[column], value), False).to_numpy(), bool)

    def counts_as_spend(self) -> Flags:
        """Which rows' amounts can be added: those in the context's currency, or in none that is named."""
        if self.context.currency is None:
            return np.ones(len(self.times), bool)
        own = pc.fill_null(pc.equal(self.table["currency"], self.context.currency), True)
        return np.asarray(own.to_numpy(), bool)

    def net_amount(self) -> Values:
        return np.where(self.counts_as_spend(), self.number("net_amount"), 0.0)

    def first_of_day(self) -> Flags:
        """Which bought rows are their lead's first of a UTC day."""
        at = np.flatnonzero(self.bought)
        lead, day = codes(self.table["lead_id"])[at], self.times[at] // MICROSECONDS_A_DAY
        first = np.zeros(len(self.times), bool)
        first[at] = (np.diff(lead, prepend=-1) != 0) | (np.diff(day, prepend=np.iinfo(np.int32).min) != 0)
        return first

    def bump(self) -> Flags:
        """Purchases at the same instant as another of the lead: bought along at the check-out."""
        at = np.flatnonzero(self.bought)
        lead, time = codes(self.table["lead_id"])[at], self.times[at]
        same = (np.diff(lead, prepend=-1) == 0) & (np.diff(time, prepend=-1) == 0)
        along = np.zeros(len(self.times), bool)
        along[at[same]] = True
        return along

    def in_launch(self) -> Flags:
        """Purchases of a launch's product while its cart was open."""
        inside = np.zeros(len(self.times), bool)
        for cart in self.context.carts:
            open_at = (self.times >= cart.opens_at) & (self.times < cart.closes_at)
            inside |= open_at & self.equals("product_id", cart.product_id)
        return inside & self.bought


#: Kinds of rows beside the statuses themselves.
_KINDS: dict[str, Callable[[_Ledger], Flags]] = {
    "any": lambda ledger: np.ones(len(ledger.times), bool),
    "bought": lambda ledger: ledger.bought,
    "renewal": lambda ledger: ledger.bought & (ledger.number("recurrence_number") > 1),
    "subscription": lambda ledger: ledger.number("recurrence_number") >= 1,
    "charge": lambda ledger: ledger.bought & (ledger.number("recurrence_number") >= 1),
    "priced": lambda ledger: ledger.bought & ledger.counts_as_spend() & ledger.table["amount"].is_valid().to_numpy(),
    "first_of_product": lambda ledger: ledger.flag("first_of_product"),
    "first_of_day": lambda ledger: ledger.first_of_day(),
    "launch_product": lambda ledger: ledger.bought & ledger.equals("product_id", ledger.launch.product_id),
    "entry_product": lambda ledger: ledger.bought & ledger.equals("product_id", ledger.launch.entry_product_id),
    "in_launch": lambda ledger: ledger.in_launch(),
    "bump": lambda ledger: ledger.bump(),
}
#: Measures; ``level:<column>=<value>`` is 1 where the row has that value, else 0.
_MEASURES: dict[str, Callable[[_Ledger], Values]] = {
    "one": lambda ledger: np.ones(len(ledger.times)),
    "net_amount": lambda ledger: ledger.net_amount(),
    "amount": lambda ledger: np.maximum(ledger.net_amount(), 0.0),
    "amount_over_typical": lambda ledger: np.maximum(ledger.net_amount(), 0.0) / (ledger.context.typical_amount or 1.0),
    "recurrence_number": lambda ledger: ledger.number("recurrence_number"),
    "installments": lambda ledger: ledger.number("installments", np.nan),
    "ownership": lambda ledger: ledger.bought.astype(float) - ledger.flag("ends"),
}


def purchase_rows(history: History, launch: Launch, cohort: pd.DataFrame, context: Context, plan: Plan) -> KnownRows:
    """The ledger rows before ``as_of`` of each row of ``cohort`` (``lead_id``, ``as_of``)."""
    ledger = _Ledger(history, launch, context)
    starts, ends = slices(ledger.table["lead_id"], cohort["lead_id"])
    as_of = microseconds(cohort["as_of"])
    stops = known_stops(ledger.times, starts, ends, as_of)
    return KnownRows(ledger.times, ledger.flags(plan), ledger.measures(plan), starts, stops, as_of)
