"""The figures of a hub counted anew in pandas: from its exported history, its files of scores, and what was written.

Nothing here comes from the hub's figures: the definitions are those of docs/figures.md, told once more.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd

from hotleads.evaluation import shrink_rates
from hotleads.scoring.forecast import compute_count_interval, estimate_launch_spread
from tests.hub.figures.filled_hub import CARD, NOW, ZONE, FilledHub

TIERS = ("hot", "warm", "cold")
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
_SALES = ("approved", "complete")


class Money(NamedTuple):
    """An amount in whole units of a currency."""

    amount: float
    currency: str


@dataclass(frozen=True)
class Interval:
    """A value with its 90% interval."""

    value: float
    low: float
    high: float


def compute_share(part: int, whole: int) -> Interval | None:
    """Return a share with Wilson's interval (Wilson, 1927)."""
    if not whole:
        return None
    z, p = 1.6448536269514722, part / whole
    middle = (p + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z / (1 + z * z / whole) * math.sqrt(p * (1 - p) / whole + z * z / (4 * whole * whole))
    return Interval(p, 0.0 if part == 0 else max(middle - half, 0.0), 1.0 if part == whole else min(middle + half, 1.0))


def forecast(chances: Sequence[float], spread: float) -> Interval:
    """Return the buyers expected of leads with such chances."""
    mean = math.fsum(chances)
    low, high = compute_count_interval(mean, math.fsum(p * (1 - p) for p in chances), len(chances), spread)
    return Interval(mean, low, high)


class PlainCounts:
    """A hub's leads as tables.

    Attributes
    ----------
    leads
        By launch a row a lead, by its id: ``day``, the UTM fields of the latest capture, ``tier`` and ``chance``
        (missing where nobody scored it), ``judged``, ``bought`` and ``net``.
    """

    def __init__(self, hub: FilledHub, history: Path) -> None:
        self.hub, self.spread = hub, estimate_launch_spread(CARD)
        self.captures, self.purchases = self._read_captures(history), self._read_purchases(history)
        ends = [self.captures["captured_at"].max(), self.purchases["occurred_at"].max()]
        self.observed_until = max(ends).normalize() + timedelta(days=1)
        self.scores = {key: self._read_scores(paths) for key, paths in hub.score_files.items()}
        self.currencies = {key: self._find_currency(key) for key in hub.launches}
        self.leads = {key: self._list_leads(key) for key in hub.launches}

    def _read_captures(self, history: Path) -> pd.DataFrame:
        """Read the exported captures, and add those of objectors, which no history holds."""
        exported = pd.read_parquet(history / "leads.parquet")
        exported["lead_id"] = exported["lead_id"].astype("int64")
        columns = ["lead_id", "captured_at", "launch_id", *UTM]
        assert not set(exported["lead_id"]) & self.hub.objectors
        written = pd.DataFrame(self.hub.captures).rename(columns={"contact": "lead_id", "launch_key": "launch_id"})
        written = written.replace("", None)
        missing = written[written["lead_id"].isin(self.hub.objectors)]
        both = pd.concat([exported[columns], missing[columns]], ignore_index=True)
        assert len(both) == len(written)
        both["captured_at"] = pd.to_datetime(both["captured_at"], utc=True)
        return both.sort_values("captured_at", kind="stable", ignore_index=True)

    def _read_purchases(self, history: Path) -> pd.DataFrame:
        """Read the exported purchases row by row, and work out what each row bought, ended and brought."""
        rows = pd.read_parquet(history / "purchases.parquet")
        rows["lead_id"] = rows["lead_id"].astype("int64")
        rows["occurred_at"] = pd.to_datetime(rows["occurred_at"], utc=True)
        rows = rows.sort_values("occurred_at", kind="stable", ignore_index=True)
        buys, ended, nets, currencies = [], [], [], []
        kept: dict[tuple[int, str], dict[str, Any]] = {}
        for row in rows.itertuples():
            known = kept.setdefault(
                (row.lead_id, row.transaction_id), {"paid": None, "taken": 0.0, "ended": False, "currency": None}
            )
            known["currency"] = row.currency or known["currency"]
            amount = None if row.amount is None or pd.isna(row.amount) else float(row.amount)
            is_sale = row.status in _SALES and known["paid"] is None
            net, ends = 0.0, False
            if is_sale:
                known["paid"] = net = amount or 0.0
            elif row.status in ("refunded", "chargeback") and known["paid"] is not None:
                left = max(known["paid"] - known["taken"], 0.0)
                net = -(left if amount is None else abs(amount))
                known["taken"] += known["paid"] if amount is None else abs(amount)
                ends = not known["ended"] and (row.status == "chargeback" or known["taken"] >= known["paid"])
                known["ended"] = known["ended"] or ends
            buys.append(is_sale)
            ended.append(ends)
            nets.append(net)
            currencies.append(known["currency"])
        return rows.assign(buys=buys, ends=ended, net=nets, currency=currencies)

    def _read_scores(self, paths: Sequence[Path]) -> pd.DataFrame:
        """Read a launch's files of scores: of a lead the latest that has one counts."""
        rows = pd.concat([pd.read_parquet(path).assign(file=number) for number, path in enumerate(paths)])
        rows["lead_id"] = rows["lead_id"].astype("int64")
        rows = rows[~rows["lead_id"].isin(self.hub.objectors)]
        return rows.drop_duplicates("lead_id", keep="last").set_index("lead_id").sort_index()

    def list_entry_buyers(self, key: str) -> pd.Series:
        """Return by lead when they first bought a paid launch's entry product, before its cart closed."""
        launch = self.hub.launches[key]
        if not launch.entry_product_id:
            return pd.Series(dtype="datetime64[us, UTC]")
        exported = self.purchases[["lead_id", "product_id", "seller_id", "status", "occurred_at"]]
        written = (
            pd.DataFrame(self.hub.purchases).rename(columns={"contact": "lead_id"}).replace({"seller_id": ""}, None)
        )
        rows = pd.concat([exported, written[written["lead_id"].isin(self.hub.objectors)][exported.columns]])
        rows = rows[
            rows["status"].isin(_SALES) & rows["seller_id"].isna() & (rows["product_id"] == launch.entry_product_id)
        ]
        return rows[rows["occurred_at"] < launch.cart_closes_at].groupby("lead_id")["occurred_at"].min()

    def _list_leads(self, key: str) -> pd.DataFrame:
        own = self.captures[self.captures["launch_id"] == key].groupby("lead_id")
        began = own["captured_at"].min().combine_first(self.list_entry_buyers(key))
        leads = pd.DataFrame({"day": [_read_day(time) for time in began]}, index=began.index)
        last = own.tail(1).set_index("lead_id")[list(UTM)]
        leads = leads.join(last).astype(dict.fromkeys(UTM, object))
        leads[list(UTM)] = leads[list(UTM)].where(leads[list(UTM)].notna(), "")
        scores = self.scores.get(key)
        leads = leads.assign(tier="", chance=math.nan)
        if scores is not None:
            assert set(scores.index) <= set(leads.index)
            leads.loc[scores.index, "tier"] = scores["tier"]
            leads.loc[scores.index, "chance"] = scores["probability"]
        return leads.join(self._list_outcomes(key).reindex(leads.index)).sort_index()

    def _list_outcomes(self, key: str) -> pd.DataFrame:
        """Return of each lead of the cohort whose window is over whether they bought and what they paid, net."""
        outcomes = {}
        length = _measure_window(self.hub.launches[key])
        for lead, as_of in self._list_cohort(key).items():
            until = as_of + length
            if until <= self.observed_until:
                sales = self._list_sales(key, lead, as_of, until)
                outcomes[lead] = (True, len(sales) > 0, self._sum_net(sales, self.currencies[key]))
        frame = pd.DataFrame.from_dict(outcomes, orient="index", columns=["judged", "bought", "net"])
        return frame.astype({"judged": object, "bought": object, "net": float})

    def _list_cohort(self, key: str) -> dict[int, datetime]:
        """Return by lead of the launch's cohort when it is scored; who owns the product then is none of it."""
        launch = self.hub.launches[key]
        captures = self.captures[~self.captures["lead_id"].isin(self.hub.objectors)]
        opens = launch.cart_opens_at
        if launch.strategy == "perpetual":
            begins, ends = launch.capture_starts_at, launch.capture_ends_at
            fits = (captures["launch_id"].isna() | (captures["launch_id"] == key)) & captures["captured_at"].ge(begins)
            as_of = captures[fits & captures["captured_at"].lt(ends)].groupby("lead_id")["captured_at"].min().to_dict()
        elif launch.strategy == "paid":
            as_of = {
                lead: opens
                for lead in self.purchases["lead_id"].unique()
                if self._owns(lead, launch.entry_product_id, opens)
            }
        else:
            named = captures[(captures["launch_id"] == key) & (captures["captured_at"] <= opens)]
            as_of = dict.fromkeys(named["lead_id"], opens)
        return {lead: time for lead, time in as_of.items() if not self._owns(lead, launch.product_id, time)}

    def _owns(self, lead: int, product: str, before: datetime) -> bool:
        rows = self.purchases[(self.purchases["lead_id"] == lead) & (self.purchases["occurred_at"] < before)]
        bought = rows[rows["buys"] & (rows["product_id"] == product) & rows["seller_id"].isna()]
        ended = set(rows[rows["ends"]]["transaction_id"])
        return any(transaction not in ended for transaction in bought["transaction_id"])

    def _list_sales(self, key: str, lead: int, begin: datetime, end: datetime) -> pd.DataFrame:
        rows = self.purchases[(self.purchases["lead_id"] == lead) & self.purchases["buys"]]
        rows = rows[rows["seller_id"].isna() & (rows["product_id"] == self.hub.launches[key].product_id)]
        return rows[(rows["occurred_at"] >= begin) & (rows["occurred_at"] < end)]

    def _sum_net(self, sales: pd.DataFrame, currency: str) -> float:
        total = 0.0
        for sale in sales.itertuples():
            rows = self.purchases[
                (self.purchases["lead_id"] == sale.lead_id) & (self.purchases["transaction_id"] == sale.transaction_id)
            ]
            within = rows[rows["occurred_at"] < sale.occurred_at + timedelta(days=30)]
            total += within[within["currency"] == currency]["net"].sum()
        return round(total, 2)

    def _find_currency(self, key: str) -> str:
        """Return the currency in which most of the launch's sales were made."""
        launch = self.hub.launches[key]
        begin = launch.capture_starts_at if launch.strategy == "perpetual" else launch.cart_opens_at
        end = launch.cart_closes_at or launch.capture_ends_at + timedelta(days=launch.horizon_days)
        rows = self.purchases[self.purchases["buys"] & self.purchases["seller_id"].isna()]
        rows = rows[
            (rows["product_id"] == launch.product_id) & (rows["occurred_at"] >= begin) & (rows["occurred_at"] < end)
        ]
        counts = rows.groupby("currency").size().sort_index().sort_values(ascending=False, kind="stable")
        return str(counts.index[0]) if len(counts) else ""

    def count_hot_permitted(self, key: str) -> tuple[int, int, int]:
        """Return of the hot leads those who may be written to, those of whom nothing is recorded, and who withdrew."""
        latest: dict[int, bool] = {}
        for event in sorted(self.hub.consents, key=lambda event: event["at"]):
            latest[self.hub.merged.get(event["contact"], event["contact"])] = event["granted"]
        answers = [latest.get(lead) for lead in self.leads[key].query("tier == 'hot'").index]
        return answers.count(True), answers.count(None), answers.count(False)

    def compute_worth(self, key: str) -> Money | None:
        """Return what a buyer of this launch paid; before there is one, of the latest launch of its product."""
        product = self.hub.launches[key].product_id
        others = [
            other for other in self.hub.launches if other != key and self.hub.launches[other].product_id == product
        ]
        for other in (key, *sorted(others, key=lambda other: _get_opening(self.hub.launches[other]), reverse=True)):
            buyers = self.leads[other].query("bought == True")
            if len(buyers):
                return Money(buyers["net"].sum() / len(buyers), self.currencies[other])
        return None

    def count_growth(self, key: str) -> dict[int, tuple[int, int]]:
        """Return by days from the opening the leads, and the hot ones, until the end of the day."""
        leads = self.leads[key]
        opens, today = _read_day(_get_opening(self.hub.launches[key])), _read_day(NOW)
        last = min(today, max(opens, leads["day"].max()))
        days = [leads["day"].min() + timedelta(days=n) for n in range((last - leads["day"].min()).days + 1)]
        return {
            (day - opens).days: (
                int((leads["day"] <= day).sum()),
                int(((leads["day"] <= day) & (leads["tier"] == "hot")).sum()),
            )
            for day in days
        }

    def shrink(self, key: str, column: str) -> dict[str, Interval]:
        """Return by campaign the share that is hot, shrunk to the mean of all."""
        leads = self.leads[key]
        names = ["", *sorted({*leads[column], *self.sum_spend(key, column)} - {""})]
        scored = [int((leads[leads[column] == name]["tier"] != "").sum()) for name in names]
        hot = [int((leads[leads[column] == name]["tier"] == "hot").sum()) for name in names]
        shrunk = shrink_rates(hot, scored)[["rate", "low", "high"]].to_numpy().tolist()
        return {name: Interval(*row) for name, row in zip(names, shrunk, strict=True)}

    def sum_spend(self, key: str, column: str = "") -> dict[str, Money]:
        """Return by campaign what it cost; without a column of all together, by the empty name."""
        place = UTM.index(column) if column else None
        sums: dict[str, Money] = {}
        for row in self.hub.spend:
            if row["launch"] == key:
                name = "" if place is None else row["campaign"][place]
                before = sums.get(name, Money(0.0, row["currency"]))
                sums[name] = Money(before.amount + row["minor"] / 100, row["currency"])
        return sums


def _measure_window(launch: Any) -> timedelta:
    if launch.strategy == "perpetual":
        return timedelta(days=launch.horizon_days)
    return launch.cart_closes_at - launch.cart_opens_at  # type: ignore[no-any-return]


def _get_opening(launch: Any) -> datetime:
    return launch.capture_starts_at if launch.strategy == "perpetual" else launch.cart_opens_at  # type: ignore[no-any-return]


def _read_day(time: Any) -> date:
    return time.astimezone(ZoneInfo(ZONE)).date()  # type: ignore[no-any-return]
