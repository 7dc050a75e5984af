"""The record shop's world beside the record shop's data."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from hotleads import simulator

WEEKS = 39
# The published parameters are estimates from this many of the shop's 23,570 customers.
ESTIMATED_FROM = 2_357


def draw_visits(purchases: pd.DataFrame, start: str) -> pd.DataFrame:
    """One row a customer and day, as the shop's data have it, in the first 39 weeks."""
    day = purchases["day"].dt.tz_localize(None).dt.normalize()
    rows = purchases.assign(day=day)[day < pd.Timestamp(start) + pd.Timedelta(weeks=WEEKS)]
    return rows[["lead_id", "day"]].drop_duplicates().sort_values(["lead_id", "day"])


def list_gap_days(rows: pd.DataFrame) -> pd.Series:
    return rows.groupby("lead_id")["day"].diff().dropna().dt.days


@pytest.fixture(scope="module")
def shop(real_data: Callable[[str], Path]) -> pd.DataFrame:
    names = ["lead_id", "day", "units", "dollars"]
    file = real_data("cdnow") / "CDNOW_master.txt"
    rows = pd.read_csv(file, sep=r"\s+", skiprows=1, names=names, parse_dates=["day"], date_format="%Y%m%d")
    return draw_visits(rows, "1997-01-01")


@pytest.fixture(scope="module")
def simulated_shop(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("shop")
    simulator.simulate(
        folder, simulator.SimulationOptions(leads=23_570, launches=3, seed=3, world="cdnow", parquet=True)
    )
    purchases = pd.read_parquet(folder / "purchases.parquet").rename(columns={"occurred_at": "day"})
    return draw_visits(purchases, "2024-01-01")


def test_as_many_customers_come_back(shop: pd.DataFrame, simulated_shop: pd.DataFrame) -> None:
    real, made = ((rows.groupby("lead_id").size() > 1).mean() for rows in (shop, simulated_shop))
    error = np.sqrt(real * (1 - real) * (1 / ESTIMATED_FROM + 1 / 23_570))
    assert abs(made - real) < 2 * error


def test_they_come_back_after_as_long(shop: pd.DataFrame, simulated_shop: pd.DataFrame) -> None:
    result = ks_2samp(list_gap_days(shop), list_gap_days(simulated_shop))
    gaps_estimated_from = len(list_gap_days(shop)) * ESTIMATED_FROM / 23_570
    assert result.statistic < 1.36 / np.sqrt(gaps_estimated_from)  # the 5% bound of Kolmogorov's test


def test_its_launches_are_of_any_product_and_their_truth_is_one_minus_exp(tmp_path: Path) -> None:
    simulator.simulate(
        tmp_path, simulator.SimulationOptions(leads=12_000, launches=4, seed=5, world="cdnow", parquet=True)
    )
    truth = simulator.read_truth(tmp_path)
    decile = pd.qcut(truth["probability"].rank(method="first"), 10, labels=False)
    by_decile = truth.groupby(decile).agg(label=("label", "sum"), expected=("probability", "sum"))
    spread = (truth["probability"] * (1 - truth["probability"])).groupby(decile).sum()
    assert (abs(by_decile["label"] - by_decile["expected"]) < 4 * np.sqrt(spread) + 1).all()
    assert truth.groupby("launch_id")["label"].mean().between(0.1, 0.3).all()
