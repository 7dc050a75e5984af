"""Features that a history brings itself: of its event types, form and campaign fields, as known at an instant."""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from ..history import History
from ..history.schema import ATTRIBUTE_PREFIX
from .columns import parse_number
from .declaration import Feature
from .levels import ALL, LevelAccumulator, LevelCounts
from .wording import find_wording, to_event_words, to_field_words, to_method_words

#: Text columns of a capture that every history has: where it came from.
CAPTURE_FIELDS = ("source", "country", "language", "consent", "utm_source", "utm_medium", "utm_campaign", "utm_content")

_MAX_EVENT_TYPES = 25
_MAX_LEVELS = 10
_MIN_LEADS = 30
_MIN_SHARE = 0.005

_EVENT_TYPES = f"""
    SELECT event_type, count(value) > 0 FROM events WHERE occurred_at < $as_of
    GROUP BY event_type HAVING count(DISTINCT lead_id) >= {_MIN_LEADS}
    ORDER BY count(DISTINCT lead_id) DESC, event_type LIMIT {_MAX_EVENT_TYPES}
"""


class FeatureDiscovery:
    """Declares features for the event types and capture fields that a history has before ``as_of``.

    ``scan_history`` feeds ``accumulators``, after which ``list_features`` returns them. ``capture_fields`` are those of
    ``list_capture_fields``.
    """

    def __init__(self, history: History, as_of: datetime, capture_fields: Sequence[str]) -> None:
        self._history, self._as_of, self._fields = history, as_of, capture_fields
        self._captures = LevelAccumulator(capture_fields, as_of)
        self._payments = LevelAccumulator(["payment_method"], as_of, of_purchases=True)
        self.accumulators = self._captures, self._payments

    def list_features(self) -> tuple[Feature, ...]:
        """Return the declarations, in one fixed order."""
        with self._history.connect() as con:
            event_types = con.execute(_EVENT_TYPES, {"as_of": self._as_of}).fetchall()
        captures, payments = self._captures.levels, self._payments.levels
        of_captures: list[Feature] = []
        for field in self._fields:
            if field.startswith(ATTRIBUTE_PREFIX) and _is_numeric(captures[field]):
                of_captures.append(_declare_number(field))
                continue
            frequent = _select_frequent(captures[field], captures[ALL])
            of_captures += [_declare_level(field, level) for level in frequent]
            of_captures.append(_declare_ratio(field))
        methods = _select_frequent(payments["payment_method"], payments[ALL])
        of_events = [
            feature for event_type, has_values in event_types for feature in _declare_event(event_type, has_values)
        ]
        return (*of_events, *of_captures, *map(_declare_payment_method, methods))


def _select_frequent(levels: LevelCounts, everyone: LevelCounts) -> list[str]:
    """Return the most frequent levels. One seen in one launch alone would only tell that launch from the others."""
    leads, periods = everyone.leads[ALL], everyone.periods.get(ALL, set())
    min_leads = max(_MIN_LEADS, _MIN_SHARE * leads)
    frequent = [
        (-count, level)
        for level, count in levels.leads.items()
        if min_leads <= count < leads and (len(levels.periods[level]) > 1 or len(periods) == 1)
    ]
    return [level for _, level in sorted(frequent)[:_MAX_LEVELS]]


def _is_numeric(levels: LevelCounts) -> bool:
    return len(levels.leads) > 2 and not any(math.isnan(parse_number(level)) for level in levels.leads)


def list_capture_fields(history: History, as_of: datetime) -> tuple[str, ...]:
    """Return the capture fields that features may use: ``CAPTURE_FIELDS``, and the form's that were ever filled in.

    Parameters
    ----------
    history : History
        The history to read.
    as_of : datetime
        The instant: captures before it count.
    """
    form_fields = sorted(name for name in history.list_columns("leads") if name.startswith(ATTRIBUTE_PREFIX))
    if not form_fields:
        return CAPTURE_FIELDS
    filled_in = history.get_or_compute(("answered", as_of), lambda: _select_filled_in(history, form_fields, as_of))
    return (*CAPTURE_FIELDS, *filled_in)


def _select_filled_in(history: History, fields: Sequence[str], as_of: datetime) -> list[str]:
    counts = ", ".join(f'count("{name}")' for name in fields)
    with history.connect() as con:
        row = con.execute(f"SELECT {counts} FROM leads WHERE captured_at < $as_of", {"as_of": as_of}).fetchall()[0]
    return [name for name, count in zip(fields, row, strict=True) if count]


def _declare(**fields: Any) -> Feature:
    """Declare a feature with the wording of its kind."""
    wording = find_wording(fields["source"], fields["aggregate"], fields["rows"], fields["measure"])
    assert wording is not None, "every kind that is discovered has one"
    phrase, missing = wording.fill("en")
    return Feature(phrase=phrase, phrase_missing=missing, **fields)


def _declare_event(event_type: str, has_values: bool) -> Iterator[Feature]:
    words = to_event_words(event_type)
    declared = partial(_declare, family="events", rows=event_type, source="events")
    slug = f"event_{event_type}"
    yield declared(
        name=slug,
        unit="times",
        aggregate="count",
        measure="one",
        description=f"Events “{words}” so far.",
    )
    yield declared(
        name=f"{slug}_decayed_14d",
        unit="number",
        aggregate="sum",
        measure="one",
        half_life_days=14,
        description=f"Events “{words}”, each counting half as much every 14 days.",
    )
    yield declared(
        name=f"days_since_{slug}",
        unit="days",
        aggregate="since_last",
        measure="one",
        description=f"Days from the last “{words}” to as_of.",
    )
    if has_values:
        yield declared(
            name=f"last_{slug}_value",
            unit="number",
            aggregate="last",
            measure="value",
            description=f"Value of the last “{words}”.",
        )


def _declare_last_capture(column: str, name: str, description: str, measure: str, **rest: Any) -> Feature:
    """Declare a feature of the latest capture."""
    return _declare(
        name=name,
        family="form" if column.startswith(ATTRIBUTE_PREFIX) else "campaign",
        description=description,
        aggregate="last",
        rows="any",
        measure=measure,
        source="captures",
        **rest,
    )


def _declare_number(column: str) -> Feature:
    words = to_field_words(column)
    return _declare_last_capture(column, column, f"What the form said: {words}.", f"number:{column}", unit="number")


def _declare_level(column: str, level: str) -> Feature:
    words = to_field_words(column)
    return _declare_last_capture(
        column,
        f"{column}={level}",
        f"Whether the latest capture's {words} is “{level}”.",
        f"level:{column}={level}",
        unit="flag",
    )


def _declare_ratio(column: str) -> Feature:
    words = to_field_words(column)
    return _declare_last_capture(
        column,
        f"{column}_conversion_ratio",
        f"How leads with this {words} converted in earlier launches, over how all did; 1 where nothing is known.",
        f"ratio:{column}",
        unit="ratio",
        direction=1,
    )


def _declare_payment_method(method: str) -> Feature:
    words = to_method_words(method)
    return _declare(
        name=f"last_payment_method={method}",
        family="payment",
        unit="flag",
        description=f"Whether the last purchase was paid by {words}.",
        aggregate="last",
        rows="bought",
        measure=f"level:payment_method={method}",
        source="purchases",
    )
