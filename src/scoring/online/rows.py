"""Parse the rows of a request's leads: the rows that an import would keep, in its order."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import count, repeat
from operator import itemgetter
from typing import NamedTuple

from msgspec import UNSET

from ...features.columns import MONEY_UNITS
from ...history import Launch
from ...history.ledger_memory import PurchaseRow, sort_rows, strip_or_none
from ...history.schema import ATTRIBUTE_PREFIX, PERSONAL, STATUSES, TABLES
from ...history.timestamps import to_microseconds
from .errors import ApiError, build_unknown_field_message
from .schemas import (
    AMOUNT_PATTERN,
    INTEGER_LIMIT,
    MAX_TEXT_CHARACTERS,
    TIMESTAMP_PATTERN,
    Capture,
    Event,
    Lead,
    Purchase,
)
from .timestamp_parser import END_TIMESTAMP, MIN_TIMESTAMP, NO_TIMESTAMP, parse_timestamps

_match_timestamp, _match_amount = re.compile(TIMESTAMP_PATTERN).match, re.compile(AMOUNT_PATTERN).match
_STATUS_CODES: dict[str | None, int] = {status: code for code, status in enumerate(STATUSES)}
_APPROVED, _COMPLETE = _STATUS_CODES["approved"], _STATUS_CODES["complete"]
_STATUS_CODES[None] = _APPROVED
_CAPTURE_FIELDS = frozenset(TABLES["leads"].names) - {"lead_id"}
#: Captures of one time are in the order of these fields, then of the form's, then of the personal ones.
_SORT_FIELDS = tuple(name for name in TABLES["leads"].names if name in _CAPTURE_FIELDS - {"captured_at", *PERSONAL})


class CaptureRow(NamedTuple):
    """A capture and its fields; a field that is absent was left empty."""

    captured_at: int  # microseconds since 1970, UTC
    fields: Mapping[str, str]


class EventRow(NamedTuple):
    """An event."""

    occurred_at: int  # microseconds since 1970, UTC
    event_type: str
    value: float | None


class ParsedLead(NamedTuple):
    """One lead's rows as the history would keep them."""

    lead_id: str
    as_of: int | None  # microseconds since 1970, UTC
    purchases: list[PurchaseRow]
    captures: list[CaptureRow]
    events: list[EventRow]

    def find_first_capture(self, launch: Launch) -> int | None:
        """Return the time of the first capture that makes the lead part of a perpetual launch."""
        assert launch.capture_starts_at is not None, "a launch that can be scored has its times"
        assert launch.capture_ends_at is not None, "a launch that can be scored has its times"
        starts, ends = to_microseconds(launch.capture_starts_at), to_microseconds(launch.capture_ends_at)
        times = (
            row.captured_at
            for row in self.captures
            if starts <= row.captured_at < ends and row.fields.get("launch_id", launch.launch_id) == launch.launch_id
        )
        return min(times, default=None)


def parse_leads(leads: Sequence[Lead], paths: Sequence[str]) -> list[ParsedLead]:
    """Return each lead's rows, ordered, each once. Raises ApiError at the first value that no import would take."""
    times = iter(parse_timestamps([text for lead in leads for text in _list_timestamps(lead)]))
    return [_parse_lead(lead, path, times) for lead, path in zip(leads, paths, strict=True)]


def parse_timestamp(text: str, *path: object) -> int:
    """Return microseconds since 1970 (UTC) of an ISO 8601 text with an offset. Raises ApiError with ``path``."""
    if not _match_timestamp(text):
        raise _build_error("not a timestamp with an offset; write ISO 8601, such as 2025-02-03T12:00:00Z", path)
    try:
        time = to_microseconds(datetime.fromisoformat(text))
    except ValueError:
        raise _build_error("there is no such time; write ISO 8601 with an offset", path) from None
    if not MIN_TIMESTAMP <= time < END_TIMESTAMP:
        raise _build_error("a timestamp outside 1900 to 2199", path)
    return time


def _list_timestamps(lead: Lead) -> Iterator[str]:
    yield from [row.occurred_at for row in lead.purchases]
    yield from [str(row.get("captured_at")) for row in lead.captures]
    yield from [row.occurred_at for row in lead.events]


def _parse_lead(lead: Lead, path: str, times: Iterator[int]) -> ParsedLead:
    """``times`` are those of ``_list_timestamps``."""
    return ParsedLead(
        lead.lead_id.strip() or _refuse_empty_id(path, "lead_id"),
        None if lead.as_of is UNSET else parse_timestamp(lead.as_of, path, "as_of"),
        sort_rows(map(_parse_purchase, lead.purchases, times, repeat(f"{path}.purchases"), count())),
        _sort_captures(list(map(_parse_capture, lead.captures, times, repeat(f"{path}.captures"), count()))),
        _sort_events(list(map(_parse_event, lead.events, times, repeat(f"{path}.events"), count()))),
    )


