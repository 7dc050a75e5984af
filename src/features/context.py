"""What a lead's row needs from the others: found once from what is known at ``as_of``, then passed along."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from history import History

_MAIN_CURRENCY = """
    SELECT currency FROM purchases WHERE bought AND occurred_at < $as_of AND currency IS NOT NULL
    GROUP BY currency ORDER BY count(*) DESC, currency LIMIT 1
"""


@dataclass(frozen=True)
class Context:
    """Shared facts at ``as_of``.

    ``currency`` is the one whose amounts count as spend (None: no row names one). ``reference_rate`` is the share
    of buyers that tiers are measured against, and ``reference_quantiles`` are evenly spaced quantiles (0 to 1) of
    the probabilities that scores are ranked in; a model fills in both.
    """

    as_of: datetime
    currency: str | None = None
    reference_rate: float | None = None
    reference_quantiles: tuple[float, ...] = ()

    def with_reference(self, rate: float, quantiles: tuple[float, ...]) -> Context:
        """The same context with a model's reference distribution."""
        return replace(self, reference_rate=rate, reference_quantiles=quantiles)

    def to_json(self) -> dict[str, object]:
        """Plain values, exact to the bit when read back."""
        as_of = self.as_of.astimezone(UTC).isoformat()  # one instant, one hash
        return asdict(self) | {"as_of": as_of, "reference_quantiles": list(self.reference_quantiles)}

    @classmethod
    def from_json(cls, values: dict[str, object]) -> Context:
        """The context that ``to_json`` wrote."""
        fields = dict(values)
        fields["as_of"] = datetime.fromisoformat(str(fields["as_of"]))
        fields["reference_quantiles"] = tuple(fields["reference_quantiles"])  # type: ignore[arg-type]
        return cls(**fields)  # type: ignore[arg-type]

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the content: equal hashes give equal features and scores."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()


def build_context(history: History, as_of: datetime) -> Context:
    """The context of a history at ``as_of``, from rows before it alone."""
    with history.connect() as con:
        found = con.execute(_MAIN_CURRENCY, {"as_of": as_of}).fetchone()
    return Context(as_of, found[0] if found else None)
