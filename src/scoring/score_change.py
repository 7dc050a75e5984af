"""Why a score changed: what the lead did, the passing of time, and the model's change.

Four views of the same leads, each one step from the one before; docs/reasons.md gives the reason for this order.
"""

import math
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple, TypedDict

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..features import Context, build_context, compute_features
from ..history import History, Launch
from ..history.captures import select_known_captures
from ..history.schema import TABLES
from .model import Model
from .reason_text.formatter import describe_base_change, describe_step
from .reason_text.sentences import TextOptions

Part = Literal["time", "lead", "model"]
PARTS: tuple[Part, ...] = ("time", "lead", "model")


class Snapshot(NamedTuple):
    """What leads are scored from: a model, an instant, and what was known of all leads then.

    Attributes
    ----------
    model : Model
    as_of : datetime
    context : Context
    """

    model: Model
    as_of: datetime
    context: Context


def take_snapshot(history: History, model: Model, as_of: datetime) -> Snapshot:
    """Return the snapshot of a model at an instant, with the context of that instant.

    Parameters
    ----------
    history : History
    model : Model
    as_of : datetime

    Returns
    -------
    Snapshot
    """
    return Snapshot(model, as_of, build_context(history, as_of, currency=model.context.currency))


class ChangeReason(TypedDict):
    """One feature's share of a part of a score's change.

    Attributes
    ----------
    part : {"time", "lead", "model"}
    feature : str or None
        None where the model moved all leads alike.
    group : str or None
        The feature's family.
    contribution : float
        Log-odds: above 0 it raised the score.
    before, after : float or None
        The feature's values on both sides; None where it is missing.
    text : str
        The sentence that a person reads.
    """

    part: Part
    feature: str | None
    group: str | None
    contribution: float
    before: float | None
    after: float | None
    text: str


class _View(NamedTuple):
    """The leads as a model sees them, from what was known of them."""

    model: Model
    table: pd.DataFrame
    logit: NDArray[np.float64]
    base: float
    contributions: pd.DataFrame


@dataclass(frozen=True)
class ScoreChange:
    """The step from one score of some leads to another, made by ``compute_score_change``.

    Parameters
    ----------
    logits : DataFrame
        A row a lead with the columns ``before, time, lead, model, after``; the first four sum to the last.
    views : tuple
        The leads before the first step and after each of the three.
    """

    logits: pd.DataFrame
    views: tuple[_View, ...]

    def split_by_feature(self, part: Part) -> pd.DataFrame:
        """Return what each feature adds to a part, leads x features.

        Within 1e-5 it all sums to the part, to the model's together with ``base_change``.
        """
        first, second = self.get_views(part)
        return second.contributions.sub(first.contributions, fill_value=0.0)

    @property
    def base_change(self) -> float:
        """What the model's change adds to all leads alike."""
        return self.views[-1].base - self.views[-2].base

    def get_views(self, part: Part) -> tuple[_View, _View]:
        """Return the views before and after the part's step."""
        step = PARTS.index(part)
        return self.views[step], self.views[step + 1]


def compute_score_change(
    history: History, launch: Launch, lead_ids: Sequence[str], before: Snapshot, after: Snapshot
) -> ScoreChange:
    """Split the step from the leads' logits ``before`` to those ``after`` into its three parts.

    Parameters
    ----------
    history : History
    launch : Launch
    lead_ids : sequence of str
    before, after : Snapshot

    Returns
    -------
    ScoreChange
        Ordered by lead.

    Raises
    ------
    ValueError
        ``after`` is the earlier instant.
    """
    if after.as_of < before.as_of:
        raise ValueError(f"{after.as_of} lies before {before.as_of}; give the earlier score first")
    lead_ids = sorted(lead_ids)
    later = Snapshot(before.model, after.as_of, after.context)
    if before.context.currency != after.context.currency:  # amounts must stay in the currency that the model learned
        later = take_snapshot(history, before.model, after.as_of)
    with (
        _history_as_of(history, launch, lead_ids, before.as_of) as old,
        _history_as_of(history, launch, lead_ids, after.as_of) as new,
    ):
        views = (
            _build_view(old, launch, lead_ids, before),
            _build_view(old, launch, lead_ids, later),
            _build_view(new, launch, lead_ids, later),
            _build_view(new, launch, lead_ids, after),
        )
    logits = [view.logit for view in views]
    steps = {part: logits[i + 1] - logits[i] for i, part in enumerate(PARTS)}
    columns = {"before": logits[0]} | steps | {"after": logits[-1]}
    return ScoreChange(pd.DataFrame(columns, index=views[0].table.index), views)


