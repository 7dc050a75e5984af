"""Score launches with the champion: the job that gives every lead of an open launch its present score."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq
from django.conf import settings

from ...history import History, LaunchError, open_history
from ...jobs.score import ScoreOptions, run_score
from ...language import Phrase, encode_text, get_message
from ...scoring import ReasonFormatter, TextOptions
from ...scoring.xgboost_import import import_xgboost_alone
from ...tracking.registry import CHAMPION_URI, resolve_model_version
from ...tracking.scorers import check_store
from ..clock import get_now
from ..engine.kinds import Json, Options, Result
from ..errors import HubError
from ..feed.scores import remove_scores, store_scores
from ..models import HISTORY_FOLDER, CurrentScore, Launch, ScoreState
from ..people.consent import list_objectors
from .arrivals import MAX_REASONS
from .language import get_language
from .launches import build_lab_launch, build_tiers, choose_opening, list_open_launches
from .movements import explain_movements, read_provisional_scores
from .requests import request_final_scoring
from .states import advance_states

SCORES_FOLDER = "scores"


class NoModelError(HubError):
    """There is nothing to score with yet."""

    code = "no-model"


def run_scoring(options: Options, progress: Callable[[str], None]) -> Result:
    """Score the launch ``launch_id``, or all open ones; final scores stay unless ``replaces_final`` is set."""
    import_xgboost_alone()
    _require_champion()
    history = open_history(Path(settings.HUB_DATA) / HISTORY_FOLDER)
    asked, replaces_final = options.get("launch_id"), bool(options.get("replaces_final"))
    launches = list_open_launches() if asked is None else [Launch.objects.get(pk=str(asked))]
    remove_scores(sorted(list_objectors()))
    scored: dict[str, Json] = {}
    run_id = ""
    for launch in launches:
        progress(Phrase("scoring {key}", key=launch.key))
        try:
            leads, run_id = score_launch(history, launch, replaces_final=replaces_final)
            scored[launch.key] = leads
            request_final_scoring(launch)
        except LaunchError as error:
            scored[launch.key] = encode_text(get_message(error))
    observed_until = min(history.observed_until or get_now(), get_now())
    moved = advance_states(observed_until)
    return {"leads": scored, **moved, "mlflow_run_id": run_id}


def score_launch(history: History, launch: Launch, *, replaces_final: bool = False) -> tuple[int, str]:
    """Score the leads of a launch as it stands now, and return how many there are and the MLflow run.

    Parameters
    ----------
    history
        The hub's rows.
    launch
        The launch. Before its cart opens it is scored as if it opened now, and the scores are provisional.
    replaces_final
        Whether scores that are final are replaced too.

    Raises
    ------
    LaunchError
        Where it lacks a time.
    """
    described = build_lab_launch(launch)
    described.check()
    opened = choose_opening(described)
    out = Path(settings.HUB_DATA) / SCORES_FOLDER / f"launch-{launch.pk}.parquet"
    out.parent.mkdir(exist_ok=True)
    as_of: datetime | None = None if opened == described else opened.as_of
    options = ScoreOptions(
        launch.key, out, reasons=MAX_REASONS, language=get_language(), tiers=build_tiers(launch), as_of=as_of
    )
    earlier = read_provisional_scores(launch)
    summary = run_score(history, options)
    state = ScoreState.FINAL if as_of is None else ScoreState.PROVISIONAL
    text_options = TextOptions(currency=summary.profile.context.currency, quantiles=summary.profile.quantiles)
    formatter = ReasonFormatter(summary.model.features, text_options)
    leads = store_scores(out, launch, state, formatter, replaces_final=replaces_final)
    remove_scores(_list_former_leads(history, launch, out), provisional_in=launch)
    explain_movements(history, opened, launch, earlier)
    return leads, summary.run_id


def _list_former_leads(history: History, launch: Launch, path: Path) -> list[int]:
    """Return who has a provisional score and is no lead of the launch any more, such as those who have bought.

    Leads that came since the history was brought up to date are none of them.
    """
    rows = CurrentScore.objects.filter(launch=launch, state=ScoreState.PROVISIONAL)
    candidates = {str(pk) for pk in rows.values_list("contact_id", flat=True).iterator()}
    candidates -= set(pq.read_table(path, columns=["lead_id"])["lead_id"].to_pylist())
    if not candidates:
        return []
    in_history: set[str] = set()
    for table in ("leads", "purchases"):
        in_history |= candidates & set(history.read(table, ["lead_id"])["lead_id"].unique().to_pylist())
    return sorted(map(int, in_history))


def _require_champion() -> None:
    try:
        check_store(CHAMPION_URI)
        resolve_model_version(CHAMPION_URI)
    except LookupError:
        raise NoModelError(
            Phrase("no model is in use yet: it is trained once a launch is over and some of its leads have bought")
        ) from None
