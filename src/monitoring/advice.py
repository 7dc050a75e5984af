"""What to do: keep, recalibrate, retrain or stop, with the evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .diagnosis import Diagnosis
from .realised import RealisedQuality
from .signals import DriftSignal

Action = Literal["keep", "recalibrate", "retrain", "stop"]
_NEXT_STEPS: Mapping[Action, str] = {
    "keep": "nothing to do",
    "recalibrate": "--apply recalibrate registers a challenger with the right line",
    "retrain": "--apply retrain registers a challenger that has learned from all that is over",
    "stop": "mend the tracking, import again and score again before anybody acts on the scores",
}
#: The ROC AUC of an order that tells nothing.
_CHANCE = 0.5


@dataclass(frozen=True)
class Advice:
    """What to do, and why, a sentence each."""

    action: Action
    reasons: tuple[str, ...]

    @property
    def next_step(self) -> str:
        """What whoever reads it does now."""
        return _NEXT_STEPS[self.action]


def advise(
    diagnosis: Diagnosis,
    signals: Sequence[DriftSignal],
    realised: RealisedQuality | None,
    least_auc: float,
    untrained: Sequence[str],
) -> Advice:
    """Judge by the evidence at hand, the gravest first.

    ``stop`` where tracking broke: the scores rest on what is not seen any more. Once labels are known, ``retrain``
    where the ranking fell below ``least_auc`` (see ``least_roc_auc``). Where the probabilities are off, by more than
    launches usually are (a rate that moves both ways is no reason to follow the last launch), ``recalibrate``; or
    ``retrain``, if the ranking is not shown to be better than chance: a line cannot mend an order that tells nothing.
    Before labels, ``retrain`` where leads changed and launches are over that the model has not learned from
    (``untrained``). Else ``keep``.
    """
    alarms = tuple(f"{signal.cause}: {signal.evidence}" for signal in signals if signal.alarm)
    if diagnosis == "attribution":
        return Advice(
            "stop", (*alarms, "the scores rest on what is not seen any more; mend the tracking, then score again")
        )
    if realised is not None:
        off = any(signal.cause == "conversion" and signal.alarm for signal in signals)
        return _after_labels(alarms, realised, least_auc, off)
    if alarms and untrained:
        return Advice("retrain", (*alarms, f"the model has not learned from {', '.join(untrained)}, which are over"))
    held = "what changed is among the model's features; its calibration can be judged once the cart has closed"
    return Advice("keep", (*alarms, held) if alarms else ("no signal is out of the ordinary",))


def _after_labels(alarms: tuple[str, ...], realised: RealisedQuality, least_auc: float, rate_is_off: bool) -> Advice:
    auc, (low, high) = realised.metrics["roc_auc"], realised.intervals["roc_auc"]
    told = f"ROC AUC {auc:.3f}, at least {least_auc:.3f} was to be expected"
    off = (
        f"expected calibration error {realised.metrics['ece']:.3f} "
        f"(up to {realised.ece_by_chance.high:.3f} by chance); "
        f"the right line is {realised.recalibration.slope:.2f} x logit {realised.recalibration.intercept:+.2f}"
    )
    if auc < least_auc:
        return Advice("retrain", (*alarms, f"the ranking fell below its promise: {told}", off))
    if realised.calibration_is_off and rate_is_off and low <= _CHANCE:
        order = f"ROC AUC {auc:.3f} ({low:.3f} to {high:.3f}) is not shown to be better than chance"
        return Advice("retrain", (*alarms, f"{order}, which no calibration mends", off))
    if realised.calibration_is_off and rate_is_off:
        return Advice("recalibrate", (*alarms, f"the ranking held ({told}), the probabilities did not: {off}"))
    usual = "; no more than launches usually are off by" if realised.calibration_is_off else ""
    return Advice("keep", (*alarms, f"the scores kept their promise: {told}; {off}{usual}"))
