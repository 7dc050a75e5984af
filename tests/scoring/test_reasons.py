"""Reasons: the largest contributions first, in words with the lead's own values."""

import math
from dataclasses import replace

import numpy as np
import pytest

from hotleads.features import FEATURES, Feature
from hotleads.scoring import Reason, ReasonFormatter, TextOptions, build_reasons, build_reasons_array, describe_value
from hotleads.scoring.reason_text.topics import assign_topics

BY_NAME = {feature.name: feature for feature in FEATURES}
NAN = math.nan


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("purchases", 1, "Bought once so far"),
        ("purchases", 2, "Bought 2 times so far"),
        ("purchases", 0, "Bought 0 times so far"),
        ("purchases_30d", 12_345, "Bought 12,345 times in the last 30 days"),
        ("refunds", 1, "Took money back once"),
        ("days_since_last_purchase", 0, "Last bought less than a day ago"),
        ("days_since_last_purchase", 0.99, "Last bought less than a day ago"),
        ("days_since_last_purchase", 1, "Last bought 1 day ago"),
        ("days_since_last_purchase", 1.4, "Last bought 1 day ago"),
        ("days_since_last_purchase", 1.6, "Last bought 2 days ago"),
        ("days_since_last_purchase", 1234.5, "Last bought 1,234 days ago"),
        ("days_since_last_purchase", NAN, "Has never bought"),
        ("mean_days_between_purchases", 0.4, "Buys again after less than a day on average"),
        ("purchase_days", 1, "Days with a purchase: 1"),
        ("distinct_products", 3, "Different products bought: 3"),
        ("last_recurrence_number", 3, "Reached charge 3 of a subscription"),
        ("last_recurrence_number", 100, "Reached charge 100 of a subscription"),
        ("last_recurrence_number", NAN, "No paid charge of a subscription is known"),
        ("purchases_decayed_30d", 2.5, "Recent purchases: 2.5 (each counts half after 30 days)"),
        ("purchases_decayed_30d", 0.001, "Recent purchases: 0 (each counts half after 30 days)"),
        ("days_since_last_over_mean_gap", 1.25, "Silent for 1.25 times the usual pause"),
        ("captures", 1, "Showed interest once"),
        ("days_since_last_capture", NAN, "Was never captured"),
        ("last_purchase_amount", NAN, "Has no purchase with a known amount in the main currency"),
    ],
)
def test_text_has_the_leads_own_value(name: str, value: float, text: str) -> None:
    assert describe_value(BY_NAME[name], value, TextOptions(currency="BRL")) == text


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        (1234.5, "BRL", "Spent R$1,234.50 so far"),
        (1234.5, None, "Spent 1,234.50 so far"),
        (0, "USD", "Spent $0.00 so far"),
        (-20, "USD", "Spent -$20.00 so far"),
        (-0.001, "USD", "Spent $0.00 so far"),
        (0.005000001, "USD", "Spent $0.01 so far"),
    ],
)
def test_money_comes_with_its_currency(value: float, currency: str | None, text: str) -> None:
    assert describe_value(BY_NAME["spend"], value, TextOptions(currency=currency)) == text


# ----------------------------------------------------------------------------------------------------------- the choice
SOME: tuple[Feature, ...] = tuple(BY_NAME[name] for name in ("purchases", "spend", "captures", "mean_purchase_amount"))
VALUES = np.array([[2.0, 30.0, 1.0, NAN], [0.0, 0.0, 0.0, 0.0]])
CONTRIBUTIONS = np.array([[0.1, -0.4, 0.0, 0.2], [0.3, -0.3, 0.3, -0.1]])


def build_both_ways(most: int, leads: int = 2) -> list[list[Reason]]:
    formatter = ReasonFormatter(SOME, TextOptions(currency="BRL"))
    reasons = build_reasons(formatter, VALUES[:leads], CONTRIBUTIONS[:leads], most)
    assert build_reasons_array(formatter, VALUES[:leads], CONTRIBUTIONS[:leads], most).to_pylist() == reasons
    return reasons


def list_names(most: int) -> list[list[str]]:
    return [[one["feature"] for one in lead] for lead in build_both_ways(most)]


def test_the_largest_come_first_whatever_their_sign_and_a_second_one_of_a_topic_waits() -> None:
    assert list_names(4) == [
        ["spend", "purchases", "mean_purchase_amount"],  # both of spend; what adds nothing is no reason
        ["purchases", "spend", "captures", "mean_purchase_amount"],
    ]


@pytest.mark.parametrize("most", [0, 1, 2, 3, 99])
def test_at_most_so_many_are_given(most: int) -> None:
    assert list_names(most) == [lead[:most] for lead in list_names(4)]


def test_a_reason_has_its_feature_its_group_its_value_its_part_and_its_text() -> None:
    spend, _, missing = build_both_ways(3)[0]
    assert spend == {
        "feature": "spend",
        "group": "spend",
        "value": 30.0,
        "contribution": -0.4,
        "text": "Spent R$30.00 so far",
    }
    assert missing["value"] is None
    assert missing["text"] == "Has no purchase with a known amount in the main currency"
    assert all(type(spend[key]) is float for key in ("value", "contribution"))


def test_no_leads_have_no_reasons() -> None:
    assert build_both_ways(3, leads=0) == []


def test_events_of_one_type_the_campaign_and_each_answer_are_topics() -> None:
    def of_capture(family: str, measure: str) -> Feature:
        return replace(BY_NAME["captures"], family=family, measure=measure)

    opened = replace(BY_NAME["events"], rows="email_opened")
    features = [
        BY_NAME["spend_30d"],
        BY_NAME["spend"],
        BY_NAME["events"],
        opened,
        replace(opened, aggregate="since_last"),
        of_capture("campaign", "level:utm_source=x"),
        of_capture("campaign", "ratio:utm_campaign"),
        of_capture("campaign", "level:country=BR"),
        of_capture("form", "number:attr_income"),
        of_capture("form", "level:attr_job=x=y"),
        BY_NAME["captures_7d"],
    ]
    assert assign_topics(features).tolist() == [0, 0, 1, 2, 2, 3, 3, 4, 5, 6, 7]
