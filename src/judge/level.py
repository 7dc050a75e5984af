"""What a score's level means: probabilities against what happened, other scales by how many bought at each height."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from ..evaluation import (
    Interval,
    bootstrap_summary,
    compute_wilson_interval,
    expected_calibration_error,
    fit_calibration_line,
    simulate_calibrated_ece,
)
from .order import choose_draws
from .scales import Scale

FloatArray = NDArray[np.float64]

_BINS = 10
#: How often a score whose height never misleads may be said to have a step down anywhere.
_FALSE_STEP_RATE = 0.01


@dataclass(frozen=True)
class Calibration:
    """How probabilities fit what happened.

    Attributes
    ----------
    expected
        Buyers that the probabilities add up to.
    ratio
        Expected buyers over those who came, with its 90% interval by the luck of the leads.
    slope
        Of the label on the logit, with its 90% interval; NaN where undefined.
    error
        The expected calibration error.
    error_by_chance
        What calibrated probabilities would show at most, in 95 of 100 cases.
    """

    expected: float
    ratio: Interval
    slope: Interval
    error: float
    error_by_chance: float


@dataclass(frozen=True)
class Step:
    """Two heights of a score of which the lower one had more buyers.

    Attributes
    ----------
    low, high
        Places of the two heights in the table.
    drop
        How many more of the lower height's leads bought, as a share.
    """

    low: int
    high: int
    drop: float


@dataclass(frozen=True)
class PointsMeaning:
    """How many bought of the leads with so many points, or with the most that were given.

    Attributes
    ----------
    points
        How many points are asked about.
    is_reached
        Whether any lead has so many.
    low, high
        The least and the largest score of these leads.
    leads, buyers
        How many they are, and how many of them bought.
    rate, rate_low, rate_high
        The share that bought, with its 90% interval.
    """

    points: float
    is_reached: bool
    low: float
    high: float
    leads: int
    buyers: int
    rate: float
    rate_low: float
    rate_high: float


def measure_calibration(
    label: NDArray[np.int64], probability: FloatArray, leads: pd.Series, seed: int = 0
) -> Calibration:
    """Measure the level of probabilities.

    Parameters
    ----------
    label
        1 bought, 0 not.
    probability
        What the score says.
    leads
        The lead of each row.
    seed
        The same seed gives the same intervals.
    """
    buyers, expected = float(label.sum()), float(probability.sum())
    options = choose_draws(len(label), seed)
    ends = bootstrap_summary(label, probability, leads.to_numpy(), options)
    slope = Interval(fit_calibration_line(label, probability).slope, *ends.get("calibration_slope", (np.nan, np.nan)))
    low, high = _compute_buyer_interval(label)
    ratio = Interval(expected / buyers if buyers else np.inf, expected / high, expected / low if low else np.inf)
    chance = simulate_calibrated_ece(probability, draws=min(options.draws, 200), seed=seed)
    return Calibration(expected, ratio, slope, expected_calibration_error(label, probability), chance.high)


def build_level_table(label: NDArray[np.int64], values: FloatArray) -> pd.DataFrame:
    """Return how many bought at each height of a score: ten parts of the leads, or fewer where many are equal.

    Parameters
    ----------
    label
        1 bought, 0 not.
    values
        The score; higher is better.

    Returns
    -------
    DataFrame
        ``low, high`` (the least and the largest score of the part), ``leads, buyers, rate`` and the rate's 90% interval
        ``rate_low, rate_high``; lowest scores first.
    """
    distinct = np.unique(values)
    bins = np.searchsorted(distinct, values) if len(distinct) <= _BINS else _cut(values)
    rows = pd.DataFrame({"bin": bins, "value": values, "label": label}).groupby("bin")
    table = rows.agg(low=("value", "min"), high=("value", "max"), leads=("label", "size"), buyers=("label", "sum"))
    table = table.reset_index(drop=True)
    table["rate"] = table["buyers"] / table["leads"]
    table["rate_low"], table["rate_high"] = compute_wilson_interval(table["buyers"], table["leads"])
    return table


def restore_heights(table: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    """Return the table with the file's own values, where less is better or a percentage is meant."""
    factor = (-1 if scale.is_reversed else 1) * (100 if scale.kind == "percent" else 1)
    return table.assign(low=factor * table["low"], high=factor * table["high"])


def find_steps_down(table: pd.DataFrame) -> list[Step]:
    """Return where more points surely meant fewer buyers: pairs of heights, the largest drop first.

    All pairs are compared, each at a level that leaves one false step in a hundred scores without any (Bonferroni).
    """
    leads, rates = table["leads"].to_numpy(np.float64), table["rate"].to_numpy(np.float64)
    first, second = np.triu_indices(len(table), 1)
    pooled = (rates[first] * leads[first] + rates[second] * leads[second]) / (leads[first] + leads[second])
    error = np.sqrt(np.maximum(pooled * (1 - pooled), 1e-12) * (1 / leads[first] + 1 / leads[second]))
    drop = rates[first] - rates[second]
    is_sure = drop / error > norm.isf(_FALSE_STEP_RATE / max(len(first), 1)) if len(first) else np.zeros(0, np.bool_)
    steps = [Step(int(first[k]), int(second[k]), float(drop[k])) for k in np.flatnonzero(is_sure)]
    return sorted(steps, key=lambda step: -step.drop)


def describe_points(table: pd.DataFrame, points: float = 100.0) -> PointsMeaning | None:
    """Return how many bought of those with so many points, or with the most that were given; None without leads."""
    if table.empty:
        return None
    reached = table[(table["low"] <= points) & (points <= table["high"])]
    row = (reached if len(reached) else table).iloc[-1]
    return PointsMeaning(
        points=points,
        is_reached=bool(len(reached)),
        leads=int(row["leads"]),
        buyers=int(row["buyers"]),
        **{name: float(row[name]) for name in ("low", "high", "rate", "rate_low", "rate_high")},
    )


def _compute_buyer_interval(label: NDArray[np.int64]) -> tuple[float, float]:
    """Return the 90% interval of how many buyers such leads bring, around those who came."""
    low, high = compute_wilson_interval(float(label.sum()), float(len(label)))
    return float(low * len(label)), float(high * len(label))


def _cut(values: FloatArray) -> NDArray[np.int64]:
    """Return in which tenth of all values each one is; equal values stay together, in the tenth of their middle."""
    return np.asarray((rankdata(values) - 0.5) / len(values) * _BINS, np.int64)
