"""Features of a real launch: against pandas on the raw invoice lines, and blind to what came later."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hotleads.features import build_features
from hotleads.history import History, history_from_frames
from hotleads.history.schema import TABLES

LAUNCH, AS_OF = "2011-11", pd.Timestamp("2011-11-01")


@pytest.fixture(scope="module")
def table(online_retail: History) -> pd.DataFrame:
    return build_features(online_retail, LAUNCH)


@pytest.fixture(scope="module")
def invoices(real_data: Callable[[str], Path]) -> pd.DataFrame:
    """What pandas makes of the invoices before the launch: lead, time, whether money was given back, amount."""
    lines = pd.read_csv(
        real_data("online_retail") / "online_retail.csv.gz",
        usecols=["InvoiceNo", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"],
        dtype={"InvoiceNo": "str", "CustomerID": "str"},
        parse_dates=["InvoiceDate"],
    )
    lines = lines[lines["CustomerID"].notna()].assign(amount=lambda line: line["Quantity"] * line["UnitPrice"])
    totals = lines.groupby(["InvoiceNo", "CustomerID"], as_index=False).agg(
        at=("InvoiceDate", "min"), amount=("amount", "sum")
    )
    totals["lead_id"] = totals["CustomerID"].str.removesuffix(".0")
    totals["refund"] = totals["InvoiceNo"].str.startswith("C")
    return totals[totals["at"] < AS_OF].sort_values(["lead_id", "at", "InvoiceNo"])


def _ages(rows: pd.DataFrame) -> pd.Series:
    return (AS_OF - rows["at"]) / pd.Timedelta(days=1)


def _counts(rows: pd.DataFrame) -> pd.Series:
    return rows.groupby("lead_id").size()


def _spend(rows: pd.DataFrame) -> pd.Series:
    return rows.groupby("lead_id")["amount"].sum()


EXPECTED: dict[str, Callable[[pd.DataFrame, pd.DataFrame], Any]] = {  # of all invoices and of those that bought
    "purchases": lambda both, bought: _counts(bought),
    "purchases_30d": lambda both, bought: _counts(bought[_ages(bought) <= 30]),
    "purchases_365d": lambda both, bought: _counts(bought[_ages(bought) <= 365]),
    "purchase_days": lambda both, bought: bought["at"].dt.floor("D").groupby(bought["lead_id"]).nunique(),
    "spend": lambda both, bought: _spend(both),
    "spend_90d": lambda both, bought: _spend(both[_ages(both) <= 90]),
    "refunds": lambda both, bought: _counts(both[both["refund"]]),
    "refunded_amount": lambda both, bought: _spend(both[both["refund"]]),
    "days_since_last_purchase": lambda both, bought: _ages(bought).groupby(bought["lead_id"]).min(),
    "days_since_first_purchase": lambda both, bought: _ages(bought).groupby(bought["lead_id"]).max(),
    "mean_purchase_amount": lambda both, bought: bought.groupby("lead_id")["amount"].mean(),
    "largest_purchase_amount": lambda both, bought: bought.groupby("lead_id")["amount"].max(),
    "last_purchase_amount": lambda both, bought: bought.groupby("lead_id")["amount"].last(),
    "purchases_decayed_30d": lambda both, bought: (0.5 ** (_ages(bought) / 30)).groupby(bought["lead_id"]).sum(),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_agrees_with_pandas(name: str, table: pd.DataFrame, invoices: pd.DataFrame) -> None:
    expected = EXPECTED[name](invoices, invoices[~invoices["refund"]]).reindex(table.index)
    if (table[name] == 0).any():
        expected = expected.fillna(0)
    np.testing.assert_allclose(table[name], expected, rtol=1e-9, atol=1e-6)


def test_every_customer_seen_before_is_scored(table: pd.DataFrame, invoices: pd.DataFrame) -> None:
    assert set(table.index) == set(invoices["lead_id"])
    assert len(table) == 4010


@pytest.mark.parametrize("later", ["deleted", "replaced"])
def test_blind_to_everything_at_or_after_as_of(
    later: str, table: pd.DataFrame, online_retail: History, differing: Callable[..., list[str]]
) -> None:
    rows, launches = (online_retail.read(name, TABLES[name].names).to_pandas() for name in ("purchases", "launches"))
    future = rows["occurred_at"] >= AS_OF.tz_localize("UTC")
    assert 0 < future.sum() < len(rows)
    if later == "deleted":
        rows = rows[~future]
    else:
        rows.loc[future, "lead_id"] = rows.loc[future, "lead_id"].to_numpy()[::-1]
        rows.loc[future, "currency"] = "USD"
        rows.loc[future, "amount"] = Decimal(1)
    history = history_from_frames(launches=launches, purchases=rows)
    assert differing(table, build_features(history, LAUNCH)) == []
