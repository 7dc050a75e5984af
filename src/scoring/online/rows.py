"""From the JSON of a request to its leads' rows: those, and their order, that an import would keep."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import count, repeat
from operator import itemgetter
from typing import Any, NamedTuple

from msgspec import UNSET

from ...features.columns import MONEY_UNITS
from ...history import Launch
from ...history.ledger_memory import PurchaseRow, sort_rows, strip_or_none
from ...history.schema import ATTRIBUTE_PREFIX, PERSONAL, STATUSES, TABLES
from ...history.timestamps import EPOCH, MICROSECOND
from .contract import LARGEST, MOST_TEXT, WRITTEN_AMOUNT, WRITTEN_INSTANT
from .errors import ApiError, unknown_field
from .reading import Capture, Event, Lead, Purchase
from .timestamp_parser import END_TIMESTAMP, MIN_TIMESTAMP, NO_TIMESTAMP, parse_timestamps

_WRITTEN_INSTANT, _WRITTEN_AMOUNT = re.compile(WRITTEN_INSTANT).match, re.compile(WRITTEN_AMOUNT).match
_STATUS: dict[str | None, int] = {status: place for place, status in enumerate(STATUSES)}
_APPROVED, _COMPLETE = _STATUS["approved"], _STATUS["complete"]
_STATUS[None] = _APPROVED
_CAPTURE_FIELDS = frozenset(TABLES["leads"].names) - {"lead_id"}
_ORDER = tuple(name for name in TABLES["leads"].names if name in _CAPTURE_FIELDS - {"captured_at", *PERSONAL})


class CaptureRow(NamedTuple):
    """A capture and what it says; names that it does not have say nothing."""

    captured_at: int
    said: Mapping[str, str]


class EventRow(NamedTuple):
    """An event."""

    occurred_at: int
    event_type: str
    value: float | None


class ParsedLead(NamedTuple):
    """One lead's rows as the history would keep them."""

    lead_id: str
    as_of: int | None  # microseconds since 1970, UTC
    purchases: list[PurchaseRow]
    captures: list[CaptureRow]
    events: list[EventRow]

    def first_capture(self, launch: Launch) -> int | None:
        """The first capture that makes the lead part of a perpetual launch."""
        starts, ends = (instant_of(time) for time in (launch.capture_starts_at, launch.capture_ends_at))
        own = (
            row.captured_at
            for row in self.captures
            if starts <= row.captured_at < ends and row.said.get("launch_id", launch.launch_id) == launch.launch_id
        )
        return min(own, default=None)


def parse_leads(leads: Sequence[Lead], paths: Sequence[str]) -> list[ParsedLead]:
    """Each lead's rows, ordered and each once. Raises Refusal at the first value that no import would take."""
    times = iter(parse_timestamps([text for lead in leads for text in _instants(lead)]))
    return [_parsed(lead, path, times) for lead, path in zip(leads, paths, strict=True)]


def _instants(lead: Lead) -> Iterator[str]:
    yield from [row.occurred_at for row in lead.purchases]
    yield from [str(row.get("captured_at")) for row in lead.captures]
    yield from [row.occurred_at for row in lead.events]


def _parsed(lead: Lead, path: str, times: Iterator[int]) -> ParsedLead:
    """``times`` are of the lead's rows."""
    return ParsedLead(
        lead.lead_id.strip() or _no_id(path, "lead_id"),
        None if lead.as_of is UNSET else parse_timestamp(lead.as_of, path, "as_of"),
        sort_rows(map(_purchase, lead.purchases, times, repeat(f"{path}.purchases"), count())),
        _captures(list(map(_capture, lead.captures, times, repeat(f"{path}.captures"), count()))),
        _events(list(map(_event, lead.events, times, repeat(f"{path}.events"), count()))),
    )


def parse_timestamp(text: str, *path: object) -> int:
    """Microseconds since 1970 (UTC) of an ISO 8601 text with an offset, found at ``path``. Raises Refusal."""
    if not _WRITTEN_INSTANT(text):
        raise _invalid("not an instant with an offset; write ISO 8601, such as 2025-02-03T12:00:00Z", path)
    try:
        found = (datetime.fromisoformat(text) - EPOCH) // MICROSECOND
    except ValueError:
        raise _invalid("there is no such instant; write ISO 8601 with an offset", path) from None
    if not MIN_TIMESTAMP <= found < END_TIMESTAMP:
        raise _invalid("an instant outside 1900 to 2199", path)
    return found


def _no_id(*path: object) -> str:
    raise _invalid("should have at least 1 character", path)


