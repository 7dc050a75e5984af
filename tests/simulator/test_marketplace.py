"""Writing a history: the same bytes again, whole or not at all."""

import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest

from hotleads import simulator
from hotleads.simulator import block_tables


def hash_files(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*.*"))}


@pytest.mark.parametrize("parquet", [False, True])
def test_equal_arguments_give_equal_bytes_and_another_seed_others(tmp_path: Path, parquet: bool) -> None:
    for name, seed in (("first", 3), ("again", 3), ("other", 4)):
        simulator.simulate(
            tmp_path / name, simulator.SimulationOptions(leads=600, launches=4, seed=seed, parquet=parquet)
        )
    first, again, other = (hash_files(tmp_path / name) for name in ("first", "again", "other"))
    assert first == again
    assert {name for name in first if first[name] == other[name]} == {"launches.csv"}


@pytest.mark.slow
def test_the_number_of_processes_does_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leads = 2 * block_tables.BLOCK_LEADS + 1_000
    for processes in (1, 2):
        simulator.simulate(
            tmp_path / str(processes),
            simulator.SimulationOptions(leads=leads, launches=2, seed=3, parquet=True, processes=processes),
        )
    assert hash_files(tmp_path / "1") == hash_files(tmp_path / "2")
    truth = simulator.read_truth(tmp_path / "1")
    assert truth["lead_id"].max() > f"L{2 * block_tables.BLOCK_LEADS:08d}"


def test_both_formats_hold_the_same_history(tmp_path: Path) -> None:
    for name, parquet in (("text", False), ("columns", True)):
        simulator.simulate(tmp_path / name, simulator.SimulationOptions(leads=500, launches=3, seed=3, parquet=parquet))
    text = pd.read_csv(tmp_path / "text" / "purchases.csv.gz", parse_dates=["occurred_at"])
    columns = pd.read_parquet(tmp_path / "columns" / "purchases.parquet")
    pd.testing.assert_frame_equal(text, columns, check_dtype=False)
    pd.testing.assert_frame_equal(
        simulator.read_truth(tmp_path / "text"),
        simulator.read_truth(tmp_path / "columns"),
        check_dtype=False,
        atol=1e-8,
    )


def test_a_second_history_replaces_the_first_and_leaves_strangers_alone(tmp_path: Path) -> None:
    simulator.simulate(
        tmp_path, simulator.SimulationOptions(leads=300, launches=2, seed=3, defects=["late-rows"], parquet=True)
    )
    (tmp_path / "README.md").write_text("mine")
    simulator.simulate(tmp_path, simulator.SimulationOptions(leads=300, launches=2, seed=3, parquet=False))
    names = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.*")}
    assert names == {
        "leads.csv.gz",
        "purchases.csv.gz",
        "events.csv.gz",
        "truth.csv.gz",
        "launches.csv",
        "truth_campaigns.csv",
        "simulation.json",
        "README.md",
    }


def test_a_failure_half_way_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulator.simulate(tmp_path, simulator.SimulationOptions(leads=300, launches=2, seed=3))
    before = hash_files(tmp_path)

    def fails(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("hotleads.simulator.marketplace.render_simulation_file", fails)
    with pytest.raises(OSError, match="disk full"):
        simulator.simulate(tmp_path, simulator.SimulationOptions(leads=300, launches=2, seed=4))
    assert hash_files(tmp_path) == before


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"leads": 0}, "leads must be at least 1"),
        ({"launches": -1}, "launches must be at least 1"),
        ({"processes": 0}, "processes must be at least 1"),
        ({"seed": -2}, "seed must not be negative"),
        ({"drift": ["prior"]}, "unknown drift 'prior': choose from prior-shift"),
        ({"defects": ["prior-shift"]}, "unknown defect 'prior-shift': choose from broken-pixel"),
        ({"world": "shop"}, "unknown world 'shop'"),
        ({"world": "cdnow", "drift": ["prior-shift"]}, "the cdnow world has no switches"),
        ({"world": "annual", "defects": ["late-rows"]}, "the annual world has no switches"),
        ({"world": "cdnow", "level_drift": 0.1}, "the cdnow world has no open last launch and no levels"),
        ({"level_spread": -0.1}, "level_spread must not be negative"),
    ],
)
def test_wrong_arguments_are_named_and_nothing_is_written(tmp_path: Path, wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        simulator.simulate(
            tmp_path / "new", simulator.SimulationOptions(**{"leads": 10, "launches": 2, "seed": 1} | wrong)
        )
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("leads", "launches"), [(1, 1), (1, 9), (7, 2), (300, 30)])
def test_any_size_goes(tmp_path: Path, leads: int, launches: int) -> None:
    rows = simulator.simulate(tmp_path, simulator.SimulationOptions(leads=leads, launches=launches, seed=5))
    assert len(pd.read_csv(tmp_path / "launches.csv")) == launches
    assert len(simulator.read_truth(tmp_path)) == rows["truth"]


def test_progress_ends_with_everyone(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    simulator.simulate(
        tmp_path,
        simulator.SimulationOptions(leads=21_000, launches=1, seed=5, parquet=True),
        lambda *step: seen.append(step),
    )
    assert seen == [(20_000, 21_000), (21_000, 21_000)]


def test_the_record_says_how_to_simulate_it_again(tmp_path: Path) -> None:
    rows = simulator.simulate(
        tmp_path,
        simulator.SimulationOptions(leads=50, launches=3, seed=9, drift=["prior-shift"], open_last_launch=True),
    )
    record = json.loads((tmp_path / "simulation.json").read_text())
    assert (record["seed"], record["leads"], record["launches"], record["world"]) == (9, 50, 3, "creator")
    assert record["rows"] == rows
    assert [name for name, on in record["switches"].items() if on] == ["prior_shift"]
    assert record["known_until"] == record["last_launch_scored_at"]


def test_the_truth_of_a_folder_without_one_is_asked_for_in_vain(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="only a history written by `simulate` has a truth"):
        simulator.read_truth(tmp_path)


def test_three_strategies_and_the_last_one_classic(tmp_path: Path) -> None:
    simulator.simulate(tmp_path, simulator.SimulationOptions(leads=20, launches=13, seed=9))
    launches = pd.read_csv(tmp_path / "launches.csv")
    assert launches["strategy"].value_counts().to_dict() == {"classic": 10, "perpetual": 2, "paid": 1}
    assert launches["strategy"].iloc[-1] == "classic"
    assert launches["launch_id"].is_unique


@pytest.mark.slow
def test_memory_does_not_grow_with_the_history(tmp_path: Path) -> None:
    """Peak memory of a process that simulates five times as many leads, relative to the smaller one."""
    import subprocess
    import sys

    def peak_mebibytes(leads: int) -> int:
        code = (
            "import resource; from pathlib import Path; from hotleads.simulator import SimulationOptions, simulate; "
            f"out = Path({str(tmp_path / str(leads))!r}); "
            f"simulate(out, SimulationOptions(leads={leads}, launches=9, seed=1, parquet=True)); "
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
        )
        return int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)

    small, large = peak_mebibytes(100_000), peak_mebibytes(500_000)
    assert large < 1.25 * small
