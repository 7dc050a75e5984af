"""Money in integer minor units: cents for most currencies, whole units for the yen, thousandths for the dinar."""

from decimal import Decimal
from functools import cache

from babel.numbers import get_currency_precision, get_territory_currencies

#: The smallest unit of a currency has at most so many decimals.
MAX_DECIMALS = 4


@cache
def get_decimals(currency: str) -> int:
    """Return how many decimals a currency's amounts have; two where it is unknown."""
    return get_currency_precision(currency) if currency else 2


def find_currency(country: str | None) -> str:
    """Return the currency that a country pays in, by its ISO code; empty where it is unknown."""
    return next(iter(get_territory_currencies(country)), "") if country else ""


def convert_to_minor(amount: Decimal, currency: str) -> int:
    """Return an amount in the smallest unit of its currency, rounded half to even."""
    return int(amount.scaleb(get_decimals(currency)).to_integral_value())


def convert_from_minor(amount_minor: int, currency: str) -> Decimal:
    """Return an amount in whole units of its currency."""
    return Decimal(amount_minor).scaleb(-get_decimals(currency))
