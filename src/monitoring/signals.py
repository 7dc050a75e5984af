"""A signal: one figure of a launch, what it usually is, and whether it is out of the ordinary."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Cause = Literal["attribution", "campaign mix", "covariate", "conversion"]


@dataclass(frozen=True)
class DriftSignal:
    """``value`` against the ``limit`` that the earlier launches set, around what is ``usual``.

    ``value`` is None where it cannot be told (yet), which ``evidence`` explains; ``details`` are plain values.
    """

    cause: Cause
    measure: str
    value: float | None
    usual: float | None
    limit: float | None
    alarm: bool
    evidence: str
    details: Mapping[str, Any] = field(default_factory=dict)


def build_unknown_signal(cause: Cause, measure: str, why: str) -> DriftSignal:
    """A signal that cannot be told, and why."""
    return DriftSignal(cause, measure, None, None, None, False, why)
