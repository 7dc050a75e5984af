"""Fields that know the future: one alone tells who buys, or it is filled in for buyers only."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..evaluation import roc_auc
from ..history.schema import ATTRIBUTE_PREFIX
from .codes import finding
from .context import CheckContext
from .finding import CheckResult, Finding
from .launch_fields import LaunchFields, read_launch_fields

_FEWEST_BUYERS = 15
#: A single field ranks so well only where it was filled in afterwards: the best honest ones seen reach 0.7.
_SUSPECT_AUC, _SURE_AUC = 0.75, 0.85
#: The odds of buying of those who filled a field in, against the others': lower end of its interval.
_SUSPECT_ODDS = 8.0
_Z, _Z_ALONE = 1.645, 3.0
_PRIOR_LEADS = 20.0


class Evidence(NamedTuple):
    """How well a field tells the buyers: its ROC AUC, the lower end of that, and the buyers that it comes from."""

    auc: float
    low: float
    buyers: int


def check_leakage(material: CheckContext) -> CheckResult:
    """Every form field, capture field and event type, one alone."""
    launches = [each for each in read_launch_fields(material) if _both(each.label)]
    findings: list[Finding] = []
    fields = sorted({str(name) for each in launches for name in each.fields})
    events = sorted({str(name) for each in launches for name in each.events})
    for name in fields:
        findings += _field(name, launches)
    for name in events:
        flags = [each.events[name].to_numpy(np.float64) if name in each.events else None for each in launches]
        told = _evidence([(each.label, flag) for each, flag in zip(launches, flags, strict=True) if flag is not None])
        findings += _suspect("events", name, told)
    what = f"{len(fields)} fields and {len(events)} event types, in {len(launches)} launches"
    return CheckResult("target leakage", what if launches else "no launch to tell it by", tuple(findings))


def _both(label: NDArray[np.int64]) -> bool:
    buyers = int(label.sum())
    return min(buyers, len(label) - buyers) >= _FEWEST_BUYERS


def _field(name: str, launches: Sequence[LaunchFields]) -> Iterator[Finding]:
    known = [(each.label, each.fields[name]) for each in launches if name in each.fields]
    filled = [(label, values.notna().to_numpy().astype(np.float64)) for label, values in known]
    found = list(_suspect("leads", name, _evidence(filled), "filled in or not"))
    found = found or list(_suspect("leads", name, _evidence(_ranked(known))))
    if not found and name.startswith(ATTRIBUTE_PREFIX):
        found = list(_odds(name, filled))
    yield from found


def _ranked(
    known: Sequence[tuple[NDArray[np.int64], pd.Series]],
) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Numbers as they are; words by how their level converted in the other launches, or among other leads."""
    numbers = [pd.to_numeric(values, errors="coerce") for _, values in known]
    numbers = [number.where(np.isfinite(number)) for number in numbers]  # to features an infinite one is a word as well
    filled = sum(int(values.notna().sum()) for _, values in known)
    if filled and sum(int(each.notna().sum()) for each in numbers) >= 0.95 * filled:
        return [
            (label[number.notna()], number[number.notna()].to_numpy(np.float64))
            for (label, _), number in zip(known, numbers, strict=True)
        ]
    parts = known if len(known) > 1 else _halves(*known[0]) if known else []
    return [
        (label, _converted(values, [other for place, other in enumerate(parts) if place != own]))
        for own, (label, values) in enumerate(parts)
    ]


def _halves(label: NDArray[np.int64], values: pd.Series) -> list[tuple[NDArray[np.int64], pd.Series]]:
    return [(label[half::2], values.iloc[half::2]) for half in (0, 1)]


def _converted(values: pd.Series, others: Sequence[tuple[NDArray[np.int64], pd.Series]]) -> NDArray[np.float64]:
    """Each value's level's rate of buyers in ``others``, shrunk to their mean."""
    label = np.concatenate([label for label, _ in others])
    level = pd.concat([each for _, each in others]).fillna("")
    sums = pd.Series(label).groupby(level.to_numpy()).agg(["sum", "size"])
    rate = (sums["sum"] + _PRIOR_LEADS * label.mean()) / (sums["size"] + _PRIOR_LEADS)
    return values.fillna("").map(rate).fillna(label.mean()).to_numpy(np.float64)


def _evidence(parts: Sequence[tuple[NDArray[np.int64], NDArray[np.float64]]]) -> Evidence:
    """Launch by launch, so that what changes between launches tells nothing.

    The mean, weighed by buyers; or one launch alone, by a wider interval, where that says more.
    """
    aucs, variances, buyers = [], [], []
    for label, score in parts:
        if _both(label):
            aucs.append(roc_auc(label, score))
            variances.append(_auc_variance(aucs[-1], int(label.sum()), int(len(label) - label.sum())))
            buyers.append(int(label.sum()))
    if not aucs:
        return Evidence(0.5, 0.5, 0)
    weight = np.array(buyers) / sum(buyers)
    auc = float(weight @ aucs)
    auc = max(auc, 1 - auc)
    together = Evidence(auc, auc - _Z * float(np.sqrt(weight**2 @ variances)), sum(buyers))
    alone = [
        Evidence(max(one, 1 - one), max(one, 1 - one) - _Z_ALONE * float(np.sqrt(variance)), count)
        for one, variance, count in zip(aucs, variances, buyers, strict=True)
    ]
    return max((together, *alone), key=lambda each: each.low)


def _auc_variance(auc: float, buyers: int, others: int) -> float:
    """Hanley and McNeil (1982)."""
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (buyers - 1) * (q1 - auc**2) + (others - 1) * (q2 - auc**2)
    return max(spread, 0.0) / (buyers * others)


def _suspect(table: str, column: str, told: Evidence, how: str = "") -> Iterator[Finding]:
    if told.low >= _SUSPECT_AUC:
        what = f"{'whether it is ' + how if how else 'alone, it'} ranks buyers with ROC AUC {told.auc:.2f}"
        yield finding(
            "target-leakage", table, column, told.buyers, what, severity=None if told.low >= _SURE_AUC else "warning"
        )


def _odds(name: str, filled: Sequence[tuple[NDArray[np.int64], NDArray[np.float64]]]) -> Iterator[Finding]:
    """Filled in for buyers alone: the odds ratio pooled over launches (Mantel and Haenszel 1959)."""
    cells = np.array(
        [[(f * y).sum(), (f * (1 - y)).sum(), ((1 - f) * y).sum(), ((1 - f) * (1 - y)).sum()] for y, f in filled]
    )
    if not len(cells) or cells[:, 0].sum() < _FEWEST_BUYERS:
        return
    a, b, c, d = (cells + 0.5).T
    n = a + b + c + d
    odds = float((a * d / n).sum() / (b * c / n).sum())
    error = float(np.sqrt((1 / (cells.sum(axis=0) + 0.5)).sum()))
    if odds * np.exp(-_Z * error) >= _SUSPECT_ODDS:
        both, others = int(cells[:, 0].sum()), int(cells[:, 1].sum())
        what = f"filled in for {both:,} buyers and {others:,} others: the odds are {odds:.0f} times those without it"
        yield finding("target-leakage", "leads", name, both, what)
