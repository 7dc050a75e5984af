"""A launch: when its leads are scored, and over which window they may buy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .errors import LaunchError
from .schema import STRATEGIES

_NEEDS = {
    "classic": ("cart_opens_at", "cart_closes_at"),
    "paid": ("cart_opens_at", "cart_closes_at", "entry_product_id"),
    "perpetual": ("capture_starts_at", "capture_ends_at", "horizon_days"),
}


@dataclass(frozen=True)
class Launch:
    """One sales period of one product. Times are UTC instants; windows are half-open.

    ``product_id`` is None where any product counts.
    """

    launch_id: str
    strategy: str
    product_id: str | None = None
    entry_product_id: str | None = None
    capture_starts_at: datetime | None = None
    capture_ends_at: datetime | None = None
    cart_opens_at: datetime | None = None
    cart_closes_at: datetime | None = None
    horizon_days: int | None = None

    @property
    def problem(self) -> str | None:
        """What keeps the launch from being scored: a strategy or a time that is missing or wrong. None if nothing."""
        if self.strategy not in STRATEGIES:
            return f"strategy {self.strategy!r} is none of {', '.join(STRATEGIES)}"
        if not self._complete:
            missing = [name for name in _NEEDS[self.strategy] if getattr(self, name) is None]
            return f"a {self.strategy} launch needs {', '.join(missing)}; add it to the launches table"
        if self.length <= timedelta(0) or self._span < timedelta(0):
            return "the launch ends before it begins; mend its times in the launches table"
        return None

    def check(self) -> None:
        """Raise LaunchError where the launch has a problem."""
        if self.problem is not None:
            raise LaunchError(self.problem, "launch-reversed" if self._complete else "launch-incomplete")

    @property
    def _complete(self) -> bool:
        return self.strategy in STRATEGIES and all(getattr(self, name) is not None for name in _NEEDS[self.strategy])

    @property
    def as_of(self) -> datetime:
        """The first instant at which one of its leads is scored."""
        return self._time("capture_starts_at" if self.strategy == "perpetual" else "cart_opens_at")

    @property
    def length(self) -> timedelta:
        """How long each lead has to buy."""
        if self.strategy == "perpetual":
            return timedelta(days=self.horizon_days or 0)
        return self._time("cart_closes_at") - self.as_of

    @property
    def closes_at(self) -> datetime:
        """The instant at which the last label is known."""
        return self.as_of + self._span + self.length

    @property
    def _span(self) -> timedelta:
        """From the first as_of to the last."""
        return self._time("capture_ends_at") - self.as_of if self.strategy == "perpetual" else timedelta(0)

    def _time(self, name: str) -> datetime:
        value: datetime | None = getattr(self, name)
        if value is None:
            raise LaunchError(f"a {self.strategy} launch needs {name}; add it to the launches table")
        return value

    def resized(self, length: timedelta) -> Launch:
        """The same leads at the same instants with another window to buy in."""
        if self.strategy == "perpetual":
            return replace(self, horizon_days=length.days)
        return replace(self, cart_closes_at=self.as_of + length)
