"""The leak test: a function is called again and again with another future, and may never notice.

It is called as ``function(tables, as_of)`` and returns a frame with ``lead_id`` and features or scores: first twice on
the same tables, so that what differs by itself is told apart, then without half of the people, which it has to notice,
then with another present, then once for each kind of poison. Only leads that a row of before ``as_of`` names are
compared.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from ..checks import Finding
from ..checks.judge_codes import LEAKS_CLOCK, LEAKS_FUTURE, NOT_REPEATABLE
from ..history import History, HistoryError
from ..history.failures import describe_failure
from ..history.lead_sample import count_leads, write_lead_sample
from ..history.progress import ProgressCallback, ignore_progress
from .clock import shift_clock
from .errors import LeakTestError
from .frames import FRAMES, Frames, find_moved_columns, read_result, read_tables, to_frames
from .poison import POISONS, Tables, find_known_leads, poison_tables, take_out_half

#: Of more people a part is drawn: a leak shows in a few of them.
MAX_LEADS = 20_000
_SEEDS = (1, 2)
_ANOTHER_PRESENT = timedelta(days=517, hours=5)

Pipeline = Callable[[Any, datetime], Any]


@dataclass(frozen=True)
class Leak:
    """What moved a column.

    Attributes
    ----------
    column
        The column of the function's result; ``lead_id``: leads came or went.
    cause
        The poison's name, such as ``purchases removed``, or ``clock``, or ``repetition``.
    description
        What was done, in words.
    leads
        For how many leads it moved.
    """

    column: str
    cause: str
    description: str
    leads: int


@dataclass(frozen=True)
class LeakReport:
    """What a leak test found.

    Attributes
    ----------
    function
        Its name.
    as_of
        The instant.
    leads
        How many known leads the function returned.
    columns
        The columns that it returned.
    leaks
        What moved by the future or by the clock.
    unstable
        Columns that differ by themselves, and are not tested.
    """

    function: str
    as_of: datetime
    leads: int
    columns: Sequence[str]
    leaks: Sequence[Leak] = ()
    unstable: Sequence[str] = ()

    @property
    def is_clean(self) -> bool:
        """Whether nothing moved, and nothing differs by itself."""
        return not self.leaks and not self.unstable

    @property
    def leaking(self) -> dict[str, list[Leak]]:
        """The leaks by column."""
        columns = dict.fromkeys(leak.column for leak in self.leaks)
        return {column: [leak for leak in self.leaks if leak.column == column] for column in columns}

    @property
    def findings(self) -> list[Finding]:
        """What was found, with codes and remedies."""
        findings = [
            NOT_REPEATABLE.build_finding("result", column, self.leads, "it differs from one call to the next")
            for column in self.unstable
        ]
        for column, leaks in self.leaking.items():
            for code, part in (
                (LEAKS_CLOCK, [leak for leak in leaks if leak.cause == "clock"]),
                (LEAKS_FUTURE, [leak for leak in leaks if leak.cause != "clock"]),
            ):
                if part:
                    most = max(leak.leads for leak in part)
                    message = "; ".join(f"{leak.description} ({leak.leads:,} leads)" for leak in part)
                    findings.append(code.build_finding("result", column, most, f"it moved when {message}"))
        return findings

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "format": 1,
            "function": self.function,
            "as_of": self.as_of.isoformat(),
            "is_clean": self.is_clean,
            "leads": self.leads,
            "columns": list(self.columns),
            "leaks": [asdict(leak) for leak in self.leaks],
            "unstable": list(self.unstable),
            "findings": [asdict(finding) for finding in self.findings],
        }


def find_leaks(
    function: Pipeline,
    history: History,
    as_of: datetime | None = None,
    frames: Frames = "pandas",
    progress: ProgressCallback = ignore_progress,
) -> LeakReport:
    """Find what a function knows of the future.

    Parameters
    ----------
    function : callable
        Called as ``function(tables, as_of)``: the four tables of the contract by name (or, with ``folder``, the folder
        of their Parquet files), and an instant in UTC. Returns a frame with ``lead_id`` and other columns.
    history : History
        Where the tables come from; of a large one 20,000 people are drawn.
    as_of : datetime or None
        The instant; None: the opening of the last launch that has rows after it.
    frames : {"pandas", "polars", "arrow", "folder"}
        What the function takes.
    progress : callable
        Called with a line of text where a step begins.

    Returns
    -------
    LeakReport
        Which columns moved, for how many leads, and by which kind of row.

    Raises
    ------
    LeakTestError
        The function fails, returns no row a lead, or does not read what it is given.
    HistoryError
        No launch opens inside of the history.

    Examples
    --------
    >>> find_leaks(build_my_features, open_history("history")).is_clean  # doctest: +SKIP
    """
    if frames not in FRAMES:
        raise LeakTestError(f"frames are {', '.join(FRAMES)}, not {frames!r}")
    at = as_of or _choose_as_of(history)
    tables = _read_part(history)
    instant = pd.Timestamp(at)
    known = find_known_leads(tables, instant)

    def call(changed: Tables) -> pd.DataFrame:
        with TemporaryDirectory(prefix="hotleads-") as folder:
            return _call(function, to_frames(changed, frames, Path(folder)), at)

    progress("calling it twice on the same tables")
    base = call(tables)
    unstable = set(find_moved_columns(base, call(tables), known))
    progress("calling it without half of the people")
    if _is_blind(base, call, tables, known):
        raise LeakTestError(
            "the function returns the same when half of the people are taken out: it reads other data than the tables "
            "that it is given, or keeps what it returned before; let it compute from its arguments alone"
        )
    progress("calling it with another present")
    with shift_clock(_ANOTHER_PRESENT):
        later = call(tables)
    leaks = [
        Leak(column, "clock", "the clock was moved", count)
        for column, count in find_moved_columns(base, later, known).items()
        if column not in unstable
    ]
    for poison in POISONS:
        progress(f"another future: {poison.name}")
        most: dict[str, int] = {}
        for seed in _SEEDS if poison.kind != "removed" else _SEEDS[:1]:
            try:
                result = call(poison_tables(tables, instant, poison, seed))
            except LeakTestError as error:
                what = f"{error}; it did so when {poison.description}, so it reads what comes after as_of"
                raise LeakTestError(what) from error
            moved = find_moved_columns(base, result, known)
            most = {column: max(count, most.get(column, 0)) for column, count in (most | moved).items()}
        leaks += [
            Leak(column, poison.name, poison.description, count)
            for column, count in most.items()
            if column not in unstable
        ]
    leads = len(base.index.intersection(known))
    name = getattr(function, "__name__", type(function).__name__)
    return LeakReport(name, at, leads, tuple(map(str, base.columns)), tuple(leaks), tuple(sorted(unstable)))


def _is_blind(base: pd.DataFrame, call: Callable[[Tables], pd.DataFrame], tables: Tables, known: pd.Index) -> bool:
    """Return whether a function does not notice that half of the people are gone: then it notices no future either."""
    try:
        fewer = call(take_out_half(tables))
    except LeakTestError:
        return False  # it noticed
    return not find_moved_columns(base, fewer, known)


def _choose_as_of(history: History) -> datetime:
    ended = history.ended_at
    inside = [
        launch for launch in history.launches.values() if launch.problem is None and ended and launch.as_of < ended
    ]
    if not inside:
        raise HistoryError(
            "no launch opens inside of the history, so nothing comes after it; name an instant (--as-of)"
        )
    return inside[-1].as_of


def _read_part(history: History) -> Mapping[str, pd.DataFrame]:
    parts = -(-count_leads(history) // MAX_LEADS)
    if parts <= 1:
        return read_tables(history)
    with TemporaryDirectory(prefix="hotleads-") as folder:
        return read_tables(write_lead_sample(history, Path(folder), parts))


def _call(function: Pipeline, tables: Any, as_of: datetime) -> pd.DataFrame:
    try:
        result = function(tables, as_of)
    except Exception as error:
        raise LeakTestError(f"the function failed with {describe_failure(error)}; run it on its own") from error
    return read_result(result)
