"""What a missing value says is true of everybody who lacks it, in whatever way."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from hotleads.features import FEATURES, build_features, list_features
from hotleads.features.discovery import CAPTURE_FIELDS
from hotleads.features.wording import translate_phrases
from hotleads.history import History
from hotleads.scoring import TextOptions, describe_value

from .conftest import HistoryMaker

LEADS = 160
AGES = tuple(str(age) for age in range(20, 50))
#: Of a lead's rows (purchases, captures, events; times as days ago, latest last): whether a missing phrase is true.
Rows = dict[str, pd.DataFrame]


def has(rows: pd.DataFrame, column: str) -> pd.Series:
    """Which rows have a value in a column."""
    return rows[column].notna() if column in rows else pd.Series(False, index=rows.index)


def bought(rows: Rows) -> pd.DataFrame:
    sold = rows["purchases"]
    return sold[sold["status"] == "approved"]


def charges(rows: Rows) -> pd.DataFrame:
    return bought(rows)[has(bought(rows), "recurrence_number")]


def latest_has(rows: Rows, table: str, column: str) -> bool:
    last = rows[table].tail(1)
    return bool(has(last, column).any())


FIELDS = {name: name.replace("utm_", "UTM ") for name in CAPTURE_FIELDS} | {"attr_city": "city"}
#: What makes each phrase true, worked out of the rows by hand.
TRUTHS: dict[str, Callable[..., bool]] = {
    "has never bought": lambda rows: bought(rows).empty,
    "has not bought on two different days": lambda rows: bought(rows)["occurred_at"].dt.floor("D").nunique() < 2,
    "has no purchase with a known amount in the main currency": lambda rows: (
        not (has(bought(rows), "amount") & bought(rows)["currency"].isin(["BRL", None])).any()
    ),
    "did not buy in these weeks of an earlier year": lambda rows: (
        not bought(rows)["occurred_at"].between(HistoryMaker().ago(372), HistoryMaker().ago(352)).any()
    ),
    "has no purchase with known instalments": lambda rows: not has(bought(rows), "installments").any(),
    "has no last purchase with known instalments": lambda rows: not has(bought(rows).tail(1), "installments").any(),
    "no paid charge of a subscription is known": lambda rows: charges(rows).empty,
    "no two paid charges of a subscription at different times are known": lambda rows: (
        charges(rows)["occurred_at"].nunique() < 2
    ),
    "no purchase of an entry product is known": lambda rows: not (bought(rows)["product_id"] == "ebook").any(),
    "never had a charge overdue": lambda rows: not (rows["purchases"]["status"] == "overdue").any(),
    "was never captured": lambda rows: rows["captures"].empty,
    "has not shown interest at two different times": lambda rows: rows["captures"]["captured_at"].nunique() < 2,
    "no event is recorded so far": lambda rows: rows["events"].empty,
    "no “page view” so far": lambda rows: not (rows["events"]["event_type"] == "page_view").any(),
    "no last “page view” with a value": lambda rows: not latest_has(rows, "events", "value"),
    "no number for age is known from the latest capture": lambda rows: (
        not pd.to_numeric(rows["captures"].tail(1).get("attr_age"), errors="coerce").notna().any()
    ),
    **{
        f"no {words} is known from the latest capture": lambda rows, column=column: (
            not latest_has(rows, "captures", column)
        )
        for column, words in FIELDS.items()
    },
}


@pytest.fixture(scope="module")
def lacking() -> tuple[History, dict[str, Rows]]:
    """Leads of whom any table, any row and any field may be lacking; the rows of each, oldest first."""
    rng, maker = np.random.default_rng(4), HistoryMaker()

    def maybe(*values: object) -> object:
        return None if rng.random() < 0.4 else values[rng.integers(len(values))]

    tables: dict[str, list[dict[str, object]]] = {"purchases": [], "captures": [], "events": []}
    for number in range(LEADS):
        lead = f"lead{number:03}"
        for place in range(rng.integers(0, 4)):
            sale = maker.sale(lead, f"t{number}-{place}", float(rng.choice([3, 3.25, 40, 90, 360])))
            sale |= {"amount": maybe("10"), "currency": rng.choice(np.array(["BRL", "BRL", "USD"], object))}
            sale |= {"installments": maybe(1, 12), "recurrence_number": maybe(1, 2), "product_id": maybe("ebook", "x")}
            tables["purchases"].append(sale | {"status": rng.choice(["approved", "approved", "overdue", "expired"])})
        for days in range(rng.integers(0, 3)):
            answers = {"country": maybe("BR", "PT"), "attr_city": maybe("Recife"), "attr_age": maybe(*AGES)}
            captured = [maker.capture(lead, 20 - days) | answers]
            tables["captures"] += captured * (2 if number % 5 == 0 else 1)  # the same at one instant
        for days in range(rng.integers(0, 3)):
            tables["events"].append(maker.event(lead, 8 - days) | {"value": maybe(0.5)})
    everyone = pd.DataFrame({"lead_id": [f"lead{number:03}" for number in range(LEADS)]})
    # Each has one row outside of what features read, so that the launch scores them all.
    tables["purchases"] += [
        maker.sale(lead, f"s-{lead}", 300) | {"status": "started", "amount": None} for lead in everyone["lead_id"]
    ]
    history = maker.history(**tables, entry_product_id="ebook")
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    times = {"purchases": "occurred_at", "captures": "captured_at", "events": "occurred_at"}
    ordered = {name: frame.sort_values(times[name], kind="stable") for name, frame in frames.items()}
    by_lead = {
        lead: {name: frame[frame["lead_id"] == lead] for name, frame in ordered.items()} for lead in everyone["lead_id"]
    }
    return history, by_lead


@pytest.mark.slow
def test_what_is_said_of_a_missing_value_is_true_of_all_who_lack_it(
    lacking: tuple[History, dict[str, Rows]],
) -> None:
    history, by_lead = lacking
    declared = list_features(history, history.get_launch("L").as_of)
    table = build_features(history, "L", features=declared)
    assert len(table) == LEADS
    said = set()
    for feature in declared:
        for lead in table.index[table[feature.name].isna()]:
            phrase = feature.phrase_missing
            assert TRUTHS[phrase](by_lead[lead]), f"{feature.name} says {phrase!r} of {lead}"
            said.add(phrase)
    assert said == set(TRUTHS)


def test_a_missing_value_says_the_same_in_portuguese(lacking: tuple[History, dict[str, Rows]]) -> None:
    """Each phrase has a translation of its own, so that two that differ in English differ there too."""
    declared = list_features(lacking[0], lacking[0].get_launch("L").as_of)
    translations = {feature.phrase_missing: translate_phrases(feature, "pt_BR")[1] for feature in declared}
    assert set(TRUTHS) <= set(translations)
    assert len(set(translations.values())) == len(translations)
    assert not set(translations.values()) & set(translations)


def test_three_purchases_whose_instalments_nobody_told_are_not_none() -> None:
    by_name = {feature.name: feature for feature in FEATURES}
    for name in ("mean_installments", "last_installments"):
        english, portuguese = (
            describe_value(by_name[name], float("nan"), TextOptions(language)) for language in ("en", "pt_BR")
        )
        assert "known instalments" in english
        assert "parcelas conhecidas" in portuguese
