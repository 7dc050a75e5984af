"""What the gate decides is what the simulator's truth says: ``benchmarks/gate.py`` in small."""

from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.mark.slow
def test_truly_better_recipes_pass_and_truly_worse_ones_do_not(
    study: Callable[[str], ModuleType], choose_size: Callable[[int, int], int]
) -> None:
    gate = study("gate")
    results = [gate.run_gate(seed, 4000) for seed in range(choose_size(3, 100))]
    assert all(result.advantage > 0 for result in results), "the handicap is one"
    assert not any(result.worse_promoted for result in results)
    assert sum(result.better_promoted for result in results) >= 2 / 3 * len(results)
