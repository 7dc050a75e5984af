"""What is wrong with an input, told so that its owner can mend it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one column (empty: with the file): how often, where first, what to do about it."""

    table: str
    column: str
    what: str
    remedy: str
    rows: int = 0
    places: tuple[str, ...] = ()

    def __str__(self) -> str:
        rows = f" in {self.rows:,} row{'s' if self.rows != 1 else ''}" if self.rows else ""
        places = f" (first at {', '.join(self.places)})" if self.places else ""
        name = f"{self.table}.{self.column}" if self.column else self.table
        return f"{name}: {self.what}{rows}{places}. {self.remedy}"


class HistoryError(ValueError):
    """An input that is no history; ``problems`` lists every column's trouble, not only the first."""

    code = "unreadable-history"

    def __init__(self, problems: Sequence[Problem] | str) -> None:
        self.problems = () if isinstance(problems, str) else tuple(problems)
        lines = [problems] if isinstance(problems, str) else [f"  - {problem}" for problem in self.problems]
        heading = "" if isinstance(problems, str) else "this input cannot be read; nothing was written:\n"
        super().__init__(heading + "\n".join(lines))


class LaunchError(ValueError):
    """A launch that cannot be scored; ``code`` says why in one word (docs/checks.md lists them all)."""

    def __init__(self, message: str, code: str = "launch-incomplete") -> None:
        super().__init__(message)
        self.code = code
