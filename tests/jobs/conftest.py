"""Jobs run in one process here: starting others costs more than these small jobs."""

import pytest


@pytest.fixture(autouse=True)
def _one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLEADS_PROCESSES", "1")
