"""Each switch does its one thing to the written history, and leaves the rest as it was."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from hotleads import simulator
from hotleads.simulator.switches import DEFECTS, DRIFTS, Switches

Tables = dict[str, pd.DataFrame]
LAST = "2025-06"


@pytest.fixture(scope="module")
def clean(simulated: Callable[..., Tables]) -> Tables:
    return simulated()


def select_last_launch(truth: pd.DataFrame) -> pd.DataFrame:
    return truth[truth["launch_id"].str.startswith(LAST)]


def select_last_captures(tables: Tables) -> pd.DataFrame:
    return tables["leads"][tables["leads"]["launch_id"].fillna("").str.startswith(LAST)]


def test_all_nine_are_off_by_default_and_written_either_way() -> None:
    assert len(DRIFTS) + len(DEFECTS) == 9
    assert not any(Switches.from_names([], []).as_dict().values())
    assert Switches.from_names(["prior_shift"], [" Broken-Pixel "]) == Switches(prior_shift=True, broken_pixel=True)
    for drift in DRIFTS:
        assert sum(Switches.from_names([drift], []).as_dict().values()) == 1


@pytest.mark.parametrize("drift", DRIFTS)
def test_a_drift_sets_in_with_the_last_launch(drift: str, simulated: Callable[..., Tables], clean: Tables) -> None:
    drifted, usual = (
        tables["truth"].groupby("launch_id")["probability"].agg(["mean", "size"])
        for tables in (simulated(drift=(drift,)), clean)
    )
    earlier = ~drifted.index.str.startswith(LAST)
    assert (drifted / usual)[earlier]["size"].between(0.97, 1.03).all()
    assert (drifted / usual)[earlier]["mean"].between(0.75, 1.33).all()
    assert abs(drifted["mean"] / usual["mean"] - 1)[~earlier].item() > 0.1


def test_prior_shift_lowers_the_rate_but_not_the_features(simulated: Callable[..., Tables], clean: Tables) -> None:
    drifted = simulated(drift=("prior-shift",))
    rates = (
        select_last_launch(drifted["truth"])["probability"].mean(),
        select_last_launch(clean["truth"])["probability"].mean(),
    )
    assert rates[0] < 0.6 * rates[1]
    pd.testing.assert_frame_equal(drifted["leads"], clean["leads"])


def test_covariate_shift_brings_other_people(simulated: Callable[..., Tables], clean: Tables) -> None:
    drifted, usual = select_last_captures(simulated(drift=("covariate-shift",))), select_last_captures(clean)
    assert (drifted["country"] == "BR").mean() < (usual["country"] == "BR").mean() - 0.1
    assert drifted["attr_weekly_hours"].mean() < 0.95 * usual["attr_weekly_hours"].mean()


def test_campaign_mix_brings_them_another_way(simulated: Callable[..., Tables], clean: Tables) -> None:
    drifted, usual = (
        select_last_captures(tables)["utm_campaign"].dropna().str.endswith("cold-video").mean()
        for tables in (simulated(drift=("campaign-mix",)), clean)
    )
    assert drifted > 1.8 * usual


def test_a_broken_pixel_sees_no_pages_and_loses_campaigns(simulated: Callable[..., Tables], clean: Tables) -> None:
    broken = simulated(defects=("broken-pixel",))
    begins = select_last_captures(clean)["captured_at"].min()
    pages = ["sales_page_visit", "return_visit", "checkout_started"]
    late = broken["events"][broken["events"]["occurred_at"] >= begins + pd.Timedelta(days=1)]
    assert not late["event_type"].isin(pages).any()
    assert late["event_type"].eq("email_clicked").any()
    assert select_last_captures(broken)["utm_campaign"].isna().mean() > 0.7
    pd.testing.assert_frame_equal(broken["truth"], clean["truth"])
    pd.testing.assert_frame_equal(broken["purchases"], clean["purchases"])


def test_a_leaked_column_knows_the_buyers(simulated: Callable[..., Tables], clean: Tables) -> None:
    leaked = simulated(defects=("leaked-column",))
    assert "attr_onboarding_call" not in clean["leads"]
    captured = leaked["leads"].merge(leaked["truth"], on=["launch_id", "lead_id"])
    filled = captured["attr_onboarding_call"].notna()
    assert filled[captured["label"] == 1].mean() > 0.8
    assert filled[captured["label"] == 0].mean() < 0.06
    pd.testing.assert_frame_equal(leaked["leads"].drop(columns="attr_onboarding_call"), clean["leads"])


def test_duplicated_people_go_on_under_a_second_id(simulated: Callable[..., Tables], clean: Tables) -> None:
    doubled = simulated(defects=("duplicated-people",))
    for name in ("leads", "purchases", "events"):
        second = doubled[name]["lead_id"].str.endswith("-2")
        assert 0.005 < second.mean() < 0.06
        assert (doubled[name]["lead_id"].str.removesuffix("-2") == clean[name]["lead_id"]).all()
    mail = doubled["leads"]["email"].str.lower().str.replace(r"\+[a-z]+@", "@", regex=True)
    ids = doubled["leads"].groupby(mail)["lead_id"].nunique()
    assert 10 < (ids == 2).sum() < 400
    assert set(doubled["leads"]["lead_id"]) >= set(doubled["leads"].loc[mail.isin(ids[ids == 2].index), "lead_id"])
    person = doubled["truth"].assign(person=doubled["truth"]["lead_id"].str.removesuffix("-2"))
    assert person.groupby(["launch_id", "person"])["probability"].nunique().max() == 1


def test_a_wrong_time_zone_shifts_the_later_purchases(simulated: Callable[..., Tables], clean: Tables) -> None:
    shifted = simulated(defects=("wrong-time-zone",))["purchases"].set_index("event_id")["occurred_at"]
    hours = (shifted - clean["purchases"].set_index("event_id")["occurred_at"]).dt.total_seconds() / 3_600
    assert set(hours) == {0.0, -3.0}
    assert hours[shifted > pd.Timestamp("2025-01-01", tz="UTC")].eq(-3).all()
    assert hours[shifted < pd.Timestamp("2024-06-01", tz="UTC")].eq(0).all()


def test_mixed_currencies_are_those_of_each_country(simulated: Callable[..., Tables], clean: Tables) -> None:
    mixed = simulated(defects=("mixed-currencies",))["purchases"]
    pairs = set(zip(mixed["country"], mixed["currency"], strict=True))
    assert {("BR", "BRL"), ("US", "USD"), ("PT", "EUR")} <= pairs
    assert len(pairs) == mixed["country"].nunique()
    dollars = mixed[mixed["currency"] == "USD"]["amount"]
    assert (clean["purchases"].loc[dollars.index, "amount"] / dollars).between(5.2, 5.6).mean() > 0.95


def test_late_rows_are_missing_where_the_last_launch_is_scored(tmp_path: Path, clean: Tables) -> None:
    simulator.simulate(tmp_path, simulator.SimulationOptions(leads=4_000, launches=9, seed=11, defects=["late-rows"]))
    for name in ("purchases", "events"):
        in_time, late = (
            pd.read_csv(f, parse_dates=["occurred_at"])
            for f in (tmp_path / f"{name}.csv.gz", tmp_path / "late" / f"{name}.csv.gz")
        )
        assert len(in_time) + len(late) == len(clean[name])
        scored_at = clean["truth"]["as_of"].max()
        assert late["occurred_at"].between(scored_at - pd.Timedelta(days=5), scored_at, inclusive="left").all()
        assert len(late) > 20