def _invalid(message: str, path: Sequence[object]) -> ApiError:
    return ApiError(422, "invalid", message, ".".join(map(str, path)))


def instant_of(time: datetime | None) -> int:
    """Microseconds since 1970 (UTC)."""
    assert time is not None, "a launch that can be scored has its times"
    return (time - EPOCH) // MICROSECOND


def _purchase(row: Purchase, at: int, path: str, number: int) -> PurchaseRow:
    amount, code = row.amount, _STATUS[row.status]
    units = None if amount is None else _units(amount, path, number)
    if units is not None and units < 0 and code in (_APPROVED, _COMPLETE):
        message = "a purchase with a negative amount; money taken back is a row of its own with status refunded"
        raise _invalid(message, (path, number, "amount"))
    if at == NO_TIMESTAMP:
        at = parse_timestamp(row.occurred_at, path, number, "occurred_at")
    return PurchaseRow(at, row.transaction_id.strip() or _no_id(path, number, "transaction_id"), code, units, row)


def _units(amount: float | str, path: str, number: int) -> int:
    """Whole ten-thousandths, halves away from zero as an import rounds them."""
    if isinstance(amount, (int, float)):
        units = round(amount * MONEY_UNITS)
        if units / MONEY_UNITS == amount:  # the number is the one that these digits mean
            return units
    elif not _WRITTEN_AMOUNT(amount):
        raise _invalid("not a decimal amount; write digits with a decimal point", (path, number, "amount"))
    return int((Decimal(str(amount)) * MONEY_UNITS).to_integral_value(ROUND_HALF_UP))


def _capture(row: Capture, at: int, path: str, number: int) -> CaptureRow:
    said = {}
    for name, value in row.items():
        if value is None or name == "captured_at":
            continue
        if name not in _CAPTURE_FIELDS:
            if not name.startswith(ATTRIBUTE_PREFIX):
                raise _invalid(unknown_field(name[:100], "captures"), (path, number, name[:100]))
        elif not isinstance(value, str) or len(value) > MOST_TEXT:
            raise _invalid(f"not a text of at most {MOST_TEXT} characters", (path, number, name))
        word = value.strip() if isinstance(value, str) else _digits(value)
        if word:
            said[name] = word
    if at == NO_TIMESTAMP:
        at = parse_timestamp(str(row.get("captured_at")), path, number, "captured_at")
    return CaptureRow(at, said)


def _digits(value: float) -> str:
    """A number as forms write it: 30, not 30.0."""
    return f"{value:.0f}" if value.is_integer() and abs(value) < LARGEST else str(value)


def _captures(rows: list[CaptureRow]) -> list[CaptureRow]:
    """In time; at one instant in the order of what they say, where a capture that says the same is the same."""
    if len({row.captured_at for row in rows}) == len(rows):
        return sorted(rows, key=_captured_at)
    forms = sorted({name for row in rows for name in row.said if name not in _CAPTURE_FIELDS})
    names = (*_ORDER, *forms, *PERSONAL)
    keyed = {
        (row.captured_at, *((name not in row.said, row.said.get(name, "")) for name in names)): row for row in rows
    }
    return [keyed[key] for key in sorted(keyed)]


_captured_at = itemgetter(0)


def _event(row: Event, at: int, path: str, number: int) -> tuple[EventRow, Event]:
    if at == NO_TIMESTAMP:
        at = parse_timestamp(row.occurred_at, path, number, "occurred_at")
    return EventRow(at, row.event_type.strip() or _no_id(path, number, "event_type"), row.value), row


def _events(rows: list[tuple[EventRow, Event]]) -> list[EventRow]:
    """In time; of those with one ``event_id`` and type the first."""
    told = [(row.event_type, event_id) for row, event in rows if (event_id := strip_or_none(event.event_id))]
    if len(set(told)) == len(told) and len({row.occurred_at for row, _ in rows}) == len(rows):
        return sorted(row for row, _ in rows)
    found: dict[Any, EventRow] = {}
    for number, (row, event) in enumerate(sorted(rows, key=_event_order)):
        event_id = strip_or_none(event.event_id)
        found.setdefault((event_id, row.event_type) if event_id else number, row)
    return list(found.values())


def _event_order(row: tuple[EventRow, Event]) -> tuple[Any, ...]:
    """As an import orders events; missing values stand last."""
    event = row[1]
    words = (strip_or_none(text) for text in (event.event_id, event.product_id, event.company))
    event_id, product_id, company = words
    rest = (event_id, product_id, event.value, company)
    return (*row[0][:2], *((value is None, value) for value in rest))
