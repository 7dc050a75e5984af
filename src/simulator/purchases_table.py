"""The ``purchases`` table of a block: one row a status change, ordered by lead and time."""

import numpy as np
import pyarrow as pa

from ..history.schema import STATUSES
from .arrays import BoolArray, FloatArray
from .block import Block
from .columns import digits, instants, join, lead_ids, optional, words
from .defects import charged, recorded_at
from .ledger import StatusRows, status_rows
from .orders import OFFERS
from .places import COUNTRIES, METHODS
from .world import World


def known_status_rows(world: World, block: Block) -> StatusRows:
    """The status changes known when the history was written, in the table's order."""
    rows = status_rows(block.orders)
    rows = rows.take(rows.occurred_at < world.known_until)
    second = np.floor(rows.occurred_at)
    return rows.take(np.lexsort((rows.status, rows.order, second, block.orders.lead[rows.order])))


def purchases_table(world: World, block: Block, rows: StatusRows, second: FloatArray) -> pa.Table:
    """The rows as a table; ``second`` is when each lead's second identity begins."""
    orders, order = block.orders, rows.order
    lead = orders.lead[order]
    transactions = _transaction_ids(block)
    status = words(STATUSES, rows.status)
    country = block.people.country[lead]
    amount, currency = charged(world, orders.amount[order], country)
    moved: BoolArray = np.floor(orders.placed_at[order]) >= second[lead]
    return pa.table(
        {
            "transaction_id": pa.DictionaryArray.from_arrays(pa.array(order.astype(np.int32)), transactions),
            "event_id": join(transactions.take(pa.array(order)), "-", status.cast(pa.string())),
            "lead_id": lead_ids(block.first, len(block.people), lead, moved),
            "occurred_at": instants(recorded_at(world, rows.occurred_at)),
            "product_id": words(world.catalog.ids, orders.product[order]),
            "status": status,
            "amount": pa.array(amount),
            "currency": words([c.currency for c in COUNTRIES], currency),
            "payment_method": words(METHODS, orders.method[order]),
            "installments": pa.array(orders.installments[order].astype(np.int16)),
            "recurrence_number": optional(orders.charge[order], orders.charge[order] > 0),
            "offer": words(OFFERS, orders.offer[order]),
            "country": words([c.code for c in COUNTRIES], country),
            "language": words([c.language for c in COUNTRIES], country),
        }
    )


def _transaction_ids(block: Block) -> pa.Array:
    """One an order: ``HP``, the lead's number, and the order's among the lead's."""
    lead = block.orders.lead
    first_order = np.searchsorted(lead, np.arange(len(block.people)))
    in_lead = np.arange(len(lead)) - first_order[lead] + 1
    return join("HP", digits(block.first + lead, 8), digits(in_lead, 3))
