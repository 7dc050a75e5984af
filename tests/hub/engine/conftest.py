"""Jobs of the tests' own, in child processes that find this installation."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from hotleads.hub.engine import runner
from tests.hub.engine.functions import register_test_kinds
from tests.hub.installations import Installation

ROOT = Path(__file__).parents[3]


@pytest.fixture
def engine(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    register_test_kinds()
    monkeypatch.setattr(runner, "_CHILD_MODULE", "tests.hub.engine.functions")
    monkeypatch.chdir(ROOT)
    with mock.patch.dict(os.environ, installation.environment):
        yield installation
