"""Do 90% forecast intervals of buyers cover nine launches in ten? By how far launches differ, and how many came before.

    python benchmarks/forecast_coverage.py [--launches 100] [--seed 2]

A seller's launches have 100, 300 or 1,000 leads (give or take), of whom about 11% buy; each launch adds to everybody's
log-odds a normal draw of ``spread``, and ``drift`` once more than the one before. The model of the next launch is one
that knows every lead but not the level: the weighted mean of the launches so far, calibrated as ``hotleads train``
does. Beside the current interval stands the former one: a negative binomial count whose relative spread was the
windows' mean excess, with a prior of .25 worth two launches. Whole models: ``learner.py`` (levels-*).
"""

import argparse
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import nbinom

from hotleads.scoring import estimate_launch_spread, forecast_buyers
from hotleads.scoring.launch_levels import fit_launch_levels

WORLDS = ((0.1, 0.0), (0.3, 0.0), (0.7, 0.0), (0.3, 0.15))
EARLIER = (1, 2, 3, 5, 7)
SIZES = (100, 300, 1_000)
RATE, MIN_BUYERS = 0.11, 10
#: The standard deviation of leads' log-odds that the model knows.
KNOWN = 0.8


class Drawn(NamedTuple):
    """A launch to forecast: what the card says of those before, the next one's log-odds, and how many buy."""

    card: Mapping[str, Any]
    logits: np.ndarray
    bought: int


def draw_launch(random: np.random.Generator, earlier: int, spread: float, drift: float) -> Drawn | None:
    """Draw a seller's launches; None where too few bought to learn from."""
    sizes = np.maximum(random.choice(SIZES) * np.exp(random.normal(0, 0.4, earlier + 1)), 30).astype(int)
    levels = spread * random.normal(size=earlier + 1) + drift * np.arange(earlier + 1)
    leads = [logit(RATE) + KNOWN * random.normal(size=size) for size in sizes]
    bought = [random.binomial(1, expit(z + level)).sum() for z, level in zip(leads, levels, strict=True)]
    if sum(bought[:-1]) < MIN_BUYERS:
        return None
    own = np.array([_fit_level(z, count) for z, count in zip(leads[:-1], bought[:-1], strict=True)])
    weight = 0.5 ** (np.arange(earlier)[::-1] / 2) * sizes[:-1]
    weight = weight / weight.sum()
    mean = float(weight @ own)
    others = (mean - weight * own) / (1 - weight) if earlier > 1 else own  # one alone is predicted by parts of itself
    calibration = (own - mean).mean() * (earlier - 1) / (earlier - 0.75)
    windows = {
        str(n): {
            "n": int(sizes[n]),
            "base_rate": bought[n] / sizes[n],
            "mean_probability": expit(leads[n] + others[n] + calibration).mean(),
        }
        for n in range(earlier)
    }
    return Drawn({"quality_on_unseen_windows": windows}, leads[-1] + mean + calibration, int(bought[-1]))


def _fit_level(z: np.ndarray, bought: int) -> float:
    """Return the level at which as many buy as did (half a buyer more, and one lead)."""
    level, wanted = 0.0, (bought + 0.5) / (len(z) + 1)
    for _ in range(20):
        p = expit(z + level)
        level -= float(np.clip((p.mean() - wanted) / (p * (1 - p)).mean(), -1, 1))
    return level


def forecast(drawn: Drawn) -> tuple[float, float]:
    """Return the ends of the current interval."""
    p = expit(drawn.logits + fit_launch_levels(drawn.card["quality_on_unseen_windows"]).shift)
    row = forecast_buyers(p, np.full(len(p), "cold"), spread=estimate_launch_spread(drawn.card)).iloc[-1]
    return float(row["low"]), float(row["high"])


def forecast_formerly(drawn: Drawn) -> tuple[float, float]:
    """Return the ends of the former interval."""
    windows = pd.DataFrame(drawn.card["quality_on_unseen_windows"].values())
    rate, expected = windows["base_rate"], windows["mean_probability"]
    excess = float(((rate / expected - 1) ** 2 - (1 - expected) / (expected * windows["n"])).sum())
    count = len(windows) - 1
    square = (2 * 0.25**2 + (max(excess, 0.0) if count else 0.0)) / (2 + count)
    p = expit(drawn.logits)
    variance = float((p * (1 - p)).sum()) + square * p.sum() ** 2
    variance = max(variance, p.sum() * (1 + 1e-6))
    low, high = nbinom.ppf([0.05, 0.95], p.sum() ** 2 / (variance - p.sum()), p.sum() / variance)
    return float(low), float(min(high, len(p)))


def main() -> None:
    """Print the coverage and the median width (high over low), in each world."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--launches", type=int, default=100)
    parser.add_argument("--seed", type=int, default=2)
    options = parser.parse_args()
    started, random = time.process_time(), np.random.default_rng(options.seed)
    rows = []
    for spread, drift in WORLDS:
        for earlier in EARLIER:
            for _ in range(options.launches):
                drawn = draw_launch(random, earlier, spread, drift)
                for name, method in (("current", forecast), ("former", forecast_formerly)) if drawn else ():
                    low, high = method(drawn)
                    held = low <= drawn.bought <= high
                    rows.append((f"{spread}{' drift' * bool(drift)}", earlier, name, held, high / max(low, 1.0)))
    table = pd.DataFrame(rows, columns=["world", "earlier", "interval", "coverage", "width"])
    figures = {"coverage": "mean", "width": "median"}
    print(table.groupby(["world", "earlier", "interval"]).agg(figures).unstack().round(3).to_string())
    print(table.groupby(["world", "interval"]).agg(figures).unstack().round(3).to_string())
    print(table.groupby("interval").agg(figures).round(3).to_string())
    print(f"{time.process_time() - started:.0f} CPU s")


if __name__ == "__main__":
    main()
