"""Verdicts are what the simulator's truth says: ``benchmarks/judge.py`` in small."""

from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.mark.slow
def test_faults_are_named_nothing_false_is_claimed_and_no_honest_score_is_called_a_leak(
    study: Callable[[str], ModuleType], choose_size: Callable[[int, int], int]
) -> None:
    judge = study("judge")
    runs = choose_size(1, 20)
    rows = judge.study(runs, people=choose_size(4_000, 8_000), first_seed=50_300)
    assert len(rows) == 9 * runs
    is_leaked = rows["score"].isin(["leaked", "partly leaked"])
    assert not rows.loc[~is_leaked, "is_leak"].any()
    assert rows.loc[rows["score"] != "partly leaked", "is_right"].mean() >= 0.95
    assert rows.loc[rows["score"].isin(["inverted", "constant", "too late", "leaked"]), "is_right"].all()
