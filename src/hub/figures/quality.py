"""Whether the model is right: what it promised of launches that it had not seen, and who came."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from ...scoring.forecast import compute_count_interval
from ..models import Launch, StoredFigures
from .launch_figures import DRIFT_KEY, MODEL_KEY, RELIABILITY_KEY, read_scored_figures


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


class Promise(NamedTuple):
    """The buyers expected of a launch, and those who came.

    Attributes
    ----------
    has_learned
        Whether the model has learned from the launch since: the promise is then that of its card, from before.
    leads, expected, low, high
        Of how many leads, and with which 90% interval.
    judged, buyers
        Of how many it is known whether they bought, and how many of those did.
    """

    has_learned: bool
    leads: int
    expected: float
    low: int
    high: int
    judged: int
    buyers: int


def read_promises(launches: Collection[Launch]) -> dict[int, Promise]:
    """Read what was promised of several launches, by launch; left out are those of which nothing was.

    Scores of leads that the model has learned from are no forecast: what it promised of such a launch while it had not
    seen it stands in its card.
    """
    stored = StoredFigures.objects.filter(key=MODEL_KEY).first()
    values: dict[str, Any] = stored.values if stored else {"learned_from": []}
    promises = {}
    for pk, figures in read_scored_figures(launches).items():
        if figures.leads:
            numbers = (figures.leads, figures.expected, figures.low, figures.high, figures.judged, figures.buyers)
            promises[pk] = Promise(False, *numbers)
    for launch in launches:
        if launch.key in values["learned_from"]:
            promises.pop(launch.pk, None)
            if launch.key in values["windows"]:
                window = _build_window(launch.key, values["windows"][launch.key], float(values["spread"]))
                numbers = (window.leads, window.promised, window.low, window.high, window.leads, window.buyers)
                promises[launch.pk] = Promise(True, *numbers)
    return promises


@dataclass(frozen=True)
class ReliabilityBin:
    """Leads with chances alike, of launches that were scored by models which had not seen them.

    Attributes
    ----------
    leads, buyers
        How many, and how many of them bought.
    promised
        The mean of their chances.
    realised, low, high
        The share that bought, with Wilson's 90% interval.
    """

    leads: int
    buyers: int
    promised: float
    realised: float
    low: float
    high: float

    @property
    def is_within(self) -> bool:
        """Whether the chance promised is one that those who came allow."""
        return self.low <= self.promised <= self.high


@dataclass(frozen=True)
class Drift:
    """What monitoring found of the latest launch, as ``model_evidence.describe_monitoring`` keeps it.

    Attributes
    ----------
    launch
        The launch's name.
    diagnosis, action
        Its codes.
    texts
        By language the meaning, the reasons, the signals and the notes.
    compared_with
        How many earlier launches it was compared with.
    computed_at
        When.
    """

    launch: str
    diagnosis: str
    action: str
    texts: dict[str, Any]
    compared_with: int
    computed_at: datetime


def read_reliability() -> list[ReliabilityBin]:
    """Return how chances came true, the highest first; empty where no backtest has told yet."""
    stored = StoredFigures.objects.filter(key=RELIABILITY_KEY).first()
    rows = stored.values["bins"] if stored else []
    bins = [
        ReliabilityBin(
            int(row["n"]), int(row["buyers"]), row["mean_probability"], row["observed_rate"], row["low"], row["high"]
        )
        for row in rows
    ]
    return bins[::-1]


def read_drift() -> Drift | None:
    """Return what is stored of the latest launch's drift; None where nothing could be compared."""
    stored = StoredFigures.objects.filter(key=DRIFT_KEY).first()
    if stored is None:
        return None
    values = stored.values
    name = Launch.objects.filter(key=values["launch"]).values_list("name", flat=True).first() or values["launch"]
    return Drift(
        launch=name,
        diagnosis=values["diagnosis"],
        action=values["action"],
        texts=values["texts"],
        compared_with=len(values["compared_with"]),
        computed_at=stored.computed_at,
    )


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
