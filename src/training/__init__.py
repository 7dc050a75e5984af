"""Training: windows to learn from, fitting, tuning, calibration, backtest."""

from training.backtest import Settings, backtest
from training.fit import Fitted, fit_model

__all__ = ["Fitted", "Settings", "backtest", "fit_model"]
