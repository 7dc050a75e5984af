"""Why a lead's score moved, for each kept score and the one before it in its launch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ..feed.reasons import ReasonWriter
from ..models.score import ScoredRow

#: What adds less to the log-odds moves no score by a tenth of a point.
_MIN_CONTRIBUTION = 1e-3


class Basis(StrEnum):
    """From what a step is explained."""

    #: There is no score before.
    FIRST = "first"
    #: All contributions of both were compared when it was computed.
    COMPARED = "compared"
    #: The main reasons of both are compared.
    REASONS = "reasons"
    #: Another model gave it, and the two were not compared.
    OTHER_MODEL = "other_model"
    #: Of one of the two no reason is kept.
    NOT_KEPT = "not_kept"


@dataclass(frozen=True)
class StepReason:
    """One share of a step.

    Attributes
    ----------
    text
        The sentence, in the reader's language.
    contribution
        What it adds to the log-odds.
    part
        ``time``, ``lead`` or ``model`` where it was compared in full; ``both`` for a reason of both scores, ``new`` and
        ``former`` for one of the later or the earlier alone, whose share of the step is not known: it has the
        contribution that the one score had.
    """

    text: str
    contribution: float
    part: str


@dataclass(frozen=True)
class ScoreStep:
    """A kept score and why it is not what it was before.

    Attributes
    ----------
    score
        The later score.
    basis
        From what it is explained.
    points
        By how many points it moved; None for the first.
    reasons
        The shares of the step, largest first.
    rest
        What all else adds to the log-odds, where the main reasons are compared.
    is_mostly_rest
        Whether that is more than half as much as the score's log-odds moved.
    """

    score: ScoredRow
    basis: Basis
    points: float | None = None
    reasons: list[StepReason] = field(default_factory=list)
    rest: float | None = None
    is_mostly_rest: bool = False


def explain_steps(scores: Sequence[ScoredRow], writer: ReasonWriter) -> list[ScoreStep]:
    """Explain the steps between a lead's scores.

    Parameters
    ----------
    scores
        Newest first; those of one launch follow each other.
    writer
        Says reasons in the reader's language.

    Returns
    -------
    list of ScoreStep
        One a score, in their order.
    """
    steps = []
    for number, score in enumerate(scores):
        before = next((other for other in scores[number + 1 :] if other.launch_id == score.launch_id), None)
        steps.append(_explain(score, before, writer))
    return steps


def _explain(score: ScoredRow, before: ScoredRow | None, writer: ReasonWriter) -> ScoreStep:
    if before is None:
        return ScoreStep(score, Basis.FIRST)
    points = score.score - before.score
    if score.moved_because:
        reasons = [StepReason(**reason) for reason in writer.write_change(score) if reason["text"]]
        return ScoreStep(score, Basis.COMPARED, points, reasons)
    if before.model_version != score.model_version:
        return ScoreStep(score, Basis.OTHER_MODEL, points)
    if not score.reasons or not before.reasons:
        return ScoreStep(score, Basis.NOT_KEPT, points)
    reasons = sorted(_compare(score, before, writer), key=lambda reason: -abs(reason.contribution))
    moved = score.logit - before.logit
    rest = moved - sum(reason.contribution for reason in reasons if reason.part == "both")
    return ScoreStep(score, Basis.REASONS, points, reasons, rest, abs(rest) > abs(moved) / 2)


def _compare(score: ScoredRow, before: ScoredRow, writer: ReasonWriter) -> Iterator[StepReason]:
    """Yield how the main reasons of two scores of one model differ, feature by feature."""
    earlier = {reason["feature"]: reason for reason in before.reasons}
    later = {reason["feature"]: reason for reason in score.reasons}
    for name, old in earlier.items():
        new = later.get(name)
        contribution = old["contribution"] if new is None else new["contribution"] - old["contribution"]
        text = writer.write_values(old, new or old, score.feature_hash)
        if text and abs(contribution) >= _MIN_CONTRIBUTION:
            yield StepReason(text, contribution, "former" if new is None else "both")
    for name, new in later.items():
        text = writer.write_values(new, new, score.feature_hash) if name not in earlier else ""
        if text:
            yield StepReason(text, new["contribution"], "new")
