"""Which earlier windows a model may learn from, and when their labels are final.

Purchases can still be refunded or charged back for some days after each. Whether a product was on sale in a window is
in ``sale_periods``.
"""

import math
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from ..history import DEFAULT_MATURITY_DAYS, History, Launch
from .sale_periods import SalePeriods, read_sale_periods

#: How long after a purchase it can still be taken back.
MATURITY_DELAY = timedelta(days=DEFAULT_MATURITY_DAYS)

#: A year, by which a launch of a season is moved back, and so many of them that are looked at.
_YEAR, _MAX_YEARS = timedelta(days=365.25), 4
#: Sales have a season where years before were off by less than this share of what the weeks just before were.
_MAX_SEASON_ERROR = 0.5

#: Enough launches to see how one differs from the next; fewer are filled up with cut-offs.
_ENOUGH_WINDOWS = 3
_MAX_WINDOWS = 12
#: A window within this share of the scored launch's length counts as the same length.
_LENGTH_TOLERANCE = 0.1


def select_training_windows(history: History, target: Launch, as_of: datetime) -> list[Launch]:
    """Return the windows to learn ``target`` from, oldest first, each over by ``as_of``.

    Earlier launches of the target's strategy, seen through a window of the target's own length; where there are
    fewer than three, cut-offs as well: the target itself moved back in time, where the product was on sale then, by
    whole years where sales have a season (``_has_season``), else by whole lengths. Of a perpetual launch only some
    leads' windows may be over; the others are left out lead by lead later.
    """
    over = [window for window in list_like(history, target) if window.as_of + window.length <= as_of]
    over.sort(key=lambda window: (window.as_of, window.launch_id))
    for cutoff in _iterate_cutoffs(history, target, as_of):
        if len(over) >= _ENOUGH_WINDOWS:
            break
        if all(abs(cutoff.as_of - other.as_of) >= target.length / 2 for other in over):
            over.append(cutoff)
    return sorted(over, key=lambda window: (window.as_of, window.launch_id))[-_MAX_WINDOWS:]


def list_like(history: History, target: Launch) -> list[Launch]:
    """Return the launches of the target's strategy, seen through a window of the target's own length."""
    launches = [one for one in history.launches.values() if one.strategy == target.strategy and one.problem is None]
    return [_resize(launch, target.length) for launch in launches]


def select_any_product_windows(history: History, target: Launch, as_of: datetime) -> list[Launch]:
    """Return the windows for a product that was hardly ever sold: those in which any product was, all of them count."""
    windows = select_training_windows(history, replace(target, product_id=None), as_of)
    return [replace(window, product_id=None) for window in windows]


def _resize(launch: Launch, length: timedelta) -> Launch:
    return launch if abs(launch.length - length) <= _LENGTH_TOLERANCE * length else launch.with_length(length)


def _iterate_cutoffs(history: History, target: Launch, as_of: datetime) -> Iterator[Launch]:
    """Yield the target moved back by one year, two, ... or by one length, two, ..., while enough history lies before.

    Left out are those in which the product was not on sale: nobody could buy, which says nothing of a launch.
    """
    began = history.began_at
    if target.strategy == "perpetual" or began is None:
        return
    sales = read_sale_periods(history, target.product_id, as_of)
    step, last, before = target.length, as_of, target.length
    if _has_season(sales, target, began, as_of):
        step, last, before = _YEAR, _move_before(target, as_of), _YEAR
    for number in range(1, 2 * _ENOUGH_WINDOWS + 1):
        opens = last - number * step
        if opens - before < began:
            return
        if opens + target.length > as_of or not sales.is_on_sale(opens, opens + target.length):
            continue
        name = f"cut-off {opens:%Y-%m-%d}"
        yield replace(target, launch_id=name, cart_opens_at=opens, cart_closes_at=opens + target.length)


def _move_before(target: Launch, as_of: datetime) -> datetime:
    """Return when the target opens, or where more than a year is known after that, so many years later."""
    years = max((as_of - target.as_of) // _YEAR, 0)
    return target.as_of + years * _YEAR


def _has_season(sales: SalePeriods, target: Launch, began: datetime, as_of: datetime) -> bool:
    """Return whether sales of past years in the target's weeks were those of a year before, not of the weeks before.

    ``sales`` are those before ``as_of``; how far two windows lie apart is the difference of the logs of their sales.
    """
    opens = [target.as_of - years * _YEAR for years in range(1, _MAX_YEARS + 1)]
    opens = [instant for instant in opens if began + target.length <= instant <= as_of - target.length]
    if len(opens) < 2 or target.length >= _YEAR / 2:
        return False

    def count(instant: datetime) -> float:
        return math.log(sales.count(instant, instant + target.length) + 0.5)

    pairs = list(pairwise(opens))
    by_year = sum(abs(count(later) - count(earlier)) for later, earlier in pairs)
    by_length = sum(abs(count(later) - count(later - target.length)) for later, _ in pairs)
    return by_year < _MAX_SEASON_ERROR * by_length


def describe_maturity(
    history: History, target: Launch, as_of: datetime, training_windows: Collection[str], *, mature: bool = False
) -> list[dict[str, Any]]:
    """Describe how final the labels are of each window to learn ``target`` from, and of each launch like it so far.

    Plain values, oldest first: ``name``; ``known_from``, when its last lead's window is over; ``mature_from``, when
    purchases in it can no longer be taken back; ``state`` at ``as_of`` (open, over, mature); and ``learned``, whether
    its name is among ``training_windows``. Of a perpetual launch that is open, the leads whose windows are over teach.
    """
    opened = [
        launch
        for launch in history.launches.values()
        if launch.strategy == target.strategy and launch.problem is None and launch.as_of < as_of
    ]
    known_until = as_of - compute_label_delay(mature)
    others = select_any_product_windows(history, target, known_until)
    windows = [window for window in others if window.launch_id in training_windows]
    windows += select_training_windows(history, target, known_until)
    by_name = {launch.launch_id: launch for launch in (*opened, *windows)}
    return [
        {
            "name": launch.launch_id,
            "known_from": launch.closes_at.isoformat(),
            "mature_from": compute_mature_from(launch).isoformat(),
            "state": _describe_state(launch, as_of),
            "learned": launch.launch_id in training_windows,
        }
        for launch in sorted(by_name.values(), key=lambda launch: (launch.as_of, launch.launch_id))
    ]


def compute_label_delay(mature: bool) -> timedelta:
    """Return how long after its window a label is final: none for a plain one, the maturity delay for a mature one."""
    return MATURITY_DELAY if mature else timedelta(0)


def compute_mature_from(launch: Launch) -> datetime:
    """Return the instant from which the launch's labels, net of what is taken back, are final."""
    return launch.closes_at + MATURITY_DELAY


def _describe_state(launch: Launch, at: datetime) -> str:
    """Return ``open`` until its last window is over, then ``over``, and ``mature`` once nothing can be taken back."""
    if compute_mature_from(launch) <= at:
        return "mature"
    return "over" if launch.closes_at <= at else "open"
