"""What puts a launch's scores in doubt as a whole: they are no forecast, or one unlike what launches brought."""

from collections.abc import Sequence

from ..checks import CODES, Finding, check_forecast
from ..history import History
from ..scoring import Findings, LaunchPredictions
from ..scoring.learned import TRAINED_ON_LAUNCH, mark_learned_leads


def find_doubts(
    history: History, predictions: LaunchPredictions, *, expected_rate: float | None = None
) -> tuple[Finding, ...]:
    """Find what the reader of the forecast must know first: that it is none, or unlike what launches brought."""
    launch, model, leads = predictions.profile.launch, predictions.model, len(predictions.leads)
    doubts = []
    learned = int(mark_learned_leads(model, launch, predictions.leads["as_of"]).sum())
    if learned:
        message = (
            f"model {model.version} has learned from {launch.launch_id}, from {learned:,} of its {leads:,} leads: "
            "the scores repeat what happened and forecast nothing"
        )
        doubts.append(CODES[TRAINED_ON_LAUNCH].build_finding("launches", "", learned, message))
    if expected_rate is None:
        unlike = check_forecast(history, launch, float(predictions.probability.sum()), leads)
        doubts += [unlike] if unlike else []
    return tuple(doubts)


def mark_doubtful_rows(findings: Findings, doubts: Sequence[Finding], leads: int) -> Findings:
    """Return the findings of scored rows with those doubts that concern each of the ``leads``."""
    return {**findings, **dict.fromkeys(doubt.code for doubt in doubts if doubt.rows == leads)}
