"""Why a score moved: what the lead did, the passing of time, and the model's change.

Four views of the same leads, each one step from the one before; docs/reasons.md says why in this order.
"""

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
from ..history.schema import TABLES, Table
from .model import Model
from .reason_text.formatter import describe_base_change, describe_change, describe_reweighing
from .reason_text.sentences import TextOptions

Part = Literal["time", "lead", "model"]
PARTS: tuple[Part, ...] = ("time", "lead", "model")


class Snapshot(NamedTuple):
    """From where leads are scored: by which model, when, and with what was known of others."""

    model: Model
    as_of: datetime
    context: Context


def take_snapshot(history: History, model: Model, as_of: datetime) -> Snapshot:
    """The model's at an instant, with the context of that instant."""
    return Snapshot(model, as_of, build_context(history, as_of, currency=model.context.currency))


class ChangeReason(TypedDict):
    """One feature's share of a part of the movement; ``feature`` is None where the model moved all leads alike."""

    part: Part
    feature: str | None
    group: str | None
    contribution: float
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
    """From one score of some leads to another.

    ``logits`` has a row a lead and the columns ``before, time, lead, model, after``; the first four sum to the last.
    """

    logits: pd.DataFrame
    views: tuple[_View, ...]

    def split_by_feature(self, part: Part) -> pd.DataFrame:
        """Leads x features: what each adds to that part. Within 1e-5 it all sums to the part, to the model's
        together with ``base_change``."""
        first, second = self.around(part)
        return second.contributions.sub(first.contributions, fill_value=0.0)

    @property
    def base_change(self) -> float:
        """What the model's change adds to all leads alike."""
        return self.views[-1].base - self.views[-2].base

    def around(self, part: Part) -> tuple[_View, _View]:
        """The views before and after that part's step."""
        place = PARTS.index(part)
        return self.views[place], self.views[place + 1]


def compute_score_change(
    history: History, launch: Launch, leads: Sequence[str], before: Snapshot, after: Snapshot
) -> ScoreChange:
    """The step from the leads' logits ``before`` to those ``after``, split into its three parts; ordered by lead.

    Raises ValueError where ``after`` is the earlier instant.
    """
    if after.as_of < before.as_of:
        raise ValueError(f"{after.as_of} lies before {before.as_of}; give the earlier score first")
    leads = sorted(leads)
    later = Snapshot(before.model, after.as_of, after.context)
    if before.context.currency != after.context.currency:  # amounts must stay in what the model has learned
        later = take_snapshot(history, before.model, after.as_of)
    with _known(history, launch, leads, before.as_of) as old, _known(history, launch, leads, after.as_of) as new:
        views = (
            _view(old, launch, leads, before),
            _view(old, launch, leads, later),
            _view(new, launch, leads, later),
            _view(new, launch, leads, after),
        )
    seen = [view.logit for view in views]
    steps = {part: seen[i + 1] - seen[i] for i, part in enumerate(PARTS)}
    columns = {"before": seen[0]} | steps | {"after": seen[-1]}
    return ScoreChange(pd.DataFrame(columns, index=views[0].table.index), views)


def build_change_reasons(found: ScoreChange, lead_id: str, wording: TextOptions, most: int = 5) -> list[ChangeReason]:
    """A lead's largest changes in words, of whichever part, largest first. Raises KeyError for another lead."""
    changes = [change for part in PARTS for change in _changes(found, lead_id, part, wording)]
    if found.base_change:
        text = describe_base_change(found.base_change, wording)
        changes.append(ChangeReason(part="model", feature=None, group=None, contribution=found.base_change, text=text))
    return sorted(changes, key=lambda change: -abs(change["contribution"]))[:most]


def _changes(found: ScoreChange, lead_id: str, part: Part, wording: TextOptions) -> Iterator[ChangeReason]:
    views = found.around(part)
    declared = {feature.name: feature for view in views for feature in view.model.features}
    (first, before), (second, after) = ((_row(v.contributions, lead_id), _row(v.table, lead_id)) for v in views)
    for name, feature in declared.items():
        contribution = second.get(name, 0.0) - first.get(name, 0.0)
        if contribution:
            if part == "model":  # both look at the same rows, but one of them may not look at this feature
                text = describe_reweighing(feature, (before | after)[name], wording)
            else:
                text = describe_change(feature, before[name], after[name], wording)
            yield ChangeReason(part=part, feature=name, group=feature.family, contribution=contribution, text=text)


def _row(frame: pd.DataFrame, lead_id: str) -> dict[str, float]:
    return dict(zip(frame.columns, frame.loc[lead_id].to_numpy(np.float64).tolist(), strict=True))


def _view(history: History, launch: Launch, leads: Sequence[str], place: Snapshot) -> _View:
    when = pd.Series([place.as_of] * len(leads), dtype="datetime64[us, UTC]")
    scored = pd.DataFrame({"lead_id": pd.Series(leads, dtype="str"), "as_of": when})
    table = compute_features(history, launch, scored, place.context, place.model.features)
    logit, _, base, contributions = place.model.explain(table)
    return _View(place.model, table, logit, base, pd.DataFrame(contributions, table.index, table.columns))


@contextmanager
def _known(history: History, launch: Launch, leads: Sequence[str], as_of: datetime) -> Iterator[History]:
    """A history of what was known of these leads at ``as_of``, and of nothing else."""
    own = ds.field("lead_id").isin(list(leads))
    with tempfile.TemporaryDirectory(prefix="hotleads-") as folder:
        for name, table in TABLES.items():
            where = own & _before(table, launch, as_of) if table.time else None
            rows = history.read(name, history.list_columns(name), where)
            pq.write_table(rows, Path(folder) / f"{name}.parquet")
        yield History(Path(folder), history.name, history.manifest)


def _before(table: Table, launch: Launch, as_of: datetime) -> ds.Expression:
    """Rows known at ``as_of``: those before it, and the captures at it that make their lead part of the launch."""
    time, instant = ds.field(table.time), pa.scalar(as_of, pa.timestamp("us", "UTC"))
    if table.name != "leads" or launch.strategy == "paid":
        return time < instant
    named = ds.field("launch_id") == launch.launch_id
    makes_part = named | ds.field("launch_id").is_null() if launch.strategy == "perpetual" else named
    return (time < instant) | ((time == instant) & makes_part)
