"""The features of how it was paid and kept: refunds, subscriptions, payments, products."""

from functools import partial

from .declaration import Feature

_NEVER = "has never bought"
_NO_CHARGE = "no paid charge of a subscription is known"

_refund = partial(Feature, family="refunds", phrase_missing="never took money back")
_subscription = partial(Feature, family="subscription", unit="times", phrase_missing=_NO_CHARGE)
_payment = partial(Feature, family="payment", unit="times", aggregate="count", phrase_missing=_NEVER)
_product = partial(Feature, family="products", unit="count", phrase_missing=_NEVER)

_MONEY_BACK = (
    _refund(
        name="refunds",
        unit="times",
        aggregate="count",
        rows="refunded",
        description="Refunds so far.",
        phrase="took money back {value}",
    ),
    _refund(
        name="refunds_90d",
        unit="times",
        aggregate="count",
        rows="refunded",
        window_days=90,
        description="Refunds in the last 90 days.",
        phrase="took money back {value} in the last 90 days",
    ),
    _refund(
        name="refunded_amount",
        unit="money",
        aggregate="sum",
        rows="refunded",
        measure="net_amount",
        description="What refunds took off the spend so far (zero or negative).",
        phrase="refunds come to {value}",
    ),
    _refund(
        name="chargebacks",
        unit="times",
        aggregate="count",
        rows="chargeback",
        description="Chargebacks so far.",
        phrase="charged back {value}",
    ),
    _subscription(
        name="renewals",
        aggregate="count",
        rows="renewal",
        direction=1,
        description="Subscription charges after the first.",
        phrase="renewed {value}",
    ),
    _subscription(
        name="renewals_90d",
        aggregate="count",
        rows="renewal",
        window_days=90,
        direction=1,
        description="Subscription charges after the first, in the last 90 days.",
        phrase="renewed {value} in the last 90 days",
    ),
    _subscription(
        name="last_recurrence_number",
        unit="number",
        aggregate="last",
        rows="charge",
        measure="recurrence_number",
        description="Which charge of its subscription the last subscription charge was (1: the first).",
        phrase="reached charge {value} of a subscription",
    ),
)

_PAYMENTS = (
    _payment(
        name="slips_printed",
        rows="billet_printed",
        description="Payment slips (or instant-payment codes) issued so far.",
        phrase="had a payment slip issued {value}",
    ),
    _payment(
        name="slips_printed_30d",
        rows="billet_printed",
        window_days=30,
        description="Payment slips issued in the last 30 days.",
        phrase="had a payment slip issued {value} in the last 30 days",
    ),
    _payment(
        name="payments_lapsed",
        rows="expired",
        description="Payments that lapsed so far.",
        phrase="let a payment lapse {value}",
    ),
    _payment(
        name="payments_overdue",
        rows="overdue",
        description="Charges that went overdue so far.",
        phrase="had a charge overdue {value}",
    ),
    _payment(
        name="days_since_payment_overdue",
        unit="days",
        aggregate="since_last",
        rows="overdue",
        description="Days since a charge last went overdue.",
        phrase="had a charge overdue {value} ago",
        phrase_missing="never had a charge overdue",
    ),
    _payment(
        name="orders_started",
        rows="started",
        description="Orders started so far, whatever became of them.",
        phrase="started an order {value}",
    ),
    _payment(
        name="protests",
        rows="protested",
        description="Payments protested so far.",
        phrase="protested a payment {value}",
    ),
    _payment(
        name="cancellations",
        rows="canceled",
        description="Transactions canceled so far.",
        phrase="had an order canceled {value}",
    ),
    _payment(
        name="mean_installments",
        unit="number",
        aggregate="mean",
        measure="installments",
        description="Mean number of instalments of a purchase.",
        phrase="instalments of a purchase, on average: {value}",
        phrase_missing="has no purchase with known instalments",
    ),
    _payment(
        name="last_installments",
        unit="number",
        aggregate="last",
        measure="installments",
        description="Instalments of the last purchase.",
        phrase="instalments of the last purchase: {value}",
        phrase_missing="has no last purchase with known instalments",
    ),
)

_PRODUCTS = (
    _product(
        name="purchases_owned",
        aggregate="sum",
        rows="any",
        measure="ownership",
        direction=1,
        description="Purchases kept so far: bought and not canceled, refunded in full or charged back.",
        phrase="purchases kept: {value}",
    ),
    _product(
        name="subscription_charges_kept",
        family="subscription",
        aggregate="sum",
        rows="subscription",
        measure="ownership",
        description="Subscription charges paid and not undone.",
        phrase="subscription charges paid: {value}",
    ),
    _product(
        name="days_since_last_subscription_charge",
        family="subscription",
        unit="days",
        aggregate="since_last",
        rows="charge",
        description="Days from the last subscription charge to as_of.",
        phrase="last paid a subscription {value} ago",
        phrase_missing=_NO_CHARGE,
    ),
    _product(
        name="days_to_next_subscription_charge",
        family="subscription",
        unit="days",
        aggregate="gap_left",
        rows="charge",
        description="Days from as_of to the next subscription charge, a mean pause after the last; 0 where it is due.",
        phrase="next subscription charge due in {value}",
        phrase_missing="no two paid charges of a subscription at different times are known",
    ),
    _product(
        name="launch_product_purchases",
        aggregate="count",
        rows="launch_product",
        description="Purchases of this launch's product so far (of leads who do not own it any more).",
        phrase="bought this product before: {value}",
    ),
    _product(
        name="entry_product_purchases",
        aggregate="count",
        rows="entry_product",
        description="Purchases of the launch's entry product so far.",
        phrase="bought the entry product: {value}",
    ),
    _product(
        name="days_since_entry_product",
        unit="days",
        aggregate="since_last",
        rows="entry_product",
        description="Days from the last purchase of the entry product to as_of.",
        phrase="bought the entry product {value} ago",
        phrase_missing="no purchase of an entry product is known",
    ),
    _product(
        name="launch_purchases",
        aggregate="count",
        rows="in_launch",
        direction=1,
        description="Purchases of a launch's product while its cart was open.",
        phrase="earlier launches with a purchase: {value}",
    ),
    _product(
        name="order_bumps",
        aggregate="count",
        rows="bump",
        direction=1,
        description="Purchases made at the same instant as another one.",
        phrase="products added at the check-out: {value}",
    ),
    _product(
        name="last_amount_over_typical",
        family="spend",
        unit="ratio",
        aggregate="last",
        measure="amount_over_typical",
        description="Amount of the last purchase over the median purchase of all leads.",
        phrase="spent {value} times the usual amount the last time",
    ),
)

PAYMENT_FEATURES: tuple[Feature, ...] = _MONEY_BACK + _PAYMENTS + _PRODUCTS
