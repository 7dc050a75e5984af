"""Is the verdict on a score right? Simulated histories whose every purchase probability is known.

    python benchmarks/judge.py [--runs 10] [--people 8000] [--processes 2] [--first-seed 50000] [--log FILE]
    python benchmarks/judge.py --leads 1000000

A run is a simulated creator of its own. Its last classic launch is judged by nine scores that are made of the true
probabilities and of what happened. A verdict is right where the score's fault is named, and nothing is claimed that the
true probabilities deny: that a score is better or worse than chance, or than a rule, is looked up in the order that it
has in expectation. A log keeps each finished history's rows, and a study that goes on with it makes none of them twice.
With ``OMP_NUM_THREADS=1`` a history takes a fifth less CPU. The second command judges one file of a million scores and
prints what it costs.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from hotleads.evaluation import roc_auc
from hotleads.history import History, import_history, open_history
from hotleads.judge import Judgement, JudgeOptions, judge_scores
from hotleads.judge.order import compute_percentiles
from hotleads.judge.rivals import Rivals
from hotleads.simulator import SimulationOptions, read_truth, simulate

LETTERS = "DCBA"
#: The verdicts that name a score's fault; the other scores may have any verdict that is true.
FAULTS = {"inverted": "inverted", "constant": "constant", "leaked": "suspected-leak", "partly leaked": "suspected-leak",
          "too late": "given-too-late"}  # fmt: skip
LEVELS = {"true": ("right", "cannot-tell"), "inflated": ("too-high",)}
#: Codes that claim an order better than chance.
BETTER = ("better-than-simple-rules", "better-than-chance", "no-better-than-simple-rule",
          "cannot-tell-from-simple-rule")  # fmt: skip
_ALIKE = 0.02


def main() -> None:
    """Print how often each score got the right verdict, or what a large file costs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--people", type=int, default=8_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--first-seed", type=int, default=50_000)
    parser.add_argument("--log", type=Path, help="CSV file that keeps the rows of each history once it is done")
    parser.add_argument("--leads", type=int, help="judge one file of so many scores instead")
    parser.add_argument("--work", type=Path, help="with --leads: folder that keeps the history")
    options = parser.parse_args()
    if options.leads:
        with tempfile.TemporaryDirectory() as scratch:
            measure_cost(options.work or Path(scratch), options.leads)
        return
    began = time.perf_counter()
    rows = study(options.runs, options.people, options.processes, options.first_seed, options.log)
    print(f"{options.runs} histories of {options.people:,} people, from seed {options.first_seed}")
    print(summarize_study(rows).to_string(index=False))
    print(f"{time.perf_counter() - began:.0f} s")


def study(
    runs: int, people: int, processes: int = 1, first_seed: int = 50_000, log: Path | None = None
) -> pd.DataFrame:
    """Return one row a run and score: ``score, code, level, rival, is_right, is_leak, is_decided``."""
    done = pd.read_csv(log) if log is not None and log.is_file() else pd.DataFrame({"seed": []})
    seeds = [seed for seed in range(first_seed, first_seed + runs) if seed not in set(done["seed"])]
    parts = [done[done["seed"].between(first_seed, first_seed + runs - 1)]]
    work = partial(study_history, people=people)
    with ProcessPoolExecutor(processes, get_context("spawn")) if processes > 1 else nullcontext() as pool:
        for rows in pool.map(work, seeds) if pool is not None else map(work, seeds):
            if log is not None:
                rows.to_csv(log, mode="a", header=not log.is_file(), index=False)
            parts.append(rows)
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def summarize_study(rows: pd.DataFrame) -> pd.DataFrame:
    """Return for each score how often its verdict was right, how often a leak was suspected, and its verdicts."""
    table = rows.groupby("score", sort=False).agg(
        runs=("seed", "size"),
        right=("is_right", "mean"),
        leak_suspected=("is_leak", "mean"),
        decided=("is_decided", "mean"),
    )
    codes = rows.groupby("score")["code"].agg(
        lambda codes: ", ".join(f"{c} {n}" for c, n in codes.value_counts().items())
    )
    return table.join(codes).reset_index()


