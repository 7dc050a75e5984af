"""Target leakage: a field that alone predicts who buys, or that is filled in for buyers only."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..evaluation import compute_auc_variance, roc_auc
from ..history.schema import ATTRIBUTE_PREFIX
from ..language import Phrase
from .context import CheckContext
from .finding import REPORTED, Check, Code, Finding, Severity
from .launch_fields import LaunchFields, read_launch_fields

_MIN_BUYERS = 15
#: A single field ranks so well only where it was filled in afterwards: the best honest ones seen reach 0.7.
_MIN_AUC, _MIN_ERROR_AUC = 0.75, 0.85
#: The odds of buying of those who filled a field in, against the others': lower end of its interval.
_MIN_ODDS_RATIO = 8.0
#: Standard errors below the estimate: of all launches together, and of one launch alone.
_Z, _Z_ONE_LAUNCH = 1.645, 3.0
#: A level's rate of buyers is shrunk to the mean as by so many leads.
_PRIOR_LEADS = 20.0
#: A field is numeric where at least this share of its values are numbers.
_MIN_NUMERIC_SHARE = 0.95

LEAKAGE = Code(
    "target-leakage",
    "error",
    "a field alone predicts who buys, better than anything known beforehand should",
    REPORTED,
    "Find out when the field is filled in; leave it out in a mapping where that is after the purchase",
)

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


class Evidence(NamedTuple):
    """How well a field ranks buyers: its ROC AUC, the lower end of its interval, and the number of buyers."""

    auc: float
    low: float
    buyers: int


def check_leakage(context: CheckContext) -> tuple[str, list[Finding]]:
    """Test every form field, capture field and event type by itself."""
    launches = [launch for launch in read_launch_fields(context) if _has_both_classes(launch.label)]
    findings: list[Finding] = []
    fields = sorted({str(name) for launch in launches for name in launch.fields})
    event_types = sorted({str(name) for launch in launches for name in launch.events})
    for name in fields:
        findings += _test_field(name, launches)
    for name in event_types:
        flags = [
            (launch.label, launch.events[name].to_numpy(np.float64)) for launch in launches if name in launch.events
        ]
        findings += _report("events", name, _measure_evidence(flags))
    summary = f"{len(fields)} fields and {len(event_types)} event types, in {len(launches)} launches"
    return summary if launches else "no launch with enough buyers", findings


def _has_both_classes(label: IntArray) -> bool:
    buyers = int(label.sum())
    return min(buyers, len(label) - buyers) >= _MIN_BUYERS


def _test_field(name: str, launches: Sequence[LaunchFields]) -> list[Finding]:
    """Test whether it is filled in, then its values, then (form fields) the odds of those who filled it in."""
    values = [(launch.label, launch.fields[name]) for launch in launches if name in launch.fields]
    filled = [(label, field.notna().to_numpy().astype(np.float64)) for label, field in values]
    findings = _report("leads", name, _measure_evidence(filled), Phrase("whether it is filled in or not"))
    findings = findings or _report("leads", name, _measure_evidence(_rank_values(values)))
    if not findings and name.startswith(ATTRIBUTE_PREFIX):
        findings = _test_odds(name, filled)
    return findings


def _rank_values(values: Sequence[tuple[IntArray, pd.Series]]) -> list[tuple[IntArray, FloatArray]]:
    """Return numbers as they are; words by how their level converted in the other launches, or among other leads."""
    numbers = [pd.to_numeric(field, errors="coerce") for _, field in values]
    numbers = [number.where(np.isfinite(number)) for number in numbers]  # to features an infinite one is a word as well
    filled = sum(int(field.notna().sum()) for _, field in values)
    if filled and sum(int(number.notna().sum()) for number in numbers) >= _MIN_NUMERIC_SHARE * filled:
        return [
            (label[number.notna()], number[number.notna()].to_numpy(np.float64))
            for (label, _), number in zip(values, numbers, strict=True)
        ]
    parts = values if len(values) > 1 else _split_in_halves(*values[0]) if values else []
    return [
        (label, _encode_by_conversion(field, [part for j, part in enumerate(parts) if j != i]))
        for i, (label, field) in enumerate(parts)
    ]


def _split_in_halves(label: IntArray, values: pd.Series) -> list[tuple[IntArray, pd.Series]]:
    return [(label[half::2], values.iloc[half::2]) for half in (0, 1)]


def _encode_by_conversion(values: pd.Series, others: Sequence[tuple[IntArray, pd.Series]]) -> FloatArray:
    """Replace each value by its level's rate of buyers in ``others``, shrunk to their mean (target encoding)."""
    label = np.concatenate([label for label, _ in others])
    level = pd.concat([field for _, field in others]).fillna("")
    sums = pd.Series(label).groupby(level.to_numpy()).agg(["sum", "size"])
    rate = (sums["sum"] + _PRIOR_LEADS * label.mean()) / (sums["size"] + _PRIOR_LEADS)
    return values.fillna("").map(rate).fillna(label.mean()).to_numpy(np.float64)


