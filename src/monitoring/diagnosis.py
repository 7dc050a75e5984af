"""The diagnosis of a launch: attribution, campaign mix, covariate, conversion, or none."""

from collections.abc import Mapping, Sequence
from typing import Literal

from ..history import History
from ..language import Phrase
from ..scoring import Model
from .attribution import measure_attribution
from .campaign_mix import measure_campaign_mix
from .conversion import Outcome, measure_conversion
from .covariates import measure_covariates
from .launch_rows import LaunchRows
from .references import select_trained_label, select_unlearned_launches
from .signals import Cause, DriftSignal

Diagnosis = Cause | Literal["none"]

#: Each diagnosis in plain words.
MEANINGS: Mapping[Diagnosis, Phrase] = {
    "none": Phrase("no signal is out of the ordinary"),
    "attribution": Phrase("a field or an event all but stopped coming"),
    "campaign mix": Phrase("other campaigns brought the leads"),
    "covariate": Phrase("the new leads differ from earlier ones"),
    "conversion": Phrase("such leads bought more or less often than before"),
}


def measure_signals(
    history: History, launch: LaunchRows, earlier: Sequence[LaunchRows], model: Model
) -> list[DriftSignal]:
    """Measure the four signals, in the order in which one may cause the next."""
    later = select_unlearned_launches(history, model, earlier)
    outcomes = [_measure_outcome(rows, model) for rows in later]
    unlearned = [outcome for outcome in outcomes if outcome is not None]
    return [
        measure_attribution(history, launch, earlier),
        measure_campaign_mix(launch, earlier),
        measure_covariates(launch, earlier, model.features),
        measure_conversion(_measure_outcome(launch, model), unlearned, model.card),
    ]


def diagnose(signals: Sequence[DriftSignal]) -> Diagnosis:
    """Return the cause of the first alarm.

    Lost attribution moves all that follows, another mix brings other leads, and other leads buy at other rates; only a
    rate that moved alone is a change of conversion.
    """
    return next((signal.cause for signal in signals if signal.alarm), "none")


def _measure_outcome(launch: LaunchRows, model: Model) -> Outcome | None:
    return Outcome.from_labels(select_trained_label(launch, model), launch.probability)
