"""Checks: what is wrong with a history or a launch, as findings with codes."""

from checks.check import check_history
from checks.codes import CODES, Code, describe_codes
from checks.finding import SEVERITIES, Checked, Finding, Severity
from checks.scored import score_findings

__all__ = [
    "CODES",
    "SEVERITIES",
    "Checked",
    "Code",
    "Finding",
    "Severity",
    "check_history",
    "describe_codes",
    "score_findings",
]
