"""Launches that differ from earlier ones: in their conversion, their audience, and the rows of their last days."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..history import Launch
from ..language import Phrase
from .context import CheckContext
from .finding import REPORTED, Check, Code, Finding
from .launch_fields import LaunchFields, read_launch_fields
from .usual_rate import PRIOR_SPREAD, estimate_usual_rate

_MIN_BUYERS = 20
_Z = 2.6
_MIN_TREND_LAUNCHES = 8
_MAX_STABILITY_INDEX = 0.25
#: The index must also be so many times the largest among the earlier launches.
_MIN_TIMES_USUAL = 3
_MAX_LEVELS = 12
_MIN_CAPTURED = 100
_RECENT, _BEFORE = timedelta(days=5), timedelta(days=28)
#: Rows of so many days, of ``_BEFORE``, are expected in a launch that is judged by its last days.
_RECENT_SHARE = 0.1
_MIN_EARLIER_LAUNCHES = 3
_MIN_SHARE_LEFT = 0.85

CONVERSION_SHIFT = Code(
    "conversion-shift",
    "warning",
    "a launch converted far from what earlier ones of its kind did",
    "later launches are calibrated on it",
    "Find out what changed: price, offer, a label that is incomplete",
)
AUDIENCE_SHIFT = Code(
    "audience-shift",
    "note",
    "a launch's leads come from elsewhere than those of earlier ones",
    REPORTED,
    "Read its scores with care; train again after it",
)
MISSING_RECENT_ROWS = Code(
    "missing-recent-rows",
    "warning",
    "the last days before a launch have fewer rows than before earlier ones",
    REPORTED,
    "Rows may arrive late: import and score again",
)

FloatArray = NDArray[np.float64]


class _Conversion(NamedTuple):
    """How many of a launch's leads bought."""

    launch: Launch
    buyers: int
    leads: int


class _RowCounts(NamedTuple):
    """Rows of the last days before a launch, and of the weeks before those."""

    recent: int
    before: int


def check_launch_shifts(context: CheckContext) -> tuple[str, list[Finding]]:
    """Compare each launch's conversion, audience and last days with the earlier launches of its strategy."""
    findings = [
        *_find_conversion_shifts(context),
        *_find_audience_shifts(context),
        *_find_missing_recent_rows(context),
    ]
    rates = [f"{leads['label'].mean():.1%}" for leads in context.cohorts.values() if len(leads)]
    return f"conversion {', '.join(rates[-6:])}" if rates else "", findings


def _find_conversion_shifts(context: CheckContext) -> Iterator[Finding]:
    for strategy in ("classic", "paid", "perpetual"):
        conversions = [
            _Conversion(launch, int(leads["label"].sum()), len(leads))
            for launch in context.launches
            if launch.strategy == strategy
            and (leads := context.cohorts.get(launch.launch_id)) is not None
            and len(leads)
        ]
        yield from _find_trend(context, conversions)
        for position in range(1, len(conversions)):
            if context.judges(conversions[position].launch):
                yield from _compare_conversion(conversions[position], conversions[:position])


