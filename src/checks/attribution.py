"""Attribution: how many captures name their campaign, and the fields and events that earlier launches had and a later
one lacks (a broken pixel, a lost form field)."""

from collections.abc import Iterator
from typing import NamedTuple

from ..history import Launch
from ..history.sql import quote_identifier
from ..language import Phrase
from .context import CheckContext
from .finding import REPORTED, Check, Code, Finding

_MIN_UTM_SHARE = 0.5
_MIN_ROWS = 50
#: A field or event is lost where less is left of the least share that earlier launches had.
_MIN_SHARE_LEFT = 0.35
_MIN_FILLED_SHARE = 0.1
_MIN_EARLIER_LAUNCHES = 2
_NEVER_EMPTY = ("lead_id", "captured_at", "launch_id")

UTM_MISSING = Code(
    "utm-missing",
    "note",
    "most captures name no campaign",
    "campaigns are compared by those that do",
    "Add UTM fields to the links",
)
LOST = Code(
    "attribution-lost",
    "warning",
    "a field or an event type that earlier launches had has all but vanished",
    REPORTED,
    "Check the form, the pixel or the export",
)


class _Coverage(NamedTuple):
    """Captures by a launch or a form, and the share of them that names a campaign and a source."""

    captures: int
    campaign: float
    source: float


class _EventRates(NamedTuple):
    """Rows of each event type while a launch captured its leads, a captured lead."""

    launch: Launch
    leads: int
    rates: dict[str, float]


def check_attribution(context: CheckContext) -> tuple[str, list[Finding]]:
    """Check the coverage of UTM fields, and find fields of captures and event types that vanished."""
    coverage = _measure_coverage(context)
    findings = [*_find_missing_utm(coverage), *_find_lost_fields(context), *_find_lost_events(context)]
    captures, campaign, source = coverage
    summary = f"{campaign:.0%} of {captures:,} captures name a campaign, {source:.0%} a source"
    return summary if captures else "no captures", findings


def _measure_coverage(context: CheckContext) -> _Coverage:
    captures, campaign, source = context.query(
        "SELECT count(*), avg(CAST(utm_campaign IS NOT NULL AS DOUBLE)), avg(CAST(utm_source IS NOT NULL AS DOUBLE)) "
        "FROM leads WHERE coalesce(source, '') NOT IN ('csv', 'import')"
    )[0]
    return _Coverage(captures, campaign or 0.0, source or 0.0)


def _find_missing_utm(coverage: _Coverage) -> Iterator[Finding]:
    captures, campaign, _ = coverage
    if captures >= _MIN_ROWS and campaign < _MIN_UTM_SHARE:
        missing = round(captures * (1 - campaign))
        message = Phrase("{campaign:.0%} of the captures name a campaign", campaign=campaign)
        yield UTM_MISSING.build_finding("leads", "utm_campaign", missing, message)


def _find_lost_fields(context: CheckContext) -> Iterator[Finding]:
    """Compare the share of a launch's captures that have each field with earlier launches' shares."""
    fields = [name for name in context.history.list_columns("leads") if name not in _NEVER_EMPTY]
    shares = ", ".join(f"count({quote_identifier(name)}) / count(*)" for name in fields)
    rows = context.query(
        f"SELECT launch_id, count(*), {shares} FROM leads WHERE launch_id IS NOT NULL GROUP BY launch_id"
    )
    filled = {row[0]: row[1:] for row in rows}
    launches = [launch for launch in context.launches if filled.get(launch.launch_id, (0,))[0] >= _MIN_ROWS]
    for position, launch in enumerate(launches):
        if not context.judges(launch):
            continue
        earlier = [filled[other.launch_id] for other in launches[:position] if other.strategy == launch.strategy]
        for column, name in enumerate(fields, start=1):
            now = filled[launch.launch_id]
            before = min((shares[column] for shares in earlier), default=0.0)
            enough = len(earlier) >= _MIN_EARLIER_LAUNCHES and before >= _MIN_FILLED_SHARE
            if enough and now[column] < _MIN_SHARE_LEFT * before:
                message = Phrase(
                    "filled in {now:.0%} of the captures of {launch_id}, in {before:.0%} or more before",
                    now=now[column],
                    launch_id=launch.launch_id,
                    before=before,
                )
                yield LOST.build_finding("leads", name, now[0], message, [launch.launch_id])


def _find_lost_events(context: CheckContext) -> Iterator[Finding]:
    """Compare the rows a captured lead of each event type with earlier launches' rates."""
    launches = [one for launch in context.launches if (one := _measure_event_rates(context, launch))]
    for position, (launch, leads, rates) in enumerate(launches):
        if not context.judges(launch):
            continue
        earlier = [other.rates for other in launches[:position] if other.launch.strategy == launch.strategy]
        for event_type in sorted({event_type for other in earlier for event_type in other}):
            before = min(other.get(event_type, 0.0) for other in earlier)
            rate = rates.get(event_type, 0.0)
            enough = len(earlier) >= _MIN_EARLIER_LAUNCHES and before * leads >= _MIN_ROWS
            if enough and rate < _MIN_SHARE_LEFT * before:
                due = round(before * leads)
                message = Phrase(
                    "{rate:,.0f} rows before {launch_id}, where {due:,} or more were due",
                    rate=rate * leads,
                    launch_id=launch.launch_id,
                    due=due,
                )
                yield LOST.build_finding("events", event_type, due, message, [launch.launch_id])


def _measure_event_rates(context: CheckContext, launch: Launch) -> _EventRates | None:
    """Return None for a launch without a capture window or with few leads."""
    begins = launch.capture_starts_at or launch.as_of
    leads = len(context.cohorts.get(launch.launch_id, ()))
    ends = launch.closes_at if launch.strategy == "perpetual" else launch.as_of
    if begins >= ends or leads < _MIN_ROWS:
        return None
    counts = context.query(
        "SELECT event_type, count(*) FROM events WHERE occurred_at >= $begins AND occurred_at < $ends GROUP BY 1",
        begins=begins,
        ends=ends,
    )
    return _EventRates(launch, leads, {event_type: count / leads for event_type, count in counts})


CHECK = Check(
    "attribution",
    "captures that name a campaign; fields and event types that every earlier launch of the kind had and one has all "
    "but lost",
    (UTM_MISSING, LOST),
    check_attribution,
)
