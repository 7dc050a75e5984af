"""Test a function of somebody's own module for leaks from the future."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ..history import History
from ..history.progress import ProgressCallback, ignore_progress
from ..judge import Frames, LeakReport, find_leaks
from .named_object import load_named_object
from .output import write_json


@dataclass(frozen=True)
class LeakTestJob:
    """What to test, and when.

    Attributes
    ----------
    function
        ``module:function``; the module is found from the working folder.
    launch
        The launch whose opening is the instant; None: the last one with rows after it.
    as_of
        The instant itself.
    frames
        What the function takes.
    json
        The report to write; None writes none.
    """

    function: str
    launch: str | None = None
    as_of: datetime | None = None
    frames: Frames = "pandas"
    json: Path | None = None


def run_leak_test(history: History, job: LeakTestJob, progress: ProgressCallback = ignore_progress) -> LeakReport:
    """Test a function. Raises LookupError, HistoryError or LeakTestError."""
    function: Callable[[Any, datetime], Any] = load_named_object(job.function)
    as_of = history.get_launch(job.launch).as_of if job.launch is not None else job.as_of
    report = find_leaks(function, history, as_of, job.frames, progress)
    if job.json is not None:
        write_json(report.to_json(), job.json)
    return report
