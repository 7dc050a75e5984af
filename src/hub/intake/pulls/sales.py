"""Sales of a Hotmart account: every status of every window of 30 days, however old.

Hotmart's dates are those of orders: a late refund is found among the refunded orders of its order's time alone.
The history says what a sale is now and not since when, so that a change has the earliest instant that it surely
happened before: the end of the warranty, or the pull that found it. A change that a webhook or a file told is left as
it is.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from ....history.timestamps import EPOCH
from ...connectors.errors import UnavailableError
from ...connectors.hotmart_client import SALE_STATUSES, HotmartClient, SalesFilter
from ...connectors.hotmart_rows import Person, Sale
from ...models.purchase import TAKEN_BACK_STATUSES
from ...people.consent import ConsentTerms
from ..event_writer import write_event_rows
from ..hotmart.accounts import read_declared_terms, read_settings
from ..hotmart.deliveries import DeliveryKind, find_kind
from ..hotmart.statuses import find_status
from ..hotmart.tracking import read_tracking
from ..hotmart.values import (
    UnreadableError,
    read_amount,
    read_count,
    read_currency,
    read_instant,
    read_language,
    read_text,
)
from ..row_writer import WriteOptions, find_untold, write_purchase_rows
from .runs import PullRun
from .writing import write_rows

SOURCE = "hotmart_api"
ORDER_STARTED = "order_started"
_WINDOW = timedelta(days=30)
_SHORTEST_WINDOW = timedelta(days=1)
_QUERY_TOO_LONG = 502
_MAX_METHOD = 64
_AFFILIATE, _BUYER, _PAYPAL = "AFFILIATE", "BUYER", "PAYPAL"
#: Changes that happen within the warranty, or at its end.
_WITHIN_WARRANTY = {"refunded", "complete"}
#: It was sold, and part of it was taken back: how much, Hotmart says nowhere.
_PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"


def pull_sales(run: PullRun[HotmartClient]) -> None:
    """Pull all sales since the connection's first day, in steps of one status and window."""
    since = read_instant(run.connection.settings["since"]) or EPOCH
    steps = [(window, status) for window in list_windows(since, run.as_of) for status in SALE_STATUSES]
    for number in range(run.cursor.get("step", 0), len(steps)):
        (begin, end), status = steps[number]
        _pull_window(run, SalesFilter(begin, end, status))
        run.save_cursor(step=number + 1)


