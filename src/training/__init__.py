"""Training: windows to learn from, fitting, tuning, calibration, backtest."""

from training.backtest import backtest
from training.fit import Fitted, fit_model
from training.settings import Settings

__all__ = ["Fitted", "Settings", "backtest", "fit_model"]
