"""Draws the picture of docs/leak_test.md from data/sample: ``python docs/pictures/judge_pictures.py``.

The features are the page's. Each point is a lead: its value with the future that came, and with none.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib import pyplot as plt

from hotleads.history import open_history
from hotleads.judge.frames import find_moved_columns, read_tables
from hotleads.judge.poison import find_known_leads
from hotleads.reports.palette import LIGHT

HERE = Path(__file__).parent
SAMPLE = HERE.parents[1] / "data" / "sample"
LAUNCH, DRAWN = "2025-04-bakery-business-course", 250


def main() -> None:
    """Write the picture, the same bytes each time."""
    mpl.rcParams.update({"svg.hashsalt": "judge", "svg.fonttype": "none", "font.size": 9, "axes.titlesize": 9})
    mpl.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})
    history = open_history(SAMPLE)
    as_of, tables = history.get_launch(LAUNCH).as_of, read_tables(history)
    purchases = tables["purchases"]
    without = tables | {"purchases": purchases[purchases["occurred_at"] < as_of]}
    came, removed = (build(each, as_of).set_index("lead_id") for each in (tables, without))
    moved = find_moved_columns(came, removed, find_known_leads(tables, pd.Timestamp(as_of)))
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.4), layout="constrained")
    drawn = came.sample(DRAWN, random_state=0).index
    for axis, column in zip(axes, came.columns, strict=True):
        color = LIGHT["warm"] if column in moved else LIGHT["blue"]
        top = came.loc[drawn, column].max()
        axis.axline((0, 0), slope=1, color=LIGHT["muted"], linewidth=0.8)
        axis.plot(came.loc[drawn, column], removed.loc[drawn, column], ".", color=color, markersize=4)
        verdict = f"{moved[column]:,} leads moved: it leaks" if column in moved else "nothing moved"
        axis.set(
            title=f"{column}: {verdict}", xlabel="with the purchases that came after", xlim=(0, top), ylim=(0, top)
        )
    axes[0].set_ylabel("with those taken out")
    figure.savefig(HERE / "leak_test.svg", metadata={"Date": None})


def build(tables: Mapping[str, pd.DataFrame], as_of: datetime) -> pd.DataFrame:
    """Spend of each lead before as_of, over the mean: the page's function."""
    purchases = tables["purchases"]
    known = purchases[purchases["occurred_at"] < as_of]
    spend = known.groupby("lead_id", as_index=False)["amount"].sum()
    return spend.assign(relative=spend["amount"] / purchases["amount"].mean())


if __name__ == "__main__":
    main()
