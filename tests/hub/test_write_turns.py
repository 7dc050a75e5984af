"""Whoever writes many chunks lets others write in between."""

import time

import pytest
from django.db import connection, transaction

from hotleads.hub.models import Contact, write_turns
from hotleads.hub.models.write_turns import write_in_turn
from tests.hub.installations import Installation


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []
    monkeypatch.setattr(write_turns.time, "sleep", taken.append)
    return taken


def test_a_chunk_is_followed_by_a_pause_as_long_as_it_took(installation: Installation, pauses: list[float]) -> None:
    began = time.monotonic()
    with write_in_turn():
        Contact.objects.create()
        while time.monotonic() < began + 0.01:
            pass
    assert Contact.objects.count() == 1
    if connection.vendor == "sqlite":
        assert len(pauses) == 1
        assert 0.005 < pauses[0] <= 0.1
    else:
        assert pauses == []


def test_within_another_transaction_nothing_is_waited_for(
    sqlite_installation: Installation, pauses: list[float]
) -> None:
    with transaction.atomic(), write_in_turn():
        Contact.objects.create()
    assert pauses == []


def test_a_chunk_that_fails_is_not_written(sqlite_installation: Installation) -> None:
    def fail() -> None:
        with write_in_turn():
            Contact.objects.create()
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert not Contact.objects.exists()
