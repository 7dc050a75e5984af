"""All that is found about a launch, and its plain values for programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from ..checks import Finding
from .advice import Advice
from .cost import DriftCost
from .diagnosis import Diagnosis
from .drift import DriftReport
from .expected import ExpectedQuality
from .realised import RealisedQuality
from .signals import DriftSignal

FORMAT_VERSION = 1


@dataclass(frozen=True)
class MonitoringResult:
    """A launch against those before it. ``drifts`` come by the name of their reference; ``realised`` is None until the
    labels are known; ``notes`` say what limits the rest."""

    launch_id: str
    as_of: datetime
    model_version: str
    context_hash: str
    compared_with: tuple[str, ...]
    leads: int
    tiers: Mapping[str, int]
    diagnosis: Diagnosis
    signals: Sequence[DriftSignal]
    advice: Advice
    cost: DriftCost
    expected: ExpectedQuality
    realised: RealisedQuality | None
    findings: Sequence[Finding]
    drifts: Mapping[str, DriftReport]
    baselines: Sequence[Mapping[str, Any]] | None
    notes: tuple[str, ...]

    @property
    def figures(self) -> dict[str, float]:
        """The few numbers that are followed from launch to launch, by name; what is unknown is left out."""
        now = self.realised.metrics if self.realised else {}
        first = next(iter(self.drifts.values())).table if self.drifts else pd.DataFrame({"family": [], "drifted": []})
        inputs = first[~first["family"].isin(["prediction", "target"])]
        found = {
            "leads": self.leads,
            "expected_conversion": self.expected.buyers.estimate / self.leads,
            "expected_roc_auc": self.expected.roc_auc.estimate,
            "expected_lift_10": self.expected.lift_10.estimate,
            **{name: now.get(source) for name, source in _REALISED.items()},
            "drifted_share": float(inputs["drifted"].mean()) if len(inputs) else None,
            **{f"{signal.cause.replace(' ', '_')}_signal": signal.value for signal in self.signals},
            "alarms": sum(signal.alarm for signal in self.signals),
            **{f"{tier}_share": count / self.leads for tier, count in self.tiers.items()},
        }
        return {name: float(value) for name, value in found.items() if value is not None and np.isfinite(value)}

    def to_json(self) -> dict[str, Any]:
        """Plain values; an undefined number is null."""
        values = {
            "format_version": FORMAT_VERSION,
            "launch_id": self.launch_id,
            "as_of": self.as_of.isoformat(),
            "model_version": self.model_version,
            "context_hash": self.context_hash,
            "compared_with": list(self.compared_with),
            "leads": self.leads,
            "tiers": dict(self.tiers),
            "diagnosis": self.diagnosis,
            "signals": [asdict(signal) for signal in self.signals],
            "advice": asdict(self.advice),
            "cost": asdict(self.cost),
            "expected": _plain(self.expected),
            "realised": _plain(self.realised) if self.realised else None,
            "findings": [asdict(finding) for finding in self.findings],
            "drift": {name: each.table.to_dict("records") for name, each in self.drifts.items()},
            "baselines": list(self.baselines) if self.baselines else None,
            "figures": self.figures,
            "notes": list(self.notes),
        }
        plain: dict[str, Any] = json.loads(json.dumps(_cleaned(values)))
        return plain


_REALISED = {name: name for name in ("base_rate", "roc_auc", "lift_10", "log_loss", "ece")}


def _plain(value: ExpectedQuality | RealisedQuality) -> dict[str, Any]:
    fields = {name: getattr(value, name) for name in value.__dataclass_fields__}
    return {name: _of_field(each) for name, each in fields.items()}


def _of_field(value: Any) -> Any:
    if isinstance(value, pd.DataFrame):
        return value.to_dict("records")
    if hasattr(value, "_asdict"):
        return value._asdict()
    return asdict(value) if hasattr(value, "__dataclass_fields__") else value


def _cleaned(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _cleaned(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned(each) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
