"""The baselines on a launch whose labels are known."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from ..history import History, LaunchError
from ..history.timestamps import series_to_microseconds
from ..scoring import Model
from ..training.baselines.comparison import compare_to_baselines
from ..training.examples import Examples
from ..training.training_set import MIN_BUYERS, TrainingSet, build_training_set
from .launch_rows import LaunchRows
from .provenance import list_training_windows, select_trained_label

_MOST_LEADS = 20_000
#: Needs every row: from part of them it is a weaker rival than it is. The others are the same to three figures.
_OF_ALL_ROWS = "gradient boosting"


def compare_to_simple_methods(
    history: History, launch: LaunchRows, earlier: Sequence[LaunchRows], model: Model
) -> list[dict[str, Any]] | None:
    """The entries (``training.baselines.comparison``), each baseline learned from what the model learned from.

    Where that is the ``earlier`` launches, their rows at hand serve; gradient boosting is left out where they are not
    all of them. A large launch is compared on every so manieth lead. None where the history no longer teaches what it
    taught then.
    """
    label = launch.settled_label[1]
    scored = launch.leads[["lead_id", "as_of"]].assign(probability=launch.probability, label=label)[label.notna()]
    at_hand = _at_hand(launch, earlier, model)
    learned = at_hand or _anew(history, launch, model)
    if learned is None:
        return None
    scored = scored.iloc[:: -(-len(scored) // _MOST_LEADS)]
    table = _whole(launch).loc[scored["lead_id"]] if learned.context == launch.context else None
    left_out = (_OF_ALL_ROWS,) if at_hand and any(each.sampled for each in earlier) else ()
    return compare_to_baselines(
        history, launch.launch, learned, scored.reset_index(drop=True), table=table, left_out=left_out
    )


def _at_hand(launch: LaunchRows, earlier: Sequence[LaunchRows], model: Model) -> TrainingSet | None:
    """The rows of the launches that the model learned from; None where it learned from others too."""
    names = list_training_windows(model)
    rows = [each for each in earlier if each.name in names]
    if len(rows) < len(names):
        return None
    told = [each.leads.assign(window=place, known=select_trained_label(each, model)) for place, each in enumerate(rows)]
    leads, table = pd.concat(told, ignore_index=True), pd.concat([_whole(each) for each in rows])
    kept = leads["known"].notna().to_numpy()
    leads = leads[kept]
    label, window = leads["known"].to_numpy(np.int64), leads["window"].to_numpy(np.int64)
    examples = Examples(
        table[kept], label, window, tuple(each.name for each in rows), series_to_microseconds(leads["as_of"])
    )
    buyers = int(examples.label.sum())
    if min(buyers, len(examples.label) - buyers) < MIN_BUYERS:
        return None
    return TrainingSet(examples, model.features, launch.context, {}, {})


def _whole(rows: LaunchRows) -> pd.DataFrame:
    return pd.concat([rows.table, rows.simple], axis=1)


def _anew(history: History, launch: LaunchRows, model: Model) -> TrainingSet | None:
    as_of, mature = datetime.fromisoformat(model.card["as_of"]), model.card["label"] == "mature"
    try:
        return build_training_set(history, launch.launch, as_of, mature=mature)
    except LaunchError:
        return None
