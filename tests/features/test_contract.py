"""What every declared feature keeps: right on leads worked by hand, defined, leak-proof, order-free, the same bits."""

import math
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hotleads.features import (
    FEATURES,
    Context,
    Feature,
    build_context,
    build_features,
    compute_features,
    list_features,
)
from hotleads.history import History
from hotleads.language import Language
from hotleads.scoring import TextOptions, describe_value

NAMES = [feature.name for feature in FEATURES]
BY_NAME = {feature.name: feature for feature in FEATURES}
each_feature = pytest.mark.parametrize("name", NAMES)

# ------------------------------------------------------------------------------------------ leads worked by hand
# as_of is a noon. In order: a lead with no rows; one sale; a subscriber; one who takes money back; a traveler who pays
# in two currencies; two purchases at one instant.
LEADS = ("stranger", "once", "subscriber", "regretful", "traveler", "twice")
NAN = math.nan


def w(half_life: float, days: float) -> float:
    return 2 ** (-days / half_life)


def golden_purchases(make: Any) -> list[dict[str, Any]]:
    sale = make.sale
    return [
        sale("once", "o1", 30, 100, product_id="course", installments=3),
        sale("subscriber", "s1", 70, 50, product_id="club", recurrence_number=1, installments=2),
        sale("subscriber", "s2", 40, 50, product_id="club", recurrence_number=2),
        sale("subscriber", "s2", 35, 15, product_id="club", status="refunded"),
        sale("subscriber", "s3", 10, 60, product_id="club", recurrence_number=3, installments=4),
        sale("subscriber", "s4", 9.75, 20, product_id="ebook"),  # the same UTC day
        sale("subscriber", "s5", 3, 50, product_id="club", recurrence_number=4, status="overdue"),
        sale("regretful", "r1", 400, 200, product_id="course"),
        sale("regretful", "r1", 380, 200, status="refunded"),
        sale("regretful", "r2", 100, 200, product_id="course"),
        sale("regretful", "r2", 95, None, status="chargeback"),  # takes back what was paid
        sale("regretful", "r3", 91, 10, product_id="ebook"),
        sale("regretful", "r3", 90, 10, product_id="ebook", status="complete"),  # no second purchase
        sale("regretful", "never seen", 5, 30, status="refunded"),
        sale("regretful", "slip", 3, 99, product_id="club", status="billet_printed"),
        sale("regretful", "slip", 1, 99, product_id="club", status="canceled"),
        sale("regretful", "gone", 50, 10, product_id="ebook", status="started"),
        sale("regretful", "gone", 48, 10, product_id="ebook", status="expired"),
        sale("regretful", "gone", 47, 10, product_id="ebook", status="protested"),
        sale("regretful", "r4", 0, 500, product_id="club"),  # at as_of: not known
        sale("traveler", "t1", 45, 80, product_id="ebook"),
        sale("traveler", "t2", 20, 50, product_id="course", currency="USD"),
        sale("traveler", "t2", 10, None, currency=None, status="refunded"),
        sale("traveler", "t3", 2, 40, currency=None),
        sale("twice", "w1", 0.5, 5, product_id="course", recurrence_number=1),
        sale("twice", "w2", 0.5, 0, product_id="course"),
    ]


def golden_captures(make: Any) -> list[dict[str, Any]]:
    return [
        make.capture("once", 0, "L") | {"country": "BR"},  # makes the lead part of the launch: known
        make.capture("subscriber", 71),
        make.capture("subscriber", 30, "other"),
        make.capture("regretful", 0, "other"),  # at as_of, for another launch: not known
        make.capture("traveler", 100),
        make.capture("traveler", 31, "L"),
        make.capture("traveler", 0.5, "L"),
        make.capture("twice", 0),  # at as_of, for none: not known
    ]


def golden_events(make: Any) -> list[dict[str, Any]]:
    ended = "subscription_canceled_by_"
    return [
        *(make.event("once", 8), make.event("once", 1), make.event("once", 0), make.event("traveler", 20)),
        make.event("subscriber", 2) | {"event_type": f"{ended}customer"},
        make.event("regretful", 12) | {"event_type": f"{ended}seller"},
        make.event("traveler", 40) | {"event_type": f"{ended}admin"},
    ]


