"""What is kept of the latest launch's drift is what monitoring finds of it, in every language."""

from datetime import timedelta

import pytest
from django.conf import settings

from hotleads.history import open_history
from hotleads.hub.clock import set_clock
from hotleads.hub.feed.sync import run_sync
from hotleads.hub.figures import model_evidence
from hotleads.hub.figures.model_evidence import store_drift
from hotleads.hub.figures.quality import read_drift
from hotleads.hub.models import Launch, StoredFigures
from hotleads.language import LANGUAGES
from hotleads.monitoring.monitor import monitor_launch
from hotleads.tracking.registry import CHAMPION_URI, load_registered_model
from tests.hub.modelling.sample_hub import NOW, OPEN_LAUNCH, OPENS_AT

pytestmark = pytest.mark.slow


def test_the_latest_launch_that_has_begun_is_compared_with_those_before(
    sample_hub: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_sync({}, lambda message: None)
    history = open_history(settings.HUB_DATA / "history")
    Launch.objects.filter(key=OPEN_LAUNCH).update(name="Bread")
    with set_clock(lambda: OPENS_AT + timedelta(hours=1)):
        diagnosis = store_drift(history)
        drift = read_drift()
    expected = monitor_launch(
        history, history.get_launch(OPEN_LAUNCH), load_registered_model(CHAMPION_URI), reports=False
    )
    assert drift is not None
    assert (drift.launch, drift.diagnosis, drift.action) == ("Bread", expected.diagnosis, expected.advice.action)
    assert diagnosis == expected.diagnosis
    assert drift.compared_with == len(expected.compared_with) > 1
    assert drift.computed_at == OPENS_AT + timedelta(hours=1)
    assert drift.texts["en"]["reasons"] == [str(reason) for reason in expected.advice.reasons]
    assert len({drift.texts[language]["meaning"] for language in LANGUAGES}) == len(LANGUAGES)
    signals = [len(drift.texts[language]["signals"]) for language in LANGUAGES]
    assert signals == [len(expected.signals)] * len(LANGUAGES)
    assert signals[0]

    def raise_no_model(_uri: str) -> None:
        raise LookupError

    monkeypatch.setattr(model_evidence, "load_registered_model", raise_no_model)
    with set_clock(lambda: NOW):
        assert store_drift(history) == ""
    assert read_drift() is None
    assert not StoredFigures.objects.filter(key="drift").exists()
