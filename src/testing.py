"""For the tests of a project of your own: no feature and no score of yours may know the future."""

from datetime import datetime
from pathlib import Path

from .history import History, open_history
from .judge import Frames, LeakReport, Pipeline, find_leaks

__all__ = ["assert_no_leakage"]


def assert_no_leakage(
    function: Pipeline, history: History | Path | str, as_of: datetime | None = None, frames: Frames = "pandas"
) -> LeakReport:
    """Fail where a function's result moves with what comes after ``as_of``, or with the clock.

    Parameters
    ----------
    function : callable
        Called as ``function(tables, as_of)``; returns a frame with ``lead_id`` and features or scores.
    history : History or path
        A history, or the folder of one.
    as_of : datetime or None
        The instant; None: the opening of the last launch that has rows after it.
    frames : {"pandas", "polars", "arrow", "folder"}
        What the function takes.

    Returns
    -------
    LeakReport
        What was tested.

    Raises
    ------
    AssertionError
        Names each column that moved, by which rows, and for how many leads.

    Examples
    --------
    >>> def test_my_features_know_no_future():  # doctest: +SKIP
    ...     assert_no_leakage(build_my_features, "tests/history")
    """
    opened = history if isinstance(history, History) else open_history(history)
    report = find_leaks(function, opened, as_of, frames)
    if not report.is_clean:
        lines = "\n".join(f"  {finding}" for finding in report.findings)
        raise AssertionError(f"{report.function} knows more than it may at {report.as_of:%Y-%m-%d %H:%M}:\n{lines}")
    return report
