"""Monitor a launch: reports into a folder, figures and files into MLflow, and on request a challenger."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

from ..history import History, Launch, LaunchError
from ..history.atomic import atomic_write
from ..history.progress import ProgressCallback, ignore_progress
from ..language import Language, Phrase, Translator
from ..monitoring import MonitoringResult, monitor_launch
from ..monitoring.launch_rows import read_launch_rows
from ..monitoring.mlflow_runs import log_launch_series, log_monitoring
from ..monitoring.model_updates import check_prior_model, recalibrate_model, retrain_model
from ..monitoring.references import TRAINING
from ..monitoring.report import add_page_title, render_monitoring_report
from ..scoring import Model, TierPolicy
from ..tracking.queries import find_scoring_model, find_scoring_run, find_scoring_version, load_launch_profile
from ..tracking.registry import CHAMPION_URI, load_registered_model, register_model, set_challenger
from ..tracking.runs import log_description, start_run
from .output import write_json, write_text

ModelUpdate = Literal["recalibrate", "retrain"]


@dataclass(frozen=True)
class MonitorOptions:
    """What to monitor.

    Attributes
    ----------
    launch
        Id of the launch.
    out
        Folder for ``monitor.json``, ``launches.html`` and, for each reference, Evidently's HTML and JSON.
    against
        The reference of the drift reports: a launch's id, or ``training`` (default: training and the last such launch).
    model_uri
        Model folder or MLflow URI (default: the model that scored the launch, else the champion).
    workspace
        Evidently workspace that shows all launches (default: in ``out``).
    apply
        Register a challenger: the model recalibrated on the launch, or trained anew.
    prior_model_uri
        The prior model that training anew needs where the model was shrunk to one.
    language
        Language of ``launches.html``.
    """

    launch: str
    out: Path
    against: str | None = None
    model_uri: str | None = None
    workspace: Path | None = None
    apply: ModelUpdate | None = None
    prior_model_uri: str | None = None
    language: Language = "en"


class MonitorRun(NamedTuple):
    """What monitoring a launch left.

    Attributes
    ----------
    result
        Signals, diagnosis, advice and cost.
    run_id
        The MLflow run that has them.
    challenger
        Registry version of the challenger; None where none was asked for.
    """

    result: MonitoringResult
    run_id: str
    challenger: str | None


def run_monitor(history: History, options: MonitorOptions, progress: ProgressCallback = ignore_progress) -> MonitorRun:
    """Monitor a launch. Raises HistoryError, LaunchError or LookupError."""
    from ..monitoring.workspace import add_to_workspace  # imports Evidently, which takes seconds

    launch = history.get_launch(options.launch)
    model, note = _load_monitored_model(options)
    prior_model = load_registered_model(options.prior_model_uri) if options.prior_model_uri else None
    if options.apply == "retrain":
        check_prior_model(model, prior_model)  # before the reports, which take long
    progress(f"comparing {launch.launch_id} with the launches before it")
    policy = _find_tier_policy(launch, model)
    result = monitor_launch(history, launch, model, against=options.against, policy=policy)
    result = replace(result, notes=(*note, *result.notes))
    progress("writing the reports")
    write_monitoring_files(result, options.out, options.language)
    launches = add_to_workspace(options.workspace or options.out / "workspace", history.name, launch.strategy, result)
    page = render_monitoring_report(history.name, result, launches, options.language)
    write_text(page, options.out / "launches.html")
    tags = {"launch_id": launch.launch_id, "model_version": model.version, "context_hash": result.context_hash}
    verdict = {"diagnosis": result.diagnosis, "advice": result.advice.action}
    run_id = log_monitoring(tags, result.figures, verdict, options.out)
    log_launch_series(history.name, launch.strategy, launch.as_of, result.figures)
    challenger = None
    if options.apply:
        update_tags = {"job": options.apply, "launch_id": launch.launch_id}
        with start_run(f"{options.apply} after {launch.launch_id}", update_tags):
            progress(f"{options.apply}: fitting")
            updated = _update_model(history, launch, model, options.apply, prior_model)
            description = f"Model {model.version} after **{launch.launch_id}**: {options.apply}, for the gate to judge."
            log_description(description)
            challenger = register_model(updated, description)
            set_challenger(challenger)  # the champion stays: only the gate of `hotleads train` replaces it
    return MonitorRun(result, run_id, challenger)


def write_monitoring_files(result: MonitoringResult, out: Path, language: Language = "en") -> None:
    """Write ``monitor.json`` and Evidently's reports into a folder."""
    translate = Translator(language)
    out.mkdir(parents=True, exist_ok=True)
    write_json(result.to_json(), out / "monitor.json")
    for name, drift in result.drifts.items():
        stem = f"drift-against-{''.join(letter if letter.isalnum() or letter in '-_' else '-' for letter in name)}"
        with atomic_write(out / f"{stem}.json") as scratch:
            drift.snapshot.save_json(str(scratch))
        reference = translate(name) if name == TRAINING else name
        title = f"{result.launch_id}: {translate('drift against {reference}', reference=reference)}"
        page = add_page_title(drift.snapshot.get_html_str(as_iframe=False), title, language)
        write_text(page, out / f"{stem}.html")


def _load_monitored_model(options: MonitorOptions) -> tuple[Model, tuple[str, ...]]:
    """Return the model to judge, and a note where it is not the one that scored the launch."""
    uri = options.model_uri or find_scoring_model(options.launch)
    if uri is not None:
        return load_registered_model(uri), ()
    unregistered = find_scoring_version(options.launch)
    if unregistered is None:
        return load_registered_model(CHAMPION_URI), ()
    scored = f"{options.launch} was scored by model {unregistered}, which is not in the registry"
    try:
        champion = load_registered_model(CHAMPION_URI)
    except LookupError as error:
        raise LookupError(f"{scored}: name its folder with --model. Otherwise: {error}") from error
    note = Phrase(
        "{scored} was scored by model {version}, which is not in the registry; the champion, {champion}, is judged "
        "instead",
        scored=options.launch,
        version=unregistered,
        champion=champion.version,
    )
    return champion, (note,)


def _find_tier_policy(launch: Launch, model: Model) -> TierPolicy | None:
    """Return the tiers by which this model scored the launch; None where no run has them."""
    run_id = find_scoring_run(launch.launch_id, model.version)
    profile = load_launch_profile(run_id) if run_id else None
    return profile.policy if profile else None


def _update_model(
    history: History, launch: Launch, model: Model, update: ModelUpdate, prior_model: Model | None
) -> Model:
    if update == "recalibrate":
        return recalibrate_model(model, read_launch_rows(history, launch, model))
    until = history.observed_until
    if until is None:
        raise LaunchError("the history has no rows to learn from", "no-earlier-launch")
    return retrain_model(history, launch, model, until, prior_model)
