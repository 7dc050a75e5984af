"""Do 90% intervals hold the truth in nine launches of ten? Lift at 10%, conversion of each tier and of each campaign.

python benchmarks/interval_coverage.py [--launches 1000]

The population is a simulated launch whose every lead has a known probability of buying, and a score that sees it
through noise. A launch is a sample of its leads, with labels drawn from their probabilities. What an interval must hold
is the population's figure: what such scores are worth for leads like these, not what this sample happened to show.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from hotleads.evaluation import BootstrapOptions, bootstrap_summary, compute_wilson_interval, shrink_rates
from hotleads.simulator import SimulationOptions, read_truth, simulate

SIZES = (500, 2_000, 8_000)
LEVEL = 0.9
NOISE = 0.7


def simulate_population(leads: int, seed: int = 1) -> pd.DataFrame:
    """Return the leads of a simulation's last launch: ``probability``, ``campaign``, ``score``, ``tier``."""
    with tempfile.TemporaryDirectory() as folder:
        simulate(Path(folder), SimulationOptions(leads=leads, launches=6, seed=seed))
        truth = read_truth(Path(folder))
    people = truth[truth["launch_id"] == truth["launch_id"].iloc[-1]].reset_index(drop=True)
    noise = np.random.default_rng(seed).normal(0, NOISE, len(people))
    people["score"] = expit(logit(people["probability"].clip(1e-6, 1 - 1e-6)) + noise)
    rate = people["probability"].mean()
    people["tier"] = np.select([people["score"] >= 2 * rate, people["score"] >= rate], ["hot", "warm"], "cold")
    people["campaign"] = people["campaign"].fillna("none").astype(str)
    return people


def measure_coverage(people: pd.DataFrame, leads: int, launches: int, draws: int = 500) -> dict[str, float]:
    """Return the share of sampled launches, tiers and campaigns whose interval holds the population's figure."""
    target = _compute_population_lift(people)
    conversion = people.groupby("tier")["probability"].mean()
    campaigns = people.groupby("campaign")["probability"].mean()
    held_by_interval: dict[str, list[bool]] = {name: [] for name in ("lift at 10%", *conversion.index, "campaigns")}
    random = np.random.default_rng(leads)
    for launch in range(launches):
        sample = people.iloc[random.integers(len(people), size=leads)]
        label = (random.random(leads) < sample["probability"]).to_numpy(np.int64)
        low, high = bootstrap_summary(
            label, sample["score"], options=BootstrapOptions(draws=draws, level=LEVEL, seed=launch)
        )["lift_10"]
        held_by_interval["lift at 10%"].append(low <= target <= high)
        tiers = pd.DataFrame({"tier": sample["tier"], "label": label}).groupby("tier")["label"].agg(["sum", "size"])
        low, high = compute_wilson_interval(tiers["sum"], tiers["size"], LEVEL)
        for name, below, above in zip(tiers.index, low, high, strict=True):
            held_by_interval[name].append(below <= conversion[name] <= above)
        by = (
            pd.DataFrame({"campaign": sample["campaign"], "label": label})
            .groupby("campaign")["label"]
            .agg(["sum", "size"])
        )
        rates = shrink_rates(by["sum"], by["size"], LEVEL).set_index(by.index)
        truth = campaigns[by.index]
        held_by_interval["campaigns"].extend((rates["low"] <= truth) & (truth <= rates["high"]))
    return {name: float(np.mean(values)) for name, values in held_by_interval.items()}


def _compute_population_lift(people: pd.DataFrame) -> float:
    hottest = people.nlargest(len(people) // 10, "score")
    return float(hottest["probability"].sum() / people["probability"].sum() * len(people) / len(hottest))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--launches", type=int, default=1_000)
    parser.add_argument("--leads", type=int, default=60_000)
    options = parser.parse_args()
    people = simulate_population(options.leads)
    print(f"{len(people):,} leads, {people['probability'].mean():.1%} buy, lift {_compute_population_lift(people):.2f}")
    for leads in SIZES:
        shares = measure_coverage(people, leads, options.launches)
        print(f"{leads:,} leads: " + ", ".join(f"{name} {share:.1%}" for name, share in shares.items()), flush=True)


if __name__ == "__main__":
    main()