def _refuse_empty_id(*path: object) -> str:
    raise _build_error("should have at least 1 character", path)


def _build_error(message: str, path: Sequence[object]) -> ApiError:
    return ApiError(422, "invalid", message, ".".join(map(str, path)))


def _parse_purchase(row: Purchase, time: int, path: str, number: int) -> PurchaseRow:
    status = _STATUS_CODES[row.status]
    amount = None if row.amount is None else _parse_amount(row.amount, path, number)
    if amount is not None and amount < 0 and status in (_APPROVED, _COMPLETE):
        message = "a purchase with a negative amount; money taken back is a row of its own with status refunded"
        raise _build_error(message, (path, number, "amount"))
    if time == NO_TIMESTAMP:
        time = parse_timestamp(row.occurred_at, path, number, "occurred_at")
    transaction_id = row.transaction_id.strip() or _refuse_empty_id(path, number, "transaction_id")
    return PurchaseRow(time, transaction_id, status, amount, row)


def _parse_amount(amount: float | str, path: str, number: int) -> int:
    """Return whole ten-thousandths, halves away from zero as an import rounds them."""
    if isinstance(amount, (int, float)):
        units = round(amount * MONEY_UNITS)
        if units / MONEY_UNITS == amount:  # the number is the one that these digits mean
            return units
    elif not _match_amount(amount):
        raise _build_error("not a decimal amount; write digits with a decimal point", (path, number, "amount"))
    return int((Decimal(str(amount)) * MONEY_UNITS).to_integral_value(ROUND_HALF_UP))


def _parse_capture(row: Capture, time: int, path: str, number: int) -> CaptureRow:
    fields = {}
    for name, value in row.items():
        if value is None or name == "captured_at":
            continue
        if name not in _CAPTURE_FIELDS:
            if not name.startswith(ATTRIBUTE_PREFIX):
                raise _build_error(build_unknown_field_message(name[:100], "captures"), (path, number, name[:100]))
        elif not isinstance(value, str) or len(value) > MAX_TEXT_CHARACTERS:
            raise _build_error(f"not a text of at most {MAX_TEXT_CHARACTERS} characters", (path, number, name))
        word = value.strip() if isinstance(value, str) else _format_number(value)
        if word:
            fields[name] = word
    if time == NO_TIMESTAMP:
        time = parse_timestamp(str(row.get("captured_at")), path, number, "captured_at")
    return CaptureRow(time, fields)


def _format_number(value: float) -> str:
    """Return a number as forms write it: 30, not 30.0."""
    return f"{value:.0f}" if value.is_integer() and abs(value) < INTEGER_LIMIT else str(value)


def _sort_captures(rows: list[CaptureRow]) -> list[CaptureRow]:
    """Return captures by time; of one time in the order of their fields, equal ones once."""
    if len({row.captured_at for row in rows}) == len(rows):
        return sorted(rows, key=_captured_at)
    form_fields = sorted({name for row in rows for name in row.fields if name not in _CAPTURE_FIELDS})
    names = (*_SORT_FIELDS, *form_fields, *PERSONAL)
    keyed = {
        (row.captured_at, *((name not in row.fields, row.fields.get(name, "")) for name in names)): row for row in rows
    }
    return [keyed[key] for key in sorted(keyed)]


_captured_at = itemgetter(0)


def _parse_event(row: Event, time: int, path: str, number: int) -> tuple[EventRow, Event]:
    if time == NO_TIMESTAMP:
        time = parse_timestamp(row.occurred_at, path, number, "occurred_at")
    event_type = row.event_type.strip() or _refuse_empty_id(path, number, "event_type")
    return EventRow(time, event_type, row.value), row


def _sort_events(rows: list[tuple[EventRow, Event]]) -> list[EventRow]:
    """Return events by time; of one ``event_id`` and type the first alone."""
    keys = [(row.event_type, event_id) for row, event in rows if (event_id := strip_or_none(event.event_id))]
    if len(set(keys)) == len(keys) and len({row.occurred_at for row, _ in rows}) == len(rows):
        return sorted(row for row, _ in rows)
    first_rows: dict[object, EventRow] = {}
    for number, (row, event) in enumerate(sorted(rows, key=_build_event_key)):
        event_id = strip_or_none(event.event_id)
        first_rows.setdefault((event_id, row.event_type) if event_id else number, row)
    return list(first_rows.values())


def _build_event_key(row: tuple[EventRow, Event]) -> tuple[object, ...]:
    """Return the key by which an import sorts events; missing values are last."""
    event = row[1]
    event_id, product_id, company = (strip_or_none(text) for text in (event.event_id, event.product_id, event.company))
    rest = (event_id, product_id, event.value, company)
    return (*row[0][:2], *((value is None, value) for value in rest))
