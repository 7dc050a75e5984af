"""Subscriptions and smart instalments of a Hotmart account: each change is an event, what they are now a row."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from ....history.timestamps import EPOCH
from ...connectors.hotmart_client import HotmartClient, SubscriptionFilter
from ...connectors.hotmart_rows import Person
from ...connectors.hotmart_rows import Subscription as ListedSubscription
from ...models import Contact, Subscription
from ...money import convert_to_minor
from ..hotmart.statuses import EVENT_TYPES
from ..hotmart.values import (
    UnreadableError,
    read_amount,
    read_count,
    read_currency,
    read_instant,
    read_text,
)
from ..row_writer import Row, WriteOptions, WrittenRows, resolve_rows
from .runs import PullRun
from .sales import build_options, list_windows
from .states import LatestEvent, StateRules, write_changes
from .writing import write_rows

SUBSCRIPTION, SMART_INSTALLMENTS = "subscription", "smart_installments"
_SMART_BILLING = "SMART_INSTALLMENT"
#: Hotmart's words for the status of a subscription, and ours.
_STATUSES = {
    "STARTED": "started",
    "ACTIVE": "active",
    "OVERDUE": "overdue",
    "DELAYED": "overdue",
    "INACTIVE": "inactive",
    "EXPIRED": "expired",
    "CANCELLED_BY_CUSTOMER": "canceled_by_customer",
    "CANCELLED_BY_SELLER": "canceled_by_seller",
    "CANCELLED_BY_ADMIN": "canceled_by_admin",
}
_ENDED = {status for status in _STATUSES.values() if status.startswith("canceled")} | {"inactive", "expired"}
_CANCELED = EVENT_TYPES["SUBSCRIPTION_CANCELLATION"]
_ONLY_FIRST = "only_first"
_UPDATED = (
    "contact",
    "original_contact_id",
    "product_id",
    "status",
    "is_smart_installments",
    "amount_minor",
    "currency",
    "period_days",
    "seen_at",
)


def pull_subscriptions(run: PullRun[HotmartClient]) -> None:
    """Pull all subscriptions that began since the connection's first day, in steps of a window of 30 days."""
    since = read_instant(run.connection.settings["since"]) or EPOCH
    windows = list_windows(since, run.as_of)
    for number in range(run.cursor.get("step", 0), len(windows)):
        wanted = SubscriptionFilter(*windows[number])
        client, smart = run.session.client, set(_read_smart(run, wanted))
        for page in run.session.iter_pages(client.list_subscriptions(wanted)):
            subscriptions = sorted(run.note_page(page), key=lambda row: str(row.accession_date))
            _write(run, [row for one in subscriptions for row in _build_rows(run, one, smart)])
        run.save_cursor(step=number + 1)


def _read_smart(run: PullRun[HotmartClient], wanted: SubscriptionFilter) -> Iterator[str]:
    """Yield the codes of those that are purchases in instalments, which Hotmart lists as subscriptions."""
    for page in run.session.iter_pages(run.session.client.list_subscription_summaries(wanted)):
        for summary in page.rows:
            charge = summary.last_recurrency
            if charge is not None and charge.billing_type == _SMART_BILLING and summary.subscriber_code:
                yield summary.subscriber_code


def _build_rows(
    run: PullRun[HotmartClient], subscription: ListedSubscription, smart: set[str]
) -> Iterator[dict[str, Any]]:
    """Yield that a subscription began, for those of whom nothing is known yet, and what it is now."""
    status = _STATUSES.get((subscription.status or "").upper())
    person = subscription.subscriber or Person()
    try:
        began_at, ended_at = read_instant(subscription.accession_date), read_instant(subscription.end_accession_date)
        product_id = read_text(subscription.product.id) if subscription.product else ""
        code, price = read_text(subscription.subscriber_code), subscription.price
        amount = read_amount(price.value) if price else None
    except UnreadableError:
        status = None
    if status is None or not person.email:
        run.pull.rows_unreadable += 1
        return
    prefix = SMART_INSTALLMENTS if subscription.subscriber_code in smart else SUBSCRIPTION
    row = {
        "email": person.email,
        "phone": "",
        "name": person.name or "",
        "country": "",
        "language": "",
        "event_id": "",
        "product_id": product_id,
        "value": None,
        "company": "",
        "is_smart": prefix == SMART_INSTALLMENTS,
        "status": status,
        "listed": subscription,
        "code": code,
        "amount": amount,
    }
    if began_at is not None and status not in ("started", "active"):
        yield row | {"event_type": f"{prefix}_active", "occurred_at": began_at, _ONLY_FIRST: True}
    known_since = ended_at if status in _ENDED else began_at if status in ("started", "active") else None
    yield row | {"event_type": f"{prefix}_{status}", "occurred_at": known_since, _ONLY_FIRST: False}


def _write(run: PullRun[HotmartClient], rows: list[dict[str, Any]]) -> None:
    for prefix in (SUBSCRIPTION, SMART_INSTALLMENTS):
        types = {f"{prefix}_{status}" for status in _STATUSES.values()} | {f"{prefix}_canceled"}
        rules = StateRules(types, _is_change, run.as_of)
        own = [row for row in rows if row["event_type"] in types]
        write_rows(own, build_options(run, None), run.written, partial(write_changes, rules=rules))
    present = [row for row in rows if not row[_ONLY_FIRST]]
    write_rows(present, build_options(run, None), WrittenRows(), partial(_store, run=run))


def _store(
    rows: Sequence[Row], options: WriteOptions, written: WrittenRows, *, run: PullRun[HotmartClient]
) -> list[int | None]:
    """Keep what the subscriptions are now: of recurring revenue no event tells."""
    contacts, pairs = resolve_rows(rows, options, written)
    found = {row["code"]: _build_subscription(row, contact, run) for row, _, contact in pairs if row["code"]}
    Subscription.objects.bulk_create(
        found.values(), update_conflicts=True, unique_fields=["connection", "code"], update_fields=_UPDATED
    )
    return contacts


def _build_subscription(row: Row, contact: Contact, run: PullRun[HotmartClient]) -> Subscription:
    listed: ListedSubscription = row["listed"]
    amount, currency = row["amount"], read_currency(listed.price.currency) if listed.price else ""
    return Subscription(
        connection=run.connection,
        code=row["code"],
        contact=contact,
        original_contact_id=contact.pk,
        product_id=row["product_id"],
        status=row["status"],
        is_smart_installments=row["is_smart"],
        amount_minor=None if amount is None else convert_to_minor(amount, currency),
        currency=currency,
        period_days=(listed.plan and read_count(listed.plan.recurrency_period)) or None,
        seen_at=run.as_of,
    )


def _is_change(row: Row, latest: LatestEvent | None) -> bool:
    """Return whether a row tells another status; a webhook may have told a cancellation without saying whose."""
    if latest is None or row[_ONLY_FIRST]:
        return latest is None
    is_known_end = latest.event_type == _CANCELED and row["event_type"].startswith(_CANCELED)
    return row["event_type"] != latest.event_type and not is_known_end
