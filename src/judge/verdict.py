"""From figures to a verdict: a pure function, so that the same figures always get the same words.

A claim is made only where it would hold in an interval that is wrong once in a hundred times, shared among the rivals
that it is made against (Bonferroni). The 90% intervals that are shown are widened to that, as ``find_better_baseline``
of the backtest does. Where the widened interval says neither, the verdict is that nobody can tell.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from scipy.stats import norm

from ..evaluation import Interval
from ..training.baselines.comparison import MARGIN
from ..training.training_set import MIN_BUYERS
from .level import Calibration

VerdictCode = Literal[
    "nothing-to-judge",
    "given-too-late",
    "suspected-leak",
    "cannot-tell",
    "constant",
    "inverted",
    "no-better-than-chance",
    "worse-than-simple-rule",
    "no-better-than-simple-rule",
    "cannot-tell-from-simple-rule",
    "better-than-simple-rules",
    "better-than-chance",
]
LevelCode = Literal["right", "too-high", "too-low", "too-extreme", "too-timid", "cannot-tell"]
Standing = Literal["better", "worse", "alike", "cannot-tell"]

#: Verdicts after which nobody should work by the score: it is worse than a simple rule, or than none.
BAD_CODES: tuple[VerdictCode, ...] = (
    "given-too-late",
    "suspected-leak",
    "constant",
    "inverted",
    "no-better-than-chance",
    "worse-than-simple-rule",
)

_SHOWN_TAIL = 0.05
#: How often a claim against nobody may be false, on each side.
_FALSE_CLAIM_RATE = 0.005
_RANDOM_AUC = 0.5
#: A score whose ROC AUC is surely below this is no better than chance for any use.
_HARDLY_RANDOM = 0.55
#: Two scores are alike where their ROC AUC surely differs by less.
_ALIKE = 0.02
#: Probabilities are about right where expected and actual buyers surely differ by less than the second, and are called
#: too high or too low where they surely differ by more than the first.
_OFF, _ABOUT = 1.1, 1.25
#: The same of the slope.
_SLOPE_OFF = 1.1


@dataclass(frozen=True)
class Evidence:
    """The figures that a verdict rests on.

    Attributes
    ----------
    judged, buyers
        Rows that are judged, and those who bought.
    roc_auc
        With its 90% interval.
    is_constant
        Whether all scores are equal.
    differences
        For each rival the score's ROC AUC less its own, with the 90% interval; simple rules in ``simple``.
    simple
        The names of the simple rules among the rivals.
    buyers_before_score
        Buyers who had bought before their score was given, and are not judged.
    is_suspicious
        Whether the score seems to know the outcome.
    calibration
        Of probabilities; None for other scales.
    """

    judged: int
    buyers: int
    roc_auc: Interval
    is_constant: bool = False
    differences: Mapping[str, Interval] | None = None
    simple: Sequence[str] = ()
    buyers_before_score: int = 0
    is_suspicious: bool = False
    calibration: Calibration | None = None


@dataclass(frozen=True)
class Verdict:
    """What is said of a score.

    Attributes
    ----------
    code
        The verdict.
    rival
        The simple rule that it names; None where it names none.
    level
        What is said of probabilities; None where there are none.
    ours
        How the score stands against our own model; None where that was not asked.
    """

    code: VerdictCode
    rival: str | None = None
    level: LevelCode | None = None
    ours: Standing | None = None

    @property
    def is_bad(self) -> bool:
        """Whether nobody should work by the score."""
        return self.code in BAD_CODES


def decide_verdict(evidence: Evidence, ours: str | None = None) -> Verdict:
    """Return the verdict on a score.

    Parameters
    ----------
    evidence
        The figures.
    ours
        The name of our own model among the rivals.
    """
    differences = evidence.differences or {}
    standing = judge_difference(differences[ours], 1) if ours is not None and ours in differences else None
    level = judge_level(evidence.calibration, evidence.buyers) if evidence.calibration is not None else None
    code = _decide_without_order(evidence)
    if code is not None:
        is_judged = code not in ("nothing-to-judge", "given-too-late", "suspected-leak")
        return Verdict(code, level=level if is_judged else None)
    simple = {name: differences[name] for name in evidence.simple if name in differences}
    code, rival = _compare_to_simple(simple)
    auc = widen(evidence.roc_auc)
    if auc.high < _RANDOM_AUC:
        code, rival = "inverted", None
    elif auc.low <= _RANDOM_AUC and auc.high < _HARDLY_RANDOM:
        code, rival = "no-better-than-chance", None
    elif auc.low <= _RANDOM_AUC and code != "worse-than-simple-rule":
        code, rival = "cannot-tell", None
    return Verdict(code, rival, level, standing)


def _decide_without_order(evidence: Evidence) -> VerdictCode | None:
    """Return the verdict where the order of the leads need not, or cannot, be looked at."""
    others = evidence.judged - evidence.buyers
    late = evidence.buyers_before_score
    if late and late >= evidence.buyers:
        return "given-too-late"
    if not evidence.judged:
        return "nothing-to-judge"
    if evidence.is_suspicious:
        return "suspected-leak"
    if evidence.is_constant:
        return "constant"
    if min(evidence.buyers, others) < MIN_BUYERS or not math.isfinite(evidence.roc_auc.low):
        return "cannot-tell"
    return None


def _compare_to_simple(differences: Mapping[str, Interval]) -> tuple[VerdictCode, str | None]:
    """Return the verdict against the simple rules, and the rule that it names: the one that the score does worst by."""
    if not differences:
        return "better-than-chance", None
    standings = {name: judge_difference(gap, len(differences)) for name, gap in differences.items()}
    for standing, code in (
        ("worse", "worse-than-simple-rule"),
        ("alike", "no-better-than-simple-rule"),
        ("cannot-tell", "cannot-tell-from-simple-rule"),
    ):
        names = [name for name in differences if standings[name] == standing]
        if names:
            return code, min(names, key=lambda name: differences[name].estimate)  # type: ignore[return-value]
    return "better-than-simple-rules", None


def judge_difference(gap: Interval, comparisons: int) -> Standing:
    """Return how a score stands against a rival, by the difference of their ROC AUC among so many comparisons."""
    if not all(map(math.isfinite, gap)):
        return "cannot-tell"
    wide = widen(gap, comparisons)
    if wide.high < 0 and gap.estimate < -MARGIN:
        return "worse"
    if wide.low > 0 and gap.estimate > MARGIN:
        return "better"
    return "alike" if wide.low > -_ALIKE and wide.high < _ALIKE else "cannot-tell"


def judge_list(more_buyers: Interval) -> Standing:
    """Return how a score's call list stands against another of the same length, by the buyers that it has more."""
    if not all(map(math.isfinite, more_buyers)):
        return "cannot-tell"
    wide = widen(more_buyers)
    if wide.low > 0:
        return "better"
    return "worse" if wide.high < 0 else "cannot-tell"


