"""Judge a file of any tool's scores by the hub's rows: the job behind *Judge a file* on the page *Is it right?*."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from django.conf import settings

from ...checks import describe_message
from ...history import HistoryError, LaunchError, open_history
from ...jobs.judge import JudgeJob, run_judge
from ...jobs.judge_page import name_heights
from ...judge import Judgement as LabJudgement
from ...judge import ScoreFile, build_headline, build_sentences, judgement_to_json
from ...judge.verdict_words import RIVAL_NAMES
from ...language import LANGUAGES, Language, Phrase, Translator
from ..clock import get_now
from ..engine.kinds import Options, Result
from ..errors import HubError
from ..feed.sync import export_history
from ..intake.problems import encode_problem, list_problems
from ..intake.score_files import find_scores, remove_scores_file
from ..models import HISTORY_FOLDER, Installation, Judgement, JudgementState
from ..people.finding import find_contacts


def run_judging(options: Options, progress: Callable[[str], None]) -> Result:
    """Judge the file of the judgement ``judgement_id`` by the rows of now, and remove it."""
    judgement = Judgement.objects.get(pk=str(options["judgement_id"]))
    if judgement.state != JudgementState.WAITING:  # run again after it had ended
        remove_scores_file(judgement)
        return {"verdict": judgement.state}
    try:
        found = _judge(judgement, progress)
    except (HistoryError, LaunchError, HubError) as error:
        _end(judgement, JudgementState.REFUSED, problems=[encode_problem(problem) for problem in list_problems(error)])
        return {"verdict": "refused"}
    _end(judgement, JudgementState.JUDGED, result=describe_judgement(found))
    return {"verdict": found.verdict.code, "judged": found.judged, "buyers": found.buyers}


def describe_judgement(found: LabJudgement) -> dict[str, Any]:
    """Return the figures of a judgement, and by language its sentences, in plain values that name nobody."""
    return {
        "figures": judgement_to_json(found),
        "texts": {language: _describe_in(found, language) for language in LANGUAGES},
    }


def _describe_in(found: LabJudgement, language: Language) -> dict[str, Any]:
    return {
        "headline": build_headline(found, language),
        "sentences": build_sentences(found, language),
        "rivals": {rival: Translator(language)(name) for rival, name in RIVAL_NAMES.items()},
        "heights": [row["name"] for row in name_heights(found, language)],
        "findings": [[finding.code, describe_message(finding, Translator(language))] for finding in found.findings],
    }


def _judge(judgement: Judgement, progress: Callable[[str], None]) -> LabJudgement:
    path = find_scores(judgement)
    if path is None:
        raise HubError(Phrase("the file is not here any more: bring it again"))
    folder = Path(settings.HUB_DATA) / HISTORY_FOLDER
    progress(Phrase("bringing the history up to date"))
    rows = export_history(folder, progress)
    if not (rows["leads"] or rows["purchases"]):
        raise HubError(
            Phrase("there are neither leads nor purchases to judge it by: bring those first, then the file again")
        )
    installation, said = Installation.objects.get(), judgement.options

    def find_leads(column: str, values: pd.Series) -> pd.Series:
        found = find_contacts(column, values.where(values.notna(), None).tolist(), installation.default_country)
        return pd.Series([None if contact is None else str(contact) for contact in found], index=values.index)

    scores = ScoreFile(
        path,
        lead=said.get("lead") or None,
        score=said.get("score") or None,
        scored_at=said.get("scored_at") or None,
        given_at=datetime.fromisoformat(said["given_at"]) if said.get("given_at") else None,
        timezone=installation.time_zone,
        is_reversed=True if said.get("is_reversed") else None,
    )
    return run_judge(open_history(folder), JudgeJob(scores, find_leads=find_leads), progress)


def _end(judgement: Judgement, state: JudgementState, **fields: object) -> None:
    """Keep what came of a judgement, unless somebody's erasure has refused it meanwhile, and remove its file."""
    remove_scores_file(judgement)
    waiting = Judgement.objects.filter(pk=judgement.pk, state=JudgementState.WAITING)
    waiting.update(state=state, ended_at=get_now(), **fields)
