"""Tracking: how many captures name their campaign, and what earlier launches had that a later one lacks."""

from collections.abc import Iterator

from ..history import Launch
from ..history.importing.sources import quoted
from .codes import finding
from .context import CheckContext
from .finding import CheckResult, Finding

_COVERED = 0.5
_FEWEST_ROWS = 50
#: A field counts as vanished where so little is left of the least share that earlier launches had.
_LEFT = 0.35
_WORTH_HAVING = 0.1
_EARLIER = 2
_NEVER_EMPTY = ("lead_id", "captured_at", "launch_id")


def check_attribution(material: CheckContext) -> CheckResult:
    """UTM coverage, fields of captures and event types that vanished."""
    findings = [*_coverage(material), *_vanished_fields(material), *_vanished_events(material)]
    return CheckResult("attribution", _covered(material), tuple(findings))


def _shares(material: CheckContext) -> tuple[int, float, float]:
    """Captures, and of those by launch or form the share with a campaign and with a source."""
    found = material.rows(
        "SELECT count(*), avg(CAST(utm_campaign IS NOT NULL AS DOUBLE)), avg(CAST(utm_source IS NOT NULL AS DOUBLE)) "
        "FROM leads WHERE coalesce(source, '') NOT IN ('csv', 'import')"
    )[0]
    return found[0], found[1] or 0.0, found[2] or 0.0


def _covered(material: CheckContext) -> str:
    captures, campaign, source = _shares(material)
    return (
        f"{campaign:.0%} of {captures:,} captures name a campaign, {source:.0%} a source" if captures else "no captures"
    )


def _coverage(material: CheckContext) -> Iterator[Finding]:
    captures, campaign, _ = _shares(material)
    if captures >= _FEWEST_ROWS and campaign < _COVERED:
        missing = round(captures * (1 - campaign))
        yield finding(
            "utm-missing", "leads", "utm_campaign", missing, f"{campaign:.0%} of the captures name a campaign"
        )


def _vanished_fields(material: CheckContext) -> Iterator[Finding]:
    """By launch, the share of captures that have each field."""
    fields = [name for name in material.history.list_columns("leads") if name not in _NEVER_EMPTY]
    shares = ", ".join(f"count({quoted(name)}) / count(*)" for name in fields)
    rows = material.rows(
        f"SELECT launch_id, count(*), {shares} FROM leads WHERE launch_id IS NOT NULL GROUP BY launch_id"
    )
    filled = {row[0]: row[1:] for row in rows}
    launches = [launch for launch in material.launches if filled.get(launch.launch_id, (0,))[0] >= _FEWEST_ROWS]
    for place, launch in enumerate(launches):
        if not material.judges(launch):
            continue
        earlier = [filled[each.launch_id] for each in launches[:place] if each.strategy == launch.strategy]
        for column, name in enumerate(fields, start=1):
            now = filled[launch.launch_id]
            before = min((each[column] for each in earlier), default=0.0)
            if len(earlier) >= _EARLIER and before >= _WORTH_HAVING and now[column] < _LEFT * before:
                what = (
                    f"filled in {now[column]:.0%} of the captures of {launch.launch_id}, in {before:.0%} or more before"
                )
                yield finding("attribution-lost", "leads", name, now[0], what, [launch.launch_id])


def _vanished_events(material: CheckContext) -> Iterator[Finding]:
    """By launch, rows of each event type while its leads were captured, a captured lead."""
    rates: list[tuple[Launch, int, dict[str, float]]] = []
    for launch in material.launches:
        begins = launch.capture_starts_at or launch.as_of
        leads = len(material.cohorts.get(launch.launch_id, ()))
        ends = launch.closes_at if launch.strategy == "perpetual" else launch.as_of
        if begins >= ends or leads < _FEWEST_ROWS:
            continue
        counts = material.rows(
            "SELECT event_type, count(*) FROM events WHERE occurred_at >= $begins AND occurred_at < $ends GROUP BY 1",
            begins=begins,
            ends=ends,
        )
        rates.append((launch, leads, {kind: count / leads for kind, count in counts}))
    for place, (launch, leads, now) in enumerate(rates):
        if not material.judges(launch):
            continue
        earlier = [each for other, _, each in rates[:place] if other.strategy == launch.strategy]
        for kind in sorted({kind for each in earlier for kind in each}):
            before = min(each.get(kind, 0.0) for each in earlier)
            if len(earlier) >= _EARLIER and before * leads >= _FEWEST_ROWS and now.get(kind, 0.0) < _LEFT * before:
                due = round(before * leads)
                what = f"{now.get(kind, 0) * leads:,.0f} rows before {launch.launch_id}, where {due:,} or more were due"
                yield finding("attribution-lost", "events", kind, due, what, [launch.launch_id])
