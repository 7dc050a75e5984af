"""Pipelines as strangers write them: twelve that know the future, and five that do not."""

import datetime as dt
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

Tables = dict[str, pd.DataFrame]


def list_leads(tables: Tables, as_of: datetime) -> pd.DataFrame:
    """The leads captured by then, one row each."""
    captured = tables["leads"][tables["leads"]["captured_at"] <= as_of]
    return captured[["lead_id"]].drop_duplicates().reset_index(drop=True)


def know_purchases(tables: Tables, as_of: datetime) -> pd.DataFrame:
    rows = tables["purchases"]
    return rows[rows["occurred_at"] < as_of]


def add(tables: Tables, as_of: datetime, name: str, values: pd.Series) -> pd.DataFrame:
    leads = list_leads(tables, as_of)
    return leads.assign(**{name: leads["lead_id"].map(values)})


# ------------------------------------------------------------------------------------------------------ twelve leaks


def mean_over_the_whole_table(tables: Tables, as_of: datetime) -> pd.DataFrame:
    spend = know_purchases(tables, as_of).groupby("lead_id")["net_amount"].sum()
    return add(tables, as_of, "spend_over_mean", spend / tables["purchases"]["net_amount"].mean())


def target_encoding_over_all_launches(tables: Tables, as_of: datetime) -> pd.DataFrame:
    buyers = set(tables["purchases"].loc[tables["purchases"]["bought"], "lead_id"])
    leads = tables["leads"].assign(label=tables["leads"]["lead_id"].isin(buyers))
    rate = leads.groupby("utm_campaign")["label"].mean()
    known = leads[leads["captured_at"] <= as_of].drop_duplicates("lead_id", keep="last").set_index("lead_id")
    return add(tables, as_of, "campaign_rate", known["utm_campaign"].map(rate))


def status_as_of_today(tables: Tables, as_of: datetime) -> pd.DataFrame:
    last = tables["purchases"].sort_values("occurred_at").drop_duplicates("transaction_id", keep="last")
    mine = last[last["transaction_id"].isin(know_purchases(tables, as_of)["transaction_id"])]
    return add(tables, as_of, "refunds", mine["status"].eq("refunded").groupby(mine["lead_id"]).sum())


def last_capture_ever(tables: Tables, as_of: datetime) -> pd.DataFrame:
    last = tables["leads"].sort_values("captured_at").drop_duplicates("lead_id", keep="last").set_index("lead_id")
    return add(tables, as_of, "campaign", last["utm_campaign"])


def days_until_now(tables: Tables, as_of: datetime) -> pd.DataFrame:
    last = know_purchases(tables, as_of).groupby("lead_id")["occurred_at"].max()
    return add(tables, as_of, "recency", (pd.Timestamp.now(tz="UTC") - last).dt.days)