def list_windows(since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """Return windows of 30 days that cover a time without a gap; the last one may be shorter."""
    windows = []
    while since < until:
        windows.append((since, min(since + _WINDOW, until)))
        since += _WINDOW
    return windows


def _pull_window(run: PullRun[HotmartClient], wanted: SalesFilter) -> None:
    """Pull the sales of one status and window; where Hotmart takes too long, those of its halves."""
    try:
        _pull_pages(run, wanted)
    except UnavailableError as error:
        begin, end = wanted.since or EPOCH, wanted.until or run.as_of
        if error.status != _QUERY_TOO_LONG or end - begin <= _SHORTEST_WINDOW:
            raise
        middle = begin + (end - begin) / 2
        _pull_window(run, SalesFilter(begin, middle, wanted.status))
        _pull_window(run, SalesFilter(middle, end, wanted.status))


def _pull_pages(run: PullRun[HotmartClient], wanted: SalesFilter) -> None:
    client, session = run.session.client, run.session
    buyers: dict[str, Person] | None = None
    for page in session.iter_pages(client.list_sales(wanted)):
        sales = [sale for sale in run.note_page(page) if sale.purchase.commission_as != _AFFILIATE]
        if sales and buyers is None:
            buyers = dict(_read_buyers(run, wanted))
        _write_sales(run, sales, buyers or {})


def _read_buyers(run: PullRun[HotmartClient], wanted: SalesFilter) -> Iterator[tuple[str, Person]]:
    """Yield the buyers of sales with phones and languages, which the history leaves out."""
    for page in run.session.iter_pages(run.session.client.list_participants(wanted)):
        for sale in page.rows:
            for participant in sale.users:
                if participant.role == _BUYER and participant.user is not None and sale.transaction:
                    yield sale.transaction, participant.user


def _write_sales(run: PullRun[HotmartClient], sales: Sequence[Sale], buyers: dict[str, Person]) -> None:
    terms = read_declared_terms(run.connection)
    groups: defaultdict[DeliveryKind, list[dict[str, Any]]] = defaultdict(list)
    orders: list[dict[str, Any]] = []
    for sale in sales:
        try:
            rows = build_rows(sale, buyers.get(sale.purchase.transaction or ""), run)
        except UnreadableError:
            run.pull.rows_unreadable += 1
            continue
        for row in rows:
            groups[find_kind(row["status"])].append(row)
        orders += [row for row in rows if row["status"] == "started" and row["payment_method"] == _PAYPAL]
    for kind, rows in groups.items():
        write_rows(find_untold(rows), build_options(run, terms.get(kind)), run.written, write_purchase_rows)
    write_rows([_build_event(row) for row in orders], build_options(run, None), run.written, write_event_rows)


def build_rows(sale: Sale, buyer: Person | None, run: PullRun[HotmartClient]) -> list[dict[str, Any]]:
    """Return what a sale says as rows of purchases: its approval where it had one, and what it is now.

    Raises UnreadableError for a sale without transaction, buyer's address or instant, or with values that are none.
    """
    purchase, settings = sale.purchase, read_settings(run.connection)
    ordered_at, approved_at = read_instant(purchase.order_date), read_instant(purchase.approved_date)
    transaction_id = read_text(purchase.transaction)
    if not transaction_id or ordered_at is None:
        raise UnreadableError("transaction")
    status = find_status(purchase.status or "")
    row = _build_person(sale, buyer) | {
        "transaction_id": transaction_id,
        "event_id": "",
        "product_id": read_text(sale.product.id) if sale.product else "",
        "amount": read_amount(purchase.price.value) if purchase.price else None,
        "currency": read_currency(purchase.price.currency) if purchase.price else "",
        "payment_method": read_text(purchase.payment.type, _MAX_METHOD) if purchase.payment else "",
        "installments": read_count(purchase.payment.installments_number) if purchase.payment else None,
        "recurrence_number": read_count(purchase.recurrency_number),
        "offer": read_text(purchase.offer.code) if purchase.offer else "",
    }
    tracking = purchase.tracking
    origin = {"sck": tracking.source_sck or "", "src": tracking.source or ""} if tracking else {}
    row |= read_tracking({"origin": origin}, settings.sck)
    rows = []
    if approved_at is not None or status == "approved" or purchase.status == _PARTIALLY_REFUNDED:
        rows.append(row | {"status": "approved", "occurred_at": approved_at or ordered_at})
    if status in ("started", "billet_printed"):
        rows.append(row | {"status": status, "occurred_at": ordered_at})
    elif status not in (None, "approved"):
        happened_at = run.as_of
        if status in _WITHIN_WARRANTY:
            happened_at = min(read_instant(purchase.warranty_expire_date) or happened_at, happened_at)
        happened_at = max(happened_at, approved_at or ordered_at)
        # Their row takes back what is left of the sale: a webhook of the change may have told the amount before.
        amount = None if status in TAKEN_BACK_STATUSES else row["amount"]
        rows.append(row | {"status": status, "occurred_at": happened_at, "amount": amount})
    return rows


def _build_person(sale: Sale, buyer: Person | None) -> dict[str, Any]:
    known = sale.buyer or Person()
    more = buyer or Person()
    email = known.email or more.email
    if not email:
        raise UnreadableError("email")
    address = more.address
    place = (address and (address.country_iso or address.country)) or ""
    return {
        "email": email,
        "phone": more.cellphone or more.phone or "",
        "name": known.name or more.name or "",
        "country": place,
        "language": read_language(more.locale),
    }


def _build_event(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"event_type": ORDER_STARTED, "event_id": row["transaction_id"], "value": None, "company": ""}


def build_options(run: PullRun[HotmartClient], terms: ConsentTerms | None) -> WriteOptions:
    """Return how the rows of a pull are written."""
    return WriteOptions(
        batch=None,
        proof=f"pull {run.pull.pk}",
        default_country=read_settings(run.connection).default_country,
        terms=terms,
        external_source=SOURCE,
        source=SOURCE,
        by_file=False,
    )
