"""Training: windows to learn from, fitting, tuning, calibration, backtest."""

from .backtesting import backtest
from .fit import FittedModel, fit_model
from .options import FitOptions

__all__ = ["FitOptions", "FittedModel", "backtest", "fit_model"]
