"""What scoring a lead alone must know of its launch, so that it gets what it gets among all the launch's leads."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np

from ..features import Context
from ..history import Launch
from .launch_quantiles import LaunchQuantiles, quantiles_from_json, quantiles_to_json
from .tiers import TierPolicy

_TIMES = ("capture_starts_at", "capture_ends_at", "cart_opens_at", "cart_closes_at")


@dataclass(frozen=True)
class LaunchProfile:
    """A scored launch: its context, the tiers' thresholds, and its leads' quantiles (None: compared with nobody)."""

    launch: Launch
    context: Context
    policy: TierPolicy
    quantiles: LaunchQuantiles | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values, exact to the bit when read back."""
        launch = asdict(self.launch)
        times = {name: launch[name].isoformat() for name in _TIMES if launch[name] is not None}
        policy = asdict(self.policy) | {"hot": None if math.isinf(self.policy.hot) else self.policy.hot}
        return {
            "launch": launch | times,
            "context": self.context.to_json(),
            "policy": policy,
            "quantiles": None if self.quantiles is None else quantiles_to_json(self.quantiles),
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> LaunchProfile:
        """The facts that ``to_json`` wrote."""
        launch, policy, quantiles = values["launch"], values["policy"], values["quantiles"]
        times = {name: datetime.fromisoformat(launch[name]) for name in _TIMES if launch[name] is not None}
        return cls(
            Launch(**launch | times),
            Context.from_json(values["context"]),
            TierPolicy(**policy | {"hot": np.inf if policy["hot"] is None else policy["hot"]}),
            None if quantiles is None else quantiles_from_json(quantiles),
        )
