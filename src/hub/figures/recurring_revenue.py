"""Monthly recurring revenue of an account's subscriptions."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from ..models import Connection, Purchase, Subscription
from ..models.purchase import SALE_STATUSES, TAKEN_BACK_STATUSES

ACTIVE, OVERDUE = "active", "overdue"
_DAYS_OF_A_MONTH = 30
_CHUNK_CONTACTS = 500

#: Who, and of which product.
_Key = tuple[int, str]


@dataclass
class RecurringRevenue:
    """What subscriptions bring a month, in one currency.

    Attributes
    ----------
    currency
        The currency; empty where the account says none.
    active, overdue
        How many subscriptions are active, and overdue.
    active_minor, overdue_minor
        What they bring a month, in the currency's smallest unit.
    unpriced
        How many of them have no known price or period, and count for nothing.
    """

    currency: str
    active: int = 0
    overdue: int = 0
    active_minor: float = 0.0
    overdue_minor: float = 0.0
    unpriced: int = 0


@dataclass
class _Charge:
    """One charge of a subscription, and what is left of it."""

    amount_minor: int | None
    currency: str


def read_recurring_revenue(connection: Connection) -> list[RecurringRevenue]:
    """Return what the subscriptions of an account bring a month by currency, the most first.

    Of each that is active or overdue the last charge counts, net of refunds, divided by the months of its plan; where
    no charge is known, the price of its plan. Purchases in smart instalments are no subscriptions.
    """
    counted = Subscription.objects.filter(
        connection=connection, is_smart_installments=False, status__in=(ACTIVE, OVERDUE)
    )
    subscriptions = list(counted.order_by("pk"))
    charges = _read_last_charges({subscription.contact_id for subscription in subscriptions})
    found: defaultdict[str, RecurringRevenue] = defaultdict(lambda: RecurringRevenue(""))
    for subscription in subscriptions:
        planned = _Charge(subscription.amount_minor, subscription.currency)
        charge = charges.get((subscription.contact_id, subscription.product_id), planned)
        figures = found[charge.currency]
        figures.currency = charge.currency
        is_active = subscription.status == ACTIVE
        figures.active += is_active
        figures.overdue += not is_active
        if charge.amount_minor is None or not subscription.period_days:
            figures.unpriced += 1
        elif is_active:
            figures.active_minor += charge.amount_minor / count_months(subscription.period_days)
        else:
            figures.overdue_minor += charge.amount_minor / count_months(subscription.period_days)
    return sorted(found.values(), key=lambda figures: -figures.active_minor)


def count_months(days: int) -> float:
    """Return the months of a plan's period: 30 days are one, 365 twelve; a shorter one is a part of a month."""
    return max(1, round(days / 30.4)) if days >= 28 else days / _DAYS_OF_A_MONTH


def _read_last_charges(contact_ids: Collection[int]) -> dict[_Key, _Charge]:
    """Return the last charge of each contact and product, less what was taken back of it."""
    last: dict[_Key, tuple[str, _Charge]] = {}
    ordered = sorted(contact_ids)
    for start in range(0, len(ordered), _CHUNK_CONTACTS):
        own = Purchase.objects.visible().filter(contact__in=ordered[start : start + _CHUNK_CONTACTS], seller_id="")
        rows = own.filter(status__in=(*SALE_STATUSES, *TAKEN_BACK_STATUSES)).order_by("occurred_at", "pk")
        for contact_id, product_id, transaction_id, status, amount, currency in rows.values_list(
            "contact_id", "product_id", "transaction_id", "status", "amount_minor", "currency"
        ):
            known = last.get((contact_id, product_id))
            if status in SALE_STATUSES:
                if known is None or known[0] != transaction_id:
                    last[contact_id, product_id] = transaction_id, _Charge(amount, currency)
            elif known is not None and known[0] == transaction_id:
                left = known[1].amount_minor
                known[1].amount_minor = 0 if amount is None or left is None else max(0, left - amount)
    return {key: charge for key, (_, charge) in last.items()}
