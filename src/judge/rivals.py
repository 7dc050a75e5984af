"""The rivals of a score: simple rules, plain boosting and our own model, each fitted on the past, on the same leads."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..features import compute_features
from ..history import History, Launch, LaunchError
from ..history.lead_sample import count_leads, find_sampled_rows, write_lead_sample
from ..history.progress import ProgressCallback, ignore_progress
from ..language import Phrase
from ..scoring import compute_probabilities
from ..training import FitOptions
from ..training.baselines.comparison import predict_baselines
from ..training.baselines.methods import BASELINE_FEATURES
from ..training.launch_backtest import fit_before

#: Rules that need no more than a spreadsheet.
SIMPLE = ("recency rule", "RFM quintiles", "logistic regression on RFM", "scorecard")
OURS = "hotleads"
STRONG = ("gradient boosting", OURS)
_LEFT_OUT = ("base rate", "BG/NBD", "Pareto/NBD")
#: Of more people a part is drawn for the comparison, which then still knows a difference to a few thousandths of AUC.
MAX_LEADS = 60_000

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Rivals:
    """What the rivals say of the judged leads.

    Attributes
    ----------
    predictions
        Their probabilities by name, in the order of the judged rows; NaN for those that they were not asked about.
    notes
        Why there are none for a launch, or that a part of the people was drawn.
    """

    predictions: Mapping[str, FloatArray]
    notes: tuple[str, ...] = ()


def predict_rivals(
    history: History,
    rows: pd.DataFrame,
    launches: Mapping[str, Launch],
    *,
    seed: int = 0,
    progress: ProgressCallback = ignore_progress,
) -> Rivals:
    """Ask every rival about the judged leads.

    Parameters
    ----------
    history
        What they learn from: for each launch only what was before it opened.
    rows
        ``launch_id``, ``lead_id`` and ``as_of``.
    launches
        The launches by their ids.
    seed
        The same seed gives the same rivals.
    progress
        Called with a line of text where a step begins.
    """
    parts = -(-count_leads(history) // MAX_LEADS)
    if parts <= 1:
        return _predict(history, rows, np.arange(len(rows)), launches, FitOptions(trials=0, seed=seed), progress)
    progress(Phrase("drawing one in {parts} people for the rivals", parts=parts))
    with TemporaryDirectory(prefix="hotleads-") as folder:
        sample = write_lead_sample(history, Path(folder), parts)
        drawn = np.flatnonzero(find_sampled_rows(history, rows["lead_id"], parts))
        rivals = _predict(sample, rows, drawn, launches, FitOptions(trials=0, seed=seed), progress)
    note = Phrase(
        "the rivals learn from, and are compared on, one in {parts} people, drawn by a hash of their ids", parts=parts
    )
    return replace(rivals, notes=(note, *rivals.notes))


def _predict(
    history: History,
    rows: pd.DataFrame,
    drawn: NDArray[np.int64],
    launches: Mapping[str, Launch],
    options: FitOptions,
    progress: ProgressCallback,
) -> Rivals:
    predictions: dict[str, FloatArray] = {}
    notes = []
    launch_of = rows["launch_id"].to_numpy()[drawn]
    for launch_id, launch in launches.items():
        places = drawn[launch_of == launch_id]
        if not len(places):
            continue
        progress(Phrase("{launch}: the rivals, fitted on what was before", launch=launch_id or Phrase("scores")))
        leads = rows.iloc[places][["lead_id", "as_of"]].reset_index(drop=True)
        try:
            probabilities = _predict_launch(history, launch, leads, options)
        except LaunchError as error:
            launch_name = launch_id or Phrase("scores")
            notes.append(Phrase("{launch}: no rivals, {error}", launch=launch_name, error=error.message))
            continue
        for name, values in probabilities.items():
            predictions.setdefault(name, np.full(len(rows), np.nan))[places] = values
    return Rivals(predictions, tuple(notes))


def _predict_launch(
    history: History, launch: Launch, leads: pd.DataFrame, options: FitOptions
) -> dict[str, FloatArray]:
    """Return the rivals' probabilities; NaN for leads of a perpetual launch from whom they had to learn."""
    fitted, as_of = fit_before(history, launch, leads["as_of"].max(), options, ignore_progress)
    training_set = fitted.training_set
    asked = np.flatnonzero(leads["as_of"] >= pd.Timestamp(as_of))
    later = leads.iloc[asked].reset_index(drop=True)
    features = list(dict.fromkeys((*training_set.features, *BASELINE_FEATURES)))
    table = compute_features(history, launch, later, training_set.context, features)
    predictions = predict_baselines(history, launch, training_set, later, table, _LEFT_OUT)
    predictions[OURS] = compute_probabilities(fitted.model.predict_logits(table))
    complete = {name: np.full(len(leads), np.nan) for name in predictions}
    for name, values in predictions.items():
        complete[name][asked] = values
    return complete
