"""The result of monitoring a launch, and its plain values for programs."""

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
    """A launch compared with those before it.

    Parameters
    ----------
    launch_id, as_of
        The launch, and when its leads were scored.
    model_version, context_hash
        What scored it.
    compared_with
        The ids of the earlier launches.
    leads, tiers
        How many leads it has, in all and by tier.
    diagnosis, signals
        What changed, and the four signals that it follows from.
    advice
        What to do, with reasons.
    cost
        What the drift costs, in lift points and money.
    expected, realised
        The quality that the scores promised, and what came of it; ``realised`` is None until the labels are known.
    findings
        What is wrong with the launch's data.
    drifts
        The drift reports by the name of their reference.
    baselines
        The baselines on the same leads; None until the labels are known.
    notes
        What limits the rest.
    """

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
        """The few figures that are followed from launch to launch, by name; what is unknown is left out."""
        metrics = self.realised.metrics if self.realised else {}
        first = next(iter(self.drifts.values())).table if self.drifts else pd.DataFrame({"family": [], "drifted": []})
        inputs = first[~first["family"].isin(["prediction", "target"])]
        figures = {
            "leads": self.leads,
            "expected_conversion": self.expected.buyers.estimate / self.leads,
            "expected_roc_auc": self.expected.roc_auc.estimate,
            "expected_lift_10": self.expected.lift_10.estimate,
            **{name: metrics.get(source) for name, source in _REALISED.items()},
            "drifted_share": float(inputs["drifted"].mean()) if len(inputs) else None,
            **{f"{signal.cause.replace(' ', '_')}_signal": signal.value for signal in self.signals},
            "alarms": sum(signal.alarm for signal in self.signals),
            **{f"{tier}_share": count / self.leads for tier, count in self.tiers.items()},
        }
        return {name: float(value) for name, value in figures.items() if value is not None and np.isfinite(value)}

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON; an undefined number is null."""
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
            "expected": _to_plain(self.expected),
            "realised": _to_plain(self.realised) if self.realised else None,
            "findings": [asdict(finding) for finding in self.findings],
            "drift": {name: report.table.to_dict("records") for name, report in self.drifts.items()},
            "baselines": list(self.baselines) if self.baselines else None,
            "figures": self.figures,
            "notes": list(self.notes),
        }
        plain: dict[str, Any] = json.loads(json.dumps(_clean(values)))
        return plain


_REALISED = {name: name for name in ("base_rate", "roc_auc", "lift_10", "ece")}


def _to_plain(value: ExpectedQuality | RealisedQuality) -> dict[str, object]:
    fields = {name: getattr(value, name) for name in value.__dataclass_fields__}
    return {name: _to_plain_field(value) for name, value in fields.items()}


def _to_plain_field(value: Any) -> Any:
    if isinstance(value, pd.DataFrame):
        return value.to_dict("records")
    if hasattr(value, "_asdict"):
        return value._asdict()
    return asdict(value) if hasattr(value, "__dataclass_fields__") else value


def _clean(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _clean(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
