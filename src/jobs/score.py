"""Score a launch into a file, as one tracked MLflow run."""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..checks import Finding, check_before_scoring
from ..history import History
from ..history.contacts import read_contacts
from ..language import Language
from ..scoring import (
    TIERS,
    Economics,
    Findings,
    LaunchPredictions,
    LaunchProfile,
    Model,
    ScoringOptions,
    TierPolicy,
    TierRule,
    build_scored_rows,
    correct_prior,
    estimate_launch_spread,
    forecast_buyers,
    predict_launch,
)
from ..scoring.launch_summary import summarize_scored_launch
from ..tracking.queries import LAUNCH_PROFILE_FILE
from ..tracking.registry import CHAMPION_URI, load_registered_model
from ..tracking.runs import log_description, log_dictionary, log_metrics, log_tags, start_run
from .doubts import find_doubts, mark_doubtful_rows
from .launch_page import write_launch_page
from .output_path import SCORE_SUFFIXES, validate_output
from .score_files import open_score_file
from .stage_timer import StageTimer, measure_peak_memory

#: So many of the hottest rows are returned; all are in the file.
_MAX_HOTTEST = 10


@dataclass(frozen=True)
class ScoreOptions:
    """What to score, and how.

    Attributes
    ----------
    launch
        Id of the launch whose leads are scored.
    out
        File to write: Parquet, or CSV or an Excel workbook where it ends in ``.csv`` or ``.xlsx``.
    model_uri
        Model folder or MLflow URI (default: the champion).
    reasons
        Reasons a lead.
    language
        Language of the reasons.
    tiers
        Rule of the tiers (default: hot from twice the reference rate, warm from once).
    expected_rate
        Share of the leads who will buy, where the owner knows it: the probabilities are corrected to it.
    economics
        Price, margin and cost of contacting a lead: the forecast then has revenue and profit.
    as_of
        Score as if the cart of a classic or paid launch opened at this instant (default: when it opens): leads of a
        launch that is yet to open, by what is known by then.
    with_contacts
        Write the leads' names, e-mail addresses and telephone numbers into the file.
    """

    launch: str
    out: Path
    model_uri: str | None = None
    reasons: int = 3
    language: Language = "en"
    tiers: TierPolicy | TierRule | None = None
    expected_rate: float | None = None
    economics: Economics | None = None
    as_of: datetime | None = None
    with_contacts: bool = False


class ScoreSummary(NamedTuple):
    """What scoring a launch gave.

    Attributes
    ----------
    leads
        How many leads were scored.
    hottest
        Rows of the hottest leads.
    forecast
        What each tier is expected to bring.
    contacts
        Of how many leads the file tells a name, an address or a number; None where it was not to.
    page
        The launch's page, beside the file; None where the launch has no leads.
    findings
        What keeps the forecast from being one, with its figures.
    run_id
        The MLflow run.
    model, profile
        What the leads were scored with.
    """

    leads: int
    hottest: pd.DataFrame
    forecast: pd.DataFrame
    contacts: int | None
    page: Path | None
    findings: tuple[Finding, ...]
    run_id: str
    model: Model
    profile: LaunchProfile


def run_score(history: History, options: ScoreOptions, timer: StageTimer | None = None) -> ScoreSummary:
    """Score the leads of a launch into a file.

    Raises LaunchError where the launch has no leads or lacks what it needs, LookupError where there is no model or
    no contact to write, OutputError for a file that cannot be written.
    """
    validate_output(options.out, SCORE_SUFFIXES)
    timer = timer or StageTimer()
    timer("reading")
    launch = history.get_launch(options.launch)
    model = load_registered_model(options.model_uri or CHAMPION_URI)
    launch.check()
    if options.as_of is not None:
        launch = launch.with_opening(options.as_of)
    contacts = read_contacts(history) if options.with_contacts else None
    with start_run(f"score {launch.launch_id}", {"job": "score", "launch_id": launch.launch_id}) as run:
        timer("checking")
        findings = check_before_scoring(history, launch)
        predictions = predict_launch(history, launch, model, tiers=options.tiers, progress=timer)
        if options.expected_rate is not None:
            predictions = correct_prior(predictions, options.expected_rate, tiers=options.tiers)
        doubts = find_doubts(history, predictions, expected_rate=options.expected_rate)
        findings = mark_doubtful_rows(findings, doubts, len(predictions.leads))
        # With an expected rate the rows are of another model than the champion, whose context differs.
        log_tags({"model_version": predictions.model.version, "context_hash": predictions.profile.context.hash})
        hottest = pd.DataFrame()
        scoring_options = ScoringOptions(options.reasons, options.language, findings)
        with open_score_file(options.out, max_reasons=options.reasons, contacts=contacts) as write:
            for rows in build_scored_rows(predictions, options=scoring_options, progress=timer):
                hottest = rows.head(_MAX_HOTTEST) if hottest.empty else hottest
                timer("writing")
                write(rows)
        timer("page")
        page = _write_page(history, predictions, hottest, findings, options) if len(predictions.leads) else None
        timer.end()
        contact_count = None if contacts is None else _log_contacts(predictions, contacts)
        tiers = predictions.profile.policy.assign_tiers(predictions.probability)
        forecast = forecast_buyers(
            predictions.probability, tiers, spread=estimate_launch_spread(model.card), economics=options.economics
        )
        log_description(_describe_scores(launch.launch_id, predictions.model.version, forecast))
        log_metrics({"leads": len(tiers)} | {f"leads_{name}": int(np.sum(tiers == name)) for name in TIERS})
        seconds = {f"seconds_{stage}": seconds for stage, seconds in timer.seconds.items()}
        log_metrics({"peak_memory_mb": measure_peak_memory() / 1e6} | seconds)
        if len(tiers):
            log_metrics({"mean_probability": float(predictions.probability.mean())})
        log_dictionary(predictions.profile.to_json(), LAUNCH_PROFILE_FILE)
        log_dictionary({"tiers": forecast.to_dict("records")}, "forecast.json")
        log_dictionary({"findings": [asdict(doubt) for doubt in doubts]}, "findings.json")
    return ScoreSummary(
        len(tiers),
        hottest,
        forecast,
        contact_count,
        page,
        doubts,
        run.info.run_id,
        predictions.model,
        predictions.profile,
    )


def _write_page(
    history: History,
    predictions: LaunchPredictions,
    hottest: pd.DataFrame,
    findings: Findings,
    options: ScoreOptions,
) -> Path:
    out = options.out.with_suffix(".html")
    summary = summarize_scored_launch(history, predictions)
    return write_launch_page(out, summary, predictions, hottest, findings=findings, language=options.language)


def _describe_scores(launch_id: str, model_version: str, forecast: pd.DataFrame) -> str:
    rows = [
        f"- {row['tier']}: {row['leads']:,} leads, {row['buyers']:.0f} buyers expected ({row['low']} to {row['high']})"
        for row in forecast.to_dict("records")
    ]
    return "\n".join([f"Leads of **{launch_id}**, scored by model {model_version}:", "", *rows])


def _log_contacts(predictions: LaunchPredictions, contacts: pd.DataFrame) -> int:
    """Leave in the run that personal data were written and of how many leads; return that number."""
    count = int(predictions.leads["lead_id"].isin(contacts.index).sum())
    log_tags({"contacts_written": ", ".join(contacts.columns)})
    log_metrics({"leads_with_contacts": count})
    return count
