"""The inbox killed again and again: nothing that was acknowledged is lost, or there twice."""

from collections.abc import Callable
from types import ModuleType

import pytest

from hotleads.hub.intake.hotmart.accounts import AccountSettings, add_account
from tests.hub.installations import Installation


@pytest.mark.slow
def test_every_acknowledged_delivery_is_there_once_whatever_is_killed(
    study: Callable[[str], ModuleType], choose_size: Callable[[int, int], int], installation: Installation
) -> None:
    inbox = study("inbox")
    add_account("Main", inbox.HOTTOK, AccountSettings(), {})
    hub = inbox.Hub(installation.data, installation.url)
    hub.environment |= installation.environment
    deliveries, kills = choose_size(200, 100_000), choose_size(2, 20)
    counts = inbox.measure_kills(hub, deliveries, kills)
    assert counts.pop("kills") == kills
    assert set(counts.values()) == {deliveries}