# The launch is the club's, led to by the e-book; a launch of the course came before. One value a lead, in LEADS' order.
GOLDEN: dict[str, tuple[float, ...]] = {
    "days_since_last_purchase": (NAN, 30, 9.75, 91, 2, 0.5),
    "days_since_first_purchase": (NAN, 30, 70, 400, 45, 0.5),
    "days_from_first_to_last_purchase": (NAN, 0, 60.25, 309, 43, 0),
    "purchases": (0, 1, 4, 3, 3, 2),
    "purchase_days": (0, 1, 3, 3, 3, 1),
    "distinct_products": (0, 1, 2, 2, 2, 1),
    "spend": (0, 100, 165, -20, 120, 5),
    "mean_purchase_amount": (NAN, 100, 45, 410 / 3, 60, 2.5),
    "largest_purchase_amount": (NAN, 100, 60, 200, 80, 5),
    "last_purchase_amount": (NAN, 100, 20, 10, 40, 0),
    "mean_days_between_purchases": (NAN, NAN, 30, 154.5, 21.5, NAN),
    "deviation_days_between_purchases": (NAN, NAN, 0, 145.5, 3.5, NAN),
    "days_since_last_over_mean_gap": (NAN, NAN, 10 / 30, 91 / 154.5, 2 / 21.5, NAN),
    "refunds": (0, 0, 1, 2, 1, 0),
    "refunds_90d": (0, 0, 1, 1, 1, 0),
    "refunded_amount": (0, 0, -15, -230, 0, 0),
    "chargebacks": (0, 0, 0, 1, 0, 0),
    "renewals": (0, 0, 2, 0, 0, 0),
    "renewals_90d": (0, 0, 2, 0, 0, 0),
    "last_recurrence_number": (NAN, NAN, 3, NAN, NAN, 1),
    "purchases_7d": (0, 0, 0, 0, 1, 2),
    "purchases_30d": (0, 1, 2, 0, 2, 2),
    "purchases_90d": (0, 1, 4, 0, 3, 2),
    "purchases_365d": (0, 1, 4, 2, 3, 2),
    "spend_7d": (0, 0, 0, -30, 40, 5),
    "spend_30d": (0, 100, 80, -30, 40, 5),
    "spend_90d": (0, 100, 165, -30, 120, 5),
    "spend_365d": (0, 100, 165, 200 - 200 + 10 - 30, 120, 5),
    **{
        f"purchases_decayed_{h}d": (
            0,
            w(h, 30),
            w(h, 70) + w(h, 40) + w(h, 10) + w(h, 9.75),
            w(h, 400) + w(h, 100) + w(h, 91),
            w(h, 45) + w(h, 20) + w(h, 2),
            2 * w(h, 0.5),
        )
        for h in (7, 30, 90)
    },
    **{
        f"spend_decayed_{h}d": (
            0,
            100 * w(h, 30),
            50 * w(h, 70) + 50 * w(h, 40) - 15 * w(h, 35) + 60 * w(h, 10) + 20 * w(h, 9.75),
            200 * (w(h, 400) - w(h, 380) + w(h, 100) - w(h, 95)) + 10 * w(h, 91) - 30 * w(h, 5),
            80 * w(h, 45) + 40 * w(h, 2),
            5 * w(h, 0.5),
        )
        for h in (7, 30, 90)
    },
    "slips_printed": (0, 0, 0, 1, 0, 0),
    "slips_printed_30d": (0, 0, 0, 1, 0, 0),
    "payments_lapsed": (0, 0, 0, 1, 0, 0),
    "payments_overdue": (0, 0, 1, 0, 0, 0),
    "days_since_payment_overdue": (NAN, NAN, 3, NAN, NAN, NAN),
    "orders_started": (0, 0, 0, 1, 0, 0),
    "protests": (0, 0, 0, 1, 0, 0),
    "cancellations": (0, 0, 0, 1, 0, 0),
    "mean_installments": (NAN, 3, 3, NAN, NAN, NAN),
    "last_installments": (NAN, 3, NAN, NAN, NAN, NAN),
    "purchases_owned": (0, 1, 4, 1, 2, 2),
    "subscription_charges_kept": (0, 0, 3, 0, 0, 1),
    "days_since_last_subscription_charge": (NAN, NAN, 10, NAN, NAN, 0.5),
    "days_to_next_subscription_charge": (NAN, NAN, 20, NAN, NAN, NAN),
    "launch_product_purchases": (0, 0, 3, 0, 0, 0),
    "entry_product_purchases": (0, 0, 1, 1, 1, 0),
    "days_since_entry_product": (NAN, NAN, 9.75, 91, 45, NAN),
    "launch_purchases": (0, 1, 0, 0, 0, 0),
    "order_bumps": (0, 0, 0, 0, 0, 1),
    # The amounts known in BRL are 5, 10, 20, 40, 50, 50, 60, 80, 100, 200, 200: half of them lie on each side of 50.
    "last_amount_over_typical": (NAN, 100 / 50, 20 / 50, 10 / 50, 40 / 50, 0),
    "captures_7d": (0, 1, 0, 0, 1, 0),
    "captures_90d": (0, 1, 2, 0, 2, 0),
    "mean_days_between_captures": (NAN, NAN, 41, NAN, 49.75, NAN),
    "launches_joined": (0, 1, 1, 0, 1, 0),
    "capture_hour": (NAN, 9, 12, NAN, 0, NAN),  # noon in UTC is nine in Sao Paulo
    "capture_weekday": (NAN, 0, 5, NAN, 0, NAN),  # as_of is a Monday
    "events": (0, 2, 1, 1, 2, 0),
    "events_7d": (0, 1, 1, 0, 0, 0),
    "events_30d": (0, 2, 1, 1, 1, 0),
    "events_decayed_14d": (0, w(14, 1) + w(14, 8), w(14, 2), w(14, 12), w(14, 20) + w(14, 40), 0),
    "days_since_last_event": (NAN, 1, 2, 12, 20, NAN),
    "subscriptions_canceled_by_customer": (0, 0, 1, 0, 0, 0),
    "subscriptions_canceled_by_seller": (0, 0, 0, 1, 0, 0),
    "subscriptions_canceled_by_admin": (0, 0, 0, 0, 1, 0),
    "captures": (0, 1, 2, 0, 3, 0),
    "captures_30d": (0, 1, 1, 0, 1, 0),
    "days_since_last_capture": (NAN, 0, 30, NAN, 0.5, NAN),
    "days_since_first_capture": (NAN, 0, 71, NAN, 100, NAN),
    # Nobody bought in these weeks of another year (see ``test_seasons``); the launch's middle is 3.5 days on.
    **dict.fromkeys(("season_purchases_1y", "season_purchases_2y", "season_purchases_3y", "season_years"), (0,) * 6),
    "season_share": (NAN, 0, 0, 0, 0, 0),
    "days_since_season_purchase": (NAN,) * 6,
    "days_to_anniversary": (NAN, 335.25, 355.5, 274.25, 363.25, 364.75),
    "days_from_anniversary": (NAN, 33.5, 13.25, 94.5, 5.5, 4),
    # The course was sold from 32 to 25 days before.
    "launches_bought_in": (0, 1, 0, 0, 0, 0),
    "last_launch_purchases": (0, 1, 0, 0, 0, 0),
    "launches_since_first_purchase": (NAN, 0, 1, 1, 1, 0),
    "launches_since_last_purchase": (NAN, 0, 0, 1, 0, 0),
    "launches_since_first_capture": (NAN, 0, 1, NAN, 1, NAN),
}


