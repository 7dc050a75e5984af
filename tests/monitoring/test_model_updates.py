"""A retrained model keeps the prior model that it was shrunk to."""

from dataclasses import replace
from datetime import datetime

import pytest

from hotleads.history import History, Launch, LaunchError
from hotleads.monitoring import model_updates
from hotleads.monitoring.model_updates import retrain_model
from hotleads.scoring import Model
from hotleads.training import FitOptions


class FitStartedError(Exception):
    """Stops where the fit would begin."""


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[FitOptions]:
    started: list[FitOptions] = []

    def fit(_history: History, _launch: Launch, _until: datetime, options: FitOptions) -> None:
        started.append(options)
        raise FitStartedError

    monkeypatch.setattr(model_updates, "fit_model", fit)
    return started


def test_retraining_keeps_the_prior_model(
    history: History, launch: Launch, model: Model, fits: list[FitOptions]
) -> None:
    prior = replace(model, version="another-seller")
    shrunk = replace(model, card={**model.card, "prior": {"version": prior.version, "own_share": 0.5}})
    with pytest.raises(FitStartedError):
        retrain_model(history, launch, shrunk, launch.as_of, prior)
    assert fits[0].prior is prior


def test_retraining_without_the_prior_model_or_with_another_is_refused(
    history: History, launch: Launch, model: Model
) -> None:
    shrunk = replace(model, card={**model.card, "prior": {"version": "another-seller", "own_share": 0.5}})
    for given, one in ((None, shrunk), (model, shrunk), (model, model)):
        with pytest.raises(LaunchError, match="prior model") as refused:
            retrain_model(history, launch, one, launch.as_of, given)
        assert refused.value.code == "prior-model-mismatch"
