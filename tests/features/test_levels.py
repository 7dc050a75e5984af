"""Words counted range by range against pandas on the whole table."""

from typing import Any

import pytest

import hotleads.history.partitions
from hotleads.features.levels import ALL, LevelAccumulator, LevelCounts
from hotleads.history import History
from hotleads.history.scan import scan_history


def count_levels(shop: History, column: str, make: Any) -> dict[str, LevelCounts]:
    accumulator = LevelAccumulator([column], make.as_of)
    scan_history(shop, [accumulator])
    return accumulator.levels


@pytest.mark.parametrize("rows", [1, 10**9])
def test_words_have_their_leads_and_periods(rows: int, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hotleads.history.partitions, "ROWS_PER_PARTITION", rows)
    shows = make.random_captures(120, seed=3)
    shows["attr_goal"] = [("sell", "learn", None)[number % 3] for number in range(len(shows))]
    levels = count_levels(make.history(captures=shows), "attr_goal", make)
    past = shows[shows["captured_at"] < make.as_of].drop_duplicates()
    period = past["launch_id"].fillna(past["captured_at"].dt.strftime("%Y-%m"))
    by_answer = past.assign(period=period).groupby("attr_goal")
    assert dict(levels["attr_goal"].leads) == by_answer["lead_id"].nunique().to_dict()
    assert levels["attr_goal"].periods == by_answer["period"].agg(set).to_dict()
    assert levels[ALL].leads[ALL] == past["lead_id"].nunique()
    assert levels[ALL].periods[ALL] == set(period)


def test_without_captures_before_as_of_there_are_no_levels(make: Any) -> None:
    levels = count_levels(make.history(captures=[make.capture("ana", -1)]), "source", make)
    assert not levels["source"].leads
    assert not levels[ALL].leads
