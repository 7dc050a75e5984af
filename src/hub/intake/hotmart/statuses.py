"""Hotmart's words for statuses and events, and ours. Webhooks and the REST interface say different words for some."""

#: ``purchase.status`` of a webhook.
WEBHOOK_STATUSES = {
    "APPROVED": "approved",
    "COMPLETED": "complete",
    "CANCELED": "canceled",
    "BILLET_PRINTED": "billet_printed",
    "DISPUTE": "protested",
    "DELAYED": "overdue",
    "REFUNDED": "refunded",
    "CHARGEBACK": "chargeback",
    "EXPIRED": "expired",
}
#: ``purchase.status`` of the REST interface. A partial refund says no amount and a pre-order no sale: neither is a row.
REST_STATUSES = {
    "APPROVED": "approved",
    "COMPLETE": "complete",
    "CANCELLED": "canceled",
    "NO_FUNDS": "canceled",
    "BLOCKED": "canceled",
    "PRINTED_BILLET": "billet_printed",
    "WAITING_PAYMENT": "billet_printed",
    "PROTESTED": "protested",
    "DISPUTE": "protested",
    "OVERDUE": "overdue",
    "DELAYED": "overdue",
    "REFUNDED": "refunded",
    "CHARGEBACK": "chargeback",
    "EXPIRED": "expired",
    "STARTED": "started",
    "PROCESSING_TRANSACTION": "started",
    "UNDER_ANALISYS": "started",
}
#: The status of a purchase delivery that says none.
STATUS_OF_EVENT = {
    "PURCHASE_APPROVED": "approved",
    "PURCHASE_COMPLETE": "complete",
    "PURCHASE_CANCELED": "canceled",
    "PURCHASE_BILLET_PRINTED": "billet_printed",
    "PURCHASE_PROTEST": "protested",
    "PURCHASE_DELAYED": "overdue",
    "PURCHASE_REFUNDED": "refunded",
    "PURCHASE_CHARGEBACK": "chargeback",
    "PURCHASE_EXPIRED": "expired",
}
CART_EVENT = "cart_abandoned"
#: Deliveries that are events, by their type in the vocabulary of docs/hub.md.
EVENT_TYPES = {
    "PURCHASE_OUT_OF_SHOPPING_CART": CART_EVENT,
    "SUBSCRIPTION_CANCELLATION": "subscription_canceled",
    "SWITCH_PLAN": "subscription_plan_switched",
    "UPDATE_SUBSCRIPTION_CHARGE_DATE": "subscription_charge_date_changed",
    "CLUB_FIRST_ACCESS": "members_first_access",
    "CLUB_MODULE_COMPLETED": "members_module_completed",
    "ORDER_FULFILLMENT": "order_fulfilled",
}
#: ``subscription.status``, where it says who canceled.
CANCELED_BY = {
    "CANCELLED_BY_CUSTOMER": "subscription_canceled_by_customer",
    "CANCELLED_BY_SELLER": "subscription_canceled_by_seller",
    "CANCELLED_BY_ADMIN": "subscription_canceled_by_admin",
}


def find_status(word: str, event: str = "") -> str | None:
    """Return our status for Hotmart's word, of a webhook or of REST; without a word the event's. None: it has none."""
    if not word:
        return STATUS_OF_EVENT.get(event)
    return WEBHOOK_STATUSES.get(word.upper()) or REST_STATUSES.get(word.upper())
