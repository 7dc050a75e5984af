"""Draws the picture of README.md from what ``make run`` leaves: ``python docs/pictures/sample_pictures.py``."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from hotleads.evaluation import compute_gains_curve, compute_wilson_interval
from hotleads.reports.palette import LIGHT

HERE = Path(__file__).parent
SCORES = HERE.parents[1] / "out" / "demo" / "scores.parquet"
CALLED = 0.2


def main() -> None:
    """Write the picture, the same bytes for the same scores."""
    mpl.rcParams.update(
        {
            "svg.hashsalt": "sample",
            "svg.fonttype": "none",
            "font.size": 9,
            "axes.titlesize": 9,
            "axes.spines.top": False,
        }
    )
    mpl.rcParams.update({"axes.spines.right": False, "font.family": "sans-serif"})
    scores = pd.read_parquet(SCORES, columns=["launch_id", "as_of", "probability", "label"]).dropna()
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
    draw_gains(left, scores)
    draw_forecasts(right, scores)
    figure.savefig(HERE / "sample_backtest.svg", metadata={"Date": None})


def draw_gains(axes: Axes, scores: pd.DataFrame) -> None:
    """How many of each launch's buyers are among the leads with the highest scores, and of the mean and the worst."""
    at = np.linspace(0, 1, 101)
    shares = {}
    for launch, rows in scores.groupby("launch_id"):
        curve = compute_gains_curve(rows["label"].to_numpy(np.int64), rows["probability"].to_numpy())
        shares[launch] = np.interp(at, curve.leads_share, curve.buyers_share)
        axes.plot(at, shares[launch], color=LIGHT["blue"], linewidth=0.7, alpha=0.4)
    called = round(100 * CALLED)
    mean = np.mean(list(shares.values()), axis=0)
    worst = min(shares, key=lambda launch: float(shares[launch][called]))
    axes.plot([0, 1], [0, 1], color=LIGHT["muted"], linewidth=0.8, linestyle=(0, (4, 3)), label="random order")
    for curve, color, style, name in (
        (mean, LIGHT["blue"], "-", "mean of the launches"),
        (shares[worst], LIGHT["ink"], (0, (3, 1)), worst),
    ):
        label = f"{name}: {curve[called]:.0%} in the first {CALLED:.0%}"
        axes.plot(at, curve, color=color, linestyle=style, linewidth=1.6, label=label)
        axes.plot([CALLED], [curve[called]], "o", color=color)
    axes.legend(frameon=False, loc="lower right", fontsize=8)
    axes.set_title(f"Buyers found, in each of {len(shares)} launches", loc="left")
    percent(axes, "leads called, highest score first", "buyers found")


def draw_forecasts(axes: Axes, scores: pd.DataFrame) -> None:
    """What was predicted of each launch, and what share bought, the first launch on top."""
    launches = scores.groupby("launch_id").agg(
        as_of=("as_of", "min"), predicted=("probability", "mean"), buyers=("label", "sum"), leads=("label", "size")
    )
    launches = launches.sort_values("as_of", ascending=False)
    low, high = compute_wilson_interval(launches["buyers"], launches["leads"])
    rows = np.arange(len(launches))
    axes.hlines(rows, low, high, color=LIGHT["bought"], alpha=0.6)
    axes.plot(launches["buyers"] / launches["leads"], rows, "o", color=LIGHT["bought"], label="bought (90% interval)")
    axes.plot(launches["predicted"], rows, "D", color=LIGHT["blue"], markersize=4, label="predicted")
    axes.set_yticks(rows, launches.index)
    axes.set_title("Predicted before each launch, and what came", loc="left")
    axes.legend(frameon=False, loc="lower right", fontsize=8)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set(xlim=(0, None), xlabel="share of the leads who buy")


def percent(axes: Axes, x: str, y: str) -> None:
    """Both axes in percent, from zero, with their names."""
    for axis, name in ((axes.xaxis, x), (axes.yaxis, y)):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
        axis.set_label_text(name)
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)


if __name__ == "__main__":
    main()
