"""Judge a file of scores: the page, JSON, and on request an MLflow run."""

from dataclasses import dataclass, field
from pathlib import Path

from ..history import History
from ..history.progress import ProgressCallback, ignore_progress
from ..judge import Judgement, JudgeOptions, ScoreFile, build_headline, build_sentences, judge_scores, judgement_to_json
from ..judge.lead_matching import FindLeads
from ..language import Language
from ..tracking.runs import log_artifacts, log_description, log_metrics, log_tags, start_run
from .judge_page import write_judge_page
from .output import write_json


@dataclass(frozen=True)
class JudgeJob:
    """What to judge, by what, and what to write.

    Attributes
    ----------
    scores
        The file of scores.
    outcomes
        The file of outcomes, where there is no history.
    options
        How to judge.
    page
        The page to write; None writes none.
    json
        The same for programs.
    track
        Whether to keep the judgement as an MLflow run.
    language
        Of the page.
    find_leads
        Who is who, for a history that knows nobody's address; None: the history knows.
    """

    scores: ScoreFile
    outcomes: Path | None = None
    options: JudgeOptions = field(default_factory=JudgeOptions)
    page: Path | None = None
    json: Path | None = None
    track: bool = False
    language: Language = "en"
    find_leads: FindLeads | None = None


def run_judge(history: History | None, job: JudgeJob, progress: ProgressCallback = ignore_progress) -> Judgement:
    """Judge a file of scores and write what is asked for. Raises HistoryError or LaunchError."""
    judgement = judge_scores(job.scores, history, job.outcomes, job.options, progress, job.find_leads)
    if job.page is not None:
        write_judge_page(judgement, job.page, job.language)
    if job.json is not None:
        write_json(judgement_to_json(judgement), job.json)
    if job.track:
        _log(judgement, history, [path for path in (job.page, job.json) if path is not None])
    return judgement


def _log(judgement: Judgement, history: History | None, files: list[Path]) -> None:
    tags = {"job": "judge", **({"history": history.name} if history is not None else {})}
    with start_run(f"judge {judgement.name}", tags):
        log_tags({"verdict": judgement.verdict.code, "level": judgement.verdict.level or ""})
        figures: dict[str, float] = {"judged": judgement.judged, "buyers": judgement.buyers}
        if judgement.order is not None:
            figures |= {name: value.estimate for name, value in judgement.order.metrics.items() if value == value}
        log_metrics({name: value for name, value in figures.items() if value == value})
        gaps = {rival.name: rival.difference["roc_auc"].estimate for rival in judgement.rivals}
        log_metrics({f"roc_auc_minus_{name.replace(' ', '_')}": gap for name, gap in gaps.items() if gap == gap})
        lines = [f"**{build_headline(judgement, 'en')}**", *build_sentences(judgement, "en")]
        log_description("\n\n".join(lines))
        log_artifacts(files)
