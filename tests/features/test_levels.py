"""Words counted range by range against pandas on the whole table."""

from typing import Any

import pytest

import hotleads.history.partitions
from hotleads.features.levels import ALL, LevelAccumulator, LevelCounts
from hotleads.history import History
from hotleads.history.scan import scan_history


def count_levels(shop: History, column: str, tell: Any) -> dict[str, LevelCounts]:
    accumulator = LevelAccumulator([column], tell.as_of)
    scan_history(shop, [accumulator])
    return accumulator.levels


@pytest.mark.parametrize("rows", [1, 10**9])
def test_words_have_their_leads_and_periods(rows: int, tell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hotleads.history.partitions, "ROWS_PER_PARTITION", rows)
    shows = tell.random_captures(120, seed=3)
    shows["attr_goal"] = [("sell", "learn", None)[place % 3] for place in range(len(shows))]
    found = count_levels(tell.history(captures=shows), "attr_goal", tell)
    known = shows[shows["captured_at"] < tell.as_of].drop_duplicates()
    period = known["launch_id"].fillna(known["captured_at"].dt.strftime("%Y-%m"))
    said = known.assign(period=period).groupby("attr_goal")
    assert dict(found["attr_goal"].leads) == said["lead_id"].nunique().to_dict()
    assert found["attr_goal"].periods == said["period"].agg(set).to_dict()
    assert found[ALL].leads[ALL] == known["lead_id"].nunique()
    assert found[ALL].periods[ALL] == set(period)


def test_nothing_known_is_nothing_said(tell: Any) -> None:
    found = count_levels(tell.history(captures=[tell.capture("ana", -1)]), "source", tell)
    assert not found["source"].leads
    assert not found[ALL].leads
