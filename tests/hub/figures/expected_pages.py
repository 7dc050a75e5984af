"""What each page has to show of a filled hub: every figure by its heading, its row and its name, counted in pandas."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from hotleads.scoring.forecast import compute_count_interval
from tests.hub.figures.filled_hub import CARD, NOW
from tests.hub.figures.plain_counts import TIERS, UTM, Interval, Money, PlainCounts, compute_share, forecast

TODAY = date(2026, 6, 9)
_GROWTH = "Leads and hot leads by day to the opening"
#: So many can be called.
CAPACITY = 7

#: By heading, row and name what is shown, in the page's order where that is more than one number; None: a dash.
Expected = dict[tuple[str, str, str], Any]


def _put(expected: Expected, heading: str, row: str = "", **figures: Any) -> None:
    for name, value in figures.items():
        name = name.replace("_", "-")
        if isinstance(value, Interval):
            expected[heading, row, f"{name} low"] = value.low
            expected[heading, row, f"{name} high"] = value.high
            value = value.value
        expected[heading, row, name] = value


def name_day(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"


class ExpectedPages:
    """The figures of the pages of a hub."""

    def __init__(self, plain: PlainCounts) -> None:
        self.plain, self.launches = plain, plain.hub.launches
        self.order = sorted(self.launches, key=self._get_opening)  # oldest first

    def _get_opening(self, key: str) -> Any:
        launch = self.launches[key]
        return launch.capture_starts_at if launch.strategy == "perpetual" else launch.cart_opens_at

    def _forecast(self, leads: pd.DataFrame) -> Interval:
        return forecast(leads["chance"].dropna().tolist(), self.plain.spread)

    def _find_previous(self, key: str) -> str | None:
        strategy = self.launches[key].strategy
        earlier = [other for other in self.order[: self.order.index(key)] if self.launches[other].strategy == strategy]
        return earlier[-1] if earlier else None

    def _count(self, key: str) -> tuple[int, int, int]:
        leads = self.plain.leads[key]
        return len(leads), int((leads["tier"] != "").sum()), int((leads["tier"] == "hot").sum())

    def list_launches(self) -> Expected:
        expected: Expected = {}
        for key in self.order:
            leads, scored, hot = self._count(key)
            share = hot / scored if scored else None
            _put(expected, "Launches", self.launches[key].name, leads=leads, hot=hot, share_hot=share)
        return expected

    def add_free_campaigns(self, expected: Expected) -> Expected:
        """Add the campaigns of captures of no launch, which are shown to whoever may make one."""
        captures = self.plain.captures
        free = captures[captures["launch_id"].isna()].groupby("utm_campaign").size()
        for name, count in free[free >= 20].items():
            _put(expected, "Campaigns whose leads belong to no launch yet", str(name), captures=int(count))
        return expected

    def show_launch(self, key: str) -> Expected:
        expected: Expected = {}
        launch, leads = self.launches[key], self.plain.leads[key]
        scored = leads[leads["tier"] != ""]
        if key == "summer":
            _put(expected, launch.name, days_to_opening=6)
        self._put_strip(expected, key, scored)
        if launch.strategy == "perpetual":
            self._put_weeks(expected, leads)
            _put(expected, "Declared", "Days to buy", days_to_buy=launch.horizon_days)
        else:
            self._put_growth(expected, key)
        if len(scored):
            self._put_promise(expected, scored)
        if (scored["judged"] == True).any():  # noqa: E712
            heading = f"{'Attach rate' if launch.strategy == 'paid' else 'Conversion'} and revenue by tier"
            self._put_tiers(expected, heading, scored, self.plain.currencies[key])
        if key in ("club", "summer"):  # the others are over
            hottest = scored["chance"].nlargest(CAPACITY)
            outlook = forecast(hottest.tolist(), self.plain.spread)
            _put(expected, "The call list", call_list=len(hottest), buyers_expected=outlook, chance=hottest.min())
        own = self.plain.captures[self.plain.captures["launch_id"] == key]
        for name in UTM:
            filled = int(own[name].notna().sum())
            _put(expected, "Where leads came from is known of", name, captures=filled, utm_coverage=filled / len(own))
        return expected

    def _put_strip(self, expected: Expected, key: str, scored: pd.DataFrame) -> None:
        heading, leads = self.launches[key].name, self.plain.leads[key]
        count, scored_count, hot = self._count(key)
        _put(expected, heading, leads=count)
        if scored.empty:
            judged = leads[leads["judged"] == True]  # noqa: E712
            bought = int(judged["bought"].sum())
            revenue = Money(judged["net"].sum(), self.plain.currencies[key])
            _put(expected, heading, bought=bought, judged=len(judged), net_revenue=revenue)
            _put(expected, heading, conversion=compute_share(bought, len(judged)))
            return
        outlook, worth = self._forecast(scored), self.plain.compute_worth(key)
        assert worth is not None
        paid = [Money(buyers * worth.amount, worth.currency) for buyers in (outlook.value, outlook.low, outlook.high)]
        _put(expected, heading, scored=scored_count, hot=hot, share_hot=compute_share(hot, scored_count))
        _put(expected, heading, buyers_expected=outlook, revenue_expected=Interval(*paid), a_buyer_pays=worth)

    def _put_growth(self, expected: Expected, key: str) -> None:
        growth, before_key = self.plain.count_growth(key), self._find_previous(key)
        before = self.plain.count_growth(before_key) if before_key else {}
        for offset in sorted({*growth, *before}):
            now, then = growth.get(offset, (None, None)), before.get(offset, (None, None))
            row = "opening" if offset == 0 else f"{'+' if offset > 0 else '−'}{abs(offset)}"
            _put(expected, _GROWTH, row, leads=now[0], hot=now[1], leads_last_time=then[0], hot_last_time=then[1])
        last = growth[max(growth)]
        _put(expected, _GROWTH, leads=last[0], hot=last[1])
        then = self._find_last_time(key)
        if then is not None:
            _put(expected, _GROWTH, leads_last_time=then[0], change=abs(last[0] / then[0] - 1))
            if any(hot for _, hot in before.values()):
                _put(expected, _GROWTH, hot_last_time=then[1])

    def list_lines(self, key: str) -> dict[str, list[int]]:
        """Return what the lines of a launch's growth are drawn through; hot ones only where anybody was."""
        before_key, lines = self._find_previous(key), {}
        for style, of in (("", key), (" before", before_key)):
            growth = self.plain.count_growth(of) if of else {}
            for name, counts in zip(("leads", "hot"), zip(*growth.values(), strict=True), strict=False):
                if name == "leads" or any(counts):
                    lines[name + style] = list(counts)
        return lines

    def _find_last_time(self, key: str) -> tuple[int, int] | None:
        """Return what the launch before had at the end of the day that is as many days before its opening."""
        before_key = self._find_previous(key)
        if before_key is None:
            return None
        opens = (self._get_opening(key) - timedelta(hours=3)).date()
        before = {
            offset: counts
            for offset, counts in self.plain.count_growth(before_key).items()
            if offset <= (TODAY - opens).days
        }
        return before[max(before)] if before else None

    def _put_weeks(self, expected: Expected, leads: pd.DataFrame) -> None:
        heading = "Leads of each week"
        weeks = leads.groupby([day - timedelta(days=day.weekday()) for day in leads["day"]])
        told = []
        for week, own in weeks:
            judged = own[own["judged"] == True]  # noqa: E712
            bought, hot = int(judged["bought"].sum()), int((own["tier"] == "hot").sum())
            share = bought / len(judged) if len(judged) else None
            _put(
                expected,
                heading,
                name_day(week),
                leads=len(own),
                hot=hot,
                judged=len(judged),
                bought=bought,
                conversion=share,
            )
            told.append((week, len(own), hot, len(judged), share))
        _put(expected, heading, leads=told[-1][1], hot=told[-1][2])
        whole = [share for _, count, _, judged, share in told if judged == count]
        if whole:
            _put(expected, heading, conversion=whole[-1])

    def _put_promise(self, expected: Expected, scored: pd.DataFrame) -> None:
        judged = scored[scored["judged"] == True]  # noqa: E712
        heading = "Buyers promised and buyers who came" if len(judged) else "Buyers expected by tier"
        every, bought = self._forecast(scored), int(judged["bought"].sum())
        if len(judged) < len(scored):
            _put(expected, heading, scored=len(scored), buyers_expected=every)
        elif every.low <= bought <= every.high:
            _put(
                expected,
                heading,
                bought=bought,
                **{"buyers_expected low": every.low, "buyers_expected high": every.high},
            )
        else:
            end = "high" if bought > every.high else "low"
            _put(expected, heading, bought=bought, **{f"buyers_expected {end}": getattr(every, end)})
        for name, own in _split(scored):
            known = own[own["judged"] == True]  # noqa: E712
            counts = {"scored": len(own), "judged": len(known), "bought": int(known["bought"].sum())}
            if len(own):
                _put(expected, heading, name, buyers_expected=self._forecast(own), **counts)

    def _put_tiers(self, expected: Expected, heading: str, scored: pd.DataFrame, currency: str) -> None:
        for name, own in _split(scored):
            judged = own[own["judged"] == True]  # noqa: E712
            bought, net = int(judged["bought"].sum()), float(judged["net"].sum())
            each = Money(net / len(judged), currency) if len(judged) else None
            _put(
                expected,
                heading,
                name,
                judged=len(judged),
                bought=bought,
                conversion=compute_share(bought, len(judged)),
            )
            _put(expected, heading, name, net_revenue=Money(net, currency), net_a_lead=each)

    def show_today(self, *tasks: str) -> Expected:
        """Return the first page, with those of its tasks that the reader may do."""
        expected: Expected = {}
        heading, leads = f"Today, {name_day(TODAY)}", self.plain.leads["summer"]
        count, scored, hot = self._count("summer")
        new = leads[leads["day"] >= TODAY - timedelta(days=6)]
        _put(expected, heading, days_to_opening=6, new_leads=len(new), new_hot=int((new["tier"] == "hot").sum()))
        then = self._find_last_time("summer")
        assert then is not None
        _put(expected, heading, leads=count, hot=hot, leads_last_time=then[0], hot_last_time=then[1])
        permitted, without, withdrew = self.plain.count_hot_permitted("summer")
        _put(expected, heading, may_be_written_to=permitted, lack_a_basis=without, withdrew=withdrew)
        seconds = [2, 3, 3, 11]
        _put(expected, heading, arrivals=len(seconds), freshness=float(np.median(seconds)))
        _put(expected, heading, **{"freshness high": float(np.quantile(seconds, 0.95))})
        assert count - scored > 0.05 * count
        numbers = {"uploads": 1, "score": count - scored, "write": permitted}
        for task in tasks:
            _put(expected, "To do now", task, to_do=numbers[task])
        self._put_growth(expected, "summer")
        return expected

    def show_campaigns(self, key: str, column: str) -> Expected:
        expected: Expected = {}
        leads, shares = self.plain.leads[key], self.plain.shrink(key, column)
        spend, all_spent = self.plain.sum_spend(key, column), self.plain.sum_spend(key).get("")
        currency = self.plain.currencies[key]
        large = []
        for name, share in shares.items():
            own = leads[leads[column] == name]
            scored, judged = own[own["tier"] != ""], own[own["judged"] == True]  # noqa: E712
            hot, bought = int((own["tier"] == "hot").sum()), int(judged["bought"].sum())
            figures: dict[str, Any] = {
                "leads": len(own),
                "hot": hot,
                "share_hot_of_a_campaign": share if len(scored) else None,
                "buyers_expected": float(scored["chance"].sum()) if len(scored) else None,
                "bought": bought if len(judged) else None,
                "conversion": bought / len(judged) if len(judged) else None,
                "net_a_lead": Money(judged["net"].sum() / len(judged), currency) if len(judged) else None,
            }
            if all_spent is not None:
                figures |= _count_spend(spend.get(name), len(own) if name else 0, hot if name else 0)
                if currency in ("", all_spent.currency):
                    is_known = len(judged) and name and name in spend
                    figures["net_by_unit_spent"] = judged["net"].sum() / spend[name].amount if is_known else None
            if not len(scored):
                del figures["share_hot_of_a_campaign"]
            if name and len(own) >= 30 and len(scored):
                large.append((share, len(scored)))
            _put(expected, "Campaigns", name or "no UTM", **figures)
        if large:
            share, count = max(large, key=lambda pair: pair[0].value)
            _put(expected, "Campaigns", share_hot_of_a_campaign=share, scored=count)
        return expected | self.count_spend("Campaigns", key)

    def count_spend(self, heading: str, key: str) -> Expected:
        """Return what a launch cost in all, by lead and by hot lead, and what came back of it."""
        expected: Expected = {}
        spent = self.plain.sum_spend(key).get("")
        if spent is not None:
            leads, _, hot = self._count(key)
            judged = self.plain.leads[key].query("judged == True")
            is_known = len(judged) and self.plain.currencies[key] in ("", spent.currency)
            returned = judged["net"].sum() / spent.amount if is_known else None
            _put(expected, heading, net_by_unit_spent=returned, **_count_spend(spent, leads, hot))
        return expected

    def show_spend(self, key: str) -> Expected:
        expected = self.count_spend("What was spent", key)
        for row in self.plain.hub.spend:
            if row["launch"] == key:
                _put(expected, "Kept so far", name_day(row["day"]), spend=Money(row["minor"] / 100, row["currency"]))
        return expected

    def show_base(self) -> Expected:
        expected: Expected = {}
        heading = "Scored leads of each launch by tier"
        scored = [key for key in self.order if self._count(key)[1]]
        shares = {}
        for key in scored:
            counts = {tier: int((self.plain.leads[key]["tier"] == tier).sum()) for tier in TIERS}
            shares[key] = counts["hot"] / sum(counts.values())
            _put(expected, heading, self.launches[key].name, share_hot=shares[key], **counts)
        last, before = scored[-1], scored[-2]
        _put(expected, heading, hot=self._count(last)[2], share_hot=shares[last], share_hot_last_time=shares[before])
        for one, other in list(pairwise(scored))[-3:]:
            heading = f"{self.launches[one].name} → {self.launches[other].name}"
            first, second = self.plain.leads[one]["tier"], self.plain.leads[other]["tier"]
            now = second.reindex(first.index).fillna("")
            cells = {tier: [int(((first == tier) & (now == then)).sum()) for then in (*TIERS, "")] for tier in TIERS}
            _put(expected, heading, cooled=sum(cells["hot"][1:3]), warmed=cells["warm"][0] + cells["cold"][0])
            for tier, counts in cells.items():
                _put(expected, heading, tier.capitalize(), flows=counts)
        return expected

    def show_quality(self, backtest: pd.DataFrame) -> Expected:
        expected: Expected = {}
        windows: dict[str, Any] = CARD["quality_on_unseen_windows"]  # type: ignore[assignment]
        heading, within = "Buyers promised and buyers who came", 0
        for key, window in windows.items():
            count, chance = window["n"], window["mean_probability"]
            low, high = compute_count_interval(count * chance, count * chance * (1 - chance), count, self.plain.spread)
            within += low <= window["buyers"] <= high
            row = self.launches[key].name if key in self.launches else key
            figures = {"bought": window["buyers"], "buyers_ahead": window["roc_auc"], "lift": window["lift_10"]}
            _put(expected, heading, row, leads=count, promised=Interval(count * chance, low, high), **figures)
        _put(expected, heading, launches_as_promised=within, launches_judged=len(windows))
        _put(expected, "Is it right?", launches_judged=len(windows), spread=self.plain.spread)
        heading, within = "Chances promised and shares that bought", 0
        ranked, size = backtest.sort_values("probability", ascending=False), len(backtest) // 10
        groups = [ranked.iloc[place * size : (place + 1) * size] for place in range(10)]
        for number, group in enumerate(groups, 1):
            share, chance = compute_share(int(group["label"].sum()), len(group)), float(group["probability"].mean())
            assert share is not None
            within += share.low <= chance <= share.high
            counts = {"leads": len(group), "bought": int(group["label"].sum())}
            _put(expected, heading, str(number), chance_promised=chance, share_that_bought=share, **counts)
        _put(expected, heading, groups_as_promised=within, groups=len(groups))
        _put(expected, "Is the latest launch like those before?", like_those_before=2)
        return expected

    def list_leads(self, key: str, hidden: Iterable[int], skip: int = 0) -> Expected:
        """Return a page of a launch's leads, hottest first; hidden ones are on none."""
        expected: Expected = {}
        scores = self.plain.scores[key].drop(index=list(hidden), errors="ignore").reset_index()
        ranked = scores.sort_values(["probability", "lead_id"], ascending=[False, True])
        for row in ranked.iloc[skip : skip + 50].itertuples():
            _put(expected, "Leads", mask(row.lead_id), score=row.score, chance=row.probability, reason=_say(row))
        return expected

    def show_lead(self, lead: int) -> Expected:
        expected: Expected = {}
        earlier = []
        for key in self.order:
            paths = self.plain.hub.score_files.get(key, [])
            files = [pd.read_parquet(path) for path in paths] if lead not in self.plain.hub.objectors else []
            own = [rows[rows["lead_id"].astype("int64") == lead] for rows in files]
            given = [next(rows.itertuples()) for rows in own if len(rows)]
            if given:
                now = given[-1]
                _put(expected, self.launches[key].name, score=now.score, chance=now.probability, reason=_say(now))
                earlier += [row.score for row in given[:-1]]
        if earlier:
            _put(expected, "Scores before", "Jun 1, 2026 01:00", score=earlier)
        bought = [
            row for row in self.plain.hub.purchases if self.plain.hub.merged.get(row["contact"], row["contact"]) == lead
        ]
        bought.sort(key=lambda row: row["occurred_at"], reverse=True)
        amounts = [
            Money(row["amount_minor"] / 100, row["currency"]) for row in bought if row["amount_minor"] is not None
        ]
        if amounts:
            _put(expected, "What happened", amount=amounts)
        return expected


def mask(lead: int) -> str:
    """Return the initials that people of a filled hub are listed by."""
    number = lead - 1
    return f"{'ABCDEFGHIJ'[number % 10]}. {'KLMNOPQRSTUVWXY'[number // 10]}. S."


def _say(row: Any) -> str:
    return f"Spent R${row.reasons[0]['value']:,.2f} so far"


def _split(scored: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return [*((tier.capitalize(), scored[scored["tier"] == tier]) for tier in TIERS), ("All scored", scored)]


def _count_spend(spent: Money | None, leads: int, hot: int) -> dict[str, Money | None]:
    return {
        "spend": spent,
        "cost_a_lead": Money(spent.amount / leads, spent.currency) if spent and leads else None,
        "cost_a_hot_lead": Money(spent.amount / hot, spent.currency) if spent and hot else None,
    }


assert NOW.date() - timedelta(days=1) == TODAY
