"""A feature as data: what it measures, over which rows and days, and how a person reads it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal, get_args

Source = Literal["purchases", "captures", "events"]
Aggregate = Literal[
    "count",
    "sum",
    "mean",
    "max",
    "last",
    "since_first",
    "since_last",
    "gap_mean",
    "gap_deviation",
    "gap_ratio",
    "span",
    "gap_left",
]
Unit = Literal["times", "count", "days", "money", "ratio", "number", "flag"]
Direction = Literal[-1, 0, 1]
_ONE_OF = {
    name: get_args(kind)
    for name, kind in (("source", Source), ("aggregate", Aggregate), ("unit", Unit), ("direction", Direction))
}


@dataclass(frozen=True)
class Feature:
    """One declared aggregate over the rows of one lead that are known at ``as_of``.

    ``rows`` picks the rows: a kind of purchase row or capture, or an event type; ``any`` takes all. ``measure`` is
    what is taken of each row, by the names that the source's module gives. ``aggregate`` makes one number of them.
    ``window_days`` keeps the rows of ``[as_of - window, as_of)``; ``half_life_days`` weighs each row of a sum by
    2^(-age / half-life). ``direction`` is the sign that more of it must have on the score where the domain fixes it,
    else 0. ``phrase`` is what a person reads, with ``{value}`` in the unit's own form, and for a flag
    ``yes|no``; ``phrase_missing`` where there is no value. Raises ValueError for what no feature can be.
    """

    name: str
    family: str
    unit: Unit
    description: str
    phrase: str
    phrase_missing: str
    aggregate: Aggregate
    rows: str = "bought"
    measure: str = "one"
    source: Source = "purchases"
    window_days: int | None = None
    half_life_days: int | None = None
    direction: Direction = 0

    def __post_init__(self) -> None:
        for field, known in _ONE_OF.items():
            if getattr(self, field) not in known:
                raise ValueError(f"{self.name}: {field} is {getattr(self, field)!r}, not one of {known}")
        if any(days is not None and days < 1 for days in (self.window_days, self.half_life_days)):
            raise ValueError(f"{self.name}: a window and a half-life are whole days from 1 on, or None")
        if self.half_life_days and self.aggregate != "sum":
            raise ValueError(f"{self.name}: only a sum has a half-life, not {self.aggregate!r}")


def hash_declarations(features: Sequence[Feature]) -> str:
    """SHA-256 (hex) of the declarations in their order: equal hashes compute equal features."""
    text = json.dumps([asdict(feature) for feature in features], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
