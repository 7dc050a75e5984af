"""Features that a history brings itself: its event types, form fields and campaign fields, as known at an instant."""

import math
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from ..history import History
from ..history.schema import ATTRIBUTE_PREFIX
from .columns import parse_number
from .declaration import Feature
from .levels import ALL, LevelCount, LevelCounts

#: Columns of a capture that say in words where it came from.
CAPTURE_FIELDS = ("source", "country", "language", "consent", "utm_source", "utm_medium", "utm_campaign", "utm_content")

_MOST_EVENT_TYPES = 25
_MOST_LEVELS = 10
_LEAST_LEADS = 30
_LEAST_SHARE = 0.005

_EVENT_TYPES = f"""
    SELECT event_type, count(value) > 0 FROM events WHERE occurred_at < $as_of
    GROUP BY event_type HAVING count(DISTINCT lead_id) >= {_LEAST_LEADS}
    ORDER BY count(DISTINCT lead_id) DESC, event_type LIMIT {_MOST_EVENT_TYPES}
"""


class FeatureDiscovery:
    """Declarations for what a history's leads did and said before ``as_of``; ``columns`` are the ``spoken_columns``.

    ``counts`` are for ``scan_history``, after which ``features`` has them.
    """

    def __init__(self, history: History, as_of: datetime, columns: Sequence[str]) -> None:
        self._history, self._as_of, self._columns = history, as_of, columns
        self._told, self._paid = LevelCount(columns, as_of), LevelCount(["payment_method"], as_of, sold=True)
        self.counts = self._told, self._paid

    def features(self) -> tuple[Feature, ...]:
        """The declarations, in one fixed order."""
        with self._history.connect() as con:
            events = con.execute(_EVENT_TYPES, {"as_of": self._as_of}).fetchall()
        told, paid, said = self._told.found, self._paid.found, list[Feature]()
        for column in self._columns:
            if column.startswith(ATTRIBUTE_PREFIX) and _is_number(told[column]):
                said.append(_number(column))
                continue
            said += [_level(column, level) for level in _frequent(told[column], told[ALL])]
            said.append(_ratio(column))
        methods = [_method(level) for level in _frequent(paid["payment_method"], paid[ALL])]
        return (*(feature for name, valued in events for feature in _of_event(name, valued)), *said, *methods)


def _frequent(words: LevelCounts, everyone: LevelCounts) -> list[str]:
    """The commonest words of a column. One seen in one launch alone would only tell that launch from the others."""
    leads, periods = everyone.leads[ALL], everyone.periods.get(ALL, set())
    least = max(_LEAST_LEADS, _LEAST_SHARE * leads)
    frequent = [
        (-count, word)
        for word, count in words.leads.items()
        if least <= count < leads and (len(words.periods[word]) > 1 or len(periods) == 1)
    ]
    return [word for _, word in sorted(frequent)[:_MOST_LEVELS]]


def _is_number(words: LevelCounts) -> bool:
    return len(words.leads) > 2 and not any(math.isnan(parse_number(word)) for word in words.leads)


def list_capture_fields(history: History, as_of: datetime) -> tuple[str, ...]:
    """The capture's fields that may carry words: where it came from, and the form's that were answered by ``as_of``."""
    forms = sorted(name for name in history.list_columns("leads") if name.startswith(ATTRIBUTE_PREFIX))
    if not forms:
        return CAPTURE_FIELDS
    return (*CAPTURE_FIELDS, *history.get_or_compute(("answered", as_of), lambda: _answered(history, forms, as_of)))


def _answered(history: History, forms: Sequence[str], as_of: datetime) -> list[str]:
    answers = ", ".join(f'count("{name}")' for name in forms)
    with history.connect() as con:
        counts = con.execute(f"SELECT {answers} FROM leads WHERE captured_at < $as_of", {"as_of": as_of}).fetchall()[0]
    return [name for name, answered in zip(forms, counts, strict=True) if answered]


def _of_event(event_type: str, valued: bool) -> Iterator[Feature]:
    words = event_type.replace("_", " ").lower()
    declared = partial(
        Feature, family="events", phrase_missing=f"no “{words}” so far", rows=event_type, source="events"
    )
    slug = f"event_{event_type}"
    yield declared(
        name=slug,
        unit="times",
        aggregate="count",
        description=f"Events “{words}” so far.",
        phrase=f"“{words}”: {{value}}",
    )
    yield declared(
        name=f"{slug}_decayed_14d",
        unit="number",
        aggregate="sum",
        half_life_days=14,
        description=f"Events “{words}”, each counting half as much every 14 days.",
        phrase=f"recent “{words}”: {{value}} (each counts half after 14 days)",
    )
    yield declared(
        name=f"days_since_{slug}",
        unit="days",
        aggregate="since_last",
        description=f"Days from the last “{words}” to as_of.",
        phrase=f"last “{words}”: {{value}} ago",
    )
    if valued:
        yield declared(
            name=f"last_{slug}_value",
            unit="number",
            aggregate="last",
            measure="value",
            description=f"Value of the last “{words}”.",
            phrase=f"“{words}” stood at {{value}}",
        )


def _said(column: str) -> str:
    return re.sub("^utm ", "UTM ", column.removeprefix(ATTRIBUTE_PREFIX).replace("_", " "))


def _spoken(column: str, name: str, phrase: str, description: str, measure: str, **rest: Any) -> Feature:
    """A feature of what the latest capture said."""
    return Feature(
        name=name,
        family="form" if column.startswith(ATTRIBUTE_PREFIX) else "campaign",
        description=description,
        phrase=phrase,
        phrase_missing=f"{_said(column)} is unknown",
        aggregate="last",
        rows="any",
        measure=measure,
        source="captures",
        **rest,
    )


def _number(column: str) -> Feature:
    said = _said(column)
    return _spoken(
        column, column, f"{said}: {{value}}", f"What the form said: {said}.", f"number:{column}", unit="number"
    )


def _level(column: str, level: str) -> Feature:
    said = _said(column)
    return _spoken(
        column,
        f"{column}={level}",
        f"{said} is “{level}”|{said} is not “{level}”",
        f"Whether the latest capture's {said} is “{level}”.",
        f"level:{column}={level}",
        unit="flag",
    )


def _ratio(column: str) -> Feature:
    said = _said(column)
    return _spoken(
        column,
        f"{column}_conversion_ratio",
        f"leads with this {said} convert {{value}} times as often as all",
        f"How leads with this {said} converted in earlier launches, over how all did; 1 where nothing is known.",
        f"ratio:{column}",
        unit="ratio",
        direction=1,
    )


def _method(method: str) -> Feature:
    words = method.replace("_", " ")
    return Feature(
        name=f"last_payment_method={method}",
        family="payment",
        unit="flag",
        description=f"Whether the last purchase was paid by {words}.",
        phrase=f"last paid by {words}|did not last pay by {words}",
        phrase_missing="has never bought",
        aggregate="last",
        measure=f"level:payment_method={method}",
    )
