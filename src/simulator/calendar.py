"""The launches of a history: when, of what, through which strategy."""

from dataclasses import dataclass
from datetime import UTC, datetime

from .catalog import (
    ENTRY_PRODUCT,
    LAUNCHED_COURSES,
    MAIN_PRODUCT,
    PERPETUAL_PRODUCT,
    Catalog,
)
from .clock import DAY, HOUR, WEEK

START = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())
FIRST_CART = START + 10 * WEEK + 13 * HOUR
SPACING = 8 * WEEK
CAPTURE_WEEKS = 4
CART_DAYS = 7
PERPETUAL_CAPTURE_DAYS = 112
PERPETUAL_HORIZON_DAYS = 7


@dataclass(frozen=True)
class Launch:
    """One launch; instants in whole seconds since 1970 UTC, products as positions (-1: any, or none)."""

    launch_id: str
    strategy: str
    product: int = -1
    entry_product: int = -1
    capture_starts_at: int | None = None
    capture_ends_at: int | None = None
    cart_opens_at: int | None = None
    cart_closes_at: int | None = None
    horizon_days: int | None = None

    @property
    def starts_at(self) -> int:
        """Return the first instant at which one of its leads can be scored."""
        return self._first(self.cart_opens_at, self.capture_starts_at)

    @property
    def ends_at(self) -> int:
        """Return the end of the last label window."""
        if self.strategy == "perpetual":
            return self._first(self.capture_ends_at) + (self.horizon_days or 0) * DAY
        return self._first(self.cart_closes_at)

    @property
    def window_days(self) -> float:
        """Return length of the label window."""
        if self.horizon_days is not None:
            return float(self.horizon_days)
        return (self.ends_at - self.starts_at) / DAY

    def _first(self, *instants: int | None) -> int:
        given = [t for t in instants if t is not None]
        if not given:
            raise ValueError(f"launch {self.launch_id}: the instants of strategy {self.strategy} are missing")
        return given[0]


def build_creator_calendar(launches: int, catalog: Catalog) -> tuple[Launch, ...]:
    """Return one launch every eight weeks, the last one classic.

    Of every nine, the third is perpetual (from four launches on) and the sixth is paid (from seven on).
    """
    special = {2: (_build_perpetual, PERPETUAL_PRODUCT), 5: (_build_paid, MAIN_PRODUCT)}
    calendar: list[Launch] = []
    for number in range(launches):
        opens = FIRST_CART + number * SPACING
        month = datetime.fromtimestamp(opens, UTC).strftime("%Y-%m")
        if number % 9 in special and number < launches - 1:
            build, product = special[number % 9]
            calendar.append(build(product, month, opens, catalog))
        else:
            course = sum(launch.strategy == "classic" for launch in calendar) % len(LAUNCHED_COURSES)
            calendar.append(_build_classic(LAUNCHED_COURSES[course], month, opens, catalog))
    return tuple(calendar)


def build_course_calendar(launches: int, product: str, catalog: Catalog) -> tuple[Launch, ...]:
    """Return classic launches of one course, every eight weeks; a single one is a perpetual funnel."""
    months = [
        (datetime.fromtimestamp(FIRST_CART + number * SPACING, UTC).strftime("%Y-%m"), FIRST_CART + number * SPACING)
        for number in range(launches)
    ]
    build = _build_classic if launches > 1 else _build_perpetual
    return tuple(build(product, month, opens, catalog) for month, opens in months)


def _build_classic(product: str, month: str, opens: int, catalog: Catalog) -> Launch:
    return Launch(
        launch_id=f"{month}-{product}",
        strategy="classic",
        product=catalog.position(product),
        capture_starts_at=opens - CAPTURE_WEEKS * WEEK,
        capture_ends_at=opens,
        cart_opens_at=opens,
        cart_closes_at=opens + CART_DAYS * DAY,
    )


def _build_perpetual(product: str, month: str, opens: int, catalog: Catalog) -> Launch:
    return Launch(
        launch_id=f"{month}-{product}",
        strategy="perpetual",
        product=catalog.position(product),
        capture_starts_at=opens,
        capture_ends_at=opens + PERPETUAL_CAPTURE_DAYS * DAY,
        horizon_days=PERPETUAL_HORIZON_DAYS,
    )


def _build_paid(product: str, month: str, opens: int, catalog: Catalog) -> Launch:
    return Launch(
        launch_id=f"{month}-{product}",
        strategy="paid",
        product=catalog.position(product),
        entry_product=catalog.position(ENTRY_PRODUCT),
        cart_opens_at=opens,
        cart_closes_at=opens + CART_DAYS * DAY,
    )
