"""Drift across launches: what it costs and what to do."""

from monitoring.monitor import monitor_launch
from monitoring.references import TRAINING
from monitoring.result import Monitored

__all__ = ["TRAINING", "Monitored", "monitor_launch"]
