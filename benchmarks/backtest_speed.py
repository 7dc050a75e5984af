"""Twelve backtest launches on UCI Online Retail: every half month, fifteen days each, any product.

python benchmarks/backtest_speed.py [--data ../shared/data] [--trials 12] [--processes 2]
"""

import argparse
import os
import platform
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from hotleads.history import import_history, open_history
from hotleads.training import FitOptions, backtest
from hotleads.training.report import write_report

MAPPING = Path(__file__).parents[1] / "data" / "mappings" / "online_retail.toml"
FIRST, LAUNCHES, DAYS = date(2011, 5, 31), 12, 15


def main() -> None:
    """Print the seconds, the mean figures and the size of the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        mapping = Path(scratch) / "half_months.toml"
        mapping.write_text(list_half_months())
        import_history(options.data / "online_retail", Path(scratch) / "history", mapping=mapping)
        history = open_history(Path(scratch) / "history")
        wall, processor = time.perf_counter(), sum(os.times()[:4])
        scores, report = backtest(history, FitOptions(trials=options.trials, processes=options.processes))
        page = write_report(report, scores, Path(scratch) / "report")
        wall, processor = time.perf_counter() - wall, sum(os.times()[:4]) - processor
        size = page.stat().st_size
    print(f"Python {platform.python_version()}, {options.trials} trials a launch, {options.processes} processes")
    print(f"{len(report['launches'])} launches, {len(scores):,} leads, {len(report['skipped'])} not scored")
    print(f"{wall:.0f} s, {processor:.0f} processor seconds, report of {size / 1000:.0f} kB")
    print(", ".join(f"{name} {report['mean'][name]:.4f}" for name in ("roc_auc", "log_loss", "ece")))


def list_half_months() -> str:
    """Return the mapping of the data set with twelve launches, one every half month."""
    source = MAPPING.read_text().split("[[launches]]")[0]
    opens = [FIRST + timedelta(days=DAYS * number) for number in range(LAUNCHES)]
    return source + "\n".join(
        f'[[launches]]\nlaunch_id = "{day}"\nstrategy = "classic"\n'
        f"cart_opens_at = {day}\ncart_closes_at = {day + timedelta(days=DAYS)}\n"
        for day in opens
    )


if __name__ == "__main__":
    main()
