"""The ``purchases`` table of a block: one row a status change, ordered by lead and time."""

import numpy as np
import pyarrow as pa

from ..history.schema import STATUSES
from .arrays import BoolArray, FloatArray
from .block import Block
from .columns import decode_words, format_lead_ids, join_strings, mask_missing, pad_digits, to_timestamps
from .countries import COUNTRIES, METHODS
from .defects import convert_charges, shift_recorded_at
from .ledger import StatusRows, build_status_rows
from .orders import OFFERS
from .world import World


def select_known_status_rows(world: World, block: Block) -> StatusRows:
    """Return the status changes known when the history was written, in the table's order."""
    rows = build_status_rows(block.orders)
    rows = rows.take(rows.occurred_at < world.known_until)
    second = np.floor(rows.occurred_at)
    return rows.take(np.lexsort((rows.status, rows.order, second, block.orders.lead[rows.order])))


def build_purchases_table(world: World, block: Block, rows: StatusRows, second: FloatArray) -> pa.Table:
    """Return the rows as a table; ``second`` is when each lead's second identity begins."""
    orders, order = block.orders, rows.order
    lead = orders.lead[order]
    transactions = _transaction_ids(block)
    status = decode_words(STATUSES, rows.status)
    country = block.people.country[lead]
    amount, currency = convert_charges(world, orders.amount[order], country)
    moved: BoolArray = np.floor(orders.placed_at[order]) >= second[lead]
    return pa.table(
        {
            "transaction_id": pa.DictionaryArray.from_arrays(pa.array(order.astype(np.int32)), transactions),
            "event_id": join_strings(transactions.take(pa.array(order)), "-", status.cast(pa.string())),
            "lead_id": format_lead_ids(block.first, len(block.people), lead, moved),
            "occurred_at": to_timestamps(shift_recorded_at(world, rows.occurred_at)),
            "product_id": decode_words(world.catalog.ids, orders.product[order]),
            "status": status,
            "amount": pa.array(amount),
            "currency": decode_words([c.currency for c in COUNTRIES], currency),
            "payment_method": decode_words(METHODS, orders.method[order]),
            "installments": pa.array(orders.installments[order].astype(np.int16)),
            "recurrence_number": mask_missing(orders.charge[order], orders.charge[order] > 0),
            "offer": decode_words(OFFERS, orders.offer[order]),
            "country": decode_words([c.code for c in COUNTRIES], country),
            "language": decode_words([c.language for c in COUNTRIES], country),
        }
    )


def _transaction_ids(block: Block) -> pa.Array:
    """Return one an order: ``HP``, the lead's number, and the order's among the lead's."""
    lead = block.orders.lead
    first_order = np.searchsorted(lead, np.arange(len(block.people)))
    in_lead = np.arange(len(lead)) - first_order[lead] + 1
    return join_strings("HP", pad_digits(block.first + lead, 8), pad_digits(in_lead, 3))
