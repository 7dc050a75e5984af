"""Drift across launches: what it costs and what to do."""

from typing import TYPE_CHECKING

from ..lazy_exports import attach_exports

if TYPE_CHECKING:
    from .monitor import monitor_launch
    from .references import TRAINING
    from .result import MonitoringResult

__all__ = ["TRAINING", "MonitoringResult", "monitor_launch"]

__getattr__, __dir__ = attach_exports(__name__)
