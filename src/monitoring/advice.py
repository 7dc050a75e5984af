"""The advice after a launch was monitored: keep, recalibrate, retrain or stop, with the evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..checks import Finding
from ..checks.codes import LATE_ROWS
from .diagnosis import Diagnosis
from .realised import RealisedQuality
from .signals import DriftSignal

Action = Literal["keep", "recalibrate", "retrain", "stop"]
_NEXT_STEPS: Mapping[Action, str] = {
    "keep": "nothing to do",
    "recalibrate": "--apply recalibrate registers a challenger that is calibrated on the launch",
    "retrain": "--apply retrain registers a challenger that is trained on all launches that are over",
    "stop": "mend what is named below, import again and score again before anybody acts on the scores",
}
#: The ROC AUC of a random order.
_CHANCE = 0.5


@dataclass(frozen=True)
class Advice:
    """What to do, and the reasons, a sentence each."""

    action: Action
    reasons: tuple[str, ...]

    @property
    def next_step(self) -> str:
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
    alarms = tuple(f"{signal.cause}: {signal.evidence}" for signal in signals if signal.alarm)
    if diagnosis == "attribution":
        return Advice(
            "stop",
            (*alarms, "the scores rest on what is not recorded any more; mend the pixel or the form, then score again"),
        )
    if realised is not None:
        rate_is_off = any(signal.cause == "conversion" and signal.alarm for signal in signals)
        return _advise_after_labels(alarms, realised, min_auc, rate_is_off)
    late = tuple(f"{finding.table}: {finding.message}" for finding in findings if finding.code == LATE_ROWS.name)
    if late:
        return Advice("stop", (*alarms, *late, "the scores lack these rows; import what came since, then score again"))
    if alarms and untrained:
        return Advice("retrain", (*alarms, f"the model has not learned from {', '.join(untrained)}, which are over"))
    reason = "what changed is among the model's features; its calibration can be judged once the cart has closed"
    return Advice("keep", (*alarms, reason) if alarms else ("no signal is out of the ordinary",))


def _advise_after_labels(
    alarms: tuple[str, ...], realised: RealisedQuality, min_auc: float, rate_is_off: bool
) -> Advice:
    auc, (low, high) = realised.metrics["roc_auc"], realised.intervals["roc_auc"]
    ranking = f"ROC AUC {auc:.3f}, at least {min_auc:.3f} was expected"
    calibration = (
        f"expected calibration error {realised.metrics['ece']:.3f} "
        f"(up to {realised.ece_by_chance.high:.3f} by chance); "
        f"the right line is {realised.recalibration.slope:.2f} x logit {realised.recalibration.intercept:+.2f}"
    )
    if auc < min_auc:
        return Advice("retrain", (*alarms, f"the ranking fell below its promise: {ranking}", calibration))
    if realised.calibration_is_off and rate_is_off and low <= _CHANCE:
        order = f"ROC AUC {auc:.3f} ({low:.3f} to {high:.3f}) is not shown to be better than chance"
        return Advice("retrain", (*alarms, f"{order}, which no calibration mends", calibration))
    if realised.calibration_is_off and rate_is_off:
        return Advice(
            "recalibrate", (*alarms, f"the ranking held ({ranking}), the probabilities did not: {calibration}")
        )
    usual = "; no more than launches usually are off by" if realised.calibration_is_off else ""
    return Advice("keep", (*alarms, f"the scores kept their promise: {ranking}; {calibration}{usual}"))
