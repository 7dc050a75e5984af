"""From the JSON of a request to the kernel's columns: the rows, and their order, that an import would keep."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.columns import MONEY_UNITS, Captures, Events, LeadRows, Purchases
from history import Launch
from history.inline import Ledger, PurchaseRow, ledger, ordered
from history.lead_rows import Coded, coded_columns
from history.schema import ATTRIBUTE_PREFIX, PERSONAL, STATUSES, TABLES
from serving.contract import Capture, Event, Lead, Purchase
from serving.errors import Refusal, unknown_field

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_FIRST = (datetime(1900, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST = (datetime(2200, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_STATUS = {status: place for place, status in enumerate(STATUSES)}
_APPROVED, _COMPLETE = _STATUS["approved"], _STATUS["complete"]
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


def parsed_lead(lead: Lead, path: str) -> ParsedLead:
    """The lead's rows, ordered and each once. Raises Refusal at the first value that no import would take."""
    own = lead.get("as_of")
    return ParsedLead(
        lead["lead_id"],
        None if own is None else instant(own, path, "as_of"),
        ordered(_each(lead.get("purchases"), _purchase, f"{path}.purchases")),
        _captures(_each(lead.get("captures"), _capture, f"{path}.captures")),
        _events(_each(lead.get("events"), _event, f"{path}.events")),
    )


def instant(text: str, *path: object) -> int:
    """Microseconds since 1970 (UTC) of an ISO 8601 text with an offset, found at ``path``. Raises Refusal."""
    try:
        found = (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND
    except ValueError:
        raise Refusal(
            422, "invalid", "there is no such instant; write ISO 8601 with an offset", _joined(path)
        ) from None
    if not _FIRST <= found < _LAST:
        raise Refusal(422, "invalid", "an instant outside 1900 to 2199", _joined(path))
    return found


def _joined(path: Sequence[object]) -> str:
    return ".".join(map(str, path))


def instant_of(time: datetime | None) -> int:
    """Microseconds since 1970 (UTC)."""
    assert time is not None, "a launch that can be scored has its times"
    return (time - _EPOCH) // _MICROSECOND


def _each(rows: Sequence[Any] | None, read: Callable[[Any, str, int], Any], path: str) -> list[Any]:
    return [read(row, path, number) for number, row in enumerate(rows or ())]


def _purchase(row: Purchase, path: str, number: int) -> PurchaseRow:
    code, amount = _STATUS[row.get("status") or "approved"], row.get("amount")
    units = None if amount is None else _units(amount)
    if units is not None and units < 0 and code in (_APPROVED, _COMPLETE):
        message = "a purchase with a negative amount; money taken back is a row of its own with status refunded"
        raise Refusal(422, "invalid", message, f"{path}.{number}.amount")
    at = instant(row["occurred_at"], path, number, "occurred_at")
    return PurchaseRow(at, row["transaction_id"], code, units, row)


def _units(amount: float | str) -> int:
    """Whole ten-thousandths, halves away from zero as an import rounds them."""
    if isinstance(amount, (int, float)):
        units = round(amount * MONEY_UNITS)
        if units / MONEY_UNITS == amount:  # the number is the one that these digits mean
            return units
    return int((Decimal(str(amount)) * MONEY_UNITS).to_integral_value(ROUND_HALF_UP))


def _capture(row: Capture, path: str, number: int) -> CaptureRow:
    for name in row.keys() - _CAPTURE_FIELDS:
        if not name.startswith(ATTRIBUTE_PREFIX):
            raise Refusal(422, "invalid", unknown_field(name[:100], "captures"), f"{path}.{number}.{name[:100]}")
    said = {name: str(value) for name, value in row.items() if value is not None and value != ""}
    return CaptureRow(instant(said.pop("captured_at"), path, number, "captured_at"), said)


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


def _event(row: Event, path: str, number: int) -> tuple[EventRow, Event]:
    return EventRow(instant(row["occurred_at"], path, number, "occurred_at"), row["event_type"], row.get("value")), row


def _events(rows: list[tuple[EventRow, Event]]) -> list[EventRow]:
    """In time; of those with one ``event_id`` and type the first."""
    told = [(row.event_type, event["event_id"]) for row, event in rows if event.get("event_id")]
    if len(set(told)) == len(told) and len({row.occurred_at for row, _ in rows}) == len(rows):
        return sorted(row for row, _ in rows)
    found: dict[Any, EventRow] = {}
    for number, (row, event) in enumerate(sorted(rows, key=_event_order)):
        event_id = event.get("event_id")
        found.setdefault((event_id, row.event_type) if event_id else number, row)
    return list(found.values())


def _event_order(row: tuple[EventRow, Event]) -> tuple[Any, ...]:
    """As an import orders events; missing values stand last."""
    get = row[1].get
    rest = (get("event_id") or None, get("product_id") or None, get("value"), get("company") or None)
    return (*row[0][:2], *((value is None, value) for value in rest))


def columns(leads: Sequence[ParsedLead], said: Sequence[str]) -> tuple[Ledger, LeadRows]:
    """The rows of all leads as the kernel takes them; ``said`` are the columns of captures that features ask for."""
    found = ledger([lead.purchases for lead in leads])
    captures = _capture_columns([lead.captures for lead in leads], said)
    return found, LeadRows(Purchases(*found[:-1]), captures, _event_columns([lead.events for lead in leads]))


def _spans(rows: Sequence[Sequence[Any]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    ends = np.array([0, *accumulate(map(len, rows))], np.int64)
    return ends[:-1], ends[1:]


def _capture_columns(leads: Sequence[Sequence[CaptureRow]], said: Sequence[str]) -> Captures:
    rows = [row for own in leads for row in own]
    spoken = [row.said for row in rows]
    filled = set().union(*spoken)
    names = [name for name in said if name in filled]
    launch_id, country, *others = coded_columns(
        [[own.get(name) for own in spoken] for name in ("launch_id", "country", *names)]
    )
    times = np.array([row.captured_at for row in rows], np.int64)
    return Captures(*_spans(leads), times, launch_id, country, dict(zip(names, others, strict=True)))


def _event_columns(leads: Sequence[Sequence[EventRow]]) -> Events:
    rows = [row for own in leads for row in own]
    return Events(
        *_spans(leads),
        times=np.array([row.occurred_at for row in rows], np.int64),
        event_type=Coded.of([row.event_type for row in rows]),
        value=np.array([row.value for row in rows], np.float64),  # None becomes NaN
    )
