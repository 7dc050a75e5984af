"""Stages: their times add up, and they are told when they begin."""

import pytest

import hotleads.jobs.stages
from hotleads.jobs.stages import Stages, peak_memory


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the clock reads next, from call to call."""
    times: list[float] = []
    monkeypatch.setattr(hotleads.jobs.stages.time, "perf_counter", lambda: times.pop(0))
    return times


def test_times_of_a_stage_add_up_and_beginnings_and_seldom_news_are_told(clock: list[float]) -> None:
    told: list[str] = []
    clock[:] = [100.0, 101.0, 102.0, 104.5, 105.0, 105.5, 109.0]
    stages = Stages(told.append)
    stages("features")  # 101
    stages("model")  # 102
    stages("features", 2_000)  # 104.5
    stages("model", 2_000)  # 105
    stages("features", 4_000)  # 105.5
    stages.end()  # 109
    assert stages.seconds == {"features": 1.0 + 0.5 + 3.5, "model": 2.5 + 0.5}
    assert stages.summary().startswith("Took 8.0 s (features 5.0, model 3.0), at most ")
    assert told == ["features", "model", "features: 2,000 leads done"]


def test_memory_is_in_bytes() -> None:
    assert 50e6 < peak_memory() < 1e12