def _find_trend(context: CheckContext, conversions: list[_Conversion]) -> Iterator[Finding]:
    """Fit a line through the launches' log conversion: it shows a steady move that no single launch shows."""
    if len(conversions) < _MIN_TREND_LAUNCHES or not context.judges(conversions[-1].launch):
        return
    buyers, leads = np.array([(item.buyers, item.leads) for item in conversions], np.float64).T
    rate = np.log((buyers + 0.5) / (leads + 1))
    time = np.linspace(-0.5, 0.5, len(conversions))
    weight = 1 / (PRIOR_SPREAD**2 + 1 / (buyers + 0.5))
    centred = time - np.average(time, weights=weight)
    slope = (weight * centred * rate).sum() / (weight * centred**2).sum()
    residual = rate - np.average(rate, weights=weight) - slope * centred
    variance = max((weight * residual**2).sum() / (len(conversions) - 2), 1.0)
    error = np.sqrt(variance / (weight * centred**2).sum())
    if abs(slope) > max(np.log(2), _Z * error):
        part = -(-len(conversions) // 4)
        first, last = (buyers[some].sum() / leads[some].sum() for some in (slice(part), slice(-part, None)))
        message = Phrase(
            "conversion moved from {first:.1%} in the first {part} launches to {last:.1%} in the last {part}",
            first=first,
            part=part,
            last=last,
        )
        latest = conversions[-1].launch.launch_id
        yield CONVERSION_SHIFT.build_finding("purchases", "", int(leads.sum()), message, [latest])


def _compare_conversion(conversion: _Conversion, earlier: list[_Conversion]) -> Iterator[Finding]:
    """Hold the log of the share of buyers against the mean of the earlier ones', in units of their spread."""
    launch, buyers, leads = conversion
    usual = estimate_usual_rate([item.buyers for item in earlier], [item.leads for item in earlier])
    if usual.rate * leads < _MIN_BUYERS or sum(item.buyers for item in earlier) < _MIN_BUYERS:
        return
    if usual.count_errors((buyers + 0.5) / (leads + 1), leads) > _Z:
        message = Phrase(
            "{buyers:.1%} of the {leads:,} leads bought, where earlier launches had {rate:.1%}",
            buyers=buyers / leads,
            leads=leads,
            rate=usual.rate,
        )
        yield CONVERSION_SHIFT.build_finding("purchases", "", leads, message, [launch.launch_id])


def _find_audience_shifts(context: CheckContext) -> Iterator[Finding]:
    """Compute the population stability index of each capture field against all earlier launches of the strategy."""
    launches = [launch for launch in read_launch_fields(context) if launch.captured.sum() >= _MIN_CAPTURED]
    shares = [_measure_levels(launch) for launch in launches]
    for position, current in enumerate(launches):
        earlier = [
            shares[i] for i, other in enumerate(launches[:position]) if other.launch.strategy == current.launch.strategy
        ]
        shifted = sorted(_find_shifted_fields(shares[position], earlier), reverse=True) if len(earlier) > 1 else []
        if shifted and context.judges(current.launch):
            message = Phrase(
                "{launch_id}: population stability index above {limit}",
                launch_id=current.launch.launch_id,
                limit=_MAX_STABILITY_INDEX,
            )
            examples = [f"{name} ({index:.2f})" for index, name in shifted[:3]]
            yield AUDIENCE_SHIFT.build_finding("leads", shifted[0][1], len(current.label), message, examples)


def _find_shifted_fields(
    current: dict[str, pd.Series], earlier: list[dict[str, pd.Series]]
) -> Iterator[tuple[float, str]]:
    """Yield (index, field) of the fields whose index is large, and far larger than among the earlier launches."""
    for name, share in current.items():
        before = [shares[name] for shares in earlier if name in shares]
        if len(before) == len(earlier):
            usual = max(_stability_index(one, _average(before)) for one in before)
            index = _stability_index(share, _average(before))
            if index > max(_MAX_STABILITY_INDEX, _MIN_TIMES_USUAL * usual):
                yield index, name


def _measure_levels(launch: LaunchFields) -> dict[str, pd.Series]:
    """Return the shares of each field's levels, missing ones among them; numbers are rounded."""
    return {str(name): _level_shares(launch.fields[name][launch.captured]) for name in launch.fields}


def _level_shares(values: pd.Series) -> pd.Series:
    number = pd.to_numeric(values, errors="coerce")
    if number.notna().sum() > 0.5 * len(values):
        return number.round().value_counts(normalize=True, dropna=False)
    return values.fillna("(empty)").value_counts(normalize=True)


def _average(shares: list[pd.Series]) -> pd.Series:
    return pd.concat(shares, axis=1).fillna(0.0).mean(axis=1)


def _stability_index(current: pd.Series, before: pd.Series) -> float:
    """Return the sum of (p - q) ln(p / q), with the rarer levels counted as one."""
    levels = before.nlargest(_MAX_LEVELS).index
    p = np.r_[current.reindex(levels).fillna(0.0), max(1 - current.reindex(levels).fillna(0.0).sum(), 0.0)] + 1e-3
    q = np.r_[before.reindex(levels).fillna(0.0), max(1 - before.reindex(levels).fillna(0.0).sum(), 0.0)] + 1e-3
    p, q = p / p.sum(), q / q.sum()
    return float(((p - q) * np.log(p / q)).sum())


def _find_missing_recent_rows(context: CheckContext) -> Iterator[Finding]:
    """Compare the rows of a launch's last days with the weeks before them, as earlier launches had it."""
    launches = [launch for launch in context.launches if launch.strategy != "perpetual"]
    counts = {
        table: [_count_recent_rows(context, table, launch) for launch in launches] for table in ("events", "purchases")
    }
    for position, launch in enumerate(launches):
        if position < _MIN_EARLIER_LAUNCHES or not context.judges(launch):
            continue
        low = [table for table, rows in counts.items() if _is_too_low(rows[position], rows[:position])]
        enough = [table for table, rows in counts.items() if rows[position].before * _RECENT_SHARE >= _MIN_BUYERS]
        if low and low == enough:
            message = Phrase(
                "fewer rows than due in the {days} days before {launch_id}, in {low}",
                days=_RECENT.days,
                launch_id=launch.launch_id,
                low=" and ".join(low),
            )
            total = sum(counts[table][position].recent for table in low)
            yield MISSING_RECENT_ROWS.build_finding(low[0], "occurred_at", total, message, [launch.launch_id])


def _count_recent_rows(context: CheckContext, table: str, launch: Launch) -> _RowCounts:
    sql = (
        "SELECT count(*) FILTER (occurred_at >= $recent), count(*) FILTER (occurred_at < $recent) "
        f"FROM {table} WHERE occurred_at >= $before AND occurred_at < $as_of"
    )
    as_of = launch.as_of
    recent, before = context.query(sql, recent=as_of - _RECENT, before=as_of - _BEFORE, as_of=as_of)[0]
    return _RowCounts(int(recent), int(before))


def _is_too_low(current: _RowCounts, earlier: list[_RowCounts]) -> bool:
    ratios = [(rows.recent + 0.5) / rows.before for rows in earlier if rows.before * _RECENT_SHARE >= _MIN_BUYERS]
    if len(ratios) < _MIN_EARLIER_LAUNCHES or not current.before:
        return False
    ratio, least = current.recent / current.before, min(ratios)
    due = least * current.before
    return ratio < _MIN_SHARE_LEFT * least and ratio * current.before < due - 3 * float(np.sqrt(due))


CHECK = Check(
    "launch shifts",
    "conversion against the earlier launches of the strategy, in units of their spread; a steady move over eight "
    "launches or more; fields of the captures by population stability index; the last five days before a launch "
    "against the weeks before them",
    (CONVERSION_SHIFT, AUDIENCE_SHIFT, MISSING_RECENT_ROWS),
    check_launch_shifts,
)
