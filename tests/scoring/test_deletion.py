"""Reasons name what matters to the model: ``benchmarks/deletion.py`` in small."""

from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.mark.slow
def test_without_its_top_reason_a_score_moves_further_than_without_a_random_one(
    study: Callable[[str], ModuleType],
) -> None:
    intervals = study("deletion").run(leads=3_000, seed=7)
    assert all(low > 0 for low, _ in intervals.values())
