"""One thing that is wrong, or worth knowing, about a history or a launch."""

from dataclasses import dataclass
from typing import Literal

#: ``error``: no score can be given, or none should be trusted; ``warning``: scores are given, and are worse or narrower
#: than they look; ``note``: worth knowing.
Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """What was found (``code``, see docs/checks.md), where, in how many rows, and what to do about it.

    ``column`` is empty where the whole table is meant. ``what`` has the figures, in words. ``examples`` are ids,
    instants, or names of columns and levels: never what is personal.
    """

    code: str
    severity: Severity
    table: str
    column: str
    rows: int
    remedy: str
    what: str = ""
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = f"{self.table}.{self.column}" if self.column else self.table
        shown = f" (such as {', '.join(self.examples)})" if self.examples else ""
        return f"[{self.code}] {place}: {self.what}{shown}. {self.remedy}"


@dataclass(frozen=True)
class CheckResult:
    """One thing that was looked at: ``what`` was seen, and what was found wrong with it."""

    name: str
    what: str
    findings: tuple[Finding, ...] = ()

    @property
    def verdict(self) -> Literal["ok", "error", "warning", "note"]:
        """The worst of its findings' severities."""
        return min((found.severity for found in self.findings), key=SEVERITIES.index, default="ok")
