"""A launch: when its leads are scored, and over which window they may buy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from ..language import Phrase
from .errors import LAUNCH_INCOMPLETE, LAUNCH_REVERSED, LaunchError
from .schema import STRATEGIES

_REQUIRED = {
    "classic": ("cart_opens_at", "cart_closes_at"),
    "paid": ("cart_opens_at", "cart_closes_at", "entry_product_id"),
    "perpetual": ("capture_starts_at", "capture_ends_at", "horizon_days"),
}


class LaunchProblem(NamedTuple):
    """Why a launch cannot be scored.

    Attributes
    ----------
    code
        ``errors.LAUNCH_INCOMPLETE`` or ``errors.LAUNCH_REVERSED``.
    message
        What is wrong, and how to correct it.
    """

    code: str
    message: str


@dataclass(frozen=True)
class Launch:
    """One sales period of one product. Times are aware and in UTC; windows are half-open.

    Attributes
    ----------
    launch_id
        The launch's id in the launches table.
    strategy
        ``classic`` (one cart for all), ``paid`` (a cart for the owners of an entry product) or ``perpetual`` (each
        lead has a window of its own from its capture on).
    product_id
        The product that is sold; None where any product counts.
    entry_product_id
        The product that the leads of a paid launch own.
    capture_starts_at, capture_ends_at
        When leads are captured.
    cart_opens_at, cart_closes_at
        When leads of a classic or paid launch may buy.
    horizon_days
        How many days a lead of a perpetual launch has to buy.
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
    def problem(self) -> LaunchProblem | None:
        """Why the launch cannot be scored: a strategy or a time is missing or wrong. None if nothing is."""
        if self.strategy not in STRATEGIES:
            known = ", ".join(STRATEGIES)
            message = Phrase("strategy {strategy!r} is none of {known}", strategy=self.strategy, known=known)
            return LaunchProblem(LAUNCH_INCOMPLETE, message)
        missing = [name for name in _REQUIRED[self.strategy] if getattr(self, name) is None]
        if missing:
            return LaunchProblem(LAUNCH_INCOMPLETE, self._describe_missing(*missing))
        if self.length <= timedelta(0) or self._as_of_range < timedelta(0):
            message = Phrase("the launch ends before it begins; correct its times in the launches table")
            return LaunchProblem(LAUNCH_REVERSED, message)
        return None

    def check(self) -> None:
        """Raise LaunchError, with the problem's code, if the launch cannot be scored."""
        problem = self.problem
        if problem is not None:
            raise LaunchError(problem.message, problem.code)

    @property
    def as_of(self) -> datetime:
        """The first instant at which one of its leads is scored."""
        return self._require("capture_starts_at" if self.strategy == "perpetual" else "cart_opens_at")

    @property
    def length(self) -> timedelta:
        """How long each lead has to buy: the length of its label window."""
        if self.strategy == "perpetual":
            return timedelta(days=self.horizon_days or 0)
        return self._require("cart_closes_at") - self.as_of

    @property
    def closes_at(self) -> datetime:
        """The instant at which the last label is known."""
        return self.as_of + self._as_of_range + self.length

    @property
    def _as_of_range(self) -> timedelta:
        """From the first ``as_of`` to the last."""
        return self._require("capture_ends_at") - self.as_of if self.strategy == "perpetual" else timedelta(0)

    def _require(self, name: str) -> datetime:
        value: datetime | None = getattr(self, name)
        if value is None:
            raise LaunchError(self._describe_missing(name), LAUNCH_INCOMPLETE)
        return value

    def _describe_missing(self, *names: str) -> str:
        return Phrase(
            "a {strategy} launch needs {columns}; add it to the launches table",
            strategy=Phrase(self.strategy),
            columns=", ".join(names),
        )

    def with_opening(self, opens_at: datetime) -> Launch:
        """Return the launch as if its cart opened at another instant, for as long; a perpetual one has no cart."""
        if self.strategy == "perpetual":
            return self
        return replace(self, cart_opens_at=opens_at, cart_closes_at=opens_at + self.length)

    def with_length(self, length: timedelta) -> Launch:
        """Return the launch with the same leads and instants, and another length of the label window."""
        if self.strategy == "perpetual":
            return replace(self, horizon_days=length.days)
        return replace(self, cart_closes_at=self.as_of + length)
