"""Checks: what is wrong with a history or a launch, as findings with codes."""

from typing import TYPE_CHECKING

from ..lazy_exports import attach_exports

if TYPE_CHECKING:
    from .check import CHECKS, CODES, check_before_scoring, check_history
    from .describe import describe_checks, describe_finding, describe_message
    from .finding import SEVERITIES, Check, CheckResult, Code, Finding, Severity
    from .forecast import check_forecast
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
    "check_forecast",
    "check_history",
    "check_labels",
    "count_outcomes",
    "describe_checks",
    "describe_finding",
    "describe_message",
    "find_missing_outcomes",
]

__getattr__, __dir__ = attach_exports(__name__)
