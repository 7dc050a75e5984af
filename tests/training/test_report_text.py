"""Figures in words and numbers as people read them."""

from dataclasses import asdict
from typing import Any

import pytest

from hotleads.training.options import ModelParameters
from hotleads.training.report_text import (
    build_facts,
    build_headline,
    describe_recipe,
    format_count,
    format_instant,
    format_interval,
    format_number,
    format_percent,
)


def launch(lift: float | None, rows: int = 1000, buyers: int = 250, expected: float = 0.2) -> dict[str, Any]:
    return {"rows": rows, "buyers": buyers, "metrics": {"lift_10": lift, "mean_probability": expected}}


def test_headline() -> None:
    assert build_headline([], {}) == "No launch could be scored."
    assert build_headline([launch(2.6)], {"lift_10": 2.6}).endswith("hold 26% of the buyers: 2.6 times a random pick.")
    assert "nothing to rank" in build_headline([launch(None)], {"lift_10": None})


def test_facts_say_lift_order_truth_and_tiers() -> None:
    tiers = [
        {"tier": "hot", "conversion": 0.1},
        {"tier": "warm", "conversion": None},
        {"tier": "cold", "conversion": 0.3},
    ]
    shown = build_facts([launch(2.0), launch(3.0)], {"lift_10": 2.5, "roc_auc": 0.744}, tiers)
    assert [fact["value"] for fact in shown] == ["2.5 ×", "74 of 100", "125%", "10.0%"]
    assert "from 2.0 to 3.0" in shown[0]["text"]
    assert "400 buyers were expected, 500 bought" in shown[2]["text"]
    assert "cold leads, 30.0%" in shown[3]["text"]  # a wrong order of tiers is not hidden


def test_facts_leave_out_what_is_undefined() -> None:
    assert build_facts([], {}, []) == []
    assert [fact["value"] for fact in build_facts([launch(None, buyers=0)], {}, [])] == ["0%"]


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
        (format_interval([0.7123, 0.7589]), "0.712 to 0.759"),
        (format_interval(None), ""),
        (describe_recipe(asdict(ModelParameters())), "150 trees of depth 2 at 0.05, linear variance 2 (the defaults)"),
        (describe_recipe(asdict(ModelParameters(trees=50))), "50 trees of depth 2 at 0.05, linear variance 2"),
    ],
)
def test_numbers_and_instants(shown: str, expected: str) -> None:
    assert shown == expected
