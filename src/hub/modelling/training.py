"""Check, backtest and train on the hub's rows: the steps before scoring, each a job with its MLflow run."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings

from ...checks.finding import SEVERITIES
from ...history import History, HistoryError, LaunchError, open_history
from ...jobs.backtest import BacktestOptions, run_backtest
from ...jobs.check import CheckOptions, run_check
from ...jobs.train import TrainOptions, run_train
from ...language import Phrase, encode_text, get_message
from ...scoring.xgboost_import import import_xgboost_alone
from ..engine.kinds import Json, Options, Result
from ..errors import HubError
from ..models import HISTORY_FOLDER

BACKTEST_FOLDER = "backtest"
#: So many of the latest launches that are over are scored as they would have been: an update takes minutes, not hours.
MAX_BACKTESTED_LAUNCHES = 3
_METRICS = ("roc_auc", "average_precision")


class TooLittleHistoryError(HubError):
    """Nothing can be learned from what there is."""

    code = "too-little-history"


def run_checks(_options: Options, progress: Callable[[str], None]) -> Result:
    """Look for what is wrong with the rows, and count the findings by severity and code."""
    progress(Phrase("looking for problems"))
    findings = [finding for result in run_check(_open_history(), CheckOptions()) for finding in result.findings]
    severities = Counter(finding.severity for finding in findings)
    counts: dict[str, Any] = {f"{name}s": severities[name] for name in SEVERITIES}
    return {**counts, "findings": {finding.code: encode_text(finding.message) for finding in findings}}


def run_backtesting(options: Options, progress: Callable[[str], None]) -> Result:
    """Score the latest launches that are over by models that knew only what came before, and say how good it was."""
    import_xgboost_alone()
    history = _open_history()
    launches = _list_past_launches(history)[-MAX_BACKTESTED_LAUNCHES:]
    with _explain_too_little():
        if not launches:
            raise LaunchError(Phrase("no launch is over"))
        chosen = BacktestOptions(Path(settings.HUB_DATA) / BACKTEST_FOLDER, launches)
        if "trials" in options:
            chosen = replace(chosen, fit=replace(chosen.fit, trials=_get_trials(options)))
        _, report, run_id = run_backtest(history, chosen, progress)
    quality = {name: round(report["mean"][name], 3) for name in _METRICS if name in report["mean"]}
    skipped = {entry["launch_id"]: encode_text(entry["reason"]) for entry in report["skipped"]}
    scored: list[Json] = [*launches]
    return {**quality, "launches": scored, "skipped": skipped, "mlflow_run_id": run_id}


def run_training(options: Options, progress: Callable[[str], None]) -> Result:
    """Train for the next launch; the model is used from now on unless the present one or a simple rule is better.

    The option ``trials``, as in a backtest, is how many parameter settings are tried (default: the lab's).
    """
    import_xgboost_alone()
    chosen = TrainOptions()
    if "trials" in options:
        chosen = replace(chosen, fit=replace(chosen.fit, trials=_get_trials(options)))
    with _explain_too_little():
        result = run_train(_open_history(), chosen, progress)
    codes: list[Json] = [*sorted({finding.code for finding in result.findings})]
    return {
        "version": result.registry_version,
        "in use": result.champion,
        "because": encode_text(result.rejected_because or result.verdict.reason),
        "findings": codes,
        "mlflow_run_id": result.run_id,
    }


def _get_trials(options: Options) -> int:
    return int(str(options["trials"]))


def _open_history() -> History:
    return open_history(Path(settings.HUB_DATA) / HISTORY_FOLDER)


def _list_past_launches(history: History) -> list[str]:
    until = history.observed_until
    past = [launch for launch in history.launches.values() if launch.problem is None and until is not None]
    ended = [launch for launch in past if launch.as_of + launch.length <= until]  # type: ignore[operator]
    return [launch.launch_id for launch in sorted(ended, key=lambda launch: launch.as_of)]


@contextmanager
def _explain_too_little() -> Iterator[None]:
    """Say what is missing in words for whoever looks at the job, in place of the lab's error."""
    try:
        yield
    except (HistoryError, LaunchError) as error:
        raise TooLittleHistoryError(
            Phrase(
                "There is too little to learn from yet ({error}). A model needs a launch that is over, with its leads "
                "and with the purchases of those who bought: bring their files, make the launch on Launches, then "
                "update everything again",
                error=get_message(error),
            )
        ) from None
