"""How an order is paid: the chance of approval by a given time, and its integral, in closed form.

An order by one method is approved at once with probability ``instant``; else, with probability ``delayed``, after
``offset`` plus an exponential wait of mean ``wait`` cut off at ``validity``; else never. A refused card may be followed
by a second try, through PayPal, ten minutes later: hence its delayed part, which waits for nothing else.
"""

from dataclasses import dataclass, replace

import numpy as np

from .arrays import FloatArray, IntArray
from .clock import DAY
from .countries import BILLET, CARD, PAYPAL, PIX

MINUTE = 60.0
RETRY_AFTER = 10 * MINUTE
NO_WAIT = 0.001


@dataclass(frozen=True)
class PaymentTerms:
    """Arrays have one entry a method, in the order of ``places.METHODS``; seconds and probabilities.

    ``refund`` is the chance that a bought product is returned, ``chargeback`` that a card payment which was approved at
    once is charged back; their waits are uniform over ``refund_days`` and ``chargeback_days``.
    """

    instant: FloatArray
    delayed: FloatArray
    offset: FloatArray
    wait: FloatArray
    validity: FloatArray
    retry: float
    refund: float
    refund_days: tuple[float, float]
    chargeback: float
    chargeback_days: tuple[float, float]

    @property
    def settled_after(self) -> float:
        """Return seconds after which nothing is paid any more."""
        late = self.delayed > 0
        return float((self.offset + self.validity)[late].max(initial=0.0))

    def approved_within(self, elapsed: FloatArray, method: IntArray) -> FloatArray:
        """Return P(approved by ``elapsed`` seconds after the order), one method a row."""
        wait, validity = self.wait[method], self.validity[method]
        late = np.clip(elapsed - self.offset[method], 0, validity)
        share = np.expm1(-late / wait) / np.expm1(-validity / wait)
        approved: FloatArray = self.instant[method] * (elapsed >= 0) + self.delayed[method] * share
        return approved

    def waited_area(self, elapsed: FloatArray) -> FloatArray:
        """Return integral over 0 to ``elapsed`` of P(the wait is over | it ends at all), shape (methods, ...)."""
        shape = (-1,) + (1,) * elapsed.ndim
        offset, wait, validity = (x.reshape(shape) for x in (self.offset, self.wait, self.validity))
        after_offset = np.maximum(elapsed - offset, 0)
        late = np.minimum(after_offset, validity)
        # exp, not expm1: several times faster, and the rounding it costs is below a nanosecond of waiting.
        rising = (late - wait * (1 - np.exp(-late / wait))) / (1 - np.exp(-validity / wait))
        area: FloatArray = rising + after_offset - late
        return area

    def kept(self, maturity_days: float) -> "PaymentTerms":
        """Return the same terms counting only what is neither refunded nor charged back within the maturity."""
        first, last = self.refund_days
        stays = 1 - self.refund * np.clip((maturity_days - first) / (last - first), 0, 1)
        first, last = self.chargeback_days
        charged_back = self.chargeback * np.clip((maturity_days - first) / (last - first), 0, 1)
        by_card = np.arange(len(self.instant)) == CARD
        return replace(self, instant=self.instant * (stays - charged_back * by_card), delayed=self.delayed * stays)


def _expand_methods(card: float, pix: float, billet: float, paypal: float) -> FloatArray:
    values = np.empty(4)
    values[[CARD, PIX, BILLET, PAYPAL]] = card, pix, billet, paypal
    return values


# Assumed. A slip is paid by 55%, mostly the next day; a PIX by 82%, mostly within the hour.
CREATOR_TERMS = PaymentTerms(
    instant=_expand_methods(0.86, 0.0, 0.0, 0.92),
    delayed=_expand_methods((1 - 0.86) * 0.45 * 0.92, 0.82, 0.55, 0.0),
    offset=_expand_methods(RETRY_AFTER, 0, 0, 0),
    wait=_expand_methods(NO_WAIT, 20 * MINUTE, float(DAY), float(DAY)),
    validity=_expand_methods(1.0, float(DAY), 3.0 * DAY, float(DAY)),
    retry=0.45,
    refund=0.05,
    refund_days=(0.2, 7.0),
    chargeback=0.01,
    chargeback_days=(15.0, 75.0),
)
SURE_TERMS = replace(CREATOR_TERMS, instant=np.ones(4), delayed=np.zeros(4), retry=0.0, refund=0.0, chargeback=0.0)