def build_change_reasons(
    change: ScoreChange, lead_id: str, options: TextOptions, max_reasons: int = 5
) -> list[ChangeReason]:
    """Return a lead's largest changes in words, of whichever part, largest first.

    Parameters
    ----------
    change : ScoreChange
    lead_id : str
    options : TextOptions
    max_reasons : int

    Returns
    -------
    list of ChangeReason

    Raises
    ------
    KeyError
        The lead is not among those of ``change``.
    """
    reasons = [reason for part in PARTS for reason in _build_part_reasons(change, lead_id, part, options)]
    if change.base_change:
        base_change = change.base_change
        reasons.append(
            ChangeReason(
                part="model",
                feature=None,
                group=None,
                contribution=base_change,
                before=None,
                after=None,
                text=describe_base_change(base_change, options),
            )
        )
    return sorted(reasons, key=lambda reason: -abs(reason["contribution"]))[:max_reasons]


def _build_part_reasons(change: ScoreChange, lead_id: str, part: Part, options: TextOptions) -> Iterator[ChangeReason]:
    first, second = change.get_views(part)
    features = {feature.name: feature for view in (first, second) for feature in view.model.features}
    contributions_before, contributions_after = (_get_row(view.contributions, lead_id) for view in (first, second))
    values_before, values_after = (_get_row(view.table, lead_id) for view in (first, second))
    for name, feature in features.items():
        contribution = contributions_after.get(name, 0.0) - contributions_before.get(name, 0.0)
        if contribution:
            if part == "model":  # both look at the same rows, but one of them may not look at this feature
                before = after = (values_before | values_after)[name]
            else:
                before, after = values_before[name], values_after[name]
            yield ChangeReason(
                part=part,
                feature=name,
                group=feature.family,
                contribution=contribution,
                before=None if math.isnan(before) else before,
                after=None if math.isnan(after) else after,
                text=describe_step(feature, part, before, after, options),
            )


def _get_row(frame: pd.DataFrame, lead_id: str) -> dict[str, float]:
    return dict(zip(frame.columns, frame.loc[lead_id].to_numpy(np.float64).tolist(), strict=True))


def _build_view(history: History, launch: Launch, lead_ids: Sequence[str], snapshot: Snapshot) -> _View:
    as_of = pd.Series([snapshot.as_of] * len(lead_ids), dtype="datetime64[us, UTC]")
    leads = pd.DataFrame({"lead_id": pd.Series(lead_ids, dtype="str"), "as_of": as_of})
    table = compute_features(history, launch, leads, snapshot.context, snapshot.model.features)
    logit, _, base, contributions = snapshot.model.explain(table)
    return _View(snapshot.model, table, logit, base, pd.DataFrame(contributions, table.index, table.columns))


@contextmanager
def _history_as_of(history: History, launch: Launch, lead_ids: Sequence[str], as_of: datetime) -> Iterator[History]:
    """Give a history of what was known of these leads at ``as_of``, and of nothing else."""
    of_leads, instant = ds.field("lead_id").isin(list(lead_ids)), pa.scalar(as_of, pa.timestamp("us", "UTC"))
    with tempfile.TemporaryDirectory(prefix="hotleads-") as folder:
        for name, table in TABLES.items():
            columns = history.list_columns(name)
            if name == "leads":  # some of the captures at as_of are known
                rows = select_known_captures(history.read(name, columns, of_leads), launch, as_of)
            else:
                where = of_leads & (ds.field(table.time) < instant) if table.time else None
                rows = history.read(name, columns, where)
            pq.write_table(rows, Path(folder) / f"{name}.parquet")
        yield History(Path(folder), history.name, history.manifest)
