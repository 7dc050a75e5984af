"""What a call list would have brought: the leads that a score puts first in each launch, and those of its rivals."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..evaluation import Interval
from ..evaluation.intervals import compute_percentile_interval
from .order import choose_draws

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class CallList:
    """A list of leads to call, and what it would have brought.

    Attributes
    ----------
    name
        Whose order it follows.
    leads
        How long it is, in all launches.
    buyers
        Buyers on it, with their 90% interval.
    revenue
        What they paid, net of what was taken back and of the cost of calling; None where no amount is known.
    more_buyers
        Buyers that the score's own list has more, with the interval; None for the score itself.
    more_revenue
        The same of the revenue.
    """

    name: str
    leads: float
    buyers: Interval
    revenue: Interval | None
    more_buyers: Interval | None = None
    more_revenue: Interval | None = None


@dataclass(frozen=True)
class ListOptions:
    """How long call lists are, and what a call costs.

    Attributes
    ----------
    capacity
        Leads a launch; None: a tenth of its leads.
    margin
        The share of the revenue that is kept.
    contact_cost
        The cost of calling one lead.
    """

    capacity: int | None = None
    margin: float = 1.0
    contact_cost: float = 0.0


def compare_call_lists(
    orders: Mapping[str, FloatArray],
    label: NDArray[np.int64],
    revenue: FloatArray | None,
    groups: NDArray[np.int64],
    leads: pd.Series,
    options: ListOptions,
) -> list[CallList]:
    """Return the call lists of several orders of the same leads; the first is the score's own.

    Parameters
    ----------
    orders
        Percentiles by the name of the order.
    label
        1 bought, 0 not.
    revenue
        What each row brought; None where no amount is known.
    groups
        The number of each row's launch.
    leads
        The lead of each row.
    options
        Length and costs.
    """
    on_list = {name: select_list(order, groups, options.capacity) for name, order in orders.items()}
    first, *others = on_list
    value = None if revenue is None else options.margin * revenue - options.contact_cost
    figures: list[FloatArray] = []
    for weight in on_list.values():
        for amount in (label.astype(np.float64), value):
            if amount is not None:
                figures += [weight * amount, (on_list[first] - weight) * amount]
    intervals = iter(_compute_intervals(figures, leads))
    lists = []
    for name, weight in on_list.items():
        buyers, more_buyers = next(intervals), next(intervals)
        paid, more_paid = (next(intervals), next(intervals)) if value is not None else (None, None)
        gaps = (None, None) if name not in others else (more_buyers, more_paid)
        lists.append(CallList(name, float(weight.sum()), buyers, paid, *gaps))
    return lists


def select_list(order: FloatArray, groups: NDArray[np.int64], capacity: int | None) -> FloatArray:
    """Return which rows are on the list: 1 or 0, or for those who tie for its last places their chance of one."""
    weight = np.zeros(len(order))
    for group in range(int(groups.max()) + 1 if len(groups) else 0):
        rows = np.flatnonzero(groups == group)
        wanted = min(capacity or max(round(len(rows) / 10), 1), len(rows))
        values = order[rows]
        last = np.partition(values, len(rows) - wanted)[len(rows) - wanted]
        above, ties = values > last, values == last
        weight[rows] = above + ties * (wanted - above.sum()) / ties.sum()
    return weight


def _compute_intervals(figures: list[FloatArray], leads: pd.Series) -> list[Interval]:
    """Return each figure's sum with its 90% interval by lead.

    A Poisson bootstrap: each lead counts a Poisson number of times, so that rows which add nothing need no draw.
    """
    counted = np.flatnonzero(np.any([figure != 0 for figure in figures], axis=0))
    matrix = np.stack([figure[counted] for figure in figures])
    lead_of = pd.factorize(leads.to_numpy()[counted])[0]
    options = choose_draws(10 * len(counted), 0)
    random = np.random.default_rng(options.seed)
    people = int(lead_of.max()) + 1 if len(lead_of) else 0
    drawn = np.array([matrix @ random.poisson(1.0, people)[lead_of] for _ in range(options.draws)])
    return [
        Interval(float(row.sum()), *compute_percentile_interval(drawn[:, k], options.level))
        for k, row in enumerate(matrix)
    ]
