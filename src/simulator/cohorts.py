"""Who is scored in a launch and when, as the data contract defines it, and what became of them."""

from dataclasses import dataclass, replace

import numpy as np

from .arrays import NEVER, BoolArray, FloatArray, IntArray, Table
from .calendar import Launch
from .captures import Captures, find_first_capture, find_last_capture
from .clock import DAY
from .orders import Orders, find_owners
from .world import MATURITY_DAYS


@dataclass(frozen=True)
class CohortRows(Table):
    """Every lead that a launch can move, one row a lead of the block.

    ``as_of`` infinite where the launch does not reach the lead; ``scored`` marks the cohort, to which those captured
    after the cart had opened do not belong; ``capture`` the row of the capture that counts (-1: none).
    """

    as_of: FloatArray
    until: FloatArray
    scored: BoolArray
    capture: IntArray


def assign_cohort(number: int, launch: Launch, captures: Captures, orders: Orders, leads: int) -> CohortRows:
    """Find the launch's cohort, owners of its product left out."""
    by_strategy = {"classic": _assign_classic, "perpetual": _assign_perpetual, "paid": _assign_paid}
    exposure = by_strategy[launch.strategy](number, launch, captures, orders, leads)
    if launch.product < 0:
        return exposure
    owner = find_owners(orders, launch.product, exposure.as_of)
    return replace(exposure, as_of=np.where(owner, NEVER, exposure.as_of), scored=exposure.scored & ~owner)


def _assign_classic(number: int, launch: Launch, captures: Captures, orders: Orders, leads: int) -> CohortRows:
    opens, closes = float(launch.starts_at), float(launch.ends_at)
    until = np.full(leads, closes)
    if launch.product < 0:
        known = _find_known_before(opens, captures, orders, leads)
        return CohortRows(np.where(known, opens, NEVER), until, known, np.full(leads, -1))
    naming = captures.launch == number
    first, first_row = find_first_capture(captures, naming, leads)
    in_time = find_last_capture(captures, naming & (captures.captured_at <= opens), leads)
    as_of = np.where(np.isfinite(first), np.maximum(first, opens), NEVER)
    return CohortRows(as_of, until, in_time >= 0, np.where(in_time >= 0, in_time, first_row))


def _find_known_before(opens: float, captures: Captures, orders: Orders, leads: int) -> BoolArray:
    known = np.zeros(leads, dtype=np.bool_)
    known[captures.lead[captures.captured_at < opens]] = True
    known[orders.lead[np.floor(orders.placed_at) < opens]] = True
    return known


def _assign_perpetual(number: int, launch: Launch, captures: Captures, orders: Orders, leads: int) -> CohortRows:
    starts, ends = launch.capture_starts_at or 0, launch.capture_ends_at or 0
    inside = (captures.captured_at >= starts) & (captures.captured_at < ends)
    as_of, row = find_first_capture(captures, inside & ((captures.launch == number) | (captures.launch < 0)), leads)
    return CohortRows(as_of, as_of + (launch.horizon_days or 0) * DAY, row >= 0, row)


def _assign_paid(number: int, launch: Launch, captures: Captures, orders: Orders, leads: int) -> CohortRows:
    opens = np.full(leads, float(launch.starts_at))
    entered = find_owners(orders, launch.entry_product, opens)
    until = np.full(leads, float(launch.ends_at))
    return CohortRows(np.where(entered, opens, NEVER), until, entered, np.full(leads, -1))


def select_label_orders(orders: Orders, launch: Launch) -> BoolArray:
    """Return the orders of the launch's product (of any product, where it names none)."""
    return np.asarray((orders.product == launch.product) | (launch.product < 0))


def compute_labels(orders: Orders, launch: Launch, exposure: CohortRows, mature: bool) -> BoolArray:
    """Return each lead's label (leads,): bought in ``[as_of, until)``, and if ``mature`` not lost soon after."""
    rows = orders.take(select_label_orders(orders, launch) & np.isfinite(orders.approved_at))
    bought = np.floor(rows.approved_at)
    counts = (bought >= exposure.as_of[rows.lead]) & (bought < exposure.until[rows.lead])
    if mature:
        counts &= ~(np.floor(rows.lost_at) <= bought + MATURITY_DAYS * DAY)
    return np.asarray(np.bincount(rows.lead[counts], minlength=len(exposure)) > 0)