def _measure_evidence(parts: Sequence[tuple[IntArray, FloatArray]]) -> Evidence:
    """Measure the ROC AUC within each launch, so that differences between launches do not count.

    The result is the mean weighted by buyers; or one launch alone, by a wider interval, where that is stronger.
    """
    aucs, variances, buyers = [], [], []
    for label, score in parts:
        if _has_both_classes(label):
            aucs.append(roc_auc(label, score))
            variances.append(compute_auc_variance(aucs[-1], int(label.sum()), int(len(label) - label.sum())))
            buyers.append(int(label.sum()))
    if not aucs:
        return Evidence(0.5, 0.5, 0)
    weight = np.array(buyers) / sum(buyers)
    auc = float(weight @ aucs)
    auc = max(auc, 1 - auc)
    together = Evidence(auc, auc - _Z * float(np.sqrt(weight**2 @ variances)), sum(buyers))
    single = [
        Evidence(max(one, 1 - one), max(one, 1 - one) - _Z_ONE_LAUNCH * float(np.sqrt(variance)), count)
        for one, variance, count in zip(aucs, variances, buyers, strict=True)
    ]
    return max((together, *single), key=lambda evidence: evidence.low)


def _report(table: str, column: str, evidence: Evidence, test: str = "") -> list[Finding]:
    if evidence.low < _MIN_AUC:
        return []
    message = Phrase("alone, it ranks buyers with ROC AUC {auc:.2f}", auc=evidence.auc)
    if test:
        message = Phrase("{test} ranks buyers with ROC AUC {auc:.2f}", test=test, auc=evidence.auc)
    severity: Severity | None = None if evidence.low >= _MIN_ERROR_AUC else "warning"
    return [LEAKAGE.build_finding(table, column, evidence.buyers, message, severity=severity)]


def _test_odds(name: str, filled: Sequence[tuple[IntArray, FloatArray]]) -> list[Finding]:
    """Test the odds ratio of buying, filled in against not, pooled over launches (Mantel and Haenszel 1959)."""
    cells = np.array(
        [[(f * y).sum(), (f * (1 - y)).sum(), ((1 - f) * y).sum(), ((1 - f) * (1 - y)).sum()] for y, f in filled]
    )
    if not len(cells) or cells[:, 0].sum() < _MIN_BUYERS:
        return []
    a, b, c, d = (cells + 0.5).T
    n = a + b + c + d
    odds_ratio = float((a * d / n).sum() / (b * c / n).sum())
    error = float(np.sqrt((1 / (cells.sum(axis=0) + 0.5)).sum()))
    if odds_ratio * np.exp(-_Z * error) < _MIN_ODDS_RATIO:
        return []
    buyers, others = int(cells[:, 0].sum()), int(cells[:, 1].sum())
    message = Phrase(
        "filled in for {buyers:,} buyers and {others:,} others: the odds are {odds_ratio:.0f} times those without it",
        buyers=buyers,
        others=others,
        odds_ratio=odds_ratio,
    )
    return [LEAKAGE.build_finding("leads", name, buyers, message)]


CHECK = Check(
    "target leakage",
    "within launches: ROC AUC of each field and event type alone (words by how their level converted in the *other* "
    "launches), and of being filled in or not; lower end of the 90% interval at 0.75 or more (one launch alone: three "
    "standard errors). The best honest field seen reaches 0.68. For form fields also the odds of buying of those who "
    "filled it in: eight times or more",
    (LEAKAGE,),
    check_leakage,
)
