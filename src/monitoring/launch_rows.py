"""The launches that are compared: their leads as the model saw them when each opened."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..features import Context, compute_features_of_launches
from ..history import History, Launch, LaunchError, build_cohort, build_cohorts
from ..scoring import Model, build_launch_context, compute_probabilities
from ..training.baselines.methods import BASELINE_FEATURES
from .capture_fields import read_capture_fields, read_first_known

#: Leads of an earlier launch that are looked at: enough for every distance, and always the same ones.
MAX_EARLIER_LEADS = 5_000
_DEFAULT_SPAN = timedelta(days=28)


@dataclass(frozen=True)
class LaunchRows:
    """One launch's leads, a row each, in one order.

    ``leads`` is the cohort (``lead_id, as_of, until, label, label_mature``; a label is missing until its window is
    over), ``table`` the model's features in ``context``, ``simple`` those that simple methods read beside them,
    ``capture_fields`` the latest capture of each lead (columns of the leads table; missing where there is none),
    ``first_known`` since when each lead is known, ``contributions`` what each feature adds to each logit.
    ``sampled``: these are some of the leads.
    """

    launch: Launch
    context: Context
    leads: pd.DataFrame
    table: pd.DataFrame
    simple: pd.DataFrame
    capture_fields: pd.DataFrame
    first_known: pd.Series
    logit: NDArray[np.float64]
    contributions: NDArray[np.float64]
    sampled: bool = False

    @property
    def name(self) -> str:
        """The launch's id."""
        return self.launch.launch_id

    @cached_property
    def probability(self) -> NDArray[np.float64]:
        """The calibrated chance of each lead."""
        return compute_probabilities(self.logit)

    @property
    def settled_label(self) -> tuple[str, pd.Series]:
        """``mature`` labels where all are known, else the ``plain`` ones (missing until the lead's window is over)."""
        mature = self.leads["label_mature"]
        return ("mature", mature) if mature.notna().all() else ("plain", self.leads["label"])

    @property
    def capture_span(self) -> timedelta:
        """How long before ``as_of`` the launch captured leads; 28 days where it is perpetual or names no start."""
        if self.launch.strategy == "perpetual" or self.launch.capture_starts_at is None:
            return _DEFAULT_SPAN
        return max(self.launch.as_of - self.launch.capture_starts_at, timedelta(days=1))

    @property
    def is_new(self) -> NDArray[np.bool_]:
        """Whether each lead was first heard of within ``capture_span`` before it was scored."""
        known = self.first_known.to_numpy("datetime64[us]")
        as_of = self.leads["as_of"].dt.tz_localize(None).to_numpy("datetime64[us]")
        return np.asarray(known >= as_of - np.timedelta64(self.capture_span))


class _Asked(NamedTuple):
    launch: Launch
    leads: pd.DataFrame
    sampled: bool = False


def read_launch_rows(history: History, launch: Launch, model: Model) -> LaunchRows:
    """The rows of a launch. Raises LaunchError where it has no leads."""
    return _rows(history, [_Asked(launch, build_cohort(history, launch))], model)[0]


def read_earlier_rows(
    history: History,
    launches: Sequence[Launch],
    model: Model,
    *,
    known_at: datetime,
    most: int | None = MAX_EARLIER_LEADS,
) -> list[LaunchRows]:
    """The rows of launches, without the leads that were scored from ``known_at`` on; of each about ``most`` at most.

    Raises LaunchError where a launch has none left.
    """
    whole = zip(launches, build_cohorts(history, launches), strict=True)
    return _rows(history, [_part(*each, known_at, most) for each in whole], model)


def read_compared_rows(
    history: History, launch: Launch, earlier: Sequence[Launch], model: Model
) -> tuple[LaunchRows, list[LaunchRows]]:
    """``launch_rows``, and the ``earlier_rows`` of what was known when it opened, in one reading."""
    leads, *others = build_cohorts(history, [launch, *earlier])
    parts = [_part(*each, launch.as_of, MAX_EARLIER_LEADS) for each in zip(earlier, others, strict=True)]
    rows, *before = _rows(history, [_Asked(launch, leads), *parts], model)
    return rows, before


def _part(launch: Launch, leads: pd.DataFrame, known_at: datetime, most: int | None) -> _Asked:
    leads = leads[leads["as_of"] < known_at]
    if most is None or len(leads) <= most:
        return _Asked(launch, leads)
    number = np.array([zlib.crc32(lead.encode()) for lead in leads["lead_id"].to_list()])
    return _Asked(launch, leads[number < most / len(leads) * 2**32], sampled=True)


def _known(leads: pd.DataFrame, history: History, launch: Launch) -> pd.DataFrame:
    """The leads, their labels missing where their windows are not over."""
    over = leads["until"] <= (history.observed_until or launch.as_of)
    leads = leads.assign(label=leads["label"].astype("Int8").where(over)).reset_index(drop=True)
    if leads.empty:
        raise LaunchError(
            f"{launch.launch_id} has no leads to monitor: nobody was known, or all own the product", "empty-cohort"
        )
    return leads


def _rows(history: History, asked: Sequence[_Asked], model: Model) -> list[LaunchRows]:
    """All of them in one pass over the history."""
    features = tuple(dict.fromkeys((*model.features, *BASELINE_FEATURES)))
    leads = [_known(one.leads, history, one.launch) for one in asked]
    contexts = _contexts(history, [one.launch for one in asked], model)
    tables = compute_features_of_launches(
        history, list(zip([one.launch for one in asked], leads, contexts, strict=True)), features
    )
    heard = zip(read_capture_fields(history, leads), read_first_known(history, leads), strict=True)
    found = []
    for one, own, context, whole, (fields, known) in zip(asked, leads, contexts, tables, heard, strict=True):
        table, simple = whole.iloc[:, : len(model.features)], whole.iloc[:, len(model.features) :]
        explained = model.explain(table)
        scored = explained.logit, explained.contributions
        found.append(LaunchRows(one.launch, context, own, table, simple, fields, known, *scored, one.sampled))
    return found


def _contexts(history: History, launches: Sequence[Launch], model: Model) -> list[Context]:
    """Made for the latest launch first, which counts what the others need too."""
    latest_first = sorted(launches, key=lambda launch: launch.as_of, reverse=True)
    made = {launch: build_launch_context(history, launch, model) for launch in latest_first}
    return [made[launch] for launch in launches]
