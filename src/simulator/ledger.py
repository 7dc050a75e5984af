"""Orders written out as the ledger's status rows, each at its own time."""

from dataclasses import dataclass

import numpy as np

from ..history.schema import STATUSES
from .arrays import BoolArray, FloatArray, IntArray, Table, concat_tables
from .countries import BILLET, PAYPAL, PIX
from .orders import RENEWAL, Orders


@dataclass(frozen=True)
class StatusRows(Table):
    """One row a status change: the position of its order, the position of its status, real seconds."""

    order: IntArray
    status: IntArray
    occurred_at: FloatArray


def build_status_rows(orders: Orders) -> StatusRows:
    """Return every status change of the orders, those that never happen left out, by order, time and status."""
    slip = np.isin(orders.method, (PIX, BILLET)) & (orders.kind != RENEWAL)
    overdue = (orders.kind == RENEWAL) & (orders.approved_at != orders.placed_at)
    everyone = np.ones(len(orders), dtype=np.bool_)
    rows = concat_tables(
        [
            _build_rows("started", orders.placed_at, (orders.method == PAYPAL) & (orders.kind != RENEWAL)),
            _build_rows("billet_printed", orders.placed_at, slip),
            _build_rows("approved", orders.approved_at, everyone),
            _build_rows("complete", orders.completed_at, everyone),
            _build_rows("overdue", orders.placed_at, overdue),
            _build_rows("protested", orders.protested_at, everyone),
            _build_rows("canceled", orders.failed_at, ~slip),
            _build_rows("expired", orders.failed_at, slip),
            _build_rows("refunded", orders.refunded_at, everyone),
            _build_rows("chargeback", orders.chargeback_at, everyone),
        ]
    )
    return rows.take(np.lexsort((rows.status, np.floor(rows.occurred_at), rows.order)))


def _build_rows(status: str, occurred_at: FloatArray, which: BoolArray) -> StatusRows:
    order = np.flatnonzero(which & np.isfinite(occurred_at))
    return StatusRows(order, np.full(len(order), STATUSES.index(status)), occurred_at[order])
