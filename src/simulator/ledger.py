"""Orders written out as the ledger's status rows, each at its own time."""

from dataclasses import dataclass

import numpy as np

from ..history.schema import STATUSES
from .arrays import BoolArray, FloatArray, IntArray, Table, concat
from .orders import RENEWAL, Orders
from .places import BILLET, PAYPAL, PIX


@dataclass(frozen=True)
class StatusRows(Table):
    """One row a status change: the position of its order, the position of its status, real seconds."""

    order: IntArray
    status: IntArray
    occurred_at: FloatArray


def status_rows(orders: Orders) -> StatusRows:
    """Every status change of the orders, those that never happen left out, by order, time and status."""
    slip = np.isin(orders.method, (PIX, BILLET)) & (orders.kind != RENEWAL)
    overdue = (orders.kind == RENEWAL) & (orders.approved_at != orders.placed_at)
    everyone = np.ones(len(orders), dtype=np.bool_)
    rows = concat(
        [
            _rows("started", orders.placed_at, (orders.method == PAYPAL) & (orders.kind != RENEWAL)),
            _rows("billet_printed", orders.placed_at, slip),
            _rows("approved", orders.approved_at, everyone),
            _rows("complete", orders.completed_at, everyone),
            _rows("overdue", orders.placed_at, overdue),
            _rows("protested", orders.protested_at, everyone),
            _rows("canceled", orders.failed_at, ~slip),
            _rows("expired", orders.failed_at, slip),
            _rows("refunded", orders.refunded_at, everyone),
            _rows("chargeback", orders.chargeback_at, everyone),
        ]
    )
    return rows.take(np.lexsort((rows.status, np.floor(rows.occurred_at), rows.order)))


def _rows(status: str, occurred_at: FloatArray, which: BoolArray) -> StatusRows:
    order = np.flatnonzero(which & np.isfinite(occurred_at))
    return StatusRows(order, np.full(len(order), STATUSES.index(status)), occurred_at[order])
