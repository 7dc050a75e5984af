"""No calibration with one window, the level with several, the slope where other windows prove it."""

from dataclasses import replace

import numpy as np
import pytest

from hotleads.evaluation import log_loss
from hotleads.scoring import Calibration, compute_probabilities
from hotleads.training.calibration import compute_earned_share, fit_launch_calibration
from hotleads.training.earned_calibration import fit_earned_calibration
from hotleads.training.examples import Examples

from .businesses import draw_examples


def draw(rows: int, windows: int, slope: float = 1.0, level: float = 0.0, seed: int = 0) -> tuple[np.ndarray, Examples]:
    """Logits, and rows whose true log-odds are that line of them."""
    random, unlabelled = np.random.default_rng(seed), draw_examples(rows, windows=windows)
    logits = random.normal(-1, 1.5, rows)
    label = (random.random(rows) < compute_probabilities(slope * logits + level)).astype(np.int64)
    return logits, replace(unlabelled, label=label)


def no_weights(rows: Examples) -> np.ndarray:
    return np.zeros(len(rows.windows))


class TestEarned:
    def test_one_window_earns_none(self) -> None:
        logits, rows = draw(5_000, windows=1, slope=0.4, level=1)
        earned = fit_earned_calibration(logits, rows, None, no_weights(rows))
        assert earned.line == Calibration(1.0, 0.0)
        assert (earned.loss_before, earned.loss_after) == (None, None)

    def test_more_windows_earn_more_of_the_level(self) -> None:
        lines = []
        for windows in (2, 3, 8):
            logits, rows = draw(3_000 * windows, windows, level=0.6)
            earned = fit_earned_calibration(logits, rows, None, no_weights(rows))
            assert earned.level_share == pytest.approx((windows - 1) / (windows - 0.75))
            lines.append(earned.line)
        assert 0.3 < lines[0].intercept < lines[1].intercept < lines[2].intercept < 0.65
        assert all(line.slope == pytest.approx(1, abs=0.05) for line in lines)

    def test_the_slope_is_believed_where_it_helps_windows_left_out(self) -> None:
        logits, rows = draw(9_000, windows=3, slope=0.5)
        earned = fit_earned_calibration(logits, rows, None, no_weights(rows))
        assert earned.slope_share > 0.95
        assert earned.line.slope == pytest.approx(0.5, abs=0.1)
        assert earned.loss_before is not None
        assert earned.loss_after is not None
        assert earned.loss_after < earned.loss_before - 0.01

    def test_a_slope_that_differs_from_window_to_window_is_not_believed(self) -> None:
        parts = [draw(3_000, 1, slope, seed=seed) for seed, slope in enumerate((0.6, 1.4))]
        logits = np.concatenate([part[0] for part in parts])
        rows = draw_examples(6_000, windows=2)
        label, window = np.concatenate([part[1].label for part in parts]), np.repeat([0, 1], 3_000)
        earned = fit_earned_calibration(logits, replace(rows, label=label, window=window), None, np.zeros(2))
        assert earned.slope_share == 0

    def test_the_loss_before_is_that_of_the_logits_as_they_are(self) -> None:
        logits, rows = draw(900, windows=3)
        logits[::3] = np.nan
        known = ~np.isnan(logits)
        earned = fit_earned_calibration(logits, rows, None, no_weights(rows))
        assert earned.loss_before == pytest.approx(log_loss(rows.label[known], compute_probabilities(logits[known])))

    def test_nothing_known_is_no_calibration(self) -> None:
        _, rows = draw(90, windows=3)
        assert fit_earned_calibration(np.full(90, np.nan), rows, None, no_weights(rows)).line == Calibration()

    def test_a_prior_models_share_takes_the_whole_line(self) -> None:
        """A model of another seller has learned no level here, so one window tells much."""
        logits, rows = draw(5_000, windows=1, level=1)
        whole = fit_launch_calibration(logits, rows.label, rows.window, None, np.zeros(1))
        assert fit_earned_calibration(logits, rows, None, np.zeros(1), 0.0).line == whole
        half = fit_earned_calibration(logits, rows, None, np.zeros(1), 0.5).line
        assert half.intercept == pytest.approx(whole.intercept / 2)


class TestShare:
    def test_is_none_within_one_standard_error(self) -> None:
        assert compute_earned_share(np.tile([1.0, -1.0], 50)) == 0
        assert compute_earned_share(np.full(10, -1.0)) == 0
        assert compute_earned_share(np.zeros(10)) == 0

    def test_grows_with_the_evidence_up_to_one(self) -> None:
        random = np.random.default_rng(0)
        shares = [compute_earned_share(random.normal(0.2, 1, rows)) for rows in (200, 2_000, 20_000)]
        assert shares == sorted(shares)
        assert 0.99 < shares[-1] < 1
        assert compute_earned_share(np.ones(10)) == 1

    def test_is_that_of_james_and_stein(self) -> None:
        gains = np.array([3.0, 1.0])  # 4 in all, with a standard error of 1 x sqrt(2)
        assert compute_earned_share(gains) == pytest.approx(1 - 2 / 16)
