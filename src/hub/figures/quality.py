"""Whether the model is right: what it promised of launches that it had not seen, and who came."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...scoring.forecast import compute_count_interval
from ..models import Launch, StoredFigures
from .launch_figures import MODEL_KEY


@dataclass(frozen=True)
class JudgedWindow:
    """One launch that the model had not seen when it was judged on it.

    Attributes
    ----------
    name
        The launch's name, or what the model's card calls the window.
    leads, promised, low, high
        Its leads, and the buyers that the scores promised with the 90% interval, in which the leads of the launch are
        taken as alike.
    buyers
        Who came.
    roc_auc, lift_10
        How well the scores rank: the chance that a buyer is above another lead, and how many times as many buyers as
        on average are among the hottest tenth. None where undefined.
    """

    name: str
    leads: int
    promised: float
    low: int
    high: int
    buyers: int
    roc_auc: float | None
    lift_10: float | None

    @property
    def is_within(self) -> bool:
        """Whether as many bought as the interval has."""
        return self.low <= self.buyers <= self.high


@dataclass(frozen=True)
class ModelFigures:
    """The champion as its card describes it (``scoring.model_quality``).

    Attributes
    ----------
    version, grade, spread
        Which model, its quality in a word, and how far launches stray from its forecast.
    windows
        Launches that it had not seen.
    learned_from
        Names of the launches, or windows, that it learned from.
    notes
        What its card says besides, in English.
    computed_at
        When the card was read.
    """

    version: str
    grade: str
    spread: float
    windows: list[JudgedWindow]
    learned_from: list[str]
    notes: list[str]
    computed_at: datetime


def read_model_figures() -> ModelFigures | None:
    """Return what is stored of the champion; None where there is no model yet."""
    stored = StoredFigures.objects.filter(key=MODEL_KEY).first()
    if stored is None:
        return None
    values = stored.values
    names = dict(Launch.objects.exclude(name="").values_list("key", "name"))
    spread = float(values["spread"])
    return ModelFigures(
        version=values["version"],
        grade=values["quality"]["grade"],
        spread=spread,
        windows=[_build_window(names.get(key, key), window, spread) for key, window in values["windows"].items()],
        learned_from=[names.get(key, key) for key in values["learned_from"]],
        notes=values["notes"],
        computed_at=stored.computed_at,
    )


def _build_window(name: str, window: dict[str, Any], spread: float) -> JudgedWindow:
    leads, chance = int(window["n"]), float(window["mean_probability"] or 0.0)
    promised = leads * chance
    low, high = compute_count_interval(promised, promised * (1 - chance), leads, spread) if leads else (0, 0)
    return JudgedWindow(name, leads, promised, low, high, int(window["buyers"]), window["roc_auc"], window["lift_10"])
