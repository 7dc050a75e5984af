"""What the gate decides is what the simulator's truth says: ``benchmarks/gate.py`` in small."""

from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.mark.slow
def test_truly_better_recipes_pass_and_truly_worse_ones_do_not(
    study: Callable[[str], ModuleType], choose_size: Callable[[int, int], int]
) -> None:
    gate = study("gate")
    found = [gate.run_gate(seed, 4000) for seed in range(choose_size(3, 100))]
    assert all(each.advantage > 0 for each in found), "the handicap is one"
    assert not any(each.worse_promoted for each in found)
    assert sum(each.better_promoted for each in found) >= 2 / 3 * len(found)
