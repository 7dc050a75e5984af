"""Draws the pictures of docs/simulator.md: `python docs/pictures/simulator_pictures.py` writes them beside itself."""

import tempfile
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from hotleads import simulator
from hotleads.reports.palette import LIGHT

HERE = Path(__file__).parent
BLUE, BOUGHT, MUTED = LIGHT["blue"], LIGHT["bought"], LIGHT["muted"]
STRATEGY_COLORS = {"classic": BLUE, "perpetual": LIGHT["warm"], "paid": LIGHT["hot"]}

# Title, what happens, left edge, lower edge (in boxes).
BOXES = {
    "people": ("People", "rate, dropout, spend,\ninterests, engagement,\ncountry, first contact", 0, 2),
    "organic": ("Everyday orders", "BG/NBD until dropout,\ngamma-gamma amounts", 1, 3),
    "captures": ("Captures", "campaigns, channels,\nrepeats, lost UTM fields", 1, 2),
    "activity": ("Activity", "clicks, visits, classes;\nwarmth that decays", 1, 1),
    "state": ("State at as_of", "who is scored, and\nwhat counts for them", 2, 2),
    "truth": ("Truth", "P(label | state)\nfor each launch and lead", 3, 3),
    "orders": ("Launch orders", "drawn with the\nlaunch's own part of P", 3, 2),
    "payments": ("Payments", "card, PIX, slip, PayPal;\nrefunds, chargebacks", 4, 2),
    "aftermath": ("What follows", "renewals, members' area,\nabandoned carts", 4, 1),
    "history": ("The history", "leads, purchases, events,\nwith what went wrong", 5, 2),
}
ARROWS = (
    ("people", "organic"), ("people", "captures"), ("people", "activity"), ("captures", "activity"),
    ("organic", "state"), ("captures", "state"), ("activity", "state"), ("state", "truth"), ("state", "orders"),
    ("orders", "payments"), ("payments", "aftermath"), ("payments", "history"), ("aftermath", "history"),
)  # fmt: skip
WIDTH, HEIGHT, STEP_X, STEP_Y = 2.0, 1.0, 2.35, 1.45


def main() -> None:
    """Write both pictures, the same bytes every time."""
    mpl.rcParams.update({"svg.hashsalt": "simulator", "svg.fonttype": "none", "font.size": 9, "axes.spines.top": False})
    mpl.rcParams.update({"axes.spines.right": False, "font.family": "sans-serif"})
    draw_process(HERE / "simulator_process.svg")
    with tempfile.TemporaryDirectory() as folder:
        simulator.simulate(Path(folder), simulator.SimulationOptions(leads=20_000, launches=9, seed=7))
        draw_history(Path(folder), HERE / "simulator_history.svg")


def draw_process(path: Path) -> None:
    """The stages and what each hands on."""
    figure, axes = plt.subplots(figsize=(11.6, 4.2))
    figure.subplots_adjust(0, 0, 1, 1)
    axes.set_axis_off()
    axes.set_xlim(-0.1, 5 * STEP_X + WIDTH + 0.1)
    axes.set_ylim(STEP_Y - 0.2, 3 * STEP_Y + HEIGHT + 0.2)
    for name, (title, text, column, row) in BOXES.items():
        left, low = column * STEP_X, row * STEP_Y
        edge = BOUGHT if name == "truth" else BLUE
        axes.add_patch(
            FancyBboxPatch(
                (left, low), WIDTH, HEIGHT, boxstyle="round,pad=0.02", facecolor=LIGHT["paper"], edgecolor=edge, lw=1.4
            )
        )
        axes.text(left + WIDTH / 2, low + HEIGHT - 0.2, title, ha="center", va="center", weight="bold")
        axes.text(left + WIDTH / 2, low + 0.36, text, ha="center", va="center", fontsize=7.5, color=LIGHT["ink"])
    for start, end in ARROWS:
        _arrow(axes, start, end)
    _save(figure, path)


