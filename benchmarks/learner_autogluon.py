"""AutoGluon beside the model, on the launches that `learner.py` has measured: an anchor beyond the simple methods.

    python benchmarks/learner_autogluon.py [--sets cdnow,annual] [--seconds 300] [--quick] [--launches 1]

It gets the rows that the model learns from, all features or plain RFM, as numbers, with networks among its models. The
validation rows are the latest: the last window, or the last quarter of the only one. It runs in an environment of its
own, out/autogluon (5.6 GB), made from the configured package index at the first run. Results go to the file of
`learner.py`, which shows them; a launch that is there is not fitted again. The seconds are those of the clock: on a
busy machine give more of them. What it really used is kept in CPU seconds.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from learner import OURS, name_version, read_results, write_results
from learner_data import OUT, ROOT, LaunchCase, LearnerSet, list_sets, prepare_launch
from numpy.typing import NDArray

from hotleads.training.base_models import RFM_FEATURES
from hotleads.training.baselines.comparison import compare_to_baselines
from hotleads.training.examples import Examples

ENVIRONMENT = ROOT / "out" / "autogluon"
PACKAGES = (
    "autogluon.tabular[lightgbm,catboost,xgboost,fastai]==1.6.3",
    *("torch==2.13.0", "fastai==2.8.7", "lightgbm==4.7.0", "catboost==1.2.10", "xgboost-cpu==3.3.0"),
    *("scikit-learn==1.9.1", "numpy==2.5.5", "pandas==2.3.3", "pyarrow==24.0.0"),
)
#: Fewer buyers in the latest window do not tell models apart.
MIN_VALIDATION_BUYERS = 10
VALIDATION_SHARE = 0.25


def main() -> None:
    """Fit what is missing, launch by launch."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", help="names, with commas between; by default all")
    parser.add_argument("--seconds", type=int, default=300, help="for each launch and kind of features")
    parser.add_argument("--quick", action="store_true", help="the worlds of learner.py --quick")
    parser.add_argument("--launches", type=int, default=3, help="of each set, from the last one back")
    parser.add_argument("--features", choices=("all", "rfm", "both"), default="both")
    parser.add_argument("--trials", type=int, default=0, help="as given to learner.py")
    options = parser.parse_args()
    python, version = make_environment(), name_version(options.trials)
    kinds = {"all": ["all features"], "rfm": ["RFM"], "both": ["all features", "RFM"]}[options.features]
    methods = {f"AutoGluon {options.seconds} s, {kind}": (kind, options.seconds) for kind in kinds}
    for one in list_sets(options.sets.split(",") if options.sets else None, options.quick):
        run_set(replace(one, launches=options.launches), version, options.trials, methods, python)


def make_environment() -> Path:
    """Return the Python of AutoGluon's environment; make it first where it is not there."""
    python, finished = ENVIRONMENT / "bin" / "python", ENVIRONMENT / "packages.txt"
    if not finished.exists() or finished.read_text() != "\n".join(PACKAGES):
        uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(ENVIRONMENT)], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), *PACKAGES], check=True)
        finished.write_text("\n".join(PACKAGES))
    return python


def run_set(one: LearnerSet, version: str, trials: int, methods: dict[str, tuple[str, int]], python: Path) -> None:
    """Fit the launches of a set that the model was measured on, by each method: its kind of features and seconds."""
    measured = read_results(version)[one.key]
    if not measured:
        print(f"{one.key}: run learner.py on it first")
        return
    seen: Counter[Path] = Counter()
    for name, folder, launch_id in one.list_launches():
        if "metrics" not in measured.get(name, {}).get(OURS, {}) or seen[folder] == one.launches:
            continue
        seen[folder] += 1
        missing = {method: kind for method, kind in methods.items() if method not in measured[name]}
        if not missing:
            continue
        case = prepare_launch(folder, launch_id, trials)
        for method, (kind, limit) in missing.items():
            if columns := choose_columns(case, kind):
                before = measure_child_seconds()
                probability, models = fit_and_predict(case, columns, limit, python)
                used = round(measure_child_seconds() - before)
                record = {"set": one.key, "launch": name, "method": method, "code": version, "models": models}
                write_results([record | {"seconds": used} | compare(one.key, name, method, probability)])
                print(f"{one.key} {name}: {method}, {used} CPU s, {', '.join(models)}", flush=True)


def measure_child_seconds() -> float:
    """Return the CPU seconds of every child process that has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def choose_columns(case: LaunchCase, kind: str) -> list[str]:
    """Return the names of the features that tell the rows apart: the model's, or the plain RFM figures."""
    table = case.fitted.training_set.examples.table
    names = [feature.name for feature in case.fitted.training_set.features]
    if kind == "RFM":
        names = [name for name in table if name in RFM_FEATURES]
    return [name for name in names if table[name].nunique(dropna=False) > 1]


def fit_and_predict(
    case: LaunchCase, columns: list[str], seconds: int, python: Path
) -> tuple[NDArray[np.float64], dict[str, float]]:
    """Return the probabilities of the launch's leads, and each model that ran with its validation log loss."""
    examples = case.fitted.training_set.examples
    latest = choose_validation_rows(examples)
    rows = examples.table[columns].astype(np.float64).assign(label=examples.label)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, table in (("train", rows[~latest]), ("valid", rows[latest]), ("test", case.table[columns])):
            table.reset_index(drop=True).to_parquet(folder / f"{name}.parquet")
        worker = Path(__file__).with_name("learner_autogluon_fit.py")
        subprocess.run([str(python), str(worker), str(folder), str(seconds)], check=True, cwd=folder)
        predictions = pd.read_parquet(folder / "predictions.parquet")["probability"].to_numpy(np.float64)
        models: dict[str, float] = json.loads((folder / "models.json").read_text())
    return predictions, models


def choose_validation_rows(examples: Examples) -> NDArray[np.bool_]:
    """Return the mask of the latest rows: the last window, or a quarter of the rows where that has too few buyers."""
    last = examples.window == len(examples.windows) - 1
    buyers = int(examples.label[last].sum())
    if len(examples.windows) > 1 and buyers >= MIN_VALIDATION_BUYERS <= examples.label.sum() - buyers:
        return last
    order = np.lexsort((examples.hash_leads(), examples.as_of))  # leads of one instant in an order that means nothing
    latest = np.zeros(len(order), dtype=np.bool_)
    latest[order[-int(np.ceil(VALIDATION_SHARE * len(order))) :]] = True
    return latest


def compare(set_name: str, name: str, method: str, probability: NDArray[np.float64]) -> dict[str, object]:
    """Return the figures, and what sets the model apart from them on the same leads."""
    path = OUT / "predictions" / set_name / f"{name.replace(' ', '-')}.parquet"
    scored = pd.read_parquet(path).rename(columns={OURS: "probability"})
    entry = compare_to_baselines({method: probability}, scored)[0]
    return {"metrics": entry["metrics"], "difference": entry["difference"]}


if __name__ == "__main__":
    main()
