"""Was the advice worth following? ``python docs/pictures/monitoring_pictures.py DATA`` draws the pictures of that.

DATA holds ``online_retail`` and ``bank_marketing``. A model is trained before the first launch that is monitored. Then
one keeps it for good, one does after each launch what its monitoring advises, and one trains anew before each launch.
"""

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from hotleads.evaluation import summarize
from hotleads.history import History, Launch, build_cohort, import_history, open_history
from hotleads.monitoring import monitor_launch
from hotleads.monitoring.launch_rows import read_launch_rows
from hotleads.monitoring.model_updates import recalibrate_model, retrain_model
from hotleads.reports.palette import LIGHT
from hotleads.scoring import Model
from hotleads.training import FitOptions, fit_model

HERE = Path(__file__).parent
MAPPINGS = HERE.parents[1] / "data" / "mappings"
COLORS = {"kept": LIGHT["muted"], "advised": LIGHT["blue"], "retrained": LIGHT["warm"]}
#: Each set's first launch to monitor; the ones before it train the first model.
FIRST = {"online_retail": "2011-08", "bank_marketing": "2008-11"}
_LEAST_LEADS, _LEAST_BUYERS = 250, 10


@dataclass(frozen=True)
class Followed:
    """One launch, by the three: what the advised one's monitoring said, and each one's figures."""

    launch: str
    base_rate: float
    diagnosis: str
    advice: str
    log_loss: dict[str, float]
    ece: dict[str, float]
    roc_auc: dict[str, float]


def follow(history: History, first: str) -> list[Followed]:
    """Go through the launches from ``first`` on."""
    launches = [each for each in history.launches.values() if each.launch_id >= first and _is_judged(history, each)]
    kept = advised = _trained(history, launches[0])
    found = []
    for place, launch in enumerate(launches):
        fresh = kept if place == 0 else _trained(history, launch)
        told = monitor_launch(history, launch, advised, reports=False)
        metrics = {"kept": _metrics(history, launch, kept), "retrained": _metrics(history, launch, fresh)}
        metrics["advised"] = _metrics(history, launch, advised)
        figures = {figure: {name: round(each[figure], 4) for name, each in metrics.items()} for figure in _FIGURES}
        rate, action = round(metrics["kept"]["base_rate"], 4), told.advice.action
        found.append(Followed(launch.launch_id, rate, told.diagnosis, action, **figures))
        print(found[-1], flush=True)
        if action == "recalibrate":
            advised = recalibrate_model(advised, read_launch_rows(history, launch, advised))
        elif action == "retrain" and place + 1 < len(launches):
            advised = retrain_model(history, launches[place + 1], advised, launches[place + 1].as_of)
    return found


def _is_judged(history: History, launch: Launch) -> bool:
    label = build_cohort(history, launch)["label"]
    return len(label) >= _LEAST_LEADS and min(label.sum(), (1 - label).sum()) >= _LEAST_BUYERS


def _trained(history: History, launch: Launch) -> Model:
    return fit_model(history, launch, launch.as_of, FitOptions(trials=0)).model


def _metrics(history: History, launch: Launch, model: Model) -> dict[str, Any]:
    rows = read_launch_rows(history, launch, model)
    return summarize(rows.leads["label"].to_numpy(np.int64), rows.probability)


_FIGURES = ("log_loss", "ece", "roc_auc")


def draw(found: list[Followed], path: Path, title: str) -> None:
    """Base rate, then log loss and calibration error of the three, launch by launch."""
    mpl.rcParams.update({"svg.hashsalt": "monitoring", "svg.fonttype": "none", "font.size": 9})
    mpl.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})
    names, places = [each.launch for each in found], np.arange(len(found))
    figure, axes = plt.subplots(3, 1, figsize=(8, 6), sharex=True, layout="constrained")
    axes[0].bar(places, [each.base_rate for each in found], color=LIGHT["line"])
    for place, each in enumerate(found):
        axes[0].annotate(each.advice if each.advice != "keep" else "", (place, each.base_rate), ha="center", fontsize=7)
    axes[0].set(ylabel="share who bought", title=title, ylim=(0, None))
    for axis, figure_name in zip(axes[1:], ("log_loss", "ece"), strict=True):
        for name, color in COLORS.items():
            axis.plot(places, [getattr(each, figure_name)[name] for each in found], "o-", color=color, ms=3, label=name)
        axis.set(ylabel=figure_name.replace("_", " "), ylim=(0, None))
    axes[1].legend(frameon=False, fontsize=8)
    axes[2].set_xticks(places, names, rotation=60)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def summary(found: list[Followed]) -> pd.DataFrame:
    """Mean figures of the three, weighing launches alike."""
    rows = {figure: pd.DataFrame([getattr(each, figure) for each in found]).mean() for figure in _FIGURES}
    return pd.DataFrame(rows).round(4)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    for name, first in FIRST.items():
        with tempfile.TemporaryDirectory() as folder:
            import_history(data / name, Path(folder) / name, mapping=MAPPINGS / f"{name}.toml")
            found = follow(open_history(Path(folder) / name), first)
        draw(found, HERE / f"monitoring_{name}.svg", f"{name.replace('_', ' ').title()}: kept, advised, retrained")
        print(summary(found))
