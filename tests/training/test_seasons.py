"""A business that sells in launches alone: its forecast comes from launches, and one that does not says so."""

import pytest

from hotleads.checks import check_forecast
from hotleads.history import History, history_from_frames
from hotleads.training import FitOptions, backtest

from .businesses import build_seasonal_course


@pytest.fixture(scope="module")
def seasonal() -> History:
    return history_from_frames(**build_seasonal_course())


def test_the_second_launch_is_forecast_from_the_first_not_from_the_weeks_without_a_sale(seasonal: History) -> None:
    _, report = backtest(seasonal, FitOptions(trials=0, reasons=0), ["launch-2"])
    (entry,) = report["launches"]
    assert entry["training"]["launches"] == ["launch-1"]
    assert 0.5 < entry["metrics"]["mean_probability"] / entry["metrics"]["base_rate"] < 2
    assert "forecast-unlike-launches" not in {found["code"] for found in entry["findings"]}


def test_the_first_launch_of_its_kind_says_that_nothing_shows_what_such_ones_bring(seasonal: History) -> None:
    found = check_forecast(seasonal, seasonal.get_launch("launch-1"), 10.0, 100)
    assert found is not None
    assert found.code == "first-of-its-kind"
    assert "launch-1 is the first classic launch: that 10.00% of the 100 leads" in found.message
    second = check_forecast(seasonal, seasonal.get_launch("launch-2"), 1.0, 100)
    assert second is None or second.code != "first-of-its-kind"


def test_a_forecast_far_from_what_launches_brought_is_named_on_every_row(
    seasonal: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Learned from the weeks without a sale, as if they were on sale."""
    monkeypatch.setattr("hotleads.training.sale_periods.SalePeriods.is_on_sale", lambda *_: True)
    scores, report = backtest(seasonal, FitOptions(trials=0, reasons=0), ["launch-2"])
    assert scores["findings"].map(lambda codes: "forecast-unlike-launches" in codes).all()
    (entry,) = report["launches"]
    warning = entry["warnings"][0]
    assert warning["code"] == "forecast-unlike-launches"
    assert "times less than the" in warning["message"]
    assert "in launch-1" in warning["message"]
    assert entry["notes"][0] == warning["message"]


def test_an_order_that_is_worse_than_a_random_one_says_so() -> None:
    """What told buyers in the first launch tells the others in the second."""
    frames = build_seasonal_course()
    leads = frames["leads"]
    second = leads["lead_id"].str.startswith("lead-1")
    ages = leads["attr_age"].astype(int).where(~second, 60 - leads["attr_age"].astype(int)).astype(str)
    named = leads.assign(attr_age=ages, launch_id=second.map({False: "launch-1", True: "launch-2"}))
    _, report = backtest(history_from_frames(**frames | {"leads": named}), FitOptions(trials=0, reasons=0))
    (entry,) = report["launches"]
    assert entry["metrics"]["roc_auc"] < 0.4
    (warning,) = entry["warnings"]
    assert warning["code"] == "no-better-than-chance"
    assert f"worse than a random one, ROC AUC {entry['metrics']['roc_auc']:.2f}" in warning["message"]
    assert [skipped["launch_id"] for skipped in report["skipped"]] == ["launch-1"]
