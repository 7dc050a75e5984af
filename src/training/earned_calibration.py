"""The calibration that a history has earned: of its level by the number of windows, of its slope by those left out."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..scoring import Calibration
from .calibration import compute_earned_share, fit_launch_calibration
from .examples import Examples

#: With so many windows beyond the first, half of the level is believed.
_HALF_LEVEL_WINDOWS = 0.25
#: Slope and intercept without any calibration.
_IDENTITY = np.array([1.0, 0.0])

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EarnedCalibration:
    """A line between none and the launches' whole one (``fit_launch_calibration``).

    Attributes
    ----------
    line : Calibration
        The line in use.
    level_share : float
        How much of the way it goes from no calibration to that of the launches, 0 to 1.
    slope_share : float
        How much of the way it goes from their level alone to their level and slope, 0 to 1.
    loss_before, loss_after : float or None
        Log loss on windows left out, without calibration and by such lines of the other windows; None with one window.
    """

    line: Calibration
    level_share: float = 0.0
    slope_share: float = 0.0
    loss_before: float | None = None
    loss_after: float | None = None

    def describe(self) -> dict[str, Any]:
        """Return the card's entry."""
        shares = {"level_share": self.level_share, "slope_share": self.slope_share}
        losses = {"log_loss_before": self.loss_before, "log_loss_after": self.loss_after}
        return asdict(self.line) | shares | losses


def fit_earned_calibration(
    logits: Floats, examples: Examples, own_window: int | None, window_weights: Floats, own_weight: float = 1.0
) -> EarnedCalibration:
    """Fit the launches' line, and go as far towards it as the windows support.

    One window tells nothing of how windows differ, beyond what the model has learned from it: no calibration. The next
    ones earn the level, ``(n - 1) / (n - 1 + 1/4)`` of it. The slope is believed as far as it helps lines of the other
    windows to predict each (``compute_earned_share``).

    ``logits`` are those of models that had not seen the row's window, NaN where there are none. ``own_weight`` is the
    weight of the own model where it is shrunk to a prior model. That has learned no level here, so its share takes the
    whole line.
    """
    predicted = ~np.isnan(logits)
    windows, index = np.unique(examples.window[predicted], return_inverse=True)
    z, y = logits[predicted], examples.label[predicted]

    def fit_lines(rows: NDArray[np.bool_], own: int | None) -> Floats:
        """Return the line with the level alone and the whole one, a row each."""
        seen = np.where(rows, logits, np.nan)
        arguments = (seen, examples.label, examples.window, own, window_weights)
        lines = [fit_launch_calibration(*arguments, with_slope=with_slope) for with_slope in (False, True)]
        return np.array([[line.slope, line.intercept] for line in lines])

    def compute_losses(lines: Floats) -> Floats:
        """Return each row's log loss by the line of its window."""
        margin = lines[index, 0] * z + lines[index, 1]
        return np.asarray(np.logaddexp(0, margin) - y * margin)

    level, whole = fit_lines(predicted, own_window)
    if len(windows) < 2:
        return EarnedCalibration(_build_line(own_weight * _IDENTITY + (1 - own_weight) * whole))
    level_share = (len(windows) - 1) / (len(windows) - 1 + _HALF_LEVEL_WINDOWS)
    of_others = np.array([fit_lines(predicted & (examples.window != window), None) for window in windows])
    slope_share = compute_earned_share(compute_losses(of_others[:, 0]) - compute_losses(of_others[:, 1]))

    def shrink(level: Floats, whole: Floats) -> Floats:
        earned = _IDENTITY + level_share * (level + slope_share * (whole - level) - _IDENTITY)
        return np.asarray(own_weight * earned + (1 - own_weight) * whole)

    before = compute_losses(np.tile(_IDENTITY, (len(windows), 1)))
    after = compute_losses(shrink(of_others[:, 0], of_others[:, 1]))
    line = _build_line(shrink(level, whole))
    return EarnedCalibration(line, level_share, slope_share, float(before.mean()), float(after.mean()))


def _build_line(coefficients: Floats) -> Calibration:
    return Calibration(float(coefficients[0]), float(coefficients[1]))
