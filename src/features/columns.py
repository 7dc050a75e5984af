"""Rows as the kernel takes them: numpy columns of the purchases, captures and events of a few leads or of many.

This is the seam of the house. A range of a history gives these columns (``read_columns``), a request builds them from
its own rows, and ``hotleads.features.compute`` makes the same bits of both. What a builder must keep:

* one lead's rows lie together, in the order in which an imported history has them: by time, and at one instant as
  ``history.ledger`` orders purchases; ``[starts[i], stops[i])`` are lead ``i``'s, none where the two are equal. Rows at
  or after ``as_of`` may be there: the kernel leaves them out.
* times are whole microseconds since 1970 in UTC, money whole ten-thousandths of its currency.
* ``bought``, ``ends``, ``first_of_product`` and ``net_amount`` are the ledger's (``hotleads.history.ledger``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..history.lead_rows import Coded

MONEY_UNITS = 10_000

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Purchases(NamedTuple):
    """Ledger rows; ``starts`` and ``stops`` have one entry a lead, the others one a row."""

    starts: Integers
    stops: Integers
    times: Integers
    status: NDArray[np.int8]  # place in history.schema.STATUSES
    bought: Flags
    ends: Flags
    first_of_product: Flags
    net_amount: Integers  # ten-thousandths
    has_amount: Flags  # whether the row names its amount
    recurrence_number: Floats  # 0 = none
    installments: Floats  # NaN = not told
    currency: Coded
    product_id: Coded
    payment_method: Coded


class Said(NamedTuple):
    """What captures' words measure for one plan: ``table`` holds, column after column, a block of words x measures."""

    codes: NDArray[np.int32]  # columns x rows
    offsets: NDArray[np.int64]  # where a column's block begins
    words: NDArray[np.int64]  # how many words it has; the block's last line is of rows that say nothing
    lines: NDArray[np.int64]  # columns + 1: where a column's measures begin
    table: Floats


class Captures(NamedTuple):
    """Captures; ``said`` holds the columns that a model's features ask for (``FeaturePlan.said``).

    For one plan alone it may be what that has made of them already (``FeaturePlan.said_by``).
    """

    starts: Integers
    stops: Integers
    times: Integers
    launch_id: Coded
    country: Coded
    said: Mapping[str, Coded] | Said  # an absent column is one that no capture fills


class Events(NamedTuple):
    """What leads did."""

    starts: Integers
    stops: Integers
    times: Integers
    event_type: Coded
    value: Floats  # NaN = none


class LeadRows(NamedTuple):
    """The rows of the same leads in the three tables; a source that no feature asks for may be None."""

    purchases: Purchases | None = None
    captures: Captures | None = None
    events: Events | None = None


def number(word: str) -> float:
    """The finite number that a word says, or NaN."""
    try:
        value = float(word)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) and "_" not in word else math.nan
