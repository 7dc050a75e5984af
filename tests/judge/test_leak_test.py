"""Leaks as strangers plant them are found and named; clean pipelines pass."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from hotleads.cli.main import app
from hotleads.history import History, get_sample_folder, open_history
from hotleads.history.lead_sample import write_lead_sample
from hotleads.judge import LeakTestError, find_leaks
from hotleads.judge.frames import read_tables
from hotleads.judge.poison import POISONS, Poison, find_future, poison_tables
from hotleads.testing import assert_no_leakage
from tests.judge import pipelines


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> History:
    """A part of the sample's people."""
    return write_lead_sample(open_history(get_sample_folder()), tmp_path_factory.mktemp("small"), 8)


@pytest.mark.parametrize(
    ("function", "tables"), pipelines.LEAKS.items(), ids=lambda value: getattr(value, "__name__", "")
)
def test_a_planted_leak_is_found_and_named(small: History, function: Callable[..., Any], tables: set[str]) -> None:
    report = find_leaks(function, small)
    assert not report.is_clean
    assert {leak.cause.split()[0] for leak in report.leaks} == tables
    assert all(leak.leads > 0 for leak in report.leaks)
    assert {finding.code for finding in report.findings} == ({"clock-leak"} if tables == {"clock"} else {"future-leak"})


@pytest.mark.parametrize(
    ("function", "frames"), pipelines.CLEAN.items(), ids=lambda value: getattr(value, "__name__", "")
)
def test_a_clean_pipeline_passes(small: History, function: Callable[..., Any], frames: Any) -> None:
    if frames == "polars" and importlib.util.find_spec("polars") is None:
        pytest.skip("polars is not installed")
    report = assert_no_leakage(function, small, frames=frames)
    assert report.leads > 100


@pytest.mark.parametrize("poison", POISONS, ids=lambda poison: poison.name)
def test_poison_changes_the_future_and_never_the_past(small: History, poison: Poison) -> None:
    tables, launch = read_tables(small), list(small.launches.values())[3]
    as_of = pd.Timestamp(launch.as_of)
    changed = poison_tables(tables, as_of, poison, 1)
    for name, table in tables.items():
        kept = [frame[~find_future(name, frame, as_of)].reset_index(drop=True) for frame in (table, changed[name])]
        pd.testing.assert_frame_equal(*kept)
    assert not changed[poison.table].equals(tables[poison.table])


def test_what_differs_by_itself_is_told_apart_from_a_leak(small: History) -> None:
    report = find_leaks(pipelines.random_noise, small)
    assert report.unstable == ("noise",)
    assert not report.leaks
    assert [finding.code for finding in report.findings] == ["not-repeatable"]


def test_what_cannot_be_tested_is_refused_without_a_persons_data(small: History) -> None:
    with pytest.raises(LeakTestError, match="no column lead_id"):
        find_leaks(pipelines.no_lead, small)
    with pytest.raises(LeakTestError, match=r"KeyError at pipelines\.py") as raised:
        find_leaks(pipelines.fails, small)
    assert "ana@" not in str(raised.value)


def test_a_function_that_does_not_read_its_tables_is_refused(small: History) -> None:
    with pytest.raises(LeakTestError, match="half of the people are taken out"):
        find_leaks(pipelines.keeps_what_it_returned, small)


def test_a_function_that_fails_by_the_future_is_told_what_was_done(small: History) -> None:
    with pytest.raises(LeakTestError, match=r"pipelines\.py:.* rows of events from as_of on .* reads"):
        find_leaks(pipelines.fails_on_what_it_has_not_seen, small)


def test_a_leak_fails_a_test_of_ones_own_with_column_and_rows(small: History) -> None:
    with pytest.raises(AssertionError, match=r"refunds.*refunded or charged back later"):
        assert_no_leakage(pipelines.status_as_of_today, small)


MODULE = """
def clean(tables, as_of):
    rows = tables["purchases"]
    return rows[rows["occurred_at"] < as_of].groupby("lead_id", as_index=False)["amount"].sum()
def leaky(tables, as_of):
    return tables["purchases"].groupby("lead_id", as_index=False)["amount"].sum()
"""


def test_exit_codes_tell_clean_leaking_and_impossible(
    small: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "strangers_features.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["leak-test", *arguments, "--history", str(small.folder)])
        return result.exit_code, result.output

    assert run("strangers_features:clean")[0] == 0
    code, text = run("strangers_features:leaky", "--json", "-")
    assert code == 1
    assert '"cause": "purchases removed"' in text
    for wrong in ("strangers_features:nothing", "no_such_module:f", "strangers_features"):
        assert run(wrong)[0] == 2
    assert run("strangers_features:clean", "--launch", "unknown")[0] == 2
