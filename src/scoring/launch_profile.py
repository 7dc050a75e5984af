"""The scoring state of a launch: with it a lead alone is scored as it is among all the launch's leads."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np

from ..features import Context
from ..history import Launch
from .launch_quantiles import LaunchQuantiles
from .tiers import TierPolicy

_TIME_FIELDS = ("capture_starts_at", "capture_ends_at", "cart_opens_at", "cart_closes_at")


@dataclass(frozen=True)
class LaunchProfile:
    """What the scores, tiers and reasons of a launch's leads depend on beside the lead and the model.

    Parameters
    ----------
    launch : Launch
    context : Context
        What was known of all leads when the launch was scored.
    policy : TierPolicy
        The thresholds of the tiers.
    quantiles : LaunchQuantiles, optional
        The distribution of each feature among the launch's leads. Without it reasons compare with nobody.
    """

    launch: Launch
    context: Context
    policy: TierPolicy
    quantiles: LaunchQuantiles | None = None

    def to_json(self) -> dict[str, Any]:
        """Return JSON values, exact to the bit when read back."""
        launch = asdict(self.launch)
        times = {name: launch[name].isoformat() for name in _TIME_FIELDS if launch[name] is not None}
        policy = asdict(self.policy) | {"hot": None if math.isinf(self.policy.hot) else self.policy.hot}
        return {
            "launch": launch | times,
            "context": self.context.to_json(),
            "policy": policy,
            "quantiles": None if self.quantiles is None else self.quantiles.to_json(),
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> LaunchProfile:
        """Return the profile that ``to_json`` wrote."""
        launch, policy, quantiles = values["launch"], values["policy"], values["quantiles"]
        times = {name: datetime.fromisoformat(launch[name]) for name in _TIME_FIELDS if launch[name] is not None}
        return cls(
            Launch(**launch | times),
            Context.from_json(values["context"]),
            TierPolicy(**policy | {"hot": np.inf if policy["hot"] is None else policy["hot"]}),
            None if quantiles is None else LaunchQuantiles.from_json(quantiles),
        )
