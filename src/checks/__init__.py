"""Checks: what is wrong with a history or a launch, as findings with codes."""

from .check import check_history
from .codes import CODES, Code, describe_codes
from .finding import SEVERITIES, CheckResult, Finding, Severity
from .scored import check_before_scoring

__all__ = [
    "CODES",
    "SEVERITIES",
    "CheckResult",
    "Code",
    "Finding",
    "Severity",
    "check_before_scoring",
    "check_history",
    "describe_codes",
]
