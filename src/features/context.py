"""What a lead's features need from the other leads: read once from what is known at ``as_of``, then passed along."""

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
from .target_encoding import TargetEncoder

_AMOUNTS = """
    WITH known AS MATERIALIZED ( -- counted, since a median of all rows would hold them all
        SELECT currency, amount, count(*) AS rows FROM purchases WHERE bought AND occurred_at < $as_of GROUP BY ALL
    ), main AS (
        SELECT coalesce($currency, (
            SELECT currency FROM known WHERE currency IS NOT NULL
            GROUP BY currency ORDER BY sum(rows) DESC, currency LIMIT 1)) AS currency),
    prices AS (
        SELECT amount, sum(sum(rows)) OVER (ORDER BY amount) AS upto, sum(sum(rows)) OVER () AS total
        FROM known, main WHERE amount > 0 AND coalesce(known.currency = main.currency, true) GROUP BY amount)
    SELECT main.currency, (SELECT CAST(min(amount) AS DOUBLE) FROM prices WHERE 2 * upto >= total) FROM main
"""


class Cart(NamedTuple):
    """When a launch's product was on sale.

    Attributes
    ----------
    product_id : str or None
        The product; None where the launch names none, so that any counts.
    opens_at, closes_at : int
        Microseconds since 1970 (UTC); the cart was open in ``[opens_at, closes_at)``.
    """

    product_id: str | None
    opens_at: int
    closes_at: int


@dataclass(frozen=True)
class Context:
    """What features and scores need from other leads, at ``as_of``.

    Attributes
    ----------
    as_of : datetime
        The instant: rows before it are known.
    currency : str or None
        The main currency, whose amounts count as spend: the one of most purchases. None: no row names one.
    reference_rate : float or None
        The share of buyers that tiers are measured against; a model fills it in.
    reference_quantiles : tuple of float
        Evenly spaced quantiles (0 to 1) of the probabilities that scores are ranked in; a model fills them in.
    typical_amount : float or None
        The median purchase in the main currency.
    ratios : mapping of str to mapping of str to float
        For each field of a capture how each level converted before, over all leads'.
    carts : tuple of Cart
        Those of the launches that had opened, so that purchases at a launch can be told from others.
    """

    as_of: datetime
    currency: str | None = None
    reference_rate: float | None = None
    reference_quantiles: tuple[float, ...] = ()
    typical_amount: float | None = None
    ratios: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    carts: tuple[Cart, ...] = ()

    def with_reference(self, rate: float | None, quantiles: tuple[float, ...]) -> Context:
        """Return the same context with a model's reference distribution."""
        return replace(self, reference_rate=rate, reference_quantiles=quantiles)

    @cached_property
    def reference(self) -> NDArray[np.float64]:
        """``reference_quantiles`` as an array."""
        return np.array(self.reference_quantiles, np.float64)

    def to_json(self) -> dict[str, object]:
        """Return plain values, exact to the bit when read back."""
        as_of = self.as_of.astimezone(UTC).isoformat()
        lists = {"reference_quantiles": list(self.reference_quantiles), "carts": [list(cart) for cart in self.carts]}
        return asdict(self) | {"as_of": as_of} | lists

    @classmethod
    def from_json(cls, values: dict[str, object]) -> Context:
        """Return the context that ``to_json`` wrote."""
        fields = dict(values)
        fields["as_of"] = datetime.fromisoformat(str(fields["as_of"]))
        fields["reference_quantiles"] = tuple(fields["reference_quantiles"])  # type: ignore[arg-type]
        fields["carts"] = tuple(Cart(*cart) for cart in fields.get("carts", ()))  # type: ignore[attr-defined]
        return cls(**fields)  # type: ignore[arg-type]

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the content: equal hashes give equal features and scores."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()


class ContextBuilder:
    """Builds a context in a scan: ``scan_history`` feeds ``accumulators``, after which ``build`` returns it.

    ``capture_fields`` are those of ``list_capture_fields``; ``currency`` keeps a model's main currency.
    """

    def __init__(
        self, history: History, as_of: datetime, capture_fields: tuple[str, ...], *, currency: str | None = None
    ) -> None:
        self._history, self._as_of, self._currency = history, as_of, currency
        self._encoder = TargetEncoder(history, as_of, capture_fields)
        self.accumulators = (self._encoder,) if self._encoder.uncached else ()

    def build(self) -> Context:
        """Return the context, without a model's reference distribution."""
        with self._history.connect() as con:
            parameters = {"as_of": self._as_of, "currency": self._currency}
            currency, typical_amount = con.execute(_AMOUNTS, parameters).fetchall()[0]
        carts = _list_carts(self._history, self._as_of)
        ratios = self._encoder.compute_ratios()
        return Context(self._as_of, currency, typical_amount=typical_amount, ratios=ratios, carts=carts)


def build_context(history: History, as_of: datetime, *, currency: str | None = None) -> Context:
    """Build the context of a history at an instant, from rows before it alone.

    Parameters
    ----------
    history : History
        The history to read.
    as_of : datetime
        The instant.
    currency : str, optional
        The main currency of a model; by default the history's own.
    """
    builder = ContextBuilder(history, as_of, list_capture_fields(history, as_of), currency=currency)
    scan_history(history, builder.accumulators)
    return builder.build()


def _list_carts(history: History, as_of: datetime) -> tuple[Cart, ...]:
    complete = [launch for launch in history.launches.values() if launch.problem is None]
    return tuple(
        Cart(launch.product_id, *(int(time.timestamp() * 1e6) for time in (launch.as_of, launch.closes_at)))
        for launch in complete
        if launch.strategy != "perpetual" and launch.as_of < as_of
    )
