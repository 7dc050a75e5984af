"""Who is scored in a launch and when, as the data contract defines it, and what became of them."""

from dataclasses import dataclass, replace

import numpy as np

from .arrays import NEVER, BoolArray, FloatArray, IntArray, Table
from .calendar import Launch
from .captures import Captures, first_capture, last_capture
from .clock import DAY
from .orders import Orders, owns
from .world import MATURITY_DAYS


@dataclass(frozen=True)
class Exposure(Table):
    """Every lead that a launch can move, one row a lead of the block.

    ``as_of`` infinite where the launch does not reach the lead; ``scored`` marks the cohort, to which those captured
    after the cart had opened do not belong; ``capture`` the row of the capture that counts (-1: none).
    """

    as_of: FloatArray
    until: FloatArray
    scored: BoolArray
    capture: IntArray


def expose(number: int, launch: Launch, captures: Captures, orders: Orders, leads: int) -> Exposure:
    """Find the launch's cohort, owners of its product left out."""
    by_strategy = {"classic": _classic, "perpetual": _perpetual, "paid": _paid}
    exposure = by_strategy[launch.strategy](number, launch, captures, orders, leads)
    if launch.product < 0:
        return exposure
    owner = owns(orders, launch.product, exposure.as_of)
    return replace(exposure, as_of=np.where(owner, NEVER, exposure.as_of), scored=exposure.scored & ~owner)


def _classic(number: int, launch: Launch, captures: Captures, orders: Orders, leads: int) -> Exposure:
    opens, closes = float(launch.starts_at), float(launch.ends_at)
    until = np.full(leads, closes)
    if launch.product < 0:
        known = _known_before(opens, captures, orders, leads)
        return Exposure(np.where(known, opens, NEVER), until, known, np.full(leads, -1))
    naming = captures.launch == number
    first, first_row = first_capture(captures, naming, leads)
    in_time = last_capture(captures, naming & (captures.captured_at <= opens), leads)
    as_of = np.where(np.isfinite(first), np.maximum(first, opens), NEVER)
    return Exposure(as_of, until, in_time >= 0, np.where(in_time >= 0, in_time, first_row))


def _known_before(opens: float, captures: Captures, orders: Orders, leads: int) -> BoolArray:
    known = np.zeros(leads, dtype=np.bool_)
    known[captures.lead[captures.captured_at < opens]] = True
    known[orders.lead[np.floor(orders.placed_at) < opens]] = True
    return known


def _perpetual(number: int, launch: Launch, captures: Captures, orders: Orders, leads: int) -> Exposure:
    starts, ends = launch.capture_starts_at or 0, launch.capture_ends_at or 0
    inside = (captures.captured_at >= starts) & (captures.captured_at < ends)
    as_of, row = first_capture(captures, inside & ((captures.launch == number) | (captures.launch < 0)), leads)
    return Exposure(as_of, as_of + (launch.horizon_days or 0) * DAY, row >= 0, row)


def _paid(number: int, launch: Launch, captures: Captures, orders: Orders, leads: int) -> Exposure:
    opens = np.full(leads, float(launch.starts_at))
    entered = owns(orders, launch.entry_product, opens)
    until = np.full(leads, float(launch.ends_at))
    return Exposure(np.where(entered, opens, NEVER), until, entered, np.full(leads, -1))


def wanted(orders: Orders, launch: Launch) -> BoolArray:
    """The orders of the launch's product (of any product, where it names none)."""
    return np.asarray((orders.product == launch.product) | (launch.product < 0))


def labels(orders: Orders, launch: Launch, exposure: Exposure, mature: bool) -> BoolArray:
    """Label of every lead (leads,): bought in ``[as_of, until)``; ``mature``: and not lost within the maturity."""
    rows = orders.take(wanted(orders, launch) & np.isfinite(orders.approved_at))
    bought = np.floor(rows.approved_at)
    counts = (bought >= exposure.as_of[rows.lead]) & (bought < exposure.until[rows.lead])
    if mature:
        counts &= ~(np.floor(rows.lost_at) <= bought + MATURITY_DAYS * DAY)
    return np.asarray(np.bincount(rows.lead[counts], minlength=len(exposure)) > 0)