def _arrow(axes: Axes, start: str, end: str) -> None:
    (_, _, x0, y0), (_, _, x1, y1) = BOXES[start], BOXES[end]
    if x0 == x1:
        from_xy = (x0 * STEP_X + WIDTH / 2, y0 * STEP_Y + (HEIGHT if y1 > y0 else 0))
        to_xy = (x1 * STEP_X + WIDTH / 2, y1 * STEP_Y + (0 if y1 > y0 else HEIGHT))
    else:
        from_xy = (x0 * STEP_X + WIDTH, y0 * STEP_Y + HEIGHT / 2)
        to_xy = (x1 * STEP_X, y1 * STEP_Y + HEIGHT / 2)
    axes.annotate("", to_xy, from_xy, arrowprops={"arrowstyle": "-|>", "color": MUTED, "shrinkA": 3, "shrinkB": 3})


def draw_history(folder: Path, path: Path) -> None:
    """A simulated history over time, and the truth about it."""
    truth = simulator.read_truth(folder)
    launches = pd.read_csv(folder / "launches.csv").set_index("launch_id")
    strategy = truth["launch_id"].map(launches["strategy"])
    figure, (weeks, spread, check) = plt.subplots(1, 3, figsize=(10.6, 3.2), width_ratios=[2, 1.2, 1])
    _weekly(weeks, folder, launches)
    for name, color in STRATEGY_COLORS.items():
        level = np.linspace(0, 1, 101)
        spread.plot(truth.loc[strategy == name, "probability"].quantile(level), level, color=color, label=name)
    spread.set(xscale="log", xlabel="true probability", ylabel="share of leads below", title="The truth, by strategy")
    spread.legend(frameon=False, fontsize=8)
    _reliability(check, truth)
    figure.tight_layout()
    _save(figure, path)


def _weekly(axes: Axes, folder: Path, launches: pd.DataFrame) -> None:
    captured = pd.read_csv(folder / "leads.csv.gz", usecols=["captured_at"], parse_dates=["captured_at"])["captured_at"]
    rows = pd.read_csv(folder / "purchases.csv.gz", usecols=["occurred_at", "status"], parse_dates=["occurred_at"])
    bought = rows.loc[rows["status"] == "approved", "occurred_at"]
    for times, label, color in ((captured, "captures", BLUE), (bought, "approved purchases", BOUGHT)):
        counts = times.dt.tz_localize(None).dt.to_period("W").value_counts().sort_index()
        axes.plot(counts.index.start_time, counts.to_numpy(), color=color, label=label, lw=1.2)
    for _, launch in launches.iterrows():
        opens = launch["cart_opens_at"] if isinstance(launch["cart_opens_at"], str) else launch["capture_starts_at"]
        axes.axvline(pd.Timestamp(opens).tz_localize(None), color=STRATEGY_COLORS[launch["strategy"]], lw=0.8, ls=":")
    axes.set(ylabel="a week", title="Eighteen months of a creator (dotted: a cart opens)", ylim=(0, None))
    axes.tick_params(axis="x", rotation=30)
    axes.legend(frameon=False, fontsize=8)


def _reliability(axes: Axes, truth: pd.DataFrame) -> None:
    decile = pd.qcut(truth["probability"], 10, labels=False)
    found = truth.groupby(decile)[["probability", "label"]].mean()
    error = 2 * np.sqrt((truth["probability"] * (1 - truth["probability"])).groupby(decile).mean() / len(truth) * 10)
    axes.plot([0.003, 0.5], [0.003, 0.5], color=MUTED, lw=0.8)
    axes.errorbar(found["probability"], found["label"], error, fmt="o", ms=3, color=BLUE, lw=1)
    axes.set(
        xscale="log", yscale="log", xlabel="true probability", ylabel="share who bought", title="Who buys, by decile"
    )


def _save(figure: plt.Figure, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    main()
