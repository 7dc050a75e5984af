"""The tutorial on one labelled CSV: its commands print what the page says, and its claims hold of its files."""

import csv
import shutil
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from hotleads.cli.console import console
from hotleads.cli.main import app
from tests.console_examples import find_missing_line, read_examples

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data" / "one_csv"
PAGE = (ROOT / "docs" / "one_csv.md").read_text()
EXAMPLES = read_examples(PAGE)


@pytest.mark.slow
def test_each_command_prints_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(DATA, tmp_path / "one_csv")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(console, "width", 100)  # as wide as the page shows tables, whoever made the console before
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    assert [command.split()[0] for command, _ in EXAMPLES] == ["import", "backtest", "train", "score", "explain"]
    for command, expected in EXAMPLES:
        result = CliRunner().invoke(app, command.split())
        assert result.exit_code == 0, result.output
        missing = find_missing_line(expected, result.output)
        assert missing is None, f"hotleads {command} does not print {missing!r}, but:\n{result.output}"
    leads = pd.read_csv("list.csv")
    new = pd.read_csv("one_csv/new_contacts.csv")
    assert set(leads["lead_id"]) == set(new["contact_id"])
    assert leads["probability"].is_monotonic_decreasing
    assert leads["reason_1"].notna().all()


def test_the_new_leads_have_the_same_columns_and_no_label() -> None:
    with (DATA / "contacts.csv").open() as labelled, (DATA / "new_contacts.csv").open() as new:
        assert next(csv.reader(labelled)) == next(csv.reader(new))
    rows = pd.read_csv(DATA / "new_contacts.csv")
    assert rows["bought"].isna().all()
    assert rows["duration"].isna().all()


def test_the_page_shows_the_first_lines_of_the_file() -> None:
    assert "\n".join((DATA / "contacts.csv").read_text().splitlines()[:2]) in PAGE
