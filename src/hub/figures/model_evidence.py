"""What the jobs found of the model: how its chances came true, and whether the latest launch is like those before."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow.parquet as pq
from django.conf import settings

from ...evaluation import build_reliability_table
from ...history import History, HistoryError, LaunchError
from ...language import LANGUAGES, Translator
from ...scoring import Model
from ...scoring.learned import has_learned_from
from ...tracking.registry import CHAMPION_URI, load_registered_model
from ..clock import get_now
from ..modelling.launches import build_lab_launch, choose_opening
from ..models import Launch, StoredFigures
from .launch_figures import DRIFT_KEY, RELIABILITY_KEY
from .launches import Phase, find_phase, list_launches

if TYPE_CHECKING:
    from ...monitoring.result import MonitoringResult

BACKTEST_SCORES = Path("backtest") / "scores.parquet"
#: So many of the latest launches are tried: the first that can be compared with earlier ones is kept.
_TRIED = 3


def store_reliability() -> int:
    """Keep how the chances of the latest backtest came true, in bins; return of how many leads."""
    path = Path(settings.HUB_DATA) / BACKTEST_SCORES
    scores = pd.DataFrame({"probability": [], "label": [], "launch_id": []})
    if path.is_file():
        scores = pq.read_table(path, columns=["probability", "label", "launch_id"]).to_pandas().dropna()
    if scores.empty:
        StoredFigures.objects.filter(key=RELIABILITY_KEY).delete()
        return 0
    table = build_reliability_table(scores["label"], scores["probability"])
    values = {"bins": table.to_dict("records"), "launches": sorted(scores["launch_id"].unique().tolist())}
    StoredFigures.objects.update_or_create(
        key=RELIABILITY_KEY, defaults={"values": values, "computed_at": get_now()}
    )  # fmt: skip
    return len(scores)


def store_drift(history: History) -> str:
    """Keep what monitoring finds of the latest launch that the champion has not learned from; return its diagnosis."""
    result = _monitor_latest(history)
    if result is None:
        StoredFigures.objects.filter(key=DRIFT_KEY).delete()
        return ""
    StoredFigures.objects.update_or_create(
        key=DRIFT_KEY, defaults={"values": describe_monitoring(result), "computed_at": get_now()}
    )  # fmt: skip
    return result.diagnosis


def describe_monitoring(result: "MonitoringResult") -> dict[str, Any]:
    """Return what monitoring found, in words by language."""
    return {
        "launch": result.launch_id,
        "compared_with": list(result.compared_with),
        "diagnosis": result.diagnosis,
        "action": result.advice.action,
        "texts": {language: _describe_in(result, Translator(language)) for language in LANGUAGES},
    }


def _describe_in(result: "MonitoringResult", translator: Translator) -> dict[str, Any]:
    from ...monitoring.diagnosis import MEANINGS

    write = translator.translate_phrase
    return {
        "meaning": write(MEANINGS[result.diagnosis]),
        "reasons": [write(reason) for reason in result.advice.reasons],
        "signals": [
            {"cause": translator(signal.cause), "evidence": write(signal.evidence), "alarm": bool(signal.alarm)}
            for signal in result.signals
        ],
        "notes": [write(note) for note in result.notes],
    }


def _monitor_latest(history: History) -> "MonitoringResult | None":
    try:
        model = load_registered_model(CHAMPION_URI)
    except LookupError:
        return None
    begun = [launch for launch in list_launches() if find_phase(launch, get_now()) != Phase.PLANNED]
    for launch in begun[:_TRIED]:
        found = _monitor(history, launch, model)
        if found is not None:
            return found
    return None


def _monitor(history: History, launch: Launch, model: Model) -> "MonitoringResult | None":
    from ...monitoring.monitor import monitor_launch  # Evidently takes seconds to import

    described = choose_opening(build_lab_launch(launch))
    if described.problem is not None or has_learned_from(model, described):
        return None
    try:
        return monitor_launch(history, described, model, reports=False)
    except (HistoryError, LaunchError):
        return None
