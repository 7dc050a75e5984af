"""When sales came: in carts with pauses between them, or all the time, by calendar periods."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from .launch_survey import Sale

#: Sales further apart than this belong to two carts; a cart is open no longer than that.
_PAUSE, MAX_CART = timedelta(days=10), timedelta(days=45)
#: Fewer sales are no cart.
MIN_SALES = 5
_MIN_SHARE_IN_CART, _MAX_SHARE_OPEN = 0.8, 0.4


def find_carts(sales: Sequence[Sale]) -> list[list[Sale]]:
    """Return the days of sales if nearly all lie in some carts with pauses between; else none."""
    carts = [cart for cart in split_carts(sales) if len(cart) >= MIN_SALES and cart[-1].at - cart[0].at <= MAX_CART]
    span = sales[-1].at - sales[0].at
    is_open = sum((cart[-1].at - cart[0].at for cart in carts), timedelta(0))
    if len(carts) < 2 or sum(map(len, carts)) < _MIN_SHARE_IN_CART * len(sales) or is_open > _MAX_SHARE_OPEN * span:
        return []
    return carts


def split_carts(sales: Sequence[Sale]) -> list[list[Sale]]:
    """Return sales cut at the pauses between them."""
    carts: list[list[Sale]] = [[sales[0]]] if sales else []
    for before, sale in pairwise(sales):
        if sale.at - before.at > _PAUSE:
            carts.append([])
        carts[-1].append(sale)
    return carts


def describe_cart(cart: Sequence[Sale]) -> dict[str, datetime]:
    """Return when a cart opened, by its first sale, and closed."""
    opens = cart[0].at.replace(minute=0, second=0, microsecond=0)
    return {"cart_opens_at": opens, "cart_closes_at": round_up_to_day(cart[-1].at)}


def find_product(sales: Sequence[Sale]) -> str | None:
    """Return the product of most sales; None if none is of half of them."""
    product, count = Counter(sale.product for sale in sales).most_common(1)[0]
    return product if 2 * count > len(sales) else None


def floor_day(at: datetime) -> datetime:
    """Return the beginning of a day."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def round_up_to_day(at: datetime) -> datetime:
    """Return the end of a day."""
    return floor_day(at) + timedelta(days=1)


def floor_period(at: datetime, months: int) -> datetime:
    """Return the beginning of a month, or of a period of months in a year."""
    return floor_day(at).replace(day=1, month=(at.month - 1) // months * months + 1)


def add_months(at: datetime, months: int) -> datetime:
    """Return the first of a month some months later."""
    total = at.year * 12 + at.month - 1 + months
    return at.replace(year=total // 12, month=total % 12 + 1)


def name_period(start: datetime, months: int) -> str:
    """Return a name for a month, or a quarter."""
    return f"{start:%Y-%m}" if months == 1 else f"{start.year}-q{(start.month - 1) // 3 + 1}"
