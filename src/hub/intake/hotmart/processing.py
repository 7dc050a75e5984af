"""The inbox's processor of Hotmart's deliveries: each becomes one row, with the consent that its account declares."""

from collections import defaultdict
from collections.abc import Sequence

from ...models import Connection, InboxItem, InboxOutcome
from ...people.consent import ConsentTerms
from ..event_writer import write_event_rows
from ..inbox_processors import Processed
from ..row_writer import PROOF, WriteOptions, WrittenRows, write_purchase_rows
from .accounts import AccountSettings, read_declared_terms, read_settings
from .deliveries import Delivery, DeliveryKind, UnknownDeliveryError, decode_body, parse_delivery, read_event
from .values import UnreadableError

SOURCE = "hotmart"


class _Account:
    """What is to be known of the connection that a delivery came by."""

    def __init__(self, connection: Connection | None) -> None:
        self.settings = AccountSettings() if connection is None else read_settings(connection)
        self.terms = {} if connection is None else read_declared_terms(connection)


def process_items(items: Sequence[InboxItem]) -> list[Processed]:
    """Write the rows of some deliveries, in the caller's transaction."""
    connections = Connection.objects.in_bulk({item.origin_id for item in items if item.origin_id is not None})
    accounts = {item.origin_id: _Account(connections.get(item.origin_id or 0)) for item in items}
    outcomes: dict[int, Processed] = {}
    groups: defaultdict[tuple[int | None, DeliveryKind, bool], list[tuple[InboxItem, Delivery]]] = defaultdict(list)
    for item in items:
        read = _read(item, accounts[item.origin_id].settings)
        if isinstance(read, Processed):
            outcomes[item.pk] = read
        else:
            groups[item.origin_id, read.kind, read.is_purchase].append((item, read))
    for (origin_id, kind, is_purchase), pairs in groups.items():
        terms = accounts[origin_id].terms.get(kind)
        for (item, delivery), contact_id in zip(pairs, _write(pairs, terms, is_purchase), strict=True):
            found = frozenset() if contact_id is None else frozenset({contact_id})
            outcomes[item.pk] = Processed(delivery.event, contact_ids=found)
    return [outcomes[item.pk] for item in items]


def _read(item: InboxItem, settings: AccountSettings) -> Delivery | Processed:
    """Return what an item says, or what became of it where it says nothing that has a row."""
    event = ""
    try:
        body = decode_body(item.body or b"")
        event = read_event(body)
        return parse_delivery(body, item.received_at, settings.default_country, settings.sck)
    except UnknownDeliveryError as error:
        return Processed(event, InboxOutcome.UNKNOWN, error.code)
    except UnreadableError as error:
        return Processed(event, InboxOutcome.FAILED, error.code)


def _write(
    pairs: Sequence[tuple[InboxItem, Delivery]], terms: ConsentTerms | None, is_purchase: bool
) -> list[int | None]:
    """Write the rows of deliveries of one kind and account, and return their contacts."""
    options = WriteOptions(batch=None, proof=SOURCE, terms=terms, external_source=SOURCE, source=SOURCE, by_file=False)
    rows = [delivery.row | {PROOF: f"inbox item {item.pk}"} for item, delivery in pairs]
    write = write_purchase_rows if is_purchase else write_event_rows
    return write(rows, options, WrittenRows())
