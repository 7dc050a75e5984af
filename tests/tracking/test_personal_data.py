"""No personal data in an MLflow store."""

import json
import sqlite3
from pathlib import Path

import pytest

from hotleads.history import History
from hotleads.tracking import log_artifacts, log_metrics, start_run
from hotleads.training import FitOptions, backtest
from hotleads.training.report import write_report

#: Part of every lead's id, name, e-mail and phone in this history.
PERSONAL = ("@person.example", "Name of", "+55 11 9")


@pytest.mark.slow
def test_nothing_personal_is_in_any_file_or_row_that_a_run_leaves(
    store: Path, versions: list[str], private: History, tmp_path: Path
) -> None:
    """A backtest and two trainings of people who go by their e-mail addresses."""
    with start_run("backtest", {"history": private.name}):
        scores, report = backtest(private, FitOptions(trials=0), ["month-6", "month-4"])
        (tmp_path / "report.json").write_text(json.dumps(report))
        write_report(report, scores, tmp_path)
        log_metrics(report["mean"])
        log_artifacts([tmp_path / "report.json", tmp_path / "report.html"])
    assert scores["lead_id"].str.contains(PERSONAL[0]).all()
    files = [path for path in store.rglob("*") if path.is_file()]
    assert {"mlflow.db", "report.html", "report.json", "model.json", "card.json"} <= {path.name for path in files}
    with sqlite3.connect(store / "mlflow.db") as database:
        dump = "\n".join(database.iterdump())
    assert "mean_probability" in dump
    for text in PERSONAL:
        assert text not in dump
        assert not [path for path in files if text.encode() in path.read_bytes()]
