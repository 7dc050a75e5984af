"""One command scores a whole launch with tiers and sentences: ``benchmarks/million_leads.py`` in small."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest


@pytest.mark.slow
def test_every_lead_of_a_launch_gets_a_tier_and_three_sentences(
    study: Callable[[str], ModuleType],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    choose_size: Callable[[int, int], int],
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")  # the study sets its own
    leads = choose_size(20_000, 1_000_000)
    study("million_leads").run(tmp_path, leads=leads, purchases=5)
    scores = pd.read_parquet(tmp_path / "scores.parquet")
    assert len(scores) == scores["lead_id"].nunique() == leads
    assert set(scores["tier"]) == {"hot", "warm", "cold"}
    assert scores["probability"].is_monotonic_decreasing
    assert scores["reasons"].map(len).eq(3).all()
    assert scores["reasons"].explode().map(lambda reason: reason["text"]).str.len().gt(10).all()
    output = capsys.readouterr().out
    assert f"{leads:,} rows, {3 * leads:,} reasons" in output
    assert "features" in output  # the time is split by stage
