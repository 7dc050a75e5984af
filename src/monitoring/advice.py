"""The advice after a launch was monitored: keep, recalibrate, retrain or stop, with the evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..checks import Finding
from ..checks.codes import LATE_ROWS
from ..language import Phrase
from .diagnosis import Diagnosis
from .realised import RealisedQuality
from .signals import DriftSignal

Action = Literal["keep", "recalibrate", "retrain", "stop"]
_NEXT_STEPS: Mapping[Action, Phrase] = {
    "keep": Phrase("nothing to do"),
    "recalibrate": Phrase("--apply recalibrate registers a challenger that is calibrated on the launch"),
    "retrain": Phrase("--apply retrain registers a challenger that is trained on all launches that are over"),
    "stop": Phrase("mend what is named below, import again and score again before anybody acts on the scores"),
}
#: The ROC AUC of a random order.
_CHANCE = 0.5


@dataclass(frozen=True)
class Advice:
    """What to do, and the reasons, a sentence each."""

    action: Action
    reasons: tuple[str, ...]

    @property
    def next_step(self) -> Phrase:
        """What the reader does next."""
        return _NEXT_STEPS[self.action]


def advise(
    diagnosis: Diagnosis,
    signals: Sequence[DriftSignal],
    realised: RealisedQuality | None,
    min_auc: float,
    untrained: Sequence[str],
    findings: Sequence[Finding] = (),
) -> Advice:
    """Choose an action from the evidence, the gravest first.

    - ``stop`` where attribution broke: the scores rest on what is not recorded any more. Before labels also where rows
      came late: the scores rest on a part of what is known.
    - Once labels are known, ``retrain`` where the ranking fell below ``min_auc`` (see ``compute_min_roc_auc``).
    - ``recalibrate`` where the probabilities are off by more than launches usually are: a rate that moves both ways is
      no reason to follow the last launch. ``retrain`` instead if the ranking is not shown to be better than chance,
      which no calibration mends.
    - Before labels, ``retrain`` where leads changed and launches are over that the model has not learned from
      (``untrained``).
    - Else ``keep``.
    """
    alarms = tuple(
        Phrase("{cause}: {evidence}", cause=Phrase(signal.cause), evidence=signal.evidence)
        for signal in signals
        if signal.alarm
    )
    if diagnosis == "attribution":
        remedy = Phrase(
            "the scores rest on what is not recorded any more; mend the pixel or the form, then score again"
        )
        return Advice("stop", (*alarms, remedy))
    if realised is not None:
        rate_is_off = any(signal.cause == "conversion" and signal.alarm for signal in signals)
        return _advise_after_labels(alarms, realised, min_auc, rate_is_off)
    late = tuple(
        Phrase("{table}: {message}", table=finding.table, message=finding.message)
        for finding in findings
        if finding.code == LATE_ROWS.name
    )
    if late:
        remedy = Phrase("the scores lack these rows; import what came since, then score again")
        return Advice("stop", (*alarms, *late, remedy))
    if alarms and untrained:
        unlearned = Phrase("the model has not learned from {launches}, which are over", launches=", ".join(untrained))
        return Advice("retrain", (*alarms, unlearned))
    if alarms:
        known_later = Phrase(
            "what changed is among the model's features; its calibration can be judged once the cart has closed"
        )
        return Advice("keep", (*alarms, known_later))
    return Advice("keep", (Phrase("no signal is out of the ordinary"),))


def _advise_after_labels(
    alarms: tuple[Phrase, ...], realised: RealisedQuality, min_auc: float, rate_is_off: bool
) -> Advice:
    auc, (low, high) = realised.metrics["roc_auc"], realised.intervals["roc_auc"]
    ranking = Phrase(
        "of a buyer and another lead, the buyer had the higher score {auc:.1%} of the time; at least {min_auc:.1%} was "
        "expected (ROC AUC)",
        auc=auc,
        min_auc=min_auc,
    )
    calibration = Phrase(
        "the probabilities were off by {ece:.1%} on average; chance alone explains up to {chance:.1%}",
        ece=realised.metrics["ece"],
        chance=realised.ece_by_chance.high,
    )
    if auc < min_auc:
        return Advice("retrain", (*alarms, Phrase("the order fell below its promise: {why}", why=ranking), calibration))
    if realised.calibration_is_off and rate_is_off and low <= _CHANCE:
        order = Phrase(
            "the order is not shown to be better than chance, which no calibration mends: ROC AUC {auc:.3f} "
            "({low:.3f} to {high:.3f})",
            auc=auc,
            low=low,
            high=high,
        )
        return Advice("retrain", (*alarms, order, calibration))
    if realised.calibration_is_off and rate_is_off:
        held = Phrase("the order held: {why}", why=ranking)
        return Advice("recalibrate", (*alarms, held, Phrase("the probabilities did not: {why}", why=calibration)))
    kept = Phrase("the scores kept their promise: {why}", why=ranking)
    usual = (Phrase("that is no more than launches usually are off by"),) if realised.calibration_is_off else ()
    return Advice("keep", (*alarms, kept, calibration, *usual))
