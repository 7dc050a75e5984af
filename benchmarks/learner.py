"""Is the model as good as the best simple method, on every kind of history? Real sets and simulated worlds.

    python benchmarks/learner.py [--sets cdnow,annual] [--quick] [--trials 0] [--table-only] [--out FILE]

The last three launches of each set (of the worlds of small sellers, the last of five sellers each) are scored as the
backtest scores them, beside every baseline on the same rows. Results are kept by set, launch, method and code version
in out/learner/results.jsonl, and a launch that is there is not measured again. The tables at the end say for each set

* what sets the model apart from the best rival in ROC AUC and log loss (as a share), with a 90% interval, and whether
  it keeps up: at most .002 of AUC behind, at most 1% of log loss behind, or the interval holds 0;
* log loss before and after calibration, and what AUC falls short of the true probabilities' where these are known;
* the buyers that were expected, with their 90% interval, and those who came, by launch.

`learner_autogluon.py` adds AutoGluon to the same file, and this command shows it as one more rival.
"""

import argparse
import json
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from learner_data import OUT, REAL, LaunchCase, LearnerSet, list_sets, prepare_launch

from hotleads.evaluation import summarize
from hotleads.history import LaunchError
from hotleads.scoring import Calibration, compute_probabilities, estimate_launch_spread, forecast_buyers
from hotleads.training.baselines.comparison import compare_to_baselines, predict_baselines
from hotleads.training.versions import hash_code

RESULTS = OUT / "results.jsonl"
OURS, BEFORE, TRUTH = "hotleads", "before calibration", "truth"
SHOWN = ("roc_auc", "average_precision", "log_loss", "ece", "calibration_slope")
AUC_MARGIN, LOSS_MARGIN = 0.002, 0.01
#: Standard errors from the middle to the end of a 90% interval.
REACH = 1.645

Record = dict[str, Any]
Launches = dict[str, dict[str, Record]]


def main() -> None:
    """Measure what is missing, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", help="names, with commas between; by default all")
    parser.add_argument("--quick", action="store_true", help="smaller worlds, fewer sellers")
    parser.add_argument("--trials", type=int, default=0)
    parser.add_argument("--table-only", action="store_true", help="measure nothing")
    parser.add_argument("--code", help="show the results of this code version; by default of the present one")
    parser.add_argument("--out", type=Path, help="file that the tables are written to as well")
    options = parser.parse_args()
    version = options.code or name_version(options.trials)
    sets = list_sets(options.sets.split(",") if options.sets else None, options.quick)
    if not options.table_only:
        for one in sets:
            measure_set(one, version, options.trials)
    text = render_tables(read_results(version), [one.key for one in sets], version)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


def name_version(trials: int) -> str:
    """Name what decides a set's result: the code and the trials."""
    return f"{hash_code()[:12]}-{trials}"


def measure_set(one: LearnerSet, version: str, trials: int) -> None:
    """Measure the launches of a set that have no result yet, from the last one back; say why one is left out."""
    done = read_results(version)[one.key]
    measured: defaultdict[Path, int] = defaultdict(int)
    for name, folder, launch_id in one.list_launches():
        if measured[folder] >= one.launches:
            continue
        if name not in done:
            records = measure_launch(one.key, name, folder, launch_id, trials)
            write_results([record | {"code": version} for record in records])
            done[name] = {record["method"]: record for record in records}
        measured[folder] += "skipped" not in next(iter(done[name].values()))


def measure_launch(set_name: str, name: str, folder: Path, launch_id: str, trials: int) -> list[Record]:
    """Return one record a method; one that says why where the launch cannot be scored."""
    started = time.process_time()
    key = {"set": set_name, "launch": name}
    try:
        case = prepare_launch(folder, launch_id, trials)
    except LaunchError as error:
        print(f"{set_name} {name}: left out, {error}", flush=True)
        return [key | {"method": OURS, "skipped": error.code}]
    predictions = predict_all(case)
    ours = predictions.pop(OURS)
    scored = case.leads[["lead_id", "label"]].assign(probability=ours)
    rivals = compare_to_baselines(predictions, scored)
    records = [
        key | {"method": entry["baseline"], "metrics": entry["metrics"], "difference": entry["difference"]}
        for entry in rivals
    ]
    bought, examples = int(scored["label"].sum()), case.fitted.training_set.examples
    rows = {"rows": len(examples.label), "windows": len(examples.windows), "bought": bought}
    mine = {"method": OURS, "metrics": summarize(scored["label"], ours), "forecast": forecast(case, ours)}
    save_predictions(set_name, name, scored, predictions)
    seconds = time.process_time() - started
    print(f"{set_name} {name}: {len(scored):,} leads, {bought:,} bought, {seconds:.0f} CPU s", flush=True)
    return [key | mine | rows | {"seconds": round(seconds, 1)}, *records]


