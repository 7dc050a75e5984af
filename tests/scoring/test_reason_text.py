"""Words: the lead's own value in the reader's form and beside the launch's others, in two languages."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hotleads.scoring.reason_text.formatter
from hotleads.features import FEATURES, Feature, list_features
from hotleads.features.wording import translate_phrases
from hotleads.history import open_history
from hotleads.language import read_translations
from hotleads.scoring import (
    LaunchQuantiles,
    ReasonFormatter,
    TextOptions,
    compute_launch_quantiles,
    describe_value,
    describe_values,
)
from hotleads.scoring.launch_quantiles import LESS, LIKE, MIDDLE, MORE, UNLIKE, build_quantile_arrays, compare
from hotleads.scoring.reason_text.formatter import describe_change, describe_reweighing

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
BY_NAME = {feature.name: feature for feature in FEATURES}
NAN = math.nan
FLAG = Feature(
    name="utm_campaign={{campaign.name}}|x",
    family="campaign",
    unit="flag",
    description="A flag.",
    phrase="UTM campaign is “{{campaign.name}}|x”|UTM campaign is not “{{campaign.name}}|x”",
    phrase_missing="no UTM campaign is known from the latest capture",
    aggregate="last",
    rows="any",
    measure="level:utm_campaign={{campaign.name}}|x",
    source="captures",
)


def build_quantiles(name: str, values: list[float]) -> LaunchQuantiles:
    """A launch in which the feature has these values."""
    return compute_launch_quantiles(pd.DataFrame({name: values}), [BY_NAME[name]])


# -------------------------------------------------------------------------------------------------------------- values
@pytest.mark.parametrize(
    ("name", "value", "english", "portuguese"),
    [
        ("purchases_90d", 3, "Bought 3 times in the last 90 days", "Comprou 3 vezes nos últimos 90 dias"),
        ("purchases_90d", 1, "Bought once in the last 90 days", "Comprou uma vez nos últimos 90 dias"),
        ("purchases", 1234, "Bought 1,234 times so far", "Comprou 1.234 vezes até agora"),
        (
            "days_since_last_purchase",
            0.4,
            "Last bought less than a day ago",
            "Comprou pela última vez há menos de um dia",
        ),
        ("days_since_last_purchase", 1, "Last bought 1 day ago", "Comprou pela última vez há 1 dia"),
        ("days_since_last_purchase", 41.6, "Last bought 42 days ago", "Comprou pela última vez há 42 dias"),
        ("days_since_last_purchase", NAN, "Has never bought", "Nunca comprou"),
        ("spend", 1234.5, "Spent R$1,234.50 so far", "Gastou R$\N{NO-BREAK SPACE}1.234,50 até agora"),
        ("spend", -20, "Spent -R$20.00 so far", "Gastou -R$\N{NO-BREAK SPACE}20,00 até agora"),
        ("refunded_amount", -20, "Refunds come to R$20.00", "Os reembolsos somam R$\N{NO-BREAK SPACE}20,00"),
        ("refunded_amount", 0, "Refunds come to R$0.00", "Os reembolsos somam R$\N{NO-BREAK SPACE}0,00"),
        ("distinct_products", 3, "Different products bought: 3", "Produtos diferentes comprados: 3"),
        ("capture_weekday", 0, "Showed interest on a Monday", "Dia em que demonstrou interesse: segunda-feira"),
        ("capture_weekday", 6, "Showed interest on a Sunday", "Dia em que demonstrou interesse: domingo"),
        (
            "days_since_last_over_mean_gap",
            1.25,
            "Silent for 1.25 times the usual pause",
            "Em silêncio por 1,25 vezes a pausa habitual",
        ),
    ],
)
def test_a_value_in_two_languages(name: str, value: float, english: str, portuguese: str) -> None:
    assert describe_value(BY_NAME[name], value, TextOptions("en", "BRL")) == english
    assert describe_value(BY_NAME[name], value, TextOptions("pt_BR", "BRL")) == portuguese


@pytest.mark.parametrize(
    ("currency", "english", "portuguese"),
    [
        ("USD", "Spent $1,234.50 so far", "Gastou US$ 1.234,50 até agora"),
        ("EUR", "Spent €1,234.50 so far", "Gastou € 1.234,50 até agora"),
        ("JPY", "Spent ¥1,234 so far", "Gastou JP¥ 1.234 até agora"),
        ("XYZ", "Spent XYZ1,234.50 so far", "Gastou XYZ 1.234,50 até agora"),
        (None, "Spent 1,234.50 so far", "Gastou 1.234,50 até agora"),
    ],
)
def test_money_as_the_reader_writes_it(currency: str | None, english: str, portuguese: str) -> None:
    assert describe_value(BY_NAME["spend"], 1234.5, TextOptions("en", currency)) == english
    text = describe_value(BY_NAME["spend"], 1234.5, TextOptions("pt_BR", currency))
    assert text.replace("\N{NO-BREAK SPACE}", " ") == portuguese


def test_what_happened_some_days_ago_comes_with_its_date() -> None:
    feature, values = BY_NAME["days_since_last_purchase"], np.array([12.5, 0.25, 400.0, NAN])
    as_of = np.array(["2025-06-02T13:00:00"] * 4, "datetime64[us]").view(np.int64)
    assert describe_values(feature, values, TextOptions(), as_of) == [
        "Last bought 12 days ago (May 21, 2025)",
        "Last bought less than a day ago (Jun 2, 2025)",
        "Last bought 400 days ago (Apr 28, 2024)",
        "Has never bought",
    ]
    portuguese = describe_values(feature, values[:1], TextOptions("pt_BR"), as_of[:1])
    assert portuguese == ["Comprou pela última vez há 12 dias (21 de mai. de 2025)"]
    assert describe_values(BY_NAME["spend"], values[:1], TextOptions(), as_of[:1]) == ["Spent 12.50 so far"]


def test_a_flag_reads_yes_or_no_whatever_its_name_holds() -> None:
    assert describe_value(FLAG, 1.0, TextOptions()) == "UTM campaign is “{{campaign.name}}|x”"
    assert describe_value(FLAG, 0.0, TextOptions()) == "UTM campaign is not “{{campaign.name}}|x”"
    assert describe_value(FLAG, NAN, TextOptions()) == "No UTM campaign is known from the latest capture"
    assert describe_value(FLAG, 0.0, TextOptions("pt_BR")) == "UTM campaign não é “{{campaign.name}}|x”"


def test_a_change_has_both_values_where_they_read_differently() -> None:
    feature, options = BY_NAME["purchases_30d"], TextOptions()
    assert describe_change(feature, 1.0, 3.0, options) == "Bought 3 times in the last 30 days (before: once)"
    assert describe_change(feature, 3.0, 3.0, options) == "Bought 3 times in the last 30 days"
    since = BY_NAME["days_since_last_purchase"]
    assert describe_change(since, NAN, 3.0, options) == "Last bought 3 days ago (before: has never bought)"
    assert describe_change(since, 3.1, 3.2, options) == "Last bought 3 days ago"
    assert describe_change(FLAG, 1.0, 0.0, TextOptions("pt_BR")).endswith(
        "(antes: UTM campaign é “{{campaign.name}}|x”)"
    )
    text = describe_reweighing(feature, 1.0, options)
    assert text == "The model now sees this differently: bought once in the last 30 days"
    utm = replace(FLAG, phrase="UTM source is “x”|UTM source is not “x”")
    assert describe_reweighing(utm, 1.0, options) == "The model now sees this differently: UTM source is “x”"


# ------------------------------------------------------------------------------------------------------- in Portuguese
def test_every_declaration_is_translated() -> None:
    """Where this fails, run make messages and translate the phrases that it lists."""
    history = open_history(SAMPLE)
    declared = list_features(history, history.get_launch(list(history.launches)[-1]).as_of)
    assert len(declared) > len(FEATURES)
    told = {feature: (feature.phrase, feature.phrase_missing) for feature in declared}
    same = {pair for feature, pair in told.items() if translate_phrases(feature, "pt_BR") == pair}
    assert sorted(same) == []


def test_translations_keep_the_value_and_fill_their_gaps() -> None:
    for feature in FEATURES:
        phrase, missing = translate_phrases(feature, "pt_BR")
        assert phrase.count("{value}") == feature.phrase.count("{value}"), feature.name
        assert "{" not in phrase.replace("{value}", "") + missing
        assert str(feature.window_days or feature.half_life_days or "") in phrase
        assert feature.phrase != phrase


def test_a_phrase_without_translation_is_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_translations("pt_BR"), "_fallback", None)
    feature = replace(BY_NAME["purchases"], phrase="rode {value} on a comet")
    assert describe_value(feature, 2.0, TextOptions("pt_BR")) == "Rode 2 vezes on a comet"


# --------------------------------------------------------------------------------------------------------- comparisons
@pytest.mark.parametrize(
    ("name", "others", "value", "comparison"),
    [
        ("purchases_90d", [0.0] * 60 + [1] * 34 + [3] + [4] * 5, 3, "more than 94% of this launch's leads"),
        ("purchases_90d", [0.0] * 60 + [1] * 40, 0, "like 60% of this launch's leads"),
        ("purchases_90d", [0.0] * 10 + [1] * 90, 0, "less than 90% of this launch's leads"),
        ("purchases_90d", [0.0] * 45 + [1] * 10 + [2] * 45, 1, "in the middle of this launch's leads"),
        ("purchases_90d", [0.0] * 199 + [1], 1, "more than 99% of this launch's leads"),
        # who never bought did it longer ago than anyone
        ("days_since_last_purchase", [NAN] * 70 + [5] + [9] * 29, 5, "more recently than 99% of this launch's leads"),
        ("days_since_last_purchase", [NAN] * 10 + [5] * 60 + [9] * 30, 9, "longer ago than 60% of this launch's leads"),
        ("days_since_last_purchase", [NAN] * 70 + [5] * 30, NAN, "like 70% of this launch's leads"),
        ("days_since_last_purchase", [NAN] * 20 + [5] * 80, NAN, "unlike 80% of this launch's leads"),
        # of the others, those without a value are no part of the percentage
        (
            "mean_days_between_purchases",
            [NAN] * 50 + [5] * 40 + [9] * 10,
            9,
            "longer than 80% of this launch's leads of whom this is known",
        ),
        ("mean_purchase_amount", [50.0] * 90 + [20] * 10, 20, "less than 90% of this launch's leads"),
        ("refunded_amount", [0.0] * 95 + [-10, -20, -30, -40, -50], -50, "more than 99% of this launch's leads"),
    ],
)
def test_how_a_value_compares(name: str, others: list[float], value: float, comparison: str) -> None:
    text = describe_value(BY_NAME[name], value, TextOptions("en", "BRL", build_quantiles(name, others)))
    assert text == f"{describe_value(BY_NAME[name], value, TextOptions('en', 'BRL'))}, {comparison}"


def test_a_comparison_in_portuguese() -> None:
    def describe_beside(name: str, others: list[float], value: float) -> str:
        return describe_value(BY_NAME[name], value, TextOptions("pt_BR", "BRL", build_quantiles(name, others)))

    many = describe_beside("purchases_90d", [0.0] * 95 + [3] * 5, 3)
    assert many == "Comprou 3 vezes nos últimos 90 dias, mais que 95% dos leads deste lançamento"
    lately = describe_beside("days_since_last_purchase", [NAN] * 70 + [5] + [9] * 29, 5)
    assert lately == "Comprou pela última vez há 5 dias, mais recentemente que 99% dos leads deste lançamento"
    assert describe_beside("purchases", [0.0] * 45 + [1] * 10 + [2] * 45, 1).endswith(
        ", no meio dos leads deste lançamento"
    )


def test_a_flag_is_like_others_or_unlike_them() -> None:
    quantiles = compute_launch_quantiles(pd.DataFrame({FLAG.name: [1.0] * 20 + [0.0] * 80}), [FLAG])
    options = TextOptions(quantiles=quantiles)
    assert describe_value(FLAG, 1.0, options).endswith(", unlike 80% of this launch's leads")
    assert describe_value(FLAG, 0.0, options).endswith(", like 80% of this launch's leads")


@pytest.mark.parametrize("name", ["capture_hour", "capture_weekday"])
def test_a_time_of_day_is_no_more_or_less(name: str) -> None:
    assert "leads" not in describe_value(
        BY_NAME[name], 5, TextOptions(quantiles=build_quantiles(name, list(range(100))))
    )


def test_few_leads_are_no_comparison() -> None:
    few, enough = (build_quantiles("purchases", [0.0] * (count - 1) + [5.0]) for count in (19, 20))
    assert describe_value(BY_NAME["purchases"], 5, TextOptions(quantiles=few)) == "Bought 5 times so far"
    assert describe_value(BY_NAME["purchases"], 5, TextOptions(quantiles=enough)).endswith(
        "more than 95% of this launch's leads"
    )


def count_share(kind: int, values: np.ndarray, value: float) -> float:
    """The share that a comparison of that kind speaks of, counted."""
    present = values[~np.isnan(values)]
    absent = np.isnan(values).mean()
    if math.isnan(value):
        return float(absent if kind == LIKE else 1 - absent)
    shares = {MORE: present < value, LESS: present > value, LIKE: present == value}
    return float(shares[kind].mean())


@given(
    values=st.lists(st.one_of(st.just(NAN), st.integers(0, 5).map(float)), min_size=20, max_size=120),
    value=st.one_of(st.just(NAN), st.integers(-1, 6).map(float)),
)
@settings(deadline=None)
def test_percentages_are_counted(values: list[float], value: float) -> None:
    feature = BY_NAME["last_installments"]
    kind, percent = compare(0, value, *build_quantile_arrays(build_quantiles(feature.name, values), [feature]))
    if kind == MIDDLE:
        present = np.array(values)[~np.isnan(values)]
        assert (
            len(present) == 0 or max(count_share(other, np.array(values), value) for other in (MORE, LESS, LIKE)) < 0.5
        )
    else:
        assert percent == min(math.floor(100 * count_share(kind, np.array(values), value) + 1e-9), 99)
        assert percent >= 50 or kind == UNLIKE


@pytest.mark.parametrize("kind", ["continuous", "counts"])
def test_of_many_leads_the_percentages_are_true_lower_bounds(kind: str) -> None:
    rng = np.random.default_rng(4)
    values = rng.gamma(1, 50, 30_000) if kind == "continuous" else rng.poisson(0.8, 30_000).astype(float)
    values[rng.random(30_000) < 0.2] = NAN
    quantiles = build_quantiles("last_installments", values.tolist())
    assert sum(len(of_feature.values) for of_feature in quantiles.features.values()) == 1001
    sample = values[~np.isnan(values)][:500]
    scale = build_quantile_arrays(quantiles, [BY_NAME["last_installments"]])
    for value in sample:
        position, percent = compare(0, value, *scale)
        if position != MIDDLE:
            share = 100 * count_share(position, values, value)
            assert percent <= share < percent + 1.2


def test_a_value_of_another_launch_can_be_compared_too() -> None:
    quantiles = build_quantiles("purchases", [0.0, 1.0] * 20)
    assert describe_value(BY_NAME["purchases"], 99, TextOptions(quantiles=quantiles)).endswith(
        "more than 99% of this launch's leads"
    )


# ---------------------------------------------------------------------------------------------------------------- laws
@given(
    name=st.sampled_from(sorted(BY_NAME)),
    values=st.lists(st.floats(-1e9, 1e9) | st.just(NAN), min_size=1, max_size=5),
    language=st.sampled_from(["en", "pt_BR"]),
    currency=st.sampled_from([None, "BRL", "JPY"]),
)
@settings(deadline=None)
def test_any_value_makes_a_sentence_and_the_same_one_alone(
    name: str, values: list[float], language: str, currency: str | None
) -> None:
    options = TextOptions(language, currency, build_quantiles(name, [*values, *[float(i) for i in range(30)]]))  # type: ignore[arg-type]
    texts = describe_values(BY_NAME[name], np.array(values), options)
    assert texts == [describe_value(BY_NAME[name], value, options) for value in values]
    for text in texts:
        assert text[0] == text[0].upper()
        assert "nan" not in text
        assert "{" not in text
        assert "_" not in text


def test_a_formatter_renders_the_same_again_and_forgets_when_it_holds_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hotleads.scoring.reason_text.formatter, "_MAX_SENTENCES", 3)
    features = [BY_NAME["spend"], BY_NAME["days_since_last_purchase"]]
    formatter, columns = ReasonFormatter(features, TextOptions()), np.array([0, 1, 0, 1])
    values = np.array([1.0, NAN, 2.0, 3.0])
    as_of = np.array(["2025-06-02T13:00:00"] * 4, "datetime64[us]").view(np.int64)
    texts = formatter.render(columns, values, as_of)
    assert texts == [
        describe_values(features[j], values[[i]], TextOptions(), as_of[:1])[0] for i, j in enumerate(columns)
    ]
    assert formatter.render(columns, values, as_of) == texts
    assert formatter.render(columns, values + 1, as_of) != texts


def test_quantiles_are_plain_numbers() -> None:
    quantiles = build_quantiles("purchases", [0.0, 1.0, NAN] * 10).features["purchases"]
    assert json.dumps([quantiles.values.tolist(), quantiles.ranks.tolist(), quantiles.leads])
    assert (quantiles.leads, quantiles.values[0], quantiles.values[-1]) == (20, 0.0, 1.0)
