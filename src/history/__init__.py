"""Histories: the four tables, time rules, launches, cohorts and labels."""

from .cohort import DEFAULT_MATURITY_DAYS, cohort, cohorts
from .errors import HistoryError, LaunchError, Problem
from .importing.proposal import suggest
from .importing.run import import_history
from .launch import Launch
from .sample import sample_folder
from .store import History, history_from_frames, open_history

__all__ = [
    "DEFAULT_MATURITY_DAYS",
    "History",
    "HistoryError",
    "Launch",
    "LaunchError",
    "Problem",
    "cohort",
    "cohorts",
    "history_from_frames",
    "import_history",
    "open_history",
    "sample_folder",
    "suggest",
]
