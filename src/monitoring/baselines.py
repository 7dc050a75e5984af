"""Baselines compared with the model on a launch whose labels are known."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from ..history import History, LaunchError
from ..history.timestamps import series_to_microseconds
from ..scoring import Model
from ..scoring.learned import list_training_windows
from ..training.baselines.comparison import compare_to_baselines, predict_baselines
from ..training.examples import Examples
from ..training.training_set import MIN_BUYERS, TrainingSet, build_training_set
from .launch_rows import LaunchRows
from .references import select_trained_label

_MAX_LEADS = 20_000
#: From a part of the rows this baseline is weaker than it is; the others agree to three figures.
_NEEDS_ALL_ROWS = "gradient boosting"


def compare_launch_to_baselines(
    history: History, launch: LaunchRows, earlier: Sequence[LaunchRows], model: Model
) -> list[dict[str, object]] | None:
    """Return the entries of ``compare_to_baselines``, each baseline fitted to what the model learned from.

    Where that is the ``earlier`` launches, their rows are used as they are; gradient boosting is left out where those
    are a part of the leads. A large launch is compared on every n-th lead, about 20,000. Return None where the history
    no longer has enough to learn from.
    """
    label = launch.settled_label[1]
    scored = launch.leads[["lead_id", "as_of"]].assign(probability=launch.probability, label=label)[label.notna()]
    reused = _reuse_rows(launch, earlier, model)
    training_set = reused or _rebuild(history, launch, model)
    if training_set is None:
        return None
    scored = scored.iloc[:: -(-len(scored) // _MAX_LEADS)]
    table = _join_tables(launch).loc[scored["lead_id"]] if training_set.context == launch.context else None
    left_out = (_NEEDS_ALL_ROWS,) if reused and any(rows.sampled for rows in earlier) else ()
    scored = scored.reset_index(drop=True)
    predictions = predict_baselines(history, launch.launch, training_set, scored, table, left_out)
    return compare_to_baselines(predictions, scored)


def _reuse_rows(launch: LaunchRows, earlier: Sequence[LaunchRows], model: Model) -> TrainingSet | None:
    """Return the rows of the launches that the model learned from; None where it learned from others too."""
    names = list_training_windows(model)
    windows = [rows for rows in earlier if rows.name in names]
    if len(windows) < len(names):
        return None
    cohorts = [
        rows.leads.assign(window=number, trained_label=select_trained_label(rows, model))
        for number, rows in enumerate(windows)
    ]
    leads = pd.concat(cohorts, ignore_index=True)
    table = pd.concat([_join_tables(rows) for rows in windows])
    labelled = leads["trained_label"].notna().to_numpy()
    leads = leads[labelled]
    label = leads["trained_label"].to_numpy(np.int64)
    window = leads["window"].to_numpy(np.int64)
    names_in_order = tuple(rows.name for rows in windows)
    examples = Examples(table[labelled], label, window, names_in_order, series_to_microseconds(leads["as_of"]))
    buyers = int(examples.label.sum())
    if min(buyers, len(examples.label) - buyers) < MIN_BUYERS:
        return None
    return TrainingSet(examples, model.features, launch.context, {}, {})


def _join_tables(rows: LaunchRows) -> pd.DataFrame:
    return pd.concat([rows.table, rows.baseline_table], axis=1)


def _rebuild(history: History, launch: LaunchRows, model: Model) -> TrainingSet | None:
    as_of = datetime.fromisoformat(model.card["as_of"])
    mature = model.card["label"] == "mature"
    try:
        return build_training_set(history, launch.launch, as_of, mature=mature)
    except LaunchError:
        return None
