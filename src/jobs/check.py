"""Check a history: what a careful analyst would look at before trusting a score of it."""

from dataclasses import asdict, dataclass
from pathlib import Path

from ..checks import CheckResult, Finding, check_history
from ..history import History
from ..history.progress import ProgressCallback
from ..language import Phrase
from .output import write_json


@dataclass(frozen=True)
class CheckOptions:
    """What to check.

    Attributes
    ----------
    launch
        Id of a launch: only what concerns its scores (default: the whole history).
    out
        JSON file for the results (default: none is written).
    """

    launch: str | None = None
    out: Path | None = None


def run_check(history: History, options: CheckOptions) -> list[CheckResult]:
    """Check a history, write the results where a file is named, and return them. Raises HistoryError."""
    results = check_history(history, None if options.launch is None else history.get_launch(options.launch))
    if options.out is not None:
        checks = [asdict(result) | {"verdict": result.verdict} for result in results]
        write_json({"history": history.name, "checks": checks}, options.out)
    return results


def find_problems(history: History, progress: ProgressCallback) -> tuple[Finding, ...]:
    """Return the warnings and errors of `hotleads check`: training and backtest show them beside their figures."""
    progress(Phrase("looking for problems in the history"))
    findings = [finding for result in check_history(history) for finding in result.findings]
    return tuple(finding for finding in findings if finding.severity != "note")
