"""What a lead's row needs from the others: found once from what is known at ``as_of``, then passed along."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..history import History
from ..history.scan import scan_history
from .discovery import list_capture_fields
from .target_encoding import RatioCount

_AMOUNTS = """
    WITH known AS MATERIALIZED ( -- counted, since a median of all rows would hold them all
        SELECT currency, amount, count(*) AS rows FROM purchases WHERE bought AND occurred_at < $as_of GROUP BY ALL
    ), common AS (
        SELECT currency FROM known WHERE currency IS NOT NULL
        GROUP BY currency ORDER BY sum(rows) DESC, currency LIMIT 1
    ), main AS (SELECT coalesce($currency, (SELECT currency FROM common)) AS currency),
    prices AS (
        SELECT amount, sum(sum(rows)) OVER (ORDER BY amount) AS upto, sum(sum(rows)) OVER () AS total
        FROM known, main WHERE amount > 0 AND coalesce(known.currency = main.currency, true) GROUP BY amount)
    SELECT main.currency, (SELECT CAST(min(amount) AS DOUBLE) FROM prices WHERE 2 * upto >= total) FROM main
"""


class Cart(NamedTuple):
    """A launch's cart: its product was on sale in ``[opens_at, closes_at)``, microseconds since 1970 (UTC)."""

    product_id: str
    opens_at: int
    closes_at: int


@dataclass(frozen=True)
class Context:
    """Shared facts at ``as_of``.

    ``currency`` is the one whose amounts count as spend (None: no row names one), and ``typical_amount`` its median
    purchase. ``ratios`` says for each field of a capture how each level converted before, over all leads'.
    ``reference_rate`` is the share of buyers that tiers are measured against, and ``reference_quantiles`` are evenly
    spaced quantiles (0 to 1) of the probabilities that scores are ranked in; a model fills in both. ``carts`` are those
    of the launches that had opened, so that a purchase at a launch can be told from others.
    """

    as_of: datetime
    currency: str | None = None
    reference_rate: float | None = None
    reference_quantiles: tuple[float, ...] = ()
    typical_amount: float | None = None
    ratios: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    carts: tuple[Cart, ...] = ()

    def with_reference(self, rate: float | None, quantiles: tuple[float, ...]) -> Context:
        """The same context with a model's reference distribution."""
        return replace(self, reference_rate=rate, reference_quantiles=quantiles)

    @cached_property
    def reference(self) -> NDArray[np.float64]:
        """``reference_quantiles`` as an array."""
        return np.array(self.reference_quantiles, np.float64)

    def to_json(self) -> dict[str, object]:
        """Plain values, exact to the bit when read back."""
        as_of = self.as_of.astimezone(UTC).isoformat()
        lists = {"reference_quantiles": list(self.reference_quantiles), "carts": [list(cart) for cart in self.carts]}
        return asdict(self) | {"as_of": as_of} | lists

    @classmethod
    def from_json(cls, values: dict[str, object]) -> Context:
        """The context that ``to_json`` wrote."""
        fields = dict(values)
        fields["as_of"] = datetime.fromisoformat(str(fields["as_of"]))
        fields["reference_quantiles"] = tuple(fields["reference_quantiles"])  # type: ignore[arg-type]
        fields["carts"] = tuple(Cart(*cart) for cart in fields.get("carts", ()))  # type: ignore[attr-defined]
        return cls(**fields)  # type: ignore[arg-type]

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the content: equal hashes give equal features and scores."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()


class ContextCounts:
    """A context in the making: ``counts`` are for ``scan_history``, after which ``context`` has it.

    ``columns`` are the ``spoken_columns``, and ``currency`` keeps a model's own.
    """

    def __init__(
        self, history: History, as_of: datetime, columns: tuple[str, ...], *, currency: str | None = None
    ) -> None:
        self._history, self._as_of, self._currency = history, as_of, currency
        self._ratios = RatioCount(history, as_of, columns)
        self.counts = (self._ratios,) if self._ratios.new else ()

    def context(self) -> Context:
        """The context, without a model's reference distribution."""
        with self._history.connect() as con:
            asked = {"as_of": self._as_of, "currency": self._currency}
            main, typical = con.execute(_AMOUNTS, asked).fetchall()[0]
        carts = _carts(self._history, self._as_of)
        return Context(self._as_of, main, typical_amount=typical, ratios=self._ratios.ratios(), carts=carts)


def build_context(history: History, as_of: datetime, *, currency: str | None = None) -> Context:
    """The context of a history at ``as_of``, from rows before it alone; ``currency`` keeps a model's own."""
    found = ContextCounts(history, as_of, list_capture_fields(history, as_of), currency=currency)
    scan_history(history, found.counts)
    return found.context()


def _carts(history: History, as_of: datetime) -> tuple[Cart, ...]:
    complete = [launch for launch in history.launches.values() if launch.problem is None]
    return tuple(
        Cart(launch.product_id, *(int(time.timestamp() * 1e6) for time in (launch.as_of, launch.closes_at)))
        for launch in complete
        if launch.strategy != "perpetual" and launch.product_id is not None and launch.as_of < as_of
    )
