"""Draws what becomes of placed orders: paid or not, when, and whether it lasts."""

from dataclasses import dataclass, replace

import numpy as np

from .arrays import NEVER, BoolArray, FloatArray, IntArray, Table, concat_tables
from .clock import DAY
from .countries import CARD, METHOD_SHARES, PAYPAL
from .draws import choose_by_row
from .orders import Orders
from .payments import CREATOR_TERMS, RETRY_AFTER, SURE_TERMS, PaymentTerms
from .world import World

COMPLETE_AFTER = 30 * DAY


@dataclass(frozen=True)
class PlacedOrders(Table):
    """Orders before anybody paid."""

    lead: IntArray
    product: IntArray
    kind: IntArray
    launch: IntArray
    offer: IntArray
    charge: IntArray
    amount: FloatArray
    placed_at: FloatArray


def build_payment_terms(world: World) -> PaymentTerms:
    """Return the terms that the world's orders are paid under."""
    return SURE_TERMS if world.sure_payments else CREATOR_TERMS


def settle(world: World, placed: PlacedOrders, country: IntArray, rng: np.random.Generator) -> Orders:
    """Pay the orders; ``country`` is one a lead. A refused card may come back as a second order, through PayPal."""
    terms = build_payment_terms(world)
    if world.sure_payments:
        method = np.full(len(placed), CARD)
    else:
        method = choose_by_row(METHOD_SHARES[country[placed.lead]], rng)
    first = _pay(terms, placed, method, rng)
    tried_again = (method == CARD) & ~np.isfinite(first.approved_at) & (rng.random(len(placed)) < terms.retry)
    again = placed.take(tried_again)
    again = replace(again, placed_at=again.placed_at + RETRY_AFTER)
    second = _pay(terms, again, np.full(len(again), PAYPAL), rng)
    return concat_tables([first, second])


def _pay(terms: PaymentTerms, placed: PlacedOrders, method: IntArray, rng: np.random.Generator) -> Orders:
    """Try each payment once; a card's second try is an order of its own."""
    count = len(placed)
    share = rng.random(count)
    at_once = share < terms.instant[method]
    later = (method != CARD) & ~at_once & (share < terms.instant[method] + terms.delayed[method])
    validity, wait = terms.validity[method], terms.wait[method]
    delay = -wait * np.log1p(rng.random(count) * np.expm1(-validity / wait))
    approved_at = placed.placed_at + np.where(at_once, 0.0, np.where(later, delay, NEVER))
    gives_up = np.where(method == CARD, 0.0, validity)
    failed_at = np.where(at_once | later, NEVER, placed.placed_at + gives_up)
    refunded_at, chargeback_at = _draw_losses(terms, approved_at, (method == CARD) & at_once, rng)
    return Orders(
        lead=placed.lead,
        product=placed.product,
        kind=placed.kind,
        launch=placed.launch,
        method=method,
        offer=placed.offer,
        installments=_draw_installments(method, placed.amount, rng),
        charge=placed.charge,
        amount=placed.amount,
        placed_at=placed.placed_at,
        approved_at=approved_at,
        failed_at=failed_at,
        protested_at=_draw_protests(approved_at, np.minimum(refunded_at, chargeback_at), rng),
        refunded_at=refunded_at,
        chargeback_at=chargeback_at,
        completed_at=_draw_completions(terms, approved_at, refunded_at),
    )


def _draw_losses(
    terms: PaymentTerms, approved_at: FloatArray, by_card: BoolArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Draw refunds and chargebacks: one of them or neither."""
    share = rng.random(len(approved_at))
    refunded = share < terms.refund
    charged_back = by_card & ~refunded & (share < terms.refund + terms.chargeback)
    refund_wait = rng.uniform(*terms.refund_days, len(share)) * DAY
    chargeback_wait = rng.uniform(*terms.chargeback_days, len(share)) * DAY
    return (
        np.where(refunded, approved_at + refund_wait, NEVER),
        np.where(charged_back, approved_at + chargeback_wait, NEVER),
    )


def _draw_protests(approved_at: FloatArray, lost_at: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw protests: half of the refunded asked in one, half way before."""
    protested = (rng.random(len(lost_at)) < 0.5) & np.isfinite(lost_at)
    with np.errstate(invalid="ignore"):
        return np.where(protested, (approved_at + lost_at) / 2, NEVER)


def _draw_completions(terms: PaymentTerms, approved_at: FloatArray, refunded_at: FloatArray) -> FloatArray:
    """Draw when purchases are complete: at the end of the warranty, which a plain shop's lack."""
    over = np.isinf(refunded_at) & (terms.refund > 0)
    return np.where(over, approved_at + COMPLETE_AFTER, NEVER)


def _draw_installments(method: IntArray, amount: FloatArray, rng: np.random.Generator) -> IntArray:
    """Draw instalments of cards: the dearer the product the more, up to twelve."""
    most = np.clip(amount // 40, 1, 12)
    split = (method == CARD) & (rng.random(len(method)) < 0.6)
    return np.where(split, np.ceil(rng.random(len(method)) * most), 1).astype(np.int64)
