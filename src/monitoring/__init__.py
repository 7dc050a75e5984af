"""Drift across launches: what it costs and what to do."""

from .monitor import monitor_launch
from .references import TRAINING
from .result import MonitoringResult

__all__ = ["TRAINING", "MonitoringResult", "monitor_launch"]
