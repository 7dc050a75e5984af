"""From a history to the table: every feature against plain Python that reads the same rows one by one."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hotleads.features import (
    FEATURES,
    Context,
    build_context,
    build_features,
    compute_features,
    list_features,
    read_cohort_and_context,
    read_launch_inputs,
)
from hotleads.history import HistoryError, LaunchError, build_cohort
from hotleads.history.schema import STATUSES

DAY = pd.Timedelta(days=1)


# --------------------------------------------------------------------------------------------------- a naive reading
@dataclass(frozen=True)
class Done:
    """One row of a lead's past that bought something or gave it back."""

    at: pd.Timestamp
    transaction: str
    kind: str
    net: float
    price: float | None  # None: of another currency, or not known
    product: str | None
    charge: int


def naive_past(rows: pd.DataFrame, as_of: pd.Timestamp, currency: str) -> list[Done]:
    """What the known rows of one lead did, oldest first."""
    rank, price = rows["status"].map(STATUSES.index), pd.to_numeric(rows["amount"])
    rows = rows.assign(rank=rank, price=price, charge=rows["recurrence_number"].fillna(0).astype(int))
    past_rows = rows[rows["occurred_at"] < as_of].sort_values(["occurred_at", "rank", "price"])
    done = [one for _, part in past_rows.groupby("transaction_id") for one in naive_transaction(part, currency)]
    return sorted(done, key=lambda one: (one.at, one.transaction))


def naive_transaction(rows: pd.DataFrame, currency: str) -> list[Done]:
    paid, taken, done = None, 0.0, []
    for row in rows.itertuples():
        price = None if pd.isna(row.price) else row.price
        counts = pd.isna(row.currency) or row.currency == currency
        product = None if pd.isna(row.product_id) else row.product_id
        if row.status in ("approved", "complete") and paid is None:
            kind, net, paid = "bought", price or 0.0, price or 0.0
        elif row.status in ("refunded", "chargeback"):
            left = 0.0 if paid is None else max(paid - taken, 0.0)
            kind, net = row.status, -(left if price is None else price)
            taken += 0.0 if paid is None else (paid if price is None else price)
        else:
            continue
        net, price = (net, price) if counts else (0.0, None)
        done.append(Done(row.occurred_at, row.transaction_id, kind, net, price, product, row.charge))
    return done


def naive_features(past: list[Done], shows: list[pd.Timestamp], as_of: pd.Timestamp) -> dict[str, float]:
    """The features of what one lead bought and where it was captured, by name."""

    def days(since: pd.Timestamp) -> float:
        return (as_of - since) / DAY

    bought = [one for one in past if one.kind == "bought"]
    refunds = [one for one in past if one.kind == "refunded"]
    renewals = [one for one in bought if one.charge > 1]
    prices = [one.price for one in bought if one.price is not None]
    charges = [one.charge for one in bought if one.charge >= 1]
    first_of_day = {one.at.floor("D"): one.at for one in reversed(bought)}
    gaps = np.diff(sorted(days(at) for at in first_of_day.values()))
    features = {
        "days_since_last_purchase": days(bought[-1].at) if bought else math.nan,
        "days_since_first_purchase": days(bought[0].at) if bought else math.nan,
        "days_from_first_to_last_purchase": (bought[-1].at - bought[0].at) / DAY if bought else math.nan,
        "purchases": len(bought),
        "purchase_days": len(first_of_day),
        "distinct_products": len({one.product for one in bought} - {None}),
        "spend": sum(one.net for one in past),
        "mean_purchase_amount": np.mean(prices) if prices else math.nan,
        "largest_purchase_amount": max(prices, default=math.nan),
        "last_purchase_amount": prices[-1] if prices else math.nan,
        "mean_days_between_purchases": gaps.mean() if len(gaps) else math.nan,
        "deviation_days_between_purchases": gaps.std() if len(gaps) else math.nan,
        "days_since_last_over_mean_gap": days(max(first_of_day.values())) / gaps.mean() if len(gaps) else math.nan,
        "refunds": len(refunds),
        "refunds_90d": sum(days(one.at) <= 90 for one in refunds),
        "refunded_amount": sum(one.net for one in refunds),
        "chargebacks": sum(one.kind == "chargeback" for one in past),
        "renewals": len(renewals),
        "renewals_90d": sum(days(one.at) <= 90 for one in renewals),
        "last_recurrence_number": charges[-1] if charges else math.nan,
        "captures": len(shows),
        "captures_30d": sum(days(at) <= 30 for at in shows),
        "days_since_last_capture": days(max(shows)) if shows else math.nan,
        "days_since_first_capture": days(min(shows)) if shows else math.nan,
    }
    for window in (7, 30, 90, 365):
        features[f"purchases_{window}d"] = sum(days(one.at) <= window for one in bought)
        features[f"spend_{window}d"] = sum(one.net for one in past if days(one.at) <= window)
    for half in (7, 30, 90):
        features[f"purchases_decayed_{half}d"] = sum(0.5 ** (days(one.at) / half) for one in bought)
        features[f"spend_decayed_{half}d"] = sum(one.net * 0.5 ** (days(one.at) / half) for one in past)
    return {name: float(value) for name, value in features.items()}


