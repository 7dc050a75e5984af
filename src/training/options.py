"""How models are trained and judged."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..scoring import Model


@dataclass(frozen=True)
class FitOptions:
    """``mature`` trains on and judges by mature labels.

    ``prior``: a model made from another history, to which those of a small seller are drawn. ``processes`` and
    ``cache`` (a folder from which a stopped job goes on; None keeps nothing) never change a result.
    """

    trials: int = 12
    seed: int = 0
    mature: bool = False
    reasons: int = 3
    processes: int = 1
    cache: Path | None = None
    prior: Model | None = None

    @property
    def label(self) -> str:
        """The column of the scored rows that holds the truth."""
        return "label_mature" if self.mature else "label"

    @property
    def recorded(self) -> dict[str, Any]:
        """What decides a result, and so is worth keeping with it."""
        told = {name: getattr(self, name) for name in ("trials", "seed", "mature", "reasons")}
        return told if self.prior is None else told | {"prior": self.prior.version}
