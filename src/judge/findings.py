"""What a judgement found wrong with a score, as findings with codes and remedies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..checks import Finding, Severity
from ..checks import judge_codes as codes
from ..language import Phrase
from .suspicion import Suspicion
from .verdict_words import EXCLUDED_NAMES, RIVAL_NAMES

if TYPE_CHECKING:
    from .judgement import Judgement

_TABLE = "scores"
_MAX_TIE = 0.5
_OF_SUSPICIONS = {code.name: code for code in (codes.SCORE_TOO_GOOD, codes.SCORES_OF_BUYERS, codes.SCORE_JUMPS)}


def build_findings(judgement: Judgement, suspicions: Sequence[Suspicion]) -> list[Finding]:
    """Return the findings of a judgement, errors first.

    Parameters
    ----------
    judgement
        The judgement without its findings.
    suspicions
        What looks wrong about the score.
    """
    column = str(judgement.columns["score"])
    found = [
        _OF_SUSPICIONS[suspicion.code].build_finding(_TABLE, column, suspicion.rows, suspicion.message)
        for suspicion in suspicions
    ]
    found += _iterate_findings(judgement, column)
    return sorted(found, key=lambda finding: ("error", "warning", "note").index(finding.severity))


def _iterate_findings(judgement: Judgement, column: str) -> Iterator[Finding]:
    if judgement.buyers_before_score:
        late = judgement.buyers_before_score
        severity: Severity = "error" if judgement.verdict.code == "given-too-late" else "warning"
        message = Phrase(
            "{late:,} buyers had bought before their score was given; {buyers:,} bought after it",
            late=late,
            buyers=judgement.buyers,
        )
        yield codes.SCORES_TOO_LATE.build_finding(_TABLE, column, late, message, severity=severity)
    left_out = {reason: count for reason, count in judgement.excluded.items() if count}
    if left_out:
        parts = tuple(
            Phrase("{count:,} {reason}", count=count, reason=Phrase(EXCLUDED_NAMES[reason]))
            for reason, count in left_out.items()
        )
        yield codes.SCORES_NOT_JUDGED.build_finding(_TABLE, "", sum(left_out.values()), Phrase("{parts}", parts=parts))
    if judgement.order is not None:
        yield from _iterate_order_findings(judgement, column)
    yield from _iterate_level_findings(judgement, column)


def _iterate_order_findings(judgement: Judgement, column: str) -> Iterator[Finding]:
    order, code, rows = judgement.order, judgement.verdict.code, judgement.judged
    assert order is not None
    auc = order.metrics["roc_auc"]
    figures = Phrase(
        "ROC AUC {auc:.3f} ({low:.3f} to {high:.3f}; random is {chance:.1f})",
        auc=auc.estimate,
        low=auc.low,
        high=auc.high,
        chance=0.5,
    )
    if order.distinct == 1:
        yield codes.SCORE_CONSTANT.build_finding(_TABLE, column, rows, Phrase("all judged leads have one score"))
    elif order.largest_tie > _MAX_TIE:
        message = Phrase("{share:.0%} of the judged leads have the same score", share=order.largest_tie)
        yield codes.SCORE_TIED.build_finding(_TABLE, column, round(order.largest_tie * rows), message)
    if code == "inverted":
        yield codes.SCORE_INVERTED.build_finding(_TABLE, column, rows, figures)
    if code == "no-better-than-chance":
        yield codes.SCORE_LIKE_CHANCE.build_finding(_TABLE, column, rows, figures)
    if code == "cannot-tell":
        message = Phrase(
            "{buyers:,} buyers among {rows:,}: {figures}", buyers=judgement.buyers, rows=rows, figures=figures
        )
        yield codes.TOO_FEW_TO_JUDGE.build_finding(_TABLE, column, rows, message)
    if code == "worse-than-simple-rule":
        rival = next(rival for rival in judgement.rivals if rival.name == judgement.verdict.rival)
        gap = rival.difference["roc_auc"]
        message = Phrase(
            "ROC AUC {gap:+.3f} ({low:+.3f} to {high:+.3f}) against {rival}",
            gap=gap.estimate,
            low=gap.low,
            high=gap.high,
            rival=Phrase(RIVAL_NAMES[rival.name]),
        )
        yield codes.SCORE_WORSE.build_finding(_TABLE, column, rival.leads, message)
    if not judgement.rivals:
        yield codes.NO_RIVALS.build_finding(_TABLE, column, rows, Phrase("no simple rule was fitted"))


def _iterate_level_findings(judgement: Judgement, column: str) -> Iterator[Finding]:
    calibration, level = judgement.calibration, judgement.verdict.level
    if calibration is not None and level not in (None, "right", "cannot-tell"):
        ratio = calibration.ratio
        message = Phrase(
            "{expected:,.0f} buyers expected, {buyers:,} came: {ratio:.2f} times ({low:.2f} to {high:.2f}), "
            "slope {slope:.2f}",
            expected=calibration.expected,
            buyers=judgement.buyers,
            ratio=ratio.estimate,
            low=ratio.low,
            high=ratio.high,
            slope=calibration.slope.estimate,
        )
        yield codes.SCORE_LEVEL_OFF.build_finding(_TABLE, column, judgement.judged, message)
    if judgement.steps and judgement.verdict.code not in ("inverted", "given-too-late"):
        step = judgement.steps[0]
        low, high = judgement.heights.iloc[step.low], judgement.heights.iloc[step.high]
        message = Phrase(
            "{low:.1%} of one height bought and {high:.1%} of a higher one", low=low["rate"], high=high["rate"]
        )
        yield codes.SCORE_NOT_MONOTONE.build_finding(_TABLE, column, int(low["leads"] + high["leads"]), message)