@pytest.fixture(scope="module")
def golden(make: Any) -> pd.DataFrame:
    tables = golden_purchases(make), golden_captures(make), golden_events(make), [make.earlier_launch()]
    history = make.history(*tables, product_id="club", entry_product_id="ebook")
    context = build_context(history, make.as_of)
    assert context.currency == "BRL"
    return compute_features(history, history.get_launch("L"), make.cohort(*LEADS), context)


def test_every_declaration_has_a_value_worked_by_hand() -> None:
    assert set(GOLDEN) == set(NAMES)


@each_feature
def test_values_worked_by_hand(name: str, golden: pd.DataFrame) -> None:
    assert golden[name].to_list() == pytest.approx(list(GOLDEN[name]), rel=1e-12, abs=1e-12, nan_ok=True)


@each_feature
def test_of_a_lead_without_rows_counts_and_sums_are_zero_and_the_rest_is_missing(
    name: str, golden: pd.DataFrame
) -> None:
    value = golden.loc["stranger", name]
    assert value == 0 if BY_NAME[name].aggregate in ("count", "sum") else np.isnan(value)


# ------------------------------------------------------------------------------------- one base of leads, told often
@dataclass(frozen=True)
class Base:
    """A base of leads, its features, and the same features found in other ways."""

    table: pd.DataFrame
    others: dict[str, pd.DataFrame]


def _before(rows: pd.DataFrame, column: str, instant: pd.Timestamp) -> pd.DataFrame:
    return rows[rows[column] < instant]


@pytest.fixture(scope="module")
def base(make: Any) -> Base:
    sales, shows = make.random_purchases(250, seed=1), make.random_captures(250, seed=2)
    deeds = make.random_events(250, seed=6)
    past_sales, seen = _before(sales, "occurred_at", make.as_of), _before(shows, "captured_at", make.as_of)
    done = _before(deeds, "occurred_at", make.as_of)
    assert 0 < len(past_sales) < len(sales)
    assert 0 < len(seen) < len(shows)
    assert 0 < len(done) < len(deeds)

    def build_history(sales: pd.DataFrame, shows: pd.DataFrame, deeds: pd.DataFrame) -> History:
        return make.history(sales, shows, deeds, [make.earlier_launch()], product_id="club", entry_product_id="ebook")

    changed = sales.copy()
    later = changed["occurred_at"] >= make.as_of
    changed.loc[later, ["amount", "currency", "status"]] = ["77777", "XXX", "approved"]
    history = build_history(sales, shows, deeds)
    shuffled = build_history(
        *(table.sample(frac=1, random_state=seed) for seed, table in enumerate((sales, shows, deeds)))
    )
    return Base(
        build_features(history, "L"),
        {
            "later rows deleted": build_features(build_history(past_sales, seen, done), "L"),
            "later rows changed": build_features(build_history(changed, shows, deeds), "L"),
            "source rows shuffled": build_features(shuffled, "L"),
            **_batches(make, history),
        },
    )


