"""The pages on judged scores and leaking pipelines: what they type, on bundled data, prints what they show."""

import runpy
import shutil
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotleads.cli.console import console
from hotleads.cli.main import app
from tests.console_examples import find_missing_line, read_examples, write_scripts

ROOT = Path(__file__).parents[2]
JUDGE, LEAK_TEST = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("judge.md", "leak_test.md"))


@pytest.fixture(autouse=True)
def _working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the bundled data and what the pages write there; console tables as wide as the pages show them."""
    for name in ("sample", "one_csv"):
        shutil.copytree(ROOT / "data" / name, tmp_path / name)
    mapping = (tmp_path / "one_csv" / "contacts.toml").read_text(encoding="utf-8")
    assert "# attr_duration" in mapping
    (tmp_path / "one_csv" / "leaking.toml").write_text(mapping.replace("# attr_duration", "attr_duration"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(console, "width", 100)
    monkeypatch.setattr(sys, "path", [*sys.path])


def run(command: str, expected: str) -> int:
    result = CliRunner().invoke(app, command.split())
    missing = find_missing_line(expected, result.output)
    assert missing is None, f"hotleads {command} does not print {missing!r}, but:\n{result.output}"
    return result.exit_code


@pytest.mark.slow
def test_scores_of_a_spreadsheet_get_the_verdicts_that_the_page_shows(tmp_path: Path) -> None:
    (script,) = write_scripts(JUDGE, tmp_path)
    runpy.run_path(str(script))
    codes = [run(command, expected) for command, expected in read_examples(JUDGE) if "--history sample" in command]
    assert codes == [1, 0]


@pytest.mark.slow
def test_the_length_of_a_call_looks_brilliant_until_its_true_time_is_given() -> None:
    codes = [run(command, expected) for command, expected in read_examples(JUDGE) if "one_csv" in command]
    assert codes == [0, 0, 1]


@pytest.mark.slow
def test_a_leaking_mean_is_found_and_an_overwritten_column_only_by_the_check(tmp_path: Path) -> None:
    write_scripts(LEAK_TEST, tmp_path)
    codes = [run(command, expected) for command, expected in read_examples(LEAK_TEST)]
    assert codes == [1, 0, 0, 4]
