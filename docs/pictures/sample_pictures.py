"""Draws the picture of README.md from what ``make run`` leaves: ``python docs/pictures/sample_pictures.py``."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from hotleads.evaluation import build_reliability_table, compute_gains_curve

HERE = Path(__file__).parent
SCORES = HERE.parents[1] / "out" / "demo" / "scores.parquet"
BLUE, ORANGE, GREY = "#2b6cb0", "#c05621", "#718096"
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
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    draw_gains(left, scores[scores["as_of"] == scores["as_of"].max()])
    draw_reliability(right, scores)
    figure.savefig(HERE / "sample_backtest.svg", metadata={"Date": None})


def draw_gains(axes: Axes, rows: pd.DataFrame) -> None:
    """How many of the latest launch's buyers are among the leads with the highest scores."""
    curve = compute_gains_curve(rows["label"].to_numpy(np.int64), rows["probability"].to_numpy())
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.plot(curve.leads_share, curve.buyers_share, color=BLUE)
    found = np.interp(CALLED, curve.leads_share, curve.buyers_share)
    axes.plot([CALLED], [found], "o", color=ORANGE)
    axes.annotate(
        f"{found:.0%} of the buyers in the first {CALLED:.0%}", (CALLED, found), (9, -14), textcoords="offset points"
    )
    axes.set_title(f"{rows['launch_id'].iloc[0]}: {len(rows):,} leads, {rows['label'].sum():.0f} buyers", loc="left")
    percent(axes, "leads called, highest score first", "buyers found")


def draw_reliability(axes: Axes, rows: pd.DataFrame) -> None:
    """What was predicted, and how many bought, over all launches."""
    table = build_reliability_table(rows["label"].to_numpy(np.int64), rows["probability"].to_numpy())
    most = float(max(table.mean_probability.max(), table.high.max()))
    axes.plot([0, most], [0, most], color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.vlines(table.mean_probability, table.low, table.high, color=BLUE, alpha=0.6)
    axes.plot(table.mean_probability, table.observed_rate, "o", color=BLUE)
    axes.set_title(f"{rows['launch_id'].nunique()} launches, each scored by what came before it", loc="left")
    percent(axes, "predicted probability, by tenth of the leads", "bought (90% interval)")


def percent(axes: Axes, x: str, y: str) -> None:
    """Both axes in percent, from zero, with their names."""
    for axis, name in ((axes.xaxis, x), (axes.yaxis, y)):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
        axis.set_label_text(name)
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)


if __name__ == "__main__":
    main()
