"""The history under data/sample is what the simulator writes, and small."""

import gzip
from pathlib import Path

import numpy as np

from hotleads import simulator

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"


def test_the_sample_is_what_the_simulator_writes(tmp_path: Path) -> None:
    simulator.simulate(tmp_path, simulator.SimulationOptions(leads=3_500, launches=9, seed=7, open_last_launch=True))
    for name in ("leads", "purchases", "events"):
        simulated, committed = (
            gzip.decompress((folder / f"{name}.csv.gz").read_bytes()) for folder in (tmp_path, SAMPLE)
        )
        assert simulated == committed, f"{name}: write data/sample again"
    simulated, committed = simulator.read_truth(tmp_path), simulator.read_truth(SAMPLE)
    assert (simulated[["launch_id", "lead_id", "label"]] == committed[["launch_id", "lead_id", "label"]]).all(axis=None)
    np.testing.assert_allclose(simulated["probability"], committed["probability"], atol=1e-8)
    assert (tmp_path / "simulation.json").read_text() == (SAMPLE / "simulation.json").read_text()


def test_the_sample_is_small() -> None:
    assert sum(file.stat().st_size for file in SAMPLE.iterdir()) < 1_000_000
