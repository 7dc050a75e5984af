"""The written tables against the data contract."""

from collections.abc import Callable

import pandas as pd
import pytest

from hotleads.history.schema import STATUSES
from hotleads.simulator.calendar import START

Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def tables(simulated: Callable[..., Tables]) -> Tables:
    return simulated()


@pytest.fixture(scope="module")
def transactions(tables: Tables) -> pd.Series:
    """Each transaction's statuses in the order of its rows."""
    return tables["purchases"].groupby("transaction_id")["status"].agg(tuple)


def test_rows_are_ordered_by_lead_and_time(tables: Tables) -> None:
    for name, time in (("leads", "captured_at"), ("purchases", "occurred_at"), ("events", "occurred_at")):
        frame = tables[name][["lead_id", time]]
        assert frame.equals(frame.sort_values(["lead_id", time], kind="stable"))
        assert frame[time].min() >= pd.Timestamp(START, unit="s", tz="UTC")


def test_rows_of_one_transaction_at_one_instant_are_in_the_contracts_order(tables: Tables) -> None:
    rank = tables["purchases"]["status"].map(STATUSES.index)
    for _, ranks in rank.groupby([tables["purchases"]["transaction_id"], tables["purchases"]["occurred_at"]]):
        assert ranks.is_monotonic_increasing


def test_every_status_happens_in_a_sequence_that_makes_sense(transactions: pd.Series) -> None:
    seen = set(transactions)
    assert {status for statuses in seen for status in statuses} == set(STATUSES)
    for statuses in seen:
        paid, failed = "approved" in statuses, {"canceled", "expired"} & set(statuses)
        assert paid != bool(failed) or statuses in {("started",), ("billet_printed",), ("overdue",)}
        assert len(set(statuses)) == len(statuses)
        if {"complete", "refunded", "chargeback"} & set(statuses):
            assert statuses.index("approved") < len(statuses) - 1
        if "protested" in statuses:
            assert statuses[-1] in {"refunded", "chargeback", "protested"} or "complete" in statuses
        assert not {"refunded", "complete"} <= set(statuses)


def test_ids_amounts_and_words(tables: Tables) -> None:
    purchases = tables["purchases"]
    assert purchases["event_id"].is_unique
    assert (purchases["amount"] > 0).all()
    assert set(purchases["currency"]) == {"BRL"}
    assert set(purchases["payment_method"]) == {"credit_card", "pix", "billet", "paypal"}
    assert purchases.groupby("transaction_id")[["lead_id", "amount", "product_id"]].nunique().max().max() == 1
    assert purchases.loc[purchases["payment_method"] != "credit_card", "installments"].eq(1).all()
    assert purchases["installments"].between(1, 12).all()
    assert set(purchases.loc[purchases["payment_method"] == "pix", "country"]) == {"BR"}


def test_subscriptions_are_charged_every_thirty_days_until_they_end(tables: Tables) -> None:
    club = tables["purchases"].query("product_id == 'bakers-club'")
    others = tables["purchases"].query("product_id != 'bakers-club'")
    assert club["recurrence_number"].notna().all()
    assert others["recurrence_number"].isna().all()
    charges = club.drop_duplicates("transaction_id").query("recurrence_number > 1")
    members = club.query("recurrence_number == 1").groupby("lead_id")["transaction_id"].nunique()
    charges = charges[charges["lead_id"].isin(members[members == 1].index)]
    days = charges.groupby("lead_id")["occurred_at"].diff().dropna().dt.total_seconds() / 86_400
    assert len(days) > 300
    assert (abs(days - 30) < 0.001).all()
    ends = tables["events"]["event_type"]
    for kind in ("subscription_overdue", "subscription_inactive", "subscription_canceled_by_customer"):
        assert (ends == kind).any()


def test_leads_are_captured_in_several_ways_more_than_once_and_under_aliases(tables: Tables) -> None:
    leads = tables["leads"]
    assert set(leads["source"]) == {"webhook", "activecampaign", "api", "csv"}
    assert leads.duplicated(["lead_id", "launch_id"]).any()
    assert leads["launch_id"].isna().any()
    named = leads[leads["launch_id"].notna()]
    assert 0.05 < named["utm_campaign"].isna().mean() < 0.11
    mail = leads["email"].str.lower().str.replace(r"\+[a-z]+@", "@", regex=True)
    assert mail.groupby(leads["lead_id"]).nunique().max() == 1
    assert leads["email"].groupby(leads["lead_id"]).nunique().max() > 1
    assert mail.str.fullmatch(r"[a-z.]+\d+@example\.(com|net|org)").all()
    assert mail.nunique() == leads["lead_id"].nunique()
    assert leads["phone"].str.contains(r"^\+\d{1,3}00").all()


def test_some_buy_without_ever_being_captured(tables: Tables) -> None:
    strangers = set(tables["purchases"]["lead_id"]) - set(tables["leads"]["lead_id"])
    assert 0.02 < len(strangers) / 4_000 < 0.06


def test_form_answers_are_a_noisy_shadow_and_missing_from_lists(tables: Tables) -> None:
    leads = tables["leads"]
    assert leads.loc[leads["source"] == "csv", "attr_goal"].isna().all()
    assert leads.groupby("lead_id")["attr_goal"].nunique().max() == 1
    bread = leads["launch_id"].fillna("").str.endswith("bread-course")
    assert (leads.loc[bread, "attr_goal"] == "bread").mean() > (leads.loc[~bread, "attr_goal"] == "bread").mean()


def test_events_speak_of_what_the_purchases_say(tables: Tables) -> None:
    purchases, events = tables["purchases"], tables["events"]
    bought = purchases.query("status == 'approved'").groupby(["lead_id", "product_id"])["occurred_at"].min()
    entered = events.query("event_type == 'members_first_access'").set_index(["lead_id", "product_id"])["occurred_at"]
    assert (entered >= bought.reindex(entered.index)).all()
    progress = events.query("event_type == 'members_progress'")
    assert set(progress["value"]) == {10, 25, 50, 75, 100}
    assert events.query("event_type == 'product_rated'")["value"].between(1, 5).all()
    abandoned = events.query("event_type == 'cart_abandoned'")
    assert len(abandoned) > 100
    assert abandoned["product_id"].notna().all()


def test_no_event_before_as_of_depends_on_an_order_after_it(tables: Tables) -> None:
    """A checkout is seen at the moment of its order, not before."""
    checkouts = tables["events"].query("event_type == 'checkout_started'")
    placed = tables["purchases"].drop_duplicates("transaction_id")[["lead_id", "occurred_at", "product_id"]]
    paid_at_once = placed.merge(checkouts, on=["lead_id", "product_id", "occurred_at"])
    assert len(paid_at_once) >= len(checkouts)


def test_an_open_last_launch_shows_nothing_of_its_cart_but_its_truth(simulated: Callable[..., Tables]) -> None:
    tables = simulated(open_last_launch=True)
    opens = tables["truth"]["as_of"].max()
    assert tables["purchases"]["occurred_at"].max() < opens
    assert tables["events"]["occurred_at"].max() < opens
    assert tables["leads"]["captured_at"].max() <= opens
    assert tables["truth"].loc[tables["truth"]["as_of"] == opens, "label"].sum() > 20