def age_by_the_clock(tables: Tables, as_of: datetime) -> pd.DataFrame:
    first = know_purchases(tables, as_of).groupby("lead_id")["occurred_at"].min()
    today = dt.datetime.now(dt.UTC).date()
    return add(tables, as_of, "tenure", first.dt.date.map(lambda day: (today - day).days) + time.time() // 86_400)


def scaling_over_all_rows(tables: Tables, as_of: datetime) -> pd.DataFrame:
    spend = tables["purchases"].groupby("lead_id")[["net_amount"]].sum()
    known = know_purchases(tables, as_of).groupby("lead_id")[["net_amount"]].sum()
    scaled = StandardScaler().fit(spend).transform(known)[:, 0]
    return add(tables, as_of, "scaled_spend", pd.Series(scaled, known.index))


def join_that_looks_ahead(tables: Tables, as_of: datetime) -> pd.DataFrame:
    joined = list_leads(tables, as_of).merge(tables["purchases"], on="lead_id", how="left")
    return joined.groupby("lead_id", as_index=False).agg(purchases=("transaction_id", "nunique"))


def id_that_grows_with_buying(tables: Tables, as_of: datetime) -> pd.DataFrame:
    order = tables["purchases"]["lead_id"].value_counts().rank(method="first")
    return add(tables, as_of, "customer_number", order)


def next_event(tables: Tables, as_of: datetime) -> pd.DataFrame:
    events = tables["events"].sort_values("occurred_at")
    ahead = events[events["occurred_at"] >= as_of - pd.Timedelta("7D")]
    return add(tables, as_of, "visits_this_week", ahead.groupby("lead_id").size())


def closed_window(tables: Tables, as_of: datetime) -> pd.DataFrame:
    day = pd.Timestamp(as_of).normalize() + pd.Timedelta("1D")
    rows = tables["purchases"][tables["purchases"]["occurred_at"] < day]
    return add(tables, as_of, "purchases_until_that_day", rows.groupby("lead_id").size())


def vocabulary_of_all_products(tables: Tables, as_of: datetime) -> pd.DataFrame:
    products = tables["purchases"]["product_id"].dropna().value_counts().index  # the commonest first, as of today
    code = {product: number for number, product in enumerate(products)}
    last = know_purchases(tables, as_of).drop_duplicates("lead_id", keep="last").set_index("lead_id")
    return add(tables, as_of, "product_code", last["product_id"].map(code))


def event_of_the_very_instant(tables: Tables, as_of: datetime) -> pd.DataFrame:
    events = tables["events"]
    return add(tables, as_of, "events", events[events["occurred_at"] <= as_of].groupby("lead_id").size())


def one_minute_ahead(tables: Tables, as_of: datetime) -> pd.DataFrame:
    purchases = tables["purchases"]
    soon = purchases[purchases["occurred_at"] < as_of + pd.Timedelta("1min")]
    return add(tables, as_of, "purchases", soon.groupby("lead_id").size())


def columns_of_all_event_types(tables: Tables, as_of: datetime) -> pd.DataFrame:
    events = tables["events"]
    counts = pd.crosstab(events["lead_id"], events["event_type"])
    known = events[events["occurred_at"] < as_of].groupby(["lead_id", "event_type"]).size().unstack()
    return known.reindex(columns=counts.columns).fillna(0).reset_index()


LEAKS: dict[Any, set[str]] = {
    event_of_the_very_instant: {"events"},
    one_minute_ahead: {"purchases"},
    columns_of_all_event_types: {"events"},
    mean_over_the_whole_table: {"purchases"},
    target_encoding_over_all_launches: {"purchases", "leads"},
    status_as_of_today: {"purchases"},
    last_capture_ever: {"leads"},
    days_until_now: {"clock"},
    age_by_the_clock: {"clock"},
    scaling_over_all_rows: {"purchases"},
    join_that_looks_ahead: {"purchases"},
    id_that_grows_with_buying: {"purchases"},
    next_event: {"events"},
    closed_window: {"purchases"},
    vocabulary_of_all_products: {"purchases"},
}


# ------------------------------------------------------------------------------------------------- five clean ones


def recency_in_pandas(tables: Tables, as_of: datetime) -> pd.DataFrame:
    last = know_purchases(tables, as_of).groupby("lead_id")["occurred_at"].max()
    return add(tables, as_of, "recency", (as_of - last).dt.total_seconds())


def score_with_scikit_learn(tables: Tables, as_of: datetime) -> pd.DataFrame:
    leads = list_leads(tables, as_of).set_index("lead_id")
    rows = know_purchases(tables, as_of).groupby("lead_id").agg(spend=("net_amount", "sum"), n=("amount", "size"))
    X = leads.join(rows)
    scaled = make_pipeline(SimpleImputer(strategy="constant", fill_value=0.0), StandardScaler()).fit_transform(X)
    return pd.DataFrame({"lead_id": X.index, "score": 1 / (1 + np.exp(-scaled.sum(axis=1)))})


def counts_in_arrow(tables: dict[str, pa.Table], as_of: datetime) -> pa.Table:
    purchases = tables["purchases"]
    known = purchases.filter(pc.less(purchases["occurred_at"], pa.scalar(as_of, purchases["occurred_at"].type)))
    return known.group_by("lead_id").aggregate([("transaction_id", "count_distinct"), ("amount", "sum")])


def sql_on_a_folder(tables: Path, as_of: datetime) -> pa.Table:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        sql = f"""SELECT l.lead_id, count(e.lead_id) AS events FROM
            (SELECT DISTINCT lead_id FROM read_parquet('{tables}/leads.parquet') WHERE captured_at <= $as_of) l
            LEFT JOIN (SELECT lead_id FROM read_parquet('{tables}/events.parquet') WHERE occurred_at < $as_of) e
            USING (lead_id) GROUP BY ALL"""
        return con.execute(sql, {"as_of": as_of}).to_arrow_table()


def recency_in_polars(tables: dict[str, Any], as_of: datetime) -> Any:
    import polars as pl

    known = tables["purchases"].lazy().filter(pl.col("occurred_at") < as_of)
    rows = known.group_by("lead_id").agg(pl.col("occurred_at").max().alias("last"), pl.len().alias("purchases"))
    return rows.with_columns((pl.lit(as_of) - pl.col("last")).dt.total_seconds().alias("recency")).drop("last")


CLEAN: dict[Any, str] = {
    recency_in_pandas: "pandas",
    score_with_scikit_learn: "pandas",
    counts_in_arrow: "arrow",
    sql_on_a_folder: "folder",
    recency_in_polars: "polars",
}


# ------------------------------------------------------------------------------------------------------- neither


def random_noise(tables: Tables, as_of: datetime) -> pd.DataFrame:
    leads = list_leads(tables, as_of)
    return leads.assign(noise=np.random.default_rng().random(len(leads)), one=1)


_RETURNED: dict[datetime, pd.DataFrame] = {}


def keeps_what_it_returned(tables: Tables, as_of: datetime) -> pd.DataFrame:
    return _RETURNED.setdefault(as_of, mean_over_the_whole_table(tables, as_of))


def fails_on_what_it_has_not_seen(tables: Tables, as_of: datetime) -> pd.DataFrame:
    events = tables["events"]
    known = sorted(events.loc[events["occurred_at"] < as_of, "event_type"].unique())
    codes = events["event_type"].map(known.index)
    return add(tables, as_of, "code", codes[events["occurred_at"] < as_of].groupby(events["lead_id"]).max())


def no_lead(tables: Tables, as_of: datetime) -> pd.DataFrame:
    return pd.DataFrame({"x": [1]})


def fails(tables: Tables, as_of: datetime) -> pd.DataFrame:
    raise KeyError("ana@example.com")
