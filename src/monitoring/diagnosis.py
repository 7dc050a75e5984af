"""What changed: one of prior, covariate, campaign mix, tracking, none."""

from collections.abc import Mapping, Sequence
from typing import Literal

from ..history import History
from ..scoring import Model
from .attribution import measure_attribution
from .campaign_mix import measure_campaign_mix
from .conversion import Outcome, measure_conversion
from .covariates import measure_covariates
from .launch_rows import LaunchRows
from .provenance import select_trained_label, select_unlearned_launches
from .signals import Cause, DriftSignal

Diagnosis = Cause | Literal["none"]

#: Each diagnosis in plain words.
MEANINGS: Mapping[Diagnosis, str] = {
    "none": "no signal is out of the ordinary",
    "attribution": "a field or an event all but stopped coming",
    "campaign mix": "other campaigns brought the leads",
    "covariate": "the new leads are others than before",
    "conversion": "such leads bought more or less often than before",
}


def measure_signals(
    history: History, launch: LaunchRows, earlier: Sequence[LaunchRows], model: Model
) -> list[DriftSignal]:
    """The four signals, in the order in which one may cause the next."""
    later = select_unlearned_launches(history, model, earlier)
    told = [Outcome.of(select_trained_label(each, model), each.probability) for each in later]
    unlearned = [each for each in told if each is not None]
    return [
        measure_attribution(history, launch, earlier),
        measure_campaign_mix(launch, earlier),
        measure_covariates(launch, earlier, model.features),
        measure_conversion(Outcome.of(select_trained_label(launch, model), launch.probability), unlearned, model.card),
    ]


def diagnose(signals: Sequence[DriftSignal]) -> Diagnosis:
    """The first alarm's cause: what is not tracked moves all that follows, another mix brings other leads, and other
    leads buy at other rates; only a rate that moved alone is the prior's."""
    return next((signal.cause for signal in signals if signal.alarm), "none")
