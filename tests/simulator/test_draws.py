"""Draws by weight."""

import numpy as np

from hotleads.simulator.draws import choose, choose_by_row


def test_choose_draws_in_proportion_to_the_weights() -> None:
    counts = np.bincount(choose(np.array([1.0, 0.0, 3.0]), 40_000, np.random.default_rng(1)), minlength=3)
    assert counts[1] == 0
    assert abs(counts[0] / 40_000 - 0.25) < 0.01


def test_choose_by_row_follows_each_rows_own_weights() -> None:
    weights = np.tile([[1.0, 1.0, 0.0], [0.0, 0.0, 2.0]], (20_000, 1))
    choices = choose_by_row(weights, np.random.default_rng(1)).reshape(-1, 2)
    assert (choices[:, 1] == 2).all()
    assert abs((choices[:, 0] == 0).mean() - 0.5) < 0.015
    assert choices[:, 0].max() == 1
