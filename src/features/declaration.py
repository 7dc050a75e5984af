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
_ALLOWED = {
    name: get_args(kind)
    for name, kind in (("source", Source), ("aggregate", Aggregate), ("unit", Unit), ("direction", Direction))
}


@dataclass(frozen=True)
class Feature:
    """One declared aggregate over the rows of one lead that are known at ``as_of``.

    Parameters
    ----------
    name : str
        The column: the window in the name, the unit where it is not plain.
    family : str
        The group that it is reported in.
    unit : Unit
        How a value is written.
    description : str
        What it is, for docs/features.md.
    phrase : str
        What a person reads, with ``{value}`` in the unit's own form; for a flag ``yes|no``.
    phrase_missing : str
        What a person reads where there is no value.
    aggregate : Aggregate
        How one number is made of the rows.
    rows : str
        Which rows count, by the source's ``ROW_KINDS`` or an event type; ``any`` takes all.
    measure : str
        What is taken of each row, by the source's ``MEASURES``.
    source : Source
        The table of the rows: ``purchase_rows``, ``capture_rows`` and ``event_rows`` read them.
    window_days : int, optional
        Keep the rows of ``[as_of - window, as_of)`` alone.
    half_life_days : int, optional
        Weigh each row of a sum by 2^(-age / half-life).
    direction : -1, 0 or 1
        The sign that more of it must have on the score where the domain fixes it, else 0.

    Raises
    ------
    ValueError
        For a value that no feature can have.
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
        for field, allowed in _ALLOWED.items():
            if getattr(self, field) not in allowed:
                raise ValueError(f"{self.name}: {field} is {getattr(self, field)!r}, not one of {allowed}")
        if any(days is not None and days < 1 for days in (self.window_days, self.half_life_days)):
            raise ValueError(f"{self.name}: a window and a half-life are whole days from 1 on, or None")
        if self.half_life_days and self.aggregate != "sum":
            raise ValueError(f"{self.name}: only a sum has a half-life, not {self.aggregate!r}")


def hash_declarations(features: Sequence[Feature]) -> str:
    """Return the SHA-256 (hex) of declarations in their order: equal hashes compute equal features.

    Parameters
    ----------
    features : sequence of Feature
        The declarations.
    """
    text = json.dumps([asdict(feature) for feature in features], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
