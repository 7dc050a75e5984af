"""Countries: share of leads, hours from UTC (no summer time), language, and how people pay there. Assumed."""

from dataclasses import dataclass

import numpy as np

from .arrays import FloatArray
from .clock import HOUR

METHODS = ("credit_card", "pix", "billet", "paypal")
CARD, PIX, BILLET, PAYPAL = range(4)


@dataclass(frozen=True)
class Country:
    """``reais``: price of one unit of ``currency``; ``pays_by``: share of orders per method, as in ``METHODS``."""

    code: str
    share: float
    utc_hours: int
    language: str
    dialing_code: str
    currency: str
    reais: float
    pays_by: tuple[float, float, float, float]


COUNTRIES = (
    Country("BR", 0.76, -3, "pt", "+55", "BRL", 1.0, (0.50, 0.34, 0.12, 0.04)),
    Country("PT", 0.07, 0, "pt", "+351", "EUR", 5.9, (0.80, 0.00, 0.00, 0.20)),
    Country("MX", 0.05, -6, "es", "+52", "MXN", 0.29, (0.85, 0.00, 0.00, 0.15)),
    Country("CO", 0.04, -5, "es", "+57", "COP", 0.0013, (0.85, 0.00, 0.00, 0.15)),
    Country("AR", 0.03, -3, "es", "+54", "ARS", 0.0054, (0.85, 0.00, 0.00, 0.15)),
    Country("US", 0.03, -5, "en", "+1", "USD", 5.4, (0.75, 0.00, 0.00, 0.25)),
    Country("AO", 0.02, 1, "pt", "+244", "AOA", 0.006, (0.85, 0.00, 0.00, 0.15)),
)

SHARES: FloatArray = np.array([c.share for c in COUNTRIES])
UTC_OFFSETS: FloatArray = np.array([c.utc_hours * HOUR for c in COUNTRIES], dtype=float)
METHOD_SHARES: FloatArray = np.array([c.pays_by for c in COUNTRIES])
