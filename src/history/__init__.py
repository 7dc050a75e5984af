"""Histories: the four tables, time rules, launches, cohorts and labels."""

from typing import TYPE_CHECKING

from ..lazy_exports import attach_exports

if TYPE_CHECKING:
    from .cohort import DEFAULT_MATURITY_DAYS, build_cohort, build_cohorts
    from .errors import HistoryError, LaunchError, Problem
    from .importing.pipeline import import_history
    from .importing.suggestion import suggest_mapping
    from .launch import Launch
    from .sample import get_sample_folder
    from .store import History, history_from_frames, open_history

__all__ = [
    "DEFAULT_MATURITY_DAYS",
    "History",
    "HistoryError",
    "Launch",
    "LaunchError",
    "Problem",
    "build_cohort",
    "build_cohorts",
    "get_sample_folder",
    "history_from_frames",
    "import_history",
    "open_history",
    "suggest_mapping",
]

__getattr__, __dir__ = attach_exports(__name__)
