"""A launch's day: webhooks while all leads are scored anew."""

import argparse
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from unittest import mock

import pytest

from tests.conftest import REPOSITORY
from tests.hub.installations import Installation
from tests.hub.modelling.sample_hub import NOW, OPEN_LAUNCH, fill_hub


@pytest.mark.slow
def test_every_webhook_is_visible_and_every_lead_scored(
    study: Callable[[str], ModuleType],
    sqlite_installation: Installation,
    model_store: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY / "benchmarks"))
    fill_hub(every=6, later=datetime.now(UTC) - NOW)
    day = study("hub_launch_day")
    with mock.patch.dict(os.environ, sqlite_installation.environment):
        hub = day.Hub(sqlite_installation.data, "")
        hub.environment["MLFLOW_TRACKING_URI"] = f"sqlite:///{model_store}/mlflow.db"
        assert day.measure(hub, OPEN_LAUNCH, argparse.Namespace(leads=300, webhooks_an_hour=10_000, rest=0.0))
