"""Checks: what is wrong with a history or a launch, as findings with codes."""

from checks.finding import SEVERITIES, Finding, Severity

__all__ = ["SEVERITIES", "Finding", "Severity"]
