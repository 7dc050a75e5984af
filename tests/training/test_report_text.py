"""Figures in words and numbers as people read them."""

from dataclasses import asdict
from typing import Any

import pytest

from hotleads.language import Translator
from hotleads.training.combination import BaseWeights
from hotleads.training.forecast_check import describe_forecasts
from hotleads.training.options import ModelParameters
from hotleads.training.report_text import (
    build_facts,
    build_filters,
    build_headline,
    describe_calibration_errors,
    describe_forecast_misses,
    describe_recipe,
    format_count,
    format_instant,
    format_number,
    format_percent,
)


def launch(lift: float | None, rows: int = 1000, buyers: int = 250, expected: float = 0.2) -> dict[str, Any]:
    metrics = {"lift_10": lift, "mean_probability": expected}
    buyers_expected = expected * rows
    forecast = {"buyers": buyers_expected, "low": round(0.8 * buyers_expected), "high": round(1.24 * buyers_expected)}
    return {"launch_id": f"lift {lift}", "rows": rows, "buyers": buyers, "metrics": metrics, "forecast": forecast}


ENGLISH = Translator("en")


def test_headline() -> None:
    assert build_headline([], {}, ENGLISH) == "No launch could be scored."
    one = build_headline([launch(2.6)], {"lift_10": 2.6}, ENGLISH)
    assert one.endswith("hold 26% of the buyers: 2.6 times a random pick.")
    several = build_headline([launch(2.0), launch(3.2), launch(None)], {"lift_10": 2.6}, ENGLISH)
    assert several.endswith("hold 26% of the buyers, 2.6 times a random pick; in the worst launch 20%.")
    assert "nothing to rank" in build_headline([launch(None)], {"lift_10": None}, ENGLISH)


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ((0.25, 0.26), "In each launch as many bought as was predicted, within the 90% interval."),
        ((0.25, 0.35), "beyond the 90% interval, in 1 of 2: lift 3.0 (350 expected, 280 to 434; 250 bought)."),
        (
            (0.15, 0.35),
            "2 of 2: lift 2.0 (150 expected, 120 to 186; 250 bought); lift 3.0 (350 expected, 280 to 434; 250 bought).",
        ),
    ],
)
def test_launches_whose_forecast_missed_are_named(expected: tuple[float, float], told: str) -> None:
    launches = [launch(lift, expected=rate) for lift, rate in zip((2.0, 3.0), expected, strict=True)]
    assert describe_forecasts(launches).endswith(told)
    assert len(describe_forecast_misses(launches, ENGLISH)) == sum(abs(rate - 0.25) > 0.05 for rate in expected)


def test_a_calibration_error_is_judged_by_what_chance_would_show() -> None:
    launches = [
        {"launch_id": name, "metrics": {"ece": ece}, "ece_by_chance": 0.02} for name, ece in (("a", 0.01), ("b", 0.03))
    ]
    assert (
        describe_calibration_errors(launches[:1], ENGLISH) == "No launch's ECE is beyond what chance alone would show."
    )
    assert describe_calibration_errors(launches, ENGLISH).endswith("beyond what chance alone would show in 1 of 2: b.")


def test_facts_say_lift_order_truth_and_tiers() -> None:
    tiers = [
        {"tier": "hot", "conversion": 0.1},
        {"tier": "warm", "conversion": None},
        {"tier": "cold", "conversion": 0.3},
    ]
    shown = build_facts([launch(2.0), launch(3.0)], {"lift_10": 2.5, "roc_auc": 0.744}, tiers, ENGLISH)
    assert [fact["value"] for fact in shown] == ["2.5 ×", "74 of 100", "125%", "10.0%"]
    assert "from 2.0 to 3.0" in shown[0]["text"]
    assert shown[2]["text"] == "400 buyers were expected, 500 bought; 2 of 2 launches beyond the 90% interval"
    assert "cold leads, 30.0%" in shown[3]["text"]  # a wrong order of tiers is not hidden


def test_facts_leave_out_what_is_undefined() -> None:
    assert build_facts([], {}, [], ENGLISH) == []
    assert [fact["value"] for fact in build_facts([launch(None, buyers=0)], {}, [], ENGLISH)] == ["0%"]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (format_percent(0.28345), "28.3%"),
        (format_percent(None), "–"),
        (format_number(0.74), "0.740"),
        (format_number(-0.1234, 2), "−0.12"),
        (format_number(-0.001, 2), "0.00"),
        (format_number(None), "–"),
        (format_count(1234567), "1,234,567"),
        (format_instant("2011-09-01T00:00:00+00:00"), "2011-09-01"),
        (format_instant("2011-09-01T08:05:00Z"), "2011-09-01 08:05"),
        (format_instant(None), "–"),
        (format_instant("each capture"), "each capture"),
        (build_filters(ENGLISH)["interval"]([0.7123, 0.7589]), "0.712 to 0.759"),
        (build_filters(Translator("pt_BR"))["interval"]([0.7123, 0.7589]), "0,712 a 0,759"),
        (build_filters(ENGLISH)["interval"](None), ""),
        (describe_recipe(asdict(ModelParameters())), "150 trees of depth 2 at 0.05, linear variance 2 (the defaults)"),
        (describe_recipe(asdict(ModelParameters(trees=50))), "50 trees of depth 2 at 0.05, linear variance 2"),
        (
            describe_recipe(asdict(ModelParameters(trees=50)), asdict(BaseWeights())),
            "50 trees of depth 2 at 0.05, linear variance 2",
        ),
        (
            describe_recipe(asdict(ModelParameters(trees=50)), asdict(BaseWeights(0.12, 0.08, 0.8, 0.99))),
            "50 trees of depth 2 at 0.05, linear variance 2; log-odds: 0.12 regression + 0.08 trees with signs + 0.80 "
            "trees without",
        ),
    ],
)
def test_numbers_and_instants(shown: str, expected: str) -> None:
    assert shown == expected