def predict_all(case: LaunchCase) -> dict[str, np.ndarray]:
    """Return the probabilities of our model, of it before its calibration, of every baseline, and the true ones."""
    model = case.fitted.model
    plain = replace(model, calibration=Calibration())
    return {
        OURS: compute_probabilities(model.predict_logits(case.table)),
        BEFORE: compute_probabilities(plain.predict_logits(case.table)),
        **predict_baselines(case.history, case.launch, case.fitted.training_set, case.leads, case.table),
    } | ({TRUTH: case.truth} if case.truth is not None else {})


def forecast(case: LaunchCase, probability: np.ndarray) -> list[float]:
    """Return the buyers that the model expected of the launch, and the ends of the 90% interval."""
    tiers = np.full(len(probability), "cold")
    row = forecast_buyers(probability, tiers, spread=estimate_launch_spread(case.fitted.model.card)).iloc[-1]
    return [float(row[name]) for name in ("buyers", "low", "high")]


def save_predictions(set_name: str, name: str, scored: pd.DataFrame, predictions: dict[str, np.ndarray]) -> None:
    """Keep the probabilities, with which a later rival is compared lead by lead."""
    path = OUT / "predictions" / set_name / f"{name.replace(' ', '-')}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    scored.rename(columns={"probability": OURS}).assign(**predictions).to_parquet(path)


def write_results(records: list[Record]) -> None:
    """Append records to the results."""
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("a") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)


def read_results(version: str) -> defaultdict[str, Launches]:
    """Return the records of a code version by set, launch and method."""
    found: defaultdict[str, Launches] = defaultdict(dict)
    lines = RESULTS.read_text().splitlines() if RESULTS.exists() else []
    for record in map(json.loads, lines):
        if record["code"] == version:
            found[record["set"]].setdefault(record["launch"], {})[record["method"]] = record
    return found


# ------------------------------------------------------------------------------------------------------------- tables


