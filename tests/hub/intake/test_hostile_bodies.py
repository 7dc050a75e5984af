"""Hostile requests to a running service: no answer of 500, nothing that is others', nothing personal in a log."""

from collections.abc import Callable
from types import ModuleType

import pytest

from hotleads.hub.intake.hotmart.accounts import AccountSettings, add_account
from tests.conftest import REPOSITORY
from tests.hub.installations import Installation


@pytest.mark.slow
def test_no_hostile_request_is_an_error_of_ours(
    study: Callable[[str], ModuleType],
    choose_size: Callable[[int, int], int],
    sqlite_installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY / "benchmarks"))
    inbox = study("inbox")
    add_account("Main", inbox.HOTTOK, AccountSettings(), {})
    hub = inbox.Hub(sqlite_installation.data, "")
    hub.environment |= sqlite_installation.environment
    hostile = study("hostile_bodies")
    figures = hostile.measure(hub, choose_size(5, 600))
    assert {200, 400, 422} <= set(figures["answers"])
    assert {200, 302, 403, 404} <= set(figures["pages"]["answers"])
    assert figures["pages"]["opened"]["owner"] > figures["pages"]["opened"]["viewer"]
    assert figures["waiting"] == 0
    assert hostile.find_growth(figures) < hostile.MAX_GROWTH_MEGABYTES