def study_history(seed: int, people: int) -> pd.DataFrame:
    """Judge every score of one simulated history; the rivals, which do not see the scores, are fitted once."""
    with tempfile.TemporaryDirectory() as scratch:
        raw, folder = Path(scratch) / "raw", Path(scratch) / "history"
        simulate(raw, SimulationOptions(leads=people, launches=6, seed=seed))
        import_history(raw, folder)
        history = open_history(folder)
        truth = select_truth(raw, history)
        cache: dict[str, Rivals] = {}
        rows = []
        for name, scores in make_scores(truth, np.random.default_rng(seed)).items():
            path = Path(scratch) / "scores.parquet"
            scores.to_parquet(path, index=False)
            judgement = judge_with_rivals_of(history, path, cache, tuple(truth["launch_id"].unique()))
            rows.append({"seed": seed, "score": name} | grade(name, judgement, truth, scores, cache))
    return pd.DataFrame(rows)


def select_truth(raw: Path, history: History) -> pd.DataFrame:
    """Return the true probabilities and labels of the last classic launch."""
    classic = [launch.launch_id for launch in history.launches.values() if launch.strategy == "classic"][-1:]
    truth = read_truth(raw)
    truth = truth[truth["launch_id"].isin(classic)].reset_index(drop=True)
    return truth.assign(as_of=pd.to_datetime(truth["as_of"], utc=True))


