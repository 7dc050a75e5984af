"""Is the diagnosis right? Twenty seeds by five causes on the simulator: ``python benchmarks/drift.py``.

Each seed's clean history trains one model; each switch then sets in with the last launch, whose diagnosis is compared
with the switch. Where the advice is to recalibrate, the line is fitted to half of the launch's leads and evaluated on
the other half: by their labels, and by their true probabilities, which have no sampling noise.
"""

import argparse
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from hotleads.evaluation import expected_calibration_error
from hotleads.history import History, open_history
from hotleads.monitoring.advice import advise
from hotleads.monitoring.cost import compute_revenues
from hotleads.monitoring.diagnosis import diagnose, measure_signals
from hotleads.monitoring.expected import compute_min_roc_auc, estimate_quality
from hotleads.monitoring.launch_rows import LaunchRows, read_earlier_rows, read_launch_rows
from hotleads.monitoring.realised import measure_realised_quality
from hotleads.monitoring.references import find_earlier_launches
from hotleads.scoring import Model, compute_probabilities, tier_by_rate
from hotleads.simulator import SimulationOptions, read_truth, simulate
from hotleads.training import FitOptions, fit_model
from hotleads.training.calibration import fit_calibration

SWITCHES: dict[str, dict[str, list[str]]] = {
    "none": {},
    "conversion": {"drift": ["prior-shift"]},
    "covariate": {"drift": ["covariate-shift"]},
    "campaign mix": {"drift": ["campaign-mix"]},
    "attribution": {"defects": ["broken-pixel"]},
}
LEADS, LAUNCHES = 8_000, 6


def diagnose_seed(seed: int, leads: int = LEADS, launches: int = LAUNCHES) -> list[dict[str, Any]]:
    """Return, for each cause, the diagnosis, the advice and the calibration errors around a recalibration."""
    results: list[dict[str, Any]] = []
    model, earlier = None, []
    for cause, switches in SWITCHES.items():
        with tempfile.TemporaryDirectory() as folder:
            simulate(Path(folder), SimulationOptions(leads=leads, launches=launches, seed=seed, **switches))
            history = open_history(folder)
            launch = list(history.launches.values())[-1]
            if model is None:  # nothing before the last launch differs from one switch to the next
                model = fit_model(history, launch, launch.as_of, FitOptions(trials=0, seed=seed)).model
                before = find_earlier_launches(history, launch, model)
                earlier = read_earlier_rows(history, before, model, known_at=launch.as_of, max_leads=None)
            rows = read_launch_rows(history, launch, model)
            results.append({"seed": seed, "cause": cause} | _diagnose(history, rows, earlier, model, Path(folder)))
    return results


def _diagnose(
    history: History, rows: LaunchRows, earlier: list[LaunchRows], model: Model, folder: Path
) -> dict[str, Any]:
    signals = measure_signals(history, rows, earlier, model)
    diagnosis = diagnose(signals)
    tier = tier_by_rate(model.context).assign_tiers(rows.probability)
    expected = estimate_quality(rows.probability, tier, model.card)
    realised = measure_realised_quality(rows, tier, compute_revenues(history, [rows], model.context.currency)[0])
    if realised is None:
        raise ValueError(f"fewer than ten leads of {rows.name} bought; simulate more")
    buyers = int(realised.metrics["buyers"])
    min_auc = compute_min_roc_auc(expected.roc_auc.estimate, buyers, len(rows.leads) - buyers, model.card)
    advice = advise(diagnosis, signals, realised, min_auc, ())
    values = {
        signal.cause: [None if number is None else round(float(number), 4) for number in (signal.value, signal.limit)]
        for signal in signals
    }
    inside = {
        "roc_auc": expected.roc_auc.low <= realised.metrics["roc_auc"] <= expected.roc_auc.high,
        "lift_10": expected.lift_10.low <= realised.metrics["lift_10"] <= expected.lift_10.high,
        "buyers": expected.buyers.low <= realised.metrics["buyers"] <= expected.buyers.high,
    }
    return {
        "diagnosis": diagnosis,
        "advice": advice.action,
        "signals": values,
        "inside": {name: bool(is_inside) for name, is_inside in inside.items()},
        "ece": _measure_errors(rows, folder),
    }


def _measure_errors(rows: LaunchRows, folder: Path) -> dict[str, float]:
    """Return calibration errors of half of the leads, as scored and with the line fitted to the other half."""
    truth = read_truth(folder)
    truth = truth[truth["launch_id"] == rows.name].set_index("lead_id")["probability"]
    true = truth.reindex(rows.leads["lead_id"]).to_numpy(np.float64)
    y = rows.settled_label[1].to_numpy(np.int64)
    half = np.arange(len(y)) % 2 == 0
    line = fit_calibration(rows.logit[half], y[half], np.ones(int(half.sum())))
    after = compute_probabilities(line.slope * rows.logit[~half] + line.intercept)
    before = rows.probability[~half]
    return {
        "before": expected_calibration_error(y[~half], before),
        "after": expected_calibration_error(y[~half], after),
        "true_before": _measure_true_error(true[~half], before),
        "true_after": _measure_true_error(true[~half], after),
    }


def _measure_true_error(true: np.ndarray, p: np.ndarray) -> float:
    """Return the expected calibration error against true probabilities, over ten bins of equal size."""
    parts = np.array_split(np.argsort(p, kind="stable"), 10)
    return float(sum(abs(p[part].mean() - true[part].mean()) * len(part) for part in parts) / len(p))


def report(rows: list[dict[str, Any]]) -> None:
    """Print the confusion matrix, the coverage of the expected figures, and the errors around a recalibration."""
    counts = Counter((row["cause"], row["diagnosis"]) for row in rows)
    print("| switched on | " + " | ".join(SWITCHES) + " |\n|---" * 1 + "|---" * len(SWITCHES) + "|")
    for cause in SWITCHES:
        print(f"| {cause} | " + " | ".join(str(counts[cause, other]) for other in SWITCHES) + " |")
    for cause in SWITCHES:
        of_cause = [row for row in rows if row["cause"] == cause]
        advice = dict(Counter(row["advice"] for row in of_cause))
        advised = [row["ece"] for row in of_cause if row["advice"] == "recalibrate"]
        inside = {name: sum(row["inside"][name] for row in of_cause) for name in of_cause[0]["inside"]}
        print(f"{cause}: advice {advice}; realised inside the expected interval {inside} of {len(of_cause)}")
        for name in ("before", "after", "true_before", "true_after") if advised else ():
            errors = [row[name] for row in advised]
            print(f"  ECE {name}: mean {np.mean(errors):.4f}, largest {max(errors):.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--seeds", type=int, nargs=2, default=(0, 20), help="the first seed, and the one after the last"
    )
    parser.add_argument("--keep", type=Path, help="a file of JSON lines to add to: several runs make one study")
    options = parser.parse_args()
    results = []
    if options.keep and options.keep.is_file():
        results = [json.loads(line) for line in options.keep.read_text().splitlines()]
    for seed in range(*options.seeds):
        if any(result["seed"] == seed for result in results):
            continue
        new = diagnose_seed(seed)
        print(seed, {result["cause"]: result["diagnosis"] for result in new}, flush=True)
        results += new
        if options.keep:
            with options.keep.open("a") as file:
                file.writelines(json.dumps(result) + "\n" for result in new)
    report(results)
