"""Rows as the kernel takes them: numpy columns of the purchases, captures and events of a few leads or of many.

A range of a history gives these columns (``lead_row_reader``), a request builds them from its own rows, and
``FeaturePlan.compute`` makes the same bits of both. What a builder must keep:

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

from ..history.lead_rows import Categorical

MONEY_UNITS = 10_000

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Purchases(NamedTuple):
    """Ledger rows; ``starts`` and ``stops`` have one entry a lead, the others one a row."""

    starts: Integers
    stops: Integers
    times: Integers
    status: NDArray[np.int8]  # index in history.schema.STATUSES
    bought: Flags
    ends: Flags
    first_of_product: Flags
    net_amount: Integers  # ten-thousandths
    has_amount: Flags  # whether the row names its amount
    recurrence_number: Floats  # 0 = none
    installments: Floats  # NaN = none
    currency: Categorical
    product_id: Categorical
    payment_method: Categorical


class EncodedFields(NamedTuple):
    """The fields of captures encoded for one plan: ``table`` holds, field after field, a block of words x measures."""

    codes: NDArray[np.int32]  # fields x rows
    offsets: Integers  # where a field's block begins
    empty_codes: Integers  # the code of an empty field, for which ``codes`` has -1
    first_measures: Integers  # fields + 1: where a field's measures begin among those of all fields
    table: Floats


class Captures(NamedTuple):
    """Captures; ``starts`` and ``stops`` have one entry a lead, the others one a row.

    ``fields`` holds the columns that a model's features read (``FeaturePlan.capture_fields``); for one plan alone it
    may be what that has encoded already (``FeaturePlan.encode_captures``).
    """

    starts: Integers
    stops: Integers
    times: Integers
    launch_id: Categorical
    country: Categorical
    fields: Mapping[str, Categorical] | EncodedFields  # an absent column is one that no capture fills


class Events(NamedTuple):
    """Events; ``starts`` and ``stops`` have one entry a lead, the others one a row."""

    starts: Integers
    stops: Integers
    times: Integers
    event_type: Categorical
    value: Floats  # NaN = none


class LeadRows(NamedTuple):
    """The rows of the same leads in the three tables; a table that no feature reads may be None."""

    purchases: Purchases | None = None
    captures: Captures | None = None
    events: Events | None = None


def parse_number(word: str) -> float:
    """Return the finite number that a word is, or NaN."""
    try:
        value = float(word)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) and "_" not in word else math.nan
