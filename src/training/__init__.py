"""Training: windows to learn from, fitting, tuning, calibration, backtest."""

from .backtest import backtest
from .fit import Fitted, fit_model
from .settings import Settings

__all__ = ["Fitted", "Settings", "backtest", "fit_model"]
