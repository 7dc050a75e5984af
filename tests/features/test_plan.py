"""The seam: the same bits from columns built by hand as from a history, and however large the ranges are."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import hotleads.features.partition
from hotleads.features import (
    FEATURES,
    Captures,
    Events,
    Feature,
    FeaturePlan,
    LeadRows,
    Purchases,
    build_context,
    build_features,
    compute_features,
    iter_feature_blocks,
    list_features,
)
from hotleads.history import History, build_cohort
from hotleads.history.lead_rows import Categorical
from hotleads.history.schema import STATUSES


@pytest.fixture(scope="module")
def history(make: Any) -> History:
    """Leads with rows of every kind; enough of them, in two launches, for a history to bring features of its own."""
    sales, deeds = make.random_purchases(250, seed=1), make.random_events(250, seed=6)
    sales["payment_method"] = np.random.default_rng(1).choice(["card", "slip", None], len(sales))
    shows = make.random_captures(250, seed=2)
    shows["attr_goal"] = np.random.default_rng(2).choice(["sell", "learn", None], len(shows))
    shows["attr_hours"] = np.random.default_rng(3).choice(["1", "2.5", "40", None], len(shows))
    shows["country"] = np.random.default_rng(4).choice(["BR", "PT", "??", None], len(shows))
    return make.history(sales, shows, deeds, [make.earlier_launch()], product_id="club", entry_product_id="ebook")


def build_rows_by_hand(history: History, lead: str) -> LeadRows:
    """One lead's columns from plain values, as a request would build them; the codes are the lead's own."""

    def of(table: str) -> dict[str, list[Any]]:
        rows = history.read(table, history.list_columns(table)).to_pylist()
        lead_rows = [row for row in rows if row["lead_id"] == lead]
        return {name: [row[name] for row in lead_rows] for name in history.list_columns(table)}

    def common(rows: dict[str, list[Any]], time: str) -> list[Any]:
        at = [pd.Timestamp(value).value // 1000 for value in rows[time]]
        return [np.array([0]), np.array([len(at)]), np.array(at, np.int64)]

    sales, shows, deeds = of("purchases"), of("leads"), of("events")
    fields = {
        name: Categorical.from_values(values)
        for name, values in shows.items()
        if name.startswith(("attr_", "utm_", "source"))
    }
    fields |= {name: Categorical.from_values(shows[name]) for name in ("country", "language", "consent")}
    return LeadRows(
        Purchases(
            *common(sales, "occurred_at"),
            np.array([STATUSES.index(status) for status in sales["status"]], np.int8),
            *(np.array(sales[name], bool) for name in ("bought", "ends", "first_of_product")),
            np.array([int(amount * 10_000) for amount in sales["net_amount"]], np.int64),
            np.array([amount is not None for amount in sales["amount"]], bool),
            np.array([number or 0 for number in sales["recurrence_number"]], float),
            np.array([np.nan if number is None else number for number in sales["installments"]], float),
            *(Categorical.from_values(sales[name]) for name in ("currency", "product_id", "payment_method")),
        ),
        Captures(
            *common(shows, "captured_at"),
            Categorical.from_values(shows["launch_id"]),
            Categorical.from_values(shows["country"]),
            fields,
        ),
        Events(
            *common(deeds, "occurred_at"),
            Categorical.from_values(deeds["event_type"]),
            np.array([np.nan if value is None else value for value in deeds["value"]], float),
        ),
    )


@pytest.mark.slow
def test_a_lead_built_by_hand_gets_the_bits_that_it_gets_in_its_launch(
    history: History, make: Any, differing: Callable[..., list[str]]
) -> None:
    declared = list_features(history, make.as_of)
    assert {"attr_hours", "attr_goal=sell", "attr_goal_conversion_ratio", "event_login"} < {f.name for f in declared}
    table = build_features(history, "L")
    plan = FeaturePlan(declared, history.get_launch("L"), build_context(history, make.as_of))
    for lead in table.index[::7]:
        values = plan.compute(build_rows_by_hand(history, lead), np.array([make.as_of.value // 1000]))
        alone = pd.DataFrame(values, pd.Index([lead], name="lead_id"), table.columns)
        assert differing(table.loc[[lead]], alone) == []


def test_however_small_the_ranges_and_the_parts_are(
    history: History, differing: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = build_features(history, "L")
    monkeypatch.setattr(hotleads.features.partition, "MAX_LEADS_PER_PART", 7)
    monkeypatch.setattr("hotleads.features.plan._LEADS_PER_BLOCK", 3)
    assert differing(at_once, build_features(history, "L")) == []


def test_blocks_are_the_table_in_parts(
    history: History, make: Any, differing: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hotleads.features.partition, "MAX_LEADS_PER_PART", 50)
    launch, context = history.get_launch("L"), build_context(history, make.as_of)
    leads = build_cohort(history, launch)
    blocks = list(iter_feature_blocks(history, launch, leads, context))
    assert [len(block) for block in blocks[:-1]] == [50] * (len(blocks) - 1)
    assert len(blocks) > 2
    assert differing(compute_features(history, launch, leads, context), pd.concat(blocks)) == []
    monkeypatch.setattr("hotleads.features.plan._LEADS_PER_BLOCK", 3)
    rest = list(iter_feature_blocks(history, launch, leads, context, first=2, by_column=True))
    assert [differing(block, again) for block, again in zip(blocks[2:], rest, strict=True)] == [[]] * len(rest)
    assert all(block.to_numpy().flags.f_contiguous for block in rest)
    assert [len(block) for block in iter_feature_blocks(history, launch, leads[:0], context)] == [0]
    with pytest.raises(ValueError, match="ordered by lead_id"):
        next(iter_feature_blocks(history, launch, leads.iloc[::-1], context))


def test_several_launches_in_one_pass_are_as_each_alone(
    history: History, make: Any, differing: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hotleads.features.partition, "MAX_LEADS_PER_PART", 60)
    launches = [
        history.get_launch("L"),
        history.get_launch("E"),
        replace(history.get_launch("L"), cart_opens_at=make.ago(200)),
    ]
    requests = [(launch, build_cohort(history, launch), build_context(history, launch.as_of)) for launch in launches]
    requests.append(
        (launches[0], make.cohort("lead009", "nobody", "lead003"), requests[0][2])
    )  # others, in another order
    tables = hotleads.features.compute_features_of_launches(history, requests)
    assert len({len(table) for table in tables}) > 2
    assert [differing(compute_features(history, *one), table) for one, table in zip(requests, tables, strict=True)] == [
        []
    ] * 4


def test_a_source_that_no_feature_asks_for_may_be_absent(history: History, make: Any) -> None:
    events = [feature for feature in FEATURES if feature.source == "events"]
    plan = FeaturePlan(events, history.get_launch("L"), build_context(history, make.as_of))
    assert plan.sources == ("events",)
    nothing = Events(*(np.zeros(n, np.int64) for n in (1, 1, 0)), Categorical.from_values([]), np.empty(0))
    values = plan.compute(LeadRows(events=nothing), np.array([0]))
    assert values[0, :4].tolist() == [0, 0, 0, 0]
    assert np.isnan(values[0, 4])


def test_a_column_that_no_capture_fills_is_unknown(history: History, make: Any) -> None:
    common = {"family": "form", "description": "", "phrase": "{value}", "phrase_missing": "", "aggregate": "last"}
    features = [
        Feature(name=measure, unit="number", rows="any", source="captures", measure=measure, **common)
        for measure in ("number:attr_age", "level:attr_age=40", "ratio:attr_age")
    ]
    table = compute_features(
        history, history.get_launch("L"), make.cohort("lead001"), build_context(history, make.as_of), features
    )
    assert np.isnan(table.to_numpy()[0, :2]).all()
    assert table.to_numpy()[0, 2] == 1


def test_an_own_declaration_that_asks_for_what_is_not_there_is_refused(history: History, make: Any) -> None:
    feature = Feature("mine", "f", "times", "", "{value}", "", "count", rows="sold")
    with pytest.raises(ValueError, match="mine: purchases have no 'sold'"):
        FeaturePlan([feature], history.get_launch("L"), build_context(history, make.as_of))


def test_a_name_that_comes_twice_is_refused(history: History, make: Any) -> None:
    with pytest.raises(ValueError, match=f"{FEATURES[0].name} is declared twice"):
        FeaturePlan([*FEATURES, FEATURES[0]], history.get_launch("L"), build_context(history, make.as_of))


def test_words_are_coded_in_the_order_in_which_they_come() -> None:
    coded = Categorical.from_values(["b", None, "a", "b"])
    assert (coded.codes.tolist(), list(coded.categories)) == ([0, -1, 1, 0], ["b", "a"])