def make_scores(truth: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Return files of scores by their names."""
    p, bought = truth["probability"].to_numpy(np.float64), truth["label"].to_numpy() == 1
    ids = truth[["lead_id", "launch_id"]].assign(scored_at=truth["as_of"] - pd.Timedelta("1h"))
    noise = logit(p) + rng.normal(0, 1.5, len(p))
    known = rng.random(len(p)) < 0.6
    return {
        "true": ids.assign(probability=p),
        "noisy": ids.assign(score=100 * expit(noise)),
        "inflated": ids.assign(probability=np.minimum(2 * p, 1.0)),
        "inverted": ids.assign(score=100 * (1 - p)),
        "constant": ids.assign(score=50),
        "letters": ids.assign(score=[LETTERS[k] for k in np.searchsorted(np.quantile(p, [0.5, 0.75, 0.9]), p)]),
        "leaked": ids.assign(score=np.where(bought, 60, 20) + rng.normal(0, 8, len(p))),
        "partly leaked": ids.assign(score=np.where(bought & known, 90 + 10 * p, 100 * p)),
        "too late": ids.assign(score=100 * p, scored_at=truth["as_of"] + pd.Timedelta("10D")),
    }


def judge_with_rivals_of(
    history: History, path: Path, cache: dict[str, Rivals], launches: tuple[str, ...]
) -> Judgement:
    """Judge a file; the rivals' predictions for the same leads come from the cache."""
    import hotleads.judge.judging as room

    ask: Callable[..., Rivals] = room.predict_rivals

    def ask_once(history: History, rows: pd.DataFrame, *arguments: object, **options: object) -> Rivals:
        key = str(pd.util.hash_pandas_object(rows[["launch_id", "lead_id", "as_of"]]).sum())
        if key not in cache:
            cache[key] = ask(history, rows, *arguments, **options)
            cache["rows"] = rows[["launch_id", "lead_id"]]  # type: ignore[assignment]
        return cache[key]

    room.predict_rivals = ask_once  # type: ignore[assignment]
    try:
        return judge_scores(path, history, options=JudgeOptions(launches=launches))
    finally:
        room.predict_rivals = ask


def grade(
    name: str, judgement: Judgement, truth: pd.DataFrame, scores: pd.DataFrame, cache: dict[str, Rivals]
) -> dict[str, object]:
    """Return the verdict and whether it is right: the fault is named, or every claim holds in expectation."""
    verdict = judgement.verdict
    is_right = verdict.code == FAULTS[name] if name in FAULTS else is_true(judgement, truth, scores, cache)
    if name in LEVELS:
        is_right = is_right and verdict.level in LEVELS[name]
    is_decided = "cannot-tell" not in verdict.code and verdict.level != "cannot-tell"
    return {
        "code": verdict.code,
        "level": verdict.level,
        "rival": verdict.rival,
        "is_right": is_right,
        "is_leak": verdict.code == "suspected-leak",
        "is_decided": is_decided,
        "buyers": judgement.buyers,
    }


def is_true(judgement: Judgement, truth: pd.DataFrame, scores: pd.DataFrame, cache: dict[str, Rivals]) -> bool:
    """Return whether a verdict on the order holds under the true probabilities."""
    verdict = judgement.verdict
    groups = pd.factorize(truth["launch_id"])[0]
    values = scores.iloc[:, -1]
    order = {letter: float(k) for k, letter in enumerate(LETTERS)}
    own = compute_percentiles(values.map(order).to_numpy(np.float64) if values.dtype == "str" or values.dtype == object
                              else values.to_numpy(np.float64), groups)  # fmt: skip
    p = truth["probability"].to_numpy(np.float64)
    auc = expected_auc(p, own)
    if verdict.code == "suspected-leak":
        return False
    if verdict.code in BETTER and auc <= 0.5:
        return False
    if verdict.code == "inverted" or verdict.code == "no-better-than-chance":
        return auc < (0.5 if verdict.code == "inverted" else 0.55)
    rivals = expected_rivals(truth, groups, p, cache)
    simple = {rival.name: auc - rivals[rival.name] for rival in judgement.rivals if rival.name in rivals}
    gaps = {rule: gap for rule, gap in simple.items() if rule not in ("gradient boosting", "hotleads")}
    if verdict.code == "better-than-simple-rules" and min(gaps.values()) <= 0:
        return False
    if verdict.code == "worse-than-simple-rule" and gaps[str(verdict.rival)] >= 0:
        return False
    if verdict.code == "no-better-than-simple-rule" and gaps[str(verdict.rival)] > _ALIKE:
        return False
    ours = simple.get("hotleads", 0.0)
    return not ((verdict.ours == "better" and ours <= 0) or (verdict.ours == "worse" and ours >= 0))


def expected_rivals(
    truth: pd.DataFrame, groups: np.ndarray, p: np.ndarray, cache: dict[str, Rivals]
) -> dict[str, float]:
    """Return each rival's ROC AUC in expectation, on the leads that it was asked about."""
    rivals = next(value for key, value in cache.items() if key != "rows")
    asked = cache["rows"]
    place = truth.reset_index().set_index(["launch_id", "lead_id"])["index"]
    rows = place.loc[list(zip(asked["launch_id"], asked["lead_id"], strict=True))].to_numpy()  # type: ignore[index]
    return {
        name: expected_auc(p[rows[known]], compute_percentiles(values[known], groups[rows[known]]))
        for name, values in rivals.predictions.items()
        if (known := np.isfinite(values)).any()
    }


def expected_auc(p: np.ndarray, order: np.ndarray) -> float:
    """Return the chance that a buyer stands above another lead where each buys with its own probability."""
    label = np.r_[np.ones(len(p)), np.zeros(len(p))]
    return roc_auc(label, np.r_[order, order], np.r_[p, 1 - p])


def measure_cost(work: Path, leads: int) -> None:
    """Print time and memory of `hotleads judge` on a history of so many leads, with rivals and without."""
    from million_leads import LAUNCHES, make_history

    history, scores = work / "history", work / "scores.parquet"
    if not history.is_dir():
        make_history(work / "raw_history", leads, 10.0)
        run("import", work / "raw_history", history)
    opens = pd.read_parquet(work / "raw_history" / "launches.parquet")["cart_opens_at"].iloc[-1]
    ids = np.char.add("lead", np.char.zfill(np.arange(leads).astype(str), 8))
    values = np.random.default_rng(0).random(leads).round(4)
    pd.DataFrame({"lead_id": ids, "probability": values, "scored_at": opens}).to_parquet(scores)
    for flag in ("--rivals", "--no-rivals"):
        run("judge", scores, "--history", history, "--launches", f"L{LAUNCHES}", flag, "--json", work / "judged.json")


def run(*arguments: object) -> None:
    """Run hotleads with these arguments; print its time and its memory."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", "from hotleads.cli.main import app; app()", *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env=os.environ | {"COLUMNS": "120"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    what = f"hotleads {arguments[0]} {arguments[-3] if len(arguments) > 5 else ''}: exit {done.returncode}"
    print(f"{what}, {used:.1f} CPU s; largest peak memory so far {after.ru_maxrss / 1e6:.2f} GB", flush=True)
    print(
        "\n".join(f"  {line}" for line in done.stdout.splitlines() if " judged" in line or "judge" in line), flush=True
    )


if __name__ == "__main__":
    main()
