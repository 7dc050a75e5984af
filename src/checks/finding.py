"""What a check reports: a finding with its code, the result of one check, and how a check is declared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..language import Phrase

if TYPE_CHECKING:
    from .context import CheckContext

#: ``error``: no score can be given, or none should be trusted. ``warning``: scores are given, and are worse or narrower
#: than they look. ``note``: worth knowing.
Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or worth knowing, about a history or a launch.

    Parameters
    ----------
    code
        What was found; docs/checks.md lists every code.
    severity
        ``error``, ``warning`` or ``note``.
    table, column
        Where it was found; ``column`` is empty where the whole table is meant.
    rows
        How many rows it concerns.
    remedy
        What to do about it.
    message
        The figures, in words.
    examples
        Ids, instants, or names of columns and categories; never personal data.
    """

    code: str
    severity: Severity
    table: str
    column: str
    rows: int
    remedy: str
    message: str = ""
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        location = f"{self.table}.{self.column}" if self.column else self.table
        shown = f" (such as {', '.join(self.examples)})" if self.examples else ""
        return f"[{self.code}] {location}: {self.message}{shown}. {self.remedy}"


class Code(NamedTuple):
    """A kind of finding, as docs/checks.md lists it.

    Parameters
    ----------
    name
        The code itself, such as ``target-leakage``.
    severity
        The usual severity of its findings.
    meaning
        What is wrong.
    effect
        What the program does about it.
    remedy
        What the owner of the data can do about it.
    """

    name: str
    severity: Severity
    meaning: str
    effect: str
    remedy: str

    def build_finding(
        self,
        table: str,
        column: str,
        rows: int,
        message: str,
        examples: Sequence[object] = (),
        severity: Severity | None = None,
    ) -> Finding:
        """Return a finding of this code, with the code's severity unless another is given."""
        shown = tuple(str(example) for example in examples)
        remedy = Phrase("{remedy}.", remedy=Phrase(self.remedy))
        return Finding(
            self.name,
            severity or self.severity,
            table,
            column,
            int(rows),
            remedy,
            message,
            shown,
        )


@dataclass(frozen=True)
class CheckResult:
    """The result of one check.

    Parameters
    ----------
    name
        The check's name.
    summary
        What the check looked at, with figures.
    findings
        What is wrong.
    """

    name: str
    summary: str
    findings: tuple[Finding, ...] = ()

    @property
    def verdict(self) -> Literal["ok", "error", "warning", "note"]:
        """The worst severity among the findings; ``ok`` where there are none."""
        return min((finding.severity for finding in self.findings), key=SEVERITIES.index, default="ok")


class Check(NamedTuple):
    """A check as it is declared in its module, and listed in ``CHECKS``.

    Parameters
    ----------
    name
        The check's name, as the command line shows it.
    looks_at
        What it looks at, for docs/checks.md.
    codes
        The codes of its findings.
    run
        The function that takes a ``CheckContext`` and returns a summary and the findings.
    """

    name: str
    looks_at: str
    codes: tuple[Code, ...]
    run: Callable[[CheckContext], tuple[str, Sequence[Finding]]]


#: What the program does about a finding that changes no score: by ``Code.effect``.
REPORTED = "scores are given as they are; the backtest's report and `hotleads train` name it"
REFUSED = "the launch is refused"
