"""Checks: what is wrong with a history or a launch, as findings with codes."""

from .check import CHECKS, CODES, check_before_scoring, check_history
from .describe import describe_checks
from .finding import SEVERITIES, Check, CheckResult, Code, Finding, Severity
from .outcomes import check_labels, count_outcomes, find_missing_outcomes

__all__ = [
    "CHECKS",
    "CODES",
    "SEVERITIES",
    "Check",
    "CheckResult",
    "Code",
    "Finding",
    "Severity",
    "check_before_scoring",
    "check_history",
    "check_labels",
    "count_outcomes",
    "describe_checks",
    "find_missing_outcomes",
]
