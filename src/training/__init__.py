"""Training: windows to learn from, fitting, tuning, calibration, baselines, backtest and report."""

from typing import TYPE_CHECKING

from ..lazy_exports import attach_exports

if TYPE_CHECKING:
    from .backtesting import backtest
    from .fit import FittedModel, fit_model
    from .options import FitOptions, ModelParameters
    from .own_models import Estimator, FeatureMaker

__all__ = ["Estimator", "FeatureMaker", "FitOptions", "FittedModel", "ModelParameters", "backtest", "fit_model"]

__getattr__, __dir__ = attach_exports(__name__)