def _batches(make: Any, history: History) -> dict[str, pd.DataFrame]:
    context, launch = build_context(history, make.as_of), history.get_launch("L")

    def of(leads: list[str]) -> pd.DataFrame:
        return compute_features(history, launch, make.cohort(*leads), context, list_features(history, make.as_of))

    leads = list(build_features(history, launch).index)
    return {
        "leads one by one": pd.concat([of([lead]) for lead in leads[::3]]),
        "leads in a shuffled batch": of(list(np.random.default_rng(5).permutation(leads))),
    }


@each_feature
@pytest.mark.parametrize(
    "variation",
    [
        "later rows deleted",
        "later rows changed",
        "source rows shuffled",
        "leads one by one",
        "leads in a shuffled batch",
    ],
)
def test_features_have_the_same_bits_for_every_variation(
    name: str, variation: str, base: Base, differing: Callable[..., list[str]]
) -> None:
    other = base.others[variation][[name]]
    assert differing(base.table.loc[other.index, [name]], other) == []


@each_feature
def test_the_base_of_the_laws_has_something_to_say(name: str, base: Base) -> None:
    assert len(base.table) > 100
    assert base.table[name].nunique() > 1


# -------------------------------------------------------------------------------------------------------- extremes
@pytest.fixture(scope="module")
def extremes(make: Any) -> pd.DataFrame:
    """Amounts as large as the contract's, a century of silence, gaps of a microsecond, nothing but refunds."""
    huge = "99999999999999.9999"
    sales = [
        *(make.sale("rich", f"r{i}", i / 3 + 1, huge, recurrence_number=10**9) for i in range(50)),
        make.sale("old", "o1", 1, 0) | {"occurred_at": pd.Timestamp("1900-01-02T00:00:00Z")},
        make.sale("old", "o2", 1, 0) | {"occurred_at": pd.Timestamp("1900-01-02T00:00:00.000001Z")},
        *(make.sale("hasty", f"h{i}", 1, 1) | {"occurred_at": make.ago(1, i)} for i in range(3)),
        *(make.sale("hasty", f"m{i}", 1, 1) | {"occurred_at": make.ago(1.5, i)} for i in range(2)),  # around midnight
        *(make.sale("taker", f"t{i}", i + 1, huge, status="refunded") for i in range(50)),
        *(make.sale("free", f"f{i}", 3, 0) for i in range(5)),
        make.sale("unpriced", "u1", 3, None, currency=None),
    ]
    return build_features(make.history(sales, [make.capture("hasty", 1e-9)]), "L")


@each_feature
def test_extremes_give_numbers_or_nothing_but_never_infinity(name: str, extremes: pd.DataFrame) -> None:
    assert not np.isinf(extremes[name]).any()
    if BY_NAME[name].aggregate in ("count", "sum"):
        assert extremes[name].notna().all()


# ------------------------------------------------------------------------------------------------------ as it reads
@each_feature
@pytest.mark.parametrize("language", ["en", "pt_BR"])
def test_reads_as_a_sentence_that_does_not_name_the_feature(name: str, language: Language) -> None:
    for value in (0.0, 0.4, 1.0, 2.0, 3.5, 1234.567, -20.0, 1e12, math.nan):
        text = describe_value(BY_NAME[name], value, TextOptions(language, "BRL"))
        assert text[0].isupper()
        assert not any(sign in text for sign in ("{", "}", "_", "nan", "inf", "  "))
        assert name.lower() not in text.lower()


@each_feature
def test_phrase_takes_exactly_the_value(name: str) -> None:
    feature: Feature = BY_NAME[name]
    fields = [field for _, field, _, _ in string.Formatter().parse(feature.phrase) if field is not None]
    assert fields == ["value"]
    assert "{" not in feature.phrase_missing


def test_features_need_nothing_of_a_model(make: Any, differing: Callable[..., list[str]]) -> None:
    history = make.history(golden_purchases(make), golden_captures(make))
    launch, cohort = history.get_launch("L"), make.cohort(*LEADS)
    plain = Context(make.as_of.to_pydatetime(), "BRL")
    fitted = plain.with_reference(0.2, (0.1, 0.3))
    assert (
        differing(compute_features(history, launch, cohort, plain), compute_features(history, launch, cohort, fitted))
        == []
    )
