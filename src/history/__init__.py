"""Histories: the four tables, time rules, launches, cohorts and labels."""

from history.cohort import DEFAULT_MATURITY_DAYS, cohort, cohorts
from history.errors import HistoryError, LaunchError, Problem
from history.importing import import_history
from history.launch import Launch
from history.store import History, history_from_frames, open_history
from history.suggest import suggest

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
    "suggest",
]
