"""The first command a visitor runs."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotleads.cli.main import app


@pytest.mark.slow
def test_demo_shows_quality_tiers_and_reasons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    sample = Path(__file__).parents[2] / "data" / "sample"
    result = CliRunner().invoke(
        app, ["demo", "--history", str(sample), "--out", str(tmp_path / "out"), "--trials", "1"]
    )
    assert result.exit_code == 0, result.output
    for shown in ("ROC AUC", "Tiers of", "Hottest leads", "next_launch.html", "report.html", "MLflow UI", "▲"):
        assert shown in result.output
    assert result.output.index("next_launch.html") < result.output.index("report.html"), "what to do comes first"
    assert (tmp_path / "out" / "next_launch.parquet").is_file()
    assert (tmp_path / "out" / "next_launch.html").is_file()
