"""Launches that are unlike those before: in how many bought, in who came, in how much was seen of their last days."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pandas as pd

from ..history import Launch
from .codes import finding
from .context import CheckContext
from .finding import CheckResult, Finding
from .launch_fields import read_launch_fields

#: What is believed of the spread of launches' conversion (log), and how many launches that belief is worth.
_PRIOR_SPREAD, _PRIOR_LAUNCHES = 0.25, 4.0
_FEWEST_BUYERS = 20
_Z = 2.6
_ENOUGH_FOR_TREND = 8
_PSI = 0.25
_MOST_LEVELS = 12
_FEWEST_CAPTURED = 100
_RECENT, _BEFORE = timedelta(days=5), timedelta(days=28)
_LEFT = 0.85


def check_launch_shifts(material: CheckContext) -> CheckResult:
    """Conversion, audience and last days of each launch against the earlier ones of its strategy."""
    findings = [*_conversion(material), *_audience(material), *_last_days(material)]
    rates = [f"{leads['label'].mean():.1%}" for leads in material.cohorts.values() if len(leads)]
    return CheckResult("launch shifts", f"conversion {', '.join(rates[-6:])}" if rates else "", tuple(findings))


def _conversion(material: CheckContext) -> Iterator[Finding]:
    """The log of a launch's share of buyers against the mean of the earlier ones', in units of their spread."""
    for strategy in ("classic", "paid", "perpetual"):
        launches = [each for each in material.launches if each.strategy == strategy]
        counted = [(each, material.cohorts.get(each.launch_id)) for each in launches]
        known = [
            (each, int(leads["label"].sum()), len(leads)) for each, leads in counted if leads is not None and len(leads)
        ]
        yield from _trend(material, known)
        for place in range(1, len(known)):
            launch, buyers, leads = known[place]
            if not material.judges(launch):
                continue
            yield from _unlike(launch, buyers, leads, np.array([each[1:] for each in known[:place]], np.float64))


def _trend(material: CheckContext, known: list[tuple[Launch, int, int]]) -> Iterator[Finding]:
    """The line through the launches' log conversion: a steady move that no single launch shows."""
    if len(known) < _ENOUGH_FOR_TREND or not material.judges(known[-1][0]):
        return
    buyers, leads = np.array([each[1:] for each in known], np.float64).T
    rate, place = np.log((buyers + 0.5) / (leads + 1)), np.linspace(-0.5, 0.5, len(known))
    weight = 1 / (_PRIOR_SPREAD**2 + 1 / (buyers + 0.5))
    centred = place - np.average(place, weights=weight)
    slope = (weight * centred * rate).sum() / (weight * centred**2).sum()
    left = rate - np.average(rate, weights=weight) - slope * centred
    error = np.sqrt(max((weight * left**2).sum() / (len(known) - 2), 1.0) / (weight * centred**2).sum())
    if abs(slope) > max(np.log(2), _Z * error):
        part = -(-len(known) // 4)
        first, last = (buyers[some].sum() / leads[some].sum() for some in (slice(part), slice(-part, None)))
        what = f"conversion moved from {first:.1%} in the first {part} launches to {last:.1%} in the last {part}"
        yield finding("conversion-shift", "purchases", "", int(leads.sum()), what, [known[-1][0].launch_id])


def _unlike(launch: Launch, buyers: int, leads: int, earlier: np.ndarray) -> Iterator[Finding]:
    before = (earlier[:, 0] + 0.5) / (earlier[:, 1] + 1)
    expected = float(np.exp(np.mean(np.log(before))))
    if expected * leads < _FEWEST_BUYERS or earlier[:, 0].sum() < _FEWEST_BUYERS:
        return
    chance = 1 / (earlier[:, 0] + 0.5)
    beyond = max(float(((np.log(before / expected)) ** 2 - chance).sum()), 0.0)
    spread = (_PRIOR_LAUNCHES * _PRIOR_SPREAD**2 + beyond) / (_PRIOR_LAUNCHES + len(earlier) - 1)
    step = np.log((buyers + 0.5) / (leads + 1) / expected)
    error = np.sqrt(spread * (1 + 1 / len(earlier)) + 1 / (expected * leads) + chance.mean() / len(earlier))
    if abs(step) > _Z * error:
        what = f"{buyers / leads:.1%} of the {leads:,} leads bought, where earlier launches had {expected:.1%}"
        yield finding("conversion-shift", "purchases", "", leads, what, [launch.launch_id])


def _audience(material: CheckContext) -> Iterator[Finding]:
    """Population stability index of each field of the captures, against all earlier launches of the strategy."""
    asked = [each for each in read_launch_fields(material) if each.captured.sum() >= _FEWEST_CAPTURED]
    known = [(each, {str(name): _levels(each.fields[name][each.captured]) for name in each.fields}) for each in asked]
    for place, (now, shares) in enumerate(known):
        earlier = [levels for each, levels in known[:place] if each.launch.strategy == now.launch.strategy]
        moved = sorted(_moved(shares, earlier), reverse=True) if len(earlier) > 1 else []
        if moved and material.judges(now.launch):
            what = f"{now.launch.launch_id}: population stability index above {_PSI}"
            names = [f"{name} ({psi:.2f})" for psi, name in moved[:3]]
            yield finding("audience-shift", "leads", moved[0][1], len(now.label), what, names)


def _moved(now: dict[str, pd.Series], earlier: list[dict[str, pd.Series]]) -> Iterator[tuple[float, str]]:
    """(index, field) of the fields whose index is large, and far larger than among the earlier launches."""
    for name, share in now.items():
        before = [each[name] for each in earlier if name in each]
        if len(before) == len(earlier):
            usual = max(_psi(each, _mean(before)) for each in before)
            psi = _psi(share, _mean(before))
            if psi > max(_PSI, 3 * usual):
                yield psi, name


def _levels(values: pd.Series) -> pd.Series:
    """Shares of the levels, missing ones among them; numbers are rounded."""
    number = pd.to_numeric(values, errors="coerce")
    if number.notna().sum() > 0.5 * len(values):
        return number.round().value_counts(normalize=True, dropna=False)
    return values.fillna("(empty)").value_counts(normalize=True)


def _mean(shares: list[pd.Series]) -> pd.Series:
    return pd.concat(shares, axis=1).fillna(0.0).mean(axis=1)


def _psi(now: pd.Series, before: pd.Series) -> float:
    """Sum of (p - q) ln(p / q), levels beyond the commonest counted as one."""
    kept = before.nlargest(_MOST_LEVELS).index
    p = np.r_[now.reindex(kept).fillna(0.0), max(1 - now.reindex(kept).fillna(0.0).sum(), 0.0)] + 1e-3
    q = np.r_[before.reindex(kept).fillna(0.0), max(1 - before.reindex(kept).fillna(0.0).sum(), 0.0)] + 1e-3
    p, q = p / p.sum(), q / q.sum()
    return float(((p - q) * np.log(p / q)).sum())


def _last_days(material: CheckContext) -> Iterator[Finding]:
    """Rows of the days before a launch opens, against the weeks before them, as earlier launches had it."""
    launches = [each for each in material.launches if each.strategy != "perpetual"]
    ratios = {table: [_recent(material, table, each) for each in launches] for table in ("events", "purchases")}
    for place, launch in enumerate(launches):
        if place < 3 or not material.judges(launch):
            continue
        low = [table for table, found in ratios.items() if _too_few(found[:place], found[place])]
        enough = [table for table, found in ratios.items() if found[place][1] * 0.1 >= _FEWEST_BUYERS]
        if low and low == enough:
            what = f"fewer rows than due in the {_RECENT.days} days before {launch.launch_id}, in {' and '.join(low)}"
            rows = sum(ratios[table][place][0] for table in low)
            yield finding("missing-recent-rows", low[0], "occurred_at", rows, what, [launch.launch_id])


def _recent(material: CheckContext, table: str, launch: Launch) -> tuple[int, int]:
    sql = (
        "SELECT count(*) FILTER (occurred_at >= $recent), count(*) FILTER (occurred_at < $recent) "
        f"FROM {table} WHERE occurred_at >= $before AND occurred_at < $as_of"
    )
    as_of = launch.as_of
    recent, before = material.rows(sql, recent=as_of - _RECENT, before=as_of - _BEFORE, as_of=as_of)[0]
    return int(recent), int(before)


def _too_few(earlier: list[tuple[int, int]], now: tuple[int, int]) -> bool:
    known = [(recent + 0.5) / before for recent, before in earlier if before * 0.1 >= _FEWEST_BUYERS]
    if len(known) < 3 or not now[1]:
        return False
    ratio, least = now[0] / now[1], min(known)
    return ratio < _LEFT * least and ratio * now[1] < least * now[1] - 3 * np.sqrt(least * now[1])
