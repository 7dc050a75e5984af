"""Is a model of many leads calibrated, and how much ROC AUC does it lose to the true probabilities? Simulated launches.

    python benchmarks/at_size.py [--leads 100000] [--launches 3] [--seed 14]

The last launches of a simulated creator, default parameters without tuning: calibration slope, intercept and ECE, and
the ROC AUC lost to the true probabilities, each with its 90% interval.
"""

import argparse
import tempfile
from pathlib import Path

from hotleads.history import open_history
from hotleads.jobs.oracle import compute_regret
from hotleads.simulator import SimulationOptions, simulate
from hotleads.training import FitOptions, backtest


def main() -> None:
    """Print one line a launch."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--launches", type=int, default=3)
    parser.add_argument("--seed", type=int, default=14)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "history"
        simulate(folder, SimulationOptions(leads=options.leads, launches=6, seed=options.seed))
        history = open_history(folder)
        scores, report = backtest(history, FitOptions(trials=0, reasons=0), list(history.launches)[-options.launches :])
        gaps = compute_regret(folder, scores).query("figure == 'roc_auc'").set_index("launch_id")
    for entry in report["launches"]:
        figures, ends, gap = entry["metrics"], entry["intervals"], gaps.loc[entry["launch_id"]]
        line = (
            f"{name} {figures[f'calibration_{name}']:+.3f} ({low:+.3f} to {high:+.3f})"
            for name in ("slope", "intercept")
            for low, high in [ends[f"calibration_{name}"]]
        )
        trained = entry["training"]
        print(
            f"{entry['launch_id']}: {entry['rows']:,} leads, {entry['buyers']:,} buyers, from {trained['rows']:,} rows"
        )
        print(f"  {', '.join(line)}, ECE {figures['ece']:.4f}, log loss {figures['log_loss']:.4f}")
        print(
            f"  ROC AUC {gap['model']:.4f}, the truth's {gap['truth']:.4f}, regret {gap['regret']:.4f} "
            f"({gap['low']:.4f} to {gap['high']:.4f})",
            flush=True,
        )


if __name__ == "__main__":
    main()
