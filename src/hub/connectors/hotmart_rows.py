"""Hotmart's REST answers as types. Unknown fields are let pass, and every field may be missing."""

from decimal import Decimal

import msgspec

from .wire_values import WireId, WireInstant


class Row(msgspec.Struct):
    """Anything in an answer."""


class Money(Row):
    """An amount; commissions say ``currency_value`` where everything else says ``currency_code``."""

    value: Decimal | None = None
    currency_code: str | None = None
    currency_value: str | None = None

    @property
    def currency(self) -> str:
        """The currency's code; empty where it is missing."""
        return (self.currency_code or self.currency_value or "").upper()


class Product(Row):
    """A product: in a list of products all of it, elsewhere its id and name."""

    id: WireId = None
    ucode: str | None = None
    name: str | None = None
    status: str | None = None
    format: str | None = None
    created_at: WireInstant = None
    is_subscription: bool | None = None
    warranty_period: int | None = None


class Person(Row):
    """Somebody in a sale. Their phone and language come with the participants alone."""

    ucode: str | None = None
    name: str | None = None
    email: str | None = None
    locale: str | None = None
    phone: str | None = None
    cellphone: str | None = None
    address: "Address | None" = None


class Address(Row):
    """Where somebody lives; what is not read of it is left out."""

    country: str | None = None
    country_iso: str | None = None


class Payment(Row):
    """How a sale was paid."""

    method: str | None = None
    type: str | None = None
    installments_number: int | None = None


class Tracking(Row):
    """What the sales link said of its origin."""

    source: str | None = None
    source_sck: str | None = None
    external_code: str | None = None


class Offer(Row):
    """The offer of a sale."""

    code: str | None = None
    payment_mode: str | None = None


class SalePurchase(Row):
    """The purchase of a sale: its present state, not its history."""

    transaction: str | None = None
    order_date: WireInstant = None
    approved_date: WireInstant = None
    status: str | None = None
    recurrency_number: int | None = None
    is_subscription: bool | None = None
    commission_as: str | None = None
    warranty_expire_date: WireInstant = None
    price: Money | None = None
    payment: Payment | None = None
    tracking: Tracking | None = None
    offer: Offer | None = None


class Sale(Row):
    """A row of the sales history."""

    purchase: SalePurchase
    product: Product | None = None
    buyer: Person | None = None
    producer: Person | None = None


class Coupon(Row):
    """A coupon that a sale used."""

    code: str | None = None
    value: Decimal | None = None


class SaleDetails(Row):
    """What a sale's price is made of."""

    transaction: str | None = None
    product: Product | None = None
    base: Money | None = None
    total: Money | None = None
    vat: Money | None = None
    fee: Money | None = None
    coupon: Coupon | None = None
    real_conversion_rate: Decimal | None = None


class SalesTotal(Row):
    """How many sales there were in one currency, and of what value."""

    total_items: int | None = None
    total_value: Money | None = None


class Participant(Row):
    """Somebody in a sale, and as what: PRODUCER, COPRODUCER, AFFILIATE or BUYER."""

    role: str | None = None
    user: Person | None = None


class SaleParticipants(Row):
    """Everybody in a sale."""

    transaction: str | None = None
    product: Product | None = None
    users: tuple[Participant, ...] = ()


class Commission(Row):
    """What one participant earns of a sale."""

    commission: Money | None = None
    user: Person | None = None
    source: str | None = None


class SaleCommissions(Row):
    """What a sale's participants earn."""

    transaction: str | None = None
    product: Product | None = None
    exchange_rate_currency_payout: Decimal | None = None
    commissions: tuple[Commission, ...] = ()


class Plan(Row):
    """The plan of a subscription; ``recurrency_period`` is in days."""

    id: WireId = None
    name: str | None = None
    recurrency_period: int | None = None
    max_charge_cycles: int | None = None


class Subscription(Row):
    """A subscription as it is now."""

    subscriber_code: str
    subscription_id: WireId = None
    status: str | None = None
    accession_date: WireInstant = None
    end_accession_date: WireInstant = None
    request_date: WireInstant = None
    date_next_charge: WireInstant = None
    trial: bool | None = None
    transaction: str | None = None
    plan: Plan | None = None
    product: Product | None = None
    price: Money | None = None
    subscriber: Person | None = None


class Recurrency(Row):
    """The latest charge of a subscription."""

    number: int | None = None
    status: str | None = None
    billing_type: str | None = None


class SubscriptionSummary(Row):
    """A subscription's latest charge, up to a day old: where smart instalments can be told from subscriptions."""

    subscriber_code: str | None = None
    product: Product | None = None
    last_recurrency: Recurrency | None = None


class SubscriptionPurchase(Row):
    """One charge of a subscription."""

    transaction: str | None = None
    approved_date: WireInstant = None
    payment_engine: str | None = None
    status: str | None = None
    price: Money | None = None
    payment_type: str | None = None
    payment_method: str | None = None
    recurrency_number: int | None = None
    under_warranty: bool | None = None


class ChangedSubscription(Row):
    """A subscription after it was canceled or reactivated."""

    subscriber_code: str | None = None
    status: str | None = None


class Module(Row):
    """A module of a members' area."""

    module_id: WireId = None
    id: WireId = None
    name: str | None = None
    sequence: int | None = None
    is_extra: bool | None = None
    is_extra_paid: bool | None = None
    is_public: bool | None = None
    classes: tuple[str, ...] | None = None
    total_pages: int | None = None


class Progress(Row):
    """How much of a course somebody has completed."""

    total: int | None = None
    completed: int | None = None
    completed_percentage: float | None = None


class Student(Row):
    """Somebody in a members' area."""

    user_id: WireId = None
    name: str | None = None
    email: str | None = None
    locale: str | None = None
    status: str | None = None
    role: str | None = None
    type: str | None = None
    class_id: WireId = None
    purchase_date: WireInstant = None
    first_access_date: WireInstant = None
    last_access_date: WireInstant = None
    access_count: int | None = None
    engagement: str | None = None
    progress: Progress | None = None


class Lesson(Row):
    """A page of a course, and whether somebody has completed it."""

    page_id: WireId = None
    page_name: str | None = None
    module_name: str | None = None
    is_module_extra: bool | None = None
    is_completed: bool | None = None
    completed_date: WireInstant = None


class Profile(Row):
    """The account that the credentials belong to."""

    id: WireId = None
    ucode: str | None = None
    name: str | None = None
    email: str | None = None
    locale: str | None = None