def judge_level(calibration: Calibration, buyers: int) -> LevelCode:
    """Return what is said of the level of probabilities."""
    if buyers < MIN_BUYERS:
        return "cannot-tell"
    ratio = _widen_ratio(calibration.ratio)
    if ratio.low > _OFF:
        return "too-high"
    if ratio.high < 1 / _OFF:
        return "too-low"
    slope = widen(calibration.slope) if all(map(math.isfinite, calibration.slope)) else None
    if slope is not None and slope.high < 1 / _SLOPE_OFF:
        return "too-extreme"
    if slope is not None and slope.low > _SLOPE_OFF:
        return "too-timid"
    is_about = ratio.low > 1 / _ABOUT and ratio.high < _ABOUT
    return "right" if is_about and calibration.error <= 2 * calibration.error_by_chance else "cannot-tell"


def widen(interval: Interval, comparisons: int = 1) -> Interval:
    """Return a 90% interval widened about its estimate to the level of a claim among so many comparisons."""
    factor = norm.isf(_FALSE_CLAIM_RATE / comparisons) / norm.isf(_SHOWN_TAIL)
    estimate, low, high = interval
    return Interval(estimate, estimate - factor * (estimate - low), estimate + factor * (high - estimate))


def _widen_ratio(ratio: Interval) -> Interval:
    if not (ratio.low > 0 and math.isfinite(ratio.high)):
        return Interval(ratio.estimate, 0.0, math.inf)
    wide = widen(Interval(*map(math.log, ratio)))
    return Interval(*map(math.exp, wide))
