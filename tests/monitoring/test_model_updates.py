"""A model trained anew keeps the prior model that it was drawn to."""

from dataclasses import replace
from typing import Any

import pytest

from hotleads.history import History, Launch, LaunchError
from hotleads.monitoring import model_updates
from hotleads.monitoring.model_updates import retrain_model
from hotleads.scoring import Model


class AskedError(Exception):
    """Stops where the fit would begin."""


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    asked: list[dict[str, Any]] = []

    def fit(*_: object, **settings: Any) -> None:
        asked.append(settings)
        raise AskedError

    monkeypatch.setattr(model_updates, "fit_model", fit)
    return asked


def test_retraining_keeps_the_prior_model(
    history: History, launch: Launch, model: Model, fits: list[dict[str, Any]]
) -> None:
    prior = replace(model, version="another-seller")
    drawn = replace(model, card={**model.card, "prior": {"version": prior.version, "own_share": 0.5}})
    with pytest.raises(AskedError):
        retrain_model(history, launch, drawn, launch.as_of, prior)
    assert fits[0]["prior"] is prior


def test_retraining_without_the_prior_model_or_with_another_is_refused(
    history: History, launch: Launch, model: Model
) -> None:
    drawn = replace(model, card={**model.card, "prior": {"version": "another-seller", "own_share": 0.5}})
    for given, one in ((None, drawn), (model, drawn), (model, model)):
        with pytest.raises(LaunchError, match="prior model") as refused:
            retrain_model(history, launch, one, launch.as_of, given)
        assert refused.value.code == "prior-model-mismatch"