@pytest.mark.parametrize("seed", [21, 22])
def test_what_was_bought_agrees_with_a_naive_reading(seed: int, make: Any) -> None:
    sales, shows = make.random_purchases(80, seed), make.random_captures(80, seed + 100)
    table = build_features(make.history(sales, shows), "L")
    assert len(table) > 60
    for lead, features in table.iterrows():
        seen = shows.loc[(shows["lead_id"] == lead) & (shows["captured_at"] < make.as_of)]
        seen = seen.drop_duplicates()["captured_at"].to_list()  # a row told twice is one row
        past = naive_past(sales[sales["lead_id"] == lead], make.as_of, "BRL")
        expected = naive_features(past, seen, make.as_of)
        assert set(expected) < set(table.columns)
        assert features[list(expected)].to_dict() == pytest.approx(expected, rel=1e-9, abs=1e-6, nan_ok=True)


# ---------------------------------------------------------------------------------------------------------- the table
def test_table_has_one_row_a_lead_and_one_float_column_a_declaration(make: Any) -> None:
    history = make.history(make.random_purchases(30, 1), make.random_captures(30, 2))
    table = build_features(history, history.get_launch("L"), features=FEATURES)
    assert table.index.to_list() == build_cohort(history, history.get_launch("L"))["lead_id"].to_list()
    assert table.index.name == "lead_id"
    assert table.columns.to_list() == [feature.name for feature in FEATURES]
    assert (table.dtypes == np.float64).all()


def test_features_come_in_the_requested_order(make: Any, differing: Callable[..., list[str]]) -> None:
    history = make.history(make.random_purchases(30, 1), make.random_captures(30, 2))
    chosen = [FEATURES[-1], FEATURES[6], FEATURES[0], FEATURES[-4]]
    some = build_features(history, "L", features=chosen)
    assert differing(some, build_features(history, "L")[[feature.name for feature in chosen]]) == []
    assert build_features(history, "L", features=[]).shape == (len(some), 0)


def test_a_context_given_is_the_one_used(make: Any) -> None:
    history = make.history([make.sale("ana", "a", 3), make.sale("ana", "b", 2, 7, currency="USD")])
    dollars = Context(make.as_of.to_pydatetime(), "USD")
    assert build_context(history, make.as_of).currency == "BRL"
    assert build_features(history, "L")["spend"].to_list() == [10]
    assert build_features(history, "L", context=dollars)["spend"].to_list() == [7]


def test_one_run_serves_any_number_of_as_of(make: Any, differing: Callable[..., list[str]]) -> None:
    history, context = make.history(make.random_purchases(20, 1)), Context(make.as_of.to_pydatetime(), "BRL")
    leads = [f"lead{i:03d}" for i in range(20)]
    times = pd.Series([make.ago(20 * i) for i in range(20)]).astype("datetime64[us, UTC]")
    mixed = compute_features(
        history, history.get_launch("L"), pd.DataFrame({"lead_id": leads, "as_of": times}), context
    )
    for lead, as_of in zip(leads[::4], times[::4], strict=True):
        alone = compute_features(history, history.get_launch("L"), make.cohort(lead, as_of=as_of), context)
        assert differing(alone, mixed.loc[[lead]]) == []


def test_a_launch_that_is_unknown_or_lacks_a_time_is_refused(make: Any) -> None:
    with pytest.raises(HistoryError, match="no launch 'M'; this history has L"):
        build_features(make.history([make.sale("ana", "a", 3)]), "M")
    with pytest.raises(LaunchError, match="cart_closes_at"):
        build_features(make.history([make.sale("ana", "a", 3)], cart_closes_at=None), "L")


def test_launch_inputs_equal_those_read_one_by_one(make: Any) -> None:
    history = make.history(make.random_purchases(80, seed=5), captures=make.random_captures(80, seed=5))
    launch = history.get_launch("L")
    inputs = read_launch_inputs(history, launch)
    pd.testing.assert_frame_equal(inputs.leads, build_cohort(history, launch)[["lead_id", "as_of"]])
    assert inputs.features == list_features(history, launch.as_of)
    assert inputs.context == build_context(history, launch.as_of)
    leads, context = read_cohort_and_context(history, launch, currency="USD")
    pd.testing.assert_frame_equal(leads, inputs.leads)
    assert context == build_context(history, launch.as_of, currency="USD") != inputs.context