def render_tables(results: dict[str, Launches], names: list[str], version: str) -> str:
    """Return the tables of what was measured, as Markdown."""
    measured = {
        name: {launch: methods for launch, methods in results[name].items() if "skipped" not in methods[OURS]}
        for name in names
        if name in results
    }
    measured = {name: launches for name, launches in measured.items() if launches}
    summary = [render_set(name, launches) for name, launches in measured.items()]
    columns = ["set", "launches", "buyers", "AUC, AP, log loss, ECE, slope"]
    columns += ["AUC: gap to the best", "log loss: gap to the best", "verdict", "loss before, after calibration"]
    columns += ["AUC short of the truth", "forecasts held"]
    rule = "|---" * len(columns) + "|"
    head = f"Code version {version}; means over launches, 90% intervals\n\n| {' | '.join(columns)} |\n{rule}"
    every = [render_methods(name, launches) for name, launches in measured.items()]
    skipped = [
        f"{name} {launch}: left out ({methods[OURS]['skipped']})"
        for name in names
        for launch, methods in results.get(name, {}).items()
        if "skipped" in methods[OURS]
    ]
    partly = [line for name, launches in measured.items() for line in render_partly_measured(name, launches)]
    if partly:
        columns = ["set", "method", "launches", "AUC, ours", "AUC: gap", "log loss, ours", "log loss: gap"]
        partly = [f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|", *partly, ""]
    methods_head = "| set | method | AUC | AP | log loss | ECE | slope |\n|---|---|---|---|---|---|---|"
    return "\n".join([head, *summary, "", *render_forecasts(measured), "", *partly, methods_head, *every, "", *skipped])


def render_set(name: str, launches: Launches) -> str:
    """Return a set's line of the summary."""
    ours = {figure: average(launches, OURS, figure) for figure in SHOWN}
    auc, loss = (find_best_rival(launches, figure) for figure in ("roc_auc", "log_loss"))
    share = [value / average(launches, loss[0], "log_loss") for value in loss[1:]]
    behind = [
        told
        for told, is_behind in (
            ("AUC", auc[1] < -AUC_MARGIN and not auc[2] <= 0 <= auc[3]),
            ("log loss", share[0] > LOSS_MARGIN and not share[1] <= 0 <= share[2]),
        )
        if is_behind
    ]
    short = combine(launches, TRUTH, "roc_auc")
    bought = sum(methods[OURS]["bought"] for methods in launches.values())
    cells = [
        name,
        str(len(launches)),
        f"{bought:,}",
        ", ".join(f"{ours[figure]:.4f}" for figure in SHOWN),
        f"{auc[1]:+.4f} ({auc[2]:+.4f} to {auc[3]:+.4f}), {auc[0]}",
        f"{share[0]:+.1%} ({share[1]:+.1%} to {share[2]:+.1%}), {loss[0]}",
        f"behind: {' and '.join(behind)}" if behind else "keeps up",
        f"{average(launches, BEFORE, 'log_loss'):.4f}, {ours['log_loss']:.4f}",
        f"{-short[0]:.4f} ({-short[2]:.4f} to {-short[1]:.4f})" if short else "",
        describe_coverage({name: launches}),
    ]
    return f"| {' | '.join(cells)} |"


def find_best_rival(launches: Launches, figure: str) -> tuple[str, float, float, float]:
    """Return the method with the best mean figure that is in every launch, and ours minus its, with its interval."""
    sign = -1 if figure == "log_loss" else 1
    rivals = set.intersection(*(set(methods) for methods in launches.values())) - {OURS, BEFORE, TRUTH}
    gaps = {rival: gap for rival in sorted(rivals) if (gap := combine(launches, rival, figure))}
    best = min(gaps, key=lambda rival: sign * gaps[rival][0])
    return best, *gaps[best]


def combine(launches: Launches, method: str, figure: str) -> tuple[float, float, float] | None:
    """Return the mean gap between ours and a method over launches, with its interval; None where a launch lacks it."""
    gaps = [methods[method]["difference"][figure] for methods in launches.values() if method in methods]
    gaps = [gap for gap in gaps if None not in gap]
    if not gaps or len(gaps) < len(launches):
        return None
    mean, low, high = (float(np.mean([gap[i] for gap in gaps])) for i in range(3))
    # The launches' errors add up as those of independent figures do: their mean's is smaller than the mean of theirs.
    root = np.sqrt(len(gaps))
    return mean, mean - (mean - low) / root, mean + (high - mean) / root


def render_partly_measured(name: str, launches: Launches) -> list[str]:
    """Return a line for each method that only some launches have (such as AutoGluon), compared on those."""
    lines = []
    for method in sorted({method for methods in launches.values() for method in methods}):
        part = {launch: methods for launch, methods in launches.items() if method in methods}
        if len(part) < len(launches):
            cells = [name, method, str(len(part))]
            for figure in ("roc_auc", "log_loss"):
                gap, ours = combine(part, method, figure), average(part, OURS, figure)
                cells.append(f"{average(part, method, figure):.4f}, {ours:.4f}")
                cells.append(f"{gap[0]:+.4f} ({gap[1]:+.4f} to {gap[2]:+.4f})" if gap else "")
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def average(launches: Launches, method: str, figure: str) -> float:
    """Return a method's mean figure over the launches where it is defined."""
    values = [methods[method]["metrics"][figure] for methods in launches.values() if method in methods]
    return float(np.mean([value for value in values if value is not None] or [np.nan]))


def render_forecasts(measured: dict[str, Launches]) -> list[str]:
    """Return a line a launch of what was expected and bought, and how often the intervals held it, at what width."""
    lines = []
    for kind, is_real in (("real sets", True), ("simulated sets", False)):
        part = {name: launches for name, launches in measured.items() if (name in REAL) == is_real}
        lines.append(f"Forecasts of {kind}: {describe_coverage(part)}")
    lines += ["", "| set | launch | expected (90% interval) | bought | held |", "|---|---|---|---|---|"]
    for name, launches in measured.items():
        for launch, methods in launches.items():
            (expected, low, high), bought = methods[OURS]["forecast"], methods[OURS]["bought"]
            held = "yes" if low <= bought <= high else "NO"
            lines.append(f"| {name} | {launch} | {expected:.0f} ({low:.0f} to {high:.0f}) | {bought} | {held} |")
    return lines


def describe_coverage(measured: dict[str, Launches]) -> str:
    """Say in how many launches the forecast's interval held what was bought, and its median width (high over low)."""
    ours = [methods[OURS] for launches in measured.values() for methods in launches.values()]
    if not ours:
        return "none"
    held = sum(record["forecast"][1] <= record["bought"] <= record["forecast"][2] for record in ours)
    width = np.median([record["forecast"][2] / max(record["forecast"][1], 1.0) for record in ours])
    return f"{held} of {len(ours)}, width {width:.2f}"


def render_methods(name: str, launches: Launches) -> str:
    """Return every method's mean figures in a set, best log loss first."""
    methods = {method for one in launches.values() for method in one}
    figures = {method: [average(launches, method, figure) for figure in SHOWN] for method in methods}
    order = sorted(figures, key=lambda method: figures[method][SHOWN.index("log_loss")])
    return "\n".join(f"| {name} | {method} | {' | '.join(f'{v:.4f}' for v in figures[method])} |" for method in order)


if __name__ == "__main__":
    main()
