"""The errors of histories and launches, each with what the owner can do about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..language import Phrase

#: The launch lacks a strategy, a time or a product that it needs.
LAUNCH_INCOMPLETE = "launch-incomplete"
#: The launch ends before it begins.
LAUNCH_REVERSED = "launch-reversed"


@dataclass(frozen=True)
class Problem:
    """One problem of one column of an input.

    Attributes
    ----------
    table
        The table of the data contract.
    column
        Its column; empty where the problem is the whole file's.
    what, remedy
        What is wrong, and how to correct it; a ``Phrase`` where another language has it too.
    rows
        How many rows have the problem; 0 where it is not one of rows.
    places
        Where the first of them are, as ``file:line``.
    kind
        A code, where the remedy depends on who reads it: a page has fields where a command has a mapping.
    condition
        SQL of whether a row of ``typed_<table>`` has it; empty where it is not one of rows.
    """

    table: str
    column: str
    what: str
    remedy: str
    rows: int = 0
    places: tuple[str, ...] = ()
    kind: str = ""
    condition: str = ""

    def __str__(self) -> str:
        return str(self.describe())

    def describe(self) -> Phrase:
        """Return the problem in a sentence, and its remedy."""
        rows = Phrase(" in {rows:,} rows", rows=self.rows) if self.rows else ""
        return Phrase(
            "{name}: {what}{rows}{places}. {remedy}",
            name=f"{self.table}.{self.column}" if self.column else self.table,
            what=self.what,
            rows=Phrase(" in {rows:,} row", rows=1) if self.rows == 1 else rows,
            places=Phrase(" (first at {places})", places=", ".join(self.places)) if self.places else "",
            remedy=self.remedy,
        )


class HistoryError(ValueError):
    """An input that is not a history.

    Parameters
    ----------
    problems
        Every problem that was found, or one message. The attribute ``problems`` is empty for a message; the attribute
        ``message`` is that, or tells all problems, as a ``Phrase`` where another language has it too.
    kind
        Of a message, as of a ``Problem``.
    """

    code = "unreadable-history"

    def __init__(self, problems: Sequence[Problem] | str, kind: str = "") -> None:
        self.kind = kind
        self.problems = () if isinstance(problems, str) else tuple(problems)
        self.message = problems if isinstance(problems, str) else _list_problems(self.problems)
        super().__init__(self.message)


def _list_problems(problems: Sequence[Problem]) -> Phrase:
    lines = Phrase("this input cannot be read; nothing was written:")
    for problem in problems:
        lines = Phrase("{lines}\n  - {line}", lines=lines, line=problem.describe())
    return lines


class LaunchError(ValueError):
    """A launch that cannot be scored.

    Parameters
    ----------
    message
        What is wrong, and how to correct it; the attribute ``message`` keeps it.
    code
        The finding code of the reason; docs/checks.md lists all codes.
    """

    def __init__(self, message: str, code: str = LAUNCH_INCOMPLETE) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
