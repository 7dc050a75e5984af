"""Checks: what is wrong with a history or a launch, as findings with codes."""

from .check import check_history
from .codes import CODES, Code, describe_codes
from .finding import SEVERITIES, Checked, Finding, Severity
from .scored import score_findings

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
