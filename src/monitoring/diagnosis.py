"""What changed: one of prior, covariate, campaign mix, tracking, none."""

from collections.abc import Mapping, Sequence
from typing import Literal

from ..history import History
from ..scoring import Model
from .campaign_mix import mix_signal
from .covariates import covariate_signal
from .launch_rows import LaunchRows
from .provenance import learned_label, since_learned
from .conversion import Outcome, prior_signal
from .signals import Cause, Signal
from .attribution import tracking_signal

Diagnosis = Cause | Literal["none"]

#: Each diagnosis in plain words.
MEANINGS: Mapping[Diagnosis, str] = {
    "none": "no signal is out of the ordinary",
    "tracking": "a field or an event all but stopped coming",
    "campaign mix": "other campaigns brought the leads",
    "covariate": "the new leads are others than before",
    "prior": "such leads bought more or less often than before",
}


def signals_of(history: History, launch: LaunchRows, earlier: Sequence[LaunchRows], model: Model) -> list[Signal]:
    """The four signals, in the order in which one may cause the next."""
    later = since_learned(history, model, earlier)
    told = [Outcome.of(learned_label(each, model), each.probability) for each in later]
    unlearned = [each for each in told if each is not None]
    return [
        tracking_signal(history, launch, earlier),
        mix_signal(launch, earlier),
        covariate_signal(launch, earlier, model.features),
        prior_signal(Outcome.of(learned_label(launch, model), launch.probability), unlearned, model.card),
    ]


def diagnose(signals: Sequence[Signal]) -> Diagnosis:
    """The first alarm's cause: what is not tracked moves all that follows, another mix brings other leads, and other
    leads buy at other rates; only a rate that moved alone is the prior's."""
    return next((signal.cause for signal in signals if signal.alarm), "none")
