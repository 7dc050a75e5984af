"""How many planted problems `hotleads check` finds, and how many false alarms it raises.

python benchmarks/data_check.py [--clean 20] [--planted 5] [--leads 10000]

Each simulated history has six launches. Without a planted problem every finding is a false alarm; with one, the
finding that names it must be there.
"""

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

from hotleads.checks import Finding, check_history
from hotleads.history import import_history, open_history
from hotleads.simulator import DEFECTS, DRIFTS, SimulationOptions, simulate

#: The code and the table and column in which each switch shows.
PLANTED = {
    "prior-shift": ("conversion-shift", "purchases", ""),
    "covariate-shift": ("audience-shift", "leads", "country"),
    "campaign-mix": ("audience-shift", "leads", "utm_medium"),
    "broken-pixel": ("attribution-lost", "leads", "utm_source"),
    "leaked-column": ("target-leakage", "leads", "attr_onboarding_call"),
    "duplicated-people": ("duplicate-person", "leads", "lead_id"),
    "wrong-time-zone": ("time-zone-shift", "purchases", "occurred_at"),
    "mixed-currencies": ("mixed-currencies", "purchases", "currency"),
    "late-rows": ("missing-recent-rows", "events", "occurred_at"),
}


def find_planted(leads: int, seed: int, switch: str | None = None) -> list[Finding]:
    """Return the findings of a simulated history, with or without a planted problem."""
    drift, defects = ([switch] if switch in names else [] for names in (DRIFTS, DEFECTS))
    with tempfile.TemporaryDirectory() as folder:
        simulate(
            Path(folder) / "raw", SimulationOptions(leads=leads, launches=6, seed=seed, drift=drift, defects=defects)
        )
        import_history(Path(folder) / "raw", Path(folder) / "history")
        history = open_history(Path(folder) / "history")
        return [finding for result in check_history(history) for finding in result.findings]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clean", type=int, default=20)
    parser.add_argument("--planted", type=int, default=5)
    parser.add_argument("--leads", type=int, default=10_000)
    options, started = parser.parse_args(), time.process_time()
    alarms = [finding for seed in range(options.clean) for finding in find_planted(options.leads, seed)]
    print(f"clean: {len(alarms)} findings in {options.clean} histories", *alarms, sep="\n  ", flush=True)
    for switch, planted in PLANTED.items():
        histories = [find_planted(options.leads, seed, switch) for seed in range(options.planted)]
        hits = sum(
            any((finding.code, finding.table, finding.column) == planted for finding in history_findings)
            for history_findings in histories
        )
        others = Counter(
            finding.code for history_findings in histories for finding in history_findings if finding.code != planted[0]
        )
        beside = ", ".join(f"{code} {count}" for code, count in others.items()) or "nothing"
        print(f"{switch}: {planted[0]} in {hits} of {options.planted}; beside it {beside}", flush=True)
    print(f"{time.process_time() - started:.0f} s of CPU, simulating and importing included")


if __name__ == "__main__":
    main()
