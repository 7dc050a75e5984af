"""Training: windows to learn from, fitting, tuning, calibration, baselines, backtest and report."""

from .backtesting import backtest
from .fit import FittedModel, fit_model
from .options import FitOptions, ModelParameters

__all__ = ["FitOptions", "FittedModel", "ModelParameters", "backtest", "fit_model"]
