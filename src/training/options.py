"""What a user chooses about a model: the options of a fit, and the parameters of the base models."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..features import Feature
from ..scoring import Model


@dataclass(frozen=True)
class ModelParameters:
    """Hyperparameters of the base models; the defaults do well without any tuning.

    Attributes
    ----------
    inverse_penalty : float
        Prior variance of the linear part's logit before any row is seen, however many features share it.
    trees : int
        Number of boosted trees.
    max_depth : int
        Depth of each tree; of trees without signs at least 4.
    learning_rate : float
        Shrinkage of each tree's contribution.
    min_child_weight : float
        Least sum of Hessians in a leaf.
    l2 : float
        L2 penalty on the leaves' values.
    column_share : float
        Share of the features that each tree may use, in (0, 1].
    """

    inverse_penalty: float = 2.0
    trees: int = 150
    max_depth: int = 2
    learning_rate: float = 0.05
    min_child_weight: float = 5.0
    l2: float = 5.0
    column_share: float = 0.5


@dataclass(frozen=True)
class FitOptions:
    """Options of a fit, and of a backtest, which fits one model a launch.

    Attributes
    ----------
    trials : int
        Optuna trials a model; 0 keeps the default parameters.
    seed : int
        The same seed gives the same model.
    mature : bool
        Train on, and evaluate by, mature labels: net of purchases that were later taken back.
    reasons : int
        Reasons a scored lead in a backtest.
    processes : int
        Processes of tuning or of a backtest. No result depends on it.
    cache : pathlib.Path or None
        Folder from which a stopped job resumes; None keeps nothing. No result depends on it.
    prior : Model or None
        Model made from another history, to which the models of a small seller are shrunk.
    parameters : ModelParameters or None
        Fixed parameters; given, none are tuned.
    features : sequence of Feature or None
        Declarations to learn from; None uses all that are declared and those that the history brings itself. The model
        keeps them, so scoring with it needs nothing else.
    """

    trials: int = 12
    seed: int = 0
    mature: bool = False
    reasons: int = 3
    processes: int = 1
    cache: Path | None = None
    prior: Model | None = None
    parameters: ModelParameters | None = None
    features: Sequence[Feature] | None = None

    @property
    def label_column(self) -> str:
        """The column of the scored rows that holds the truth."""
        return "label_mature" if self.mature else "label"

    def to_dict(self) -> dict[str, Any]:
        """Return the options that decide a result, as plain values."""
        values: dict[str, Any] = {name: getattr(self, name) for name in ("trials", "seed", "mature", "reasons")}
        if self.prior is not None:
            values["prior"] = self.prior.version
        return values
