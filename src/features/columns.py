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
    """Ledger rows of some leads.

    Attributes
    ----------
    starts, stops : int64 arrays, one entry a lead
        ``[start, stop)`` are the lead's rows; every other column has one entry a row.
    times : int64 array
        Microseconds since 1970 (UTC).
    status : int8 array
        Index in ``history.schema.STATUSES``.
    bought, ends, first_of_product : boolean arrays
        The ledger's.
    net_amount : int64 array
        Ten-thousandths of the currency.
    has_amount : boolean array
        Whether the row names its amount.
    recurrence_number : float64 array
        0: none.
    installments : float64 array
        NaN: none.
    currency, product_id, payment_method : Categorical
        Code -1: none.
    """

    starts: Integers
    stops: Integers
    times: Integers
    status: NDArray[np.int8]
    bought: Flags
    ends: Flags
    first_of_product: Flags
    net_amount: Integers
    has_amount: Flags
    recurrence_number: Floats
    installments: Floats
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
    """Captures of some leads.

    Attributes
    ----------
    starts, stops : int64 arrays, one entry a lead
        ``[start, stop)`` are the lead's rows; every other column has one entry a row.
    times : int64 array
        Microseconds since 1970 (UTC).
    launch_id, country : Categorical
        Code -1: none.
    fields : mapping of str to Categorical, or EncodedFields
        The columns that a model's features read (``FeaturePlan.capture_fields``); an absent column is one that no
        capture fills. For one plan alone, what ``FeaturePlan.encode_captures`` returns.
    """

    starts: Integers
    stops: Integers
    times: Integers
    launch_id: Categorical
    country: Categorical
    fields: Mapping[str, Categorical] | EncodedFields


class Events(NamedTuple):
    """Events of some leads.

    Attributes
    ----------
    starts, stops : int64 arrays, one entry a lead
        ``[start, stop)`` are the lead's rows; every other column has one entry a row.
    times : int64 array
        Microseconds since 1970 (UTC).
    event_type : Categorical
        Code -1: none.
    value : float64 array
        NaN: none.
    """

    starts: Integers
    stops: Integers
    times: Integers
    event_type: Categorical
    value: Floats


class LeadRows(NamedTuple):
    """The rows of the same leads in the three tables.

    Attributes
    ----------
    purchases, captures, events : Purchases, Captures and Events, or None
        None: a table that no feature reads.
    """

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
