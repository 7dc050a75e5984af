"""Stages: their times add up, and they are shown when they begin."""

import pytest

import hotleads.jobs.stage_timer
from hotleads.jobs.stage_timer import StageTimer, measure_peak_memory


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the clock reads next, from call to call."""
    times: list[float] = []
    monkeypatch.setattr(hotleads.jobs.stage_timer.time, "perf_counter", lambda: times.pop(0))
    return times


def test_times_of_a_stage_add_up_and_messages_come_at_its_beginning_and_seldom_after(clock: list[float]) -> None:
    messages: list[str] = []
    clock[:] = [100.0, 101.0, 102.0, 104.5, 105.0, 105.5, 109.0]
    timer = StageTimer(messages.append)
    timer("features")  # 101
    timer("model")  # 102
    timer("features", 2_000)  # 104.5
    timer("model", 2_000)  # 105
    timer("features", 4_000)  # 105.5
    timer.end()  # 109
    assert timer.seconds == {"features": 1.0 + 0.5 + 3.5, "model": 2.5 + 0.5}
    assert timer.summary().startswith("Took 8.0 s (features 5.0, model 3.0), at most ")
    assert messages == ["features", "model", "features: 2,000 leads done"]


def test_memory_is_in_bytes() -> None:
    assert 50e6 < measure_peak_memory() < 1e12
