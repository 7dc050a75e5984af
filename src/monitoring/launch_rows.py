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
    """One launch's leads, a row each, all tables and arrays in one order.

    ``leads`` is the cohort (``lead_id, as_of, until, label, label_mature``; a label is missing until its window is
    over), ``table`` the model's features in ``context``, ``baseline_table`` the features that only baselines read,
    ``capture_fields`` the latest capture of each lead (columns of the leads table; missing where there is none),
    ``first_known`` since when each lead is known, ``contributions`` what each feature adds to each logit. ``sampled``
    says that these are a part of the leads.
    """

    launch: Launch
    context: Context
    leads: pd.DataFrame
    table: pd.DataFrame
    baseline_table: pd.DataFrame
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
        """The time before ``as_of`` in which the launch captured leads; 28 days where that is not known."""
        if self.launch.strategy == "perpetual" or self.launch.capture_starts_at is None:
            return _DEFAULT_SPAN
        return max(self.launch.as_of - self.launch.capture_starts_at, timedelta(days=1))

    @property
    def is_new(self) -> NDArray[np.bool_]:
        """Whether each lead was first known within ``capture_span`` before it was scored."""
        known = self.first_known.to_numpy("datetime64[us]")
        as_of = self.leads["as_of"].dt.tz_localize(None).to_numpy("datetime64[us]")
        return np.asarray(known >= as_of - np.timedelta64(self.capture_span))


class _LaunchLeads(NamedTuple):
    launch: Launch
    leads: pd.DataFrame
    sampled: bool = False


def read_launch_rows(history: History, launch: Launch, model: Model) -> LaunchRows:
    """Read the rows of a launch; raise LaunchError where it has no leads."""
    return _compute_rows(history, [_LaunchLeads(launch, build_cohort(history, launch))], model)[0]


def read_earlier_rows(
    history: History,
    launches: Sequence[Launch],
    model: Model,
    *,
    known_at: datetime,
    max_leads: int | None = MAX_EARLIER_LEADS,
) -> list[LaunchRows]:
    """Read the rows of launches, without the leads that were scored from ``known_at`` on.

    Of each launch about ``max_leads`` are read, always the same ones. Raises LaunchError where a launch has none left.
    """
    cohorts = zip(launches, build_cohorts(history, launches), strict=True)
    return _compute_rows(history, [_sample_leads(*cohort, known_at, max_leads) for cohort in cohorts], model)


def read_compared_rows(
    history: History, launch: Launch, earlier: Sequence[Launch], model: Model
) -> tuple[LaunchRows, list[LaunchRows]]:
    """Read a launch's rows and those of earlier launches, as known when it opened, in one pass."""
    leads, *others = build_cohorts(history, [launch, *earlier])
    parts = [_sample_leads(*cohort, launch.as_of, MAX_EARLIER_LEADS) for cohort in zip(earlier, others, strict=True)]
    rows, *before = _compute_rows(history, [_LaunchLeads(launch, leads), *parts], model)
    return rows, before


def _sample_leads(launch: Launch, leads: pd.DataFrame, known_at: datetime, max_leads: int | None) -> _LaunchLeads:
    leads = leads[leads["as_of"] < known_at]
    if max_leads is None or len(leads) <= max_leads:
        return _LaunchLeads(launch, leads)
    number = np.array([zlib.crc32(lead.encode()) for lead in leads["lead_id"].to_list()])
    return _LaunchLeads(launch, leads[number < max_leads / len(leads) * 2**32], sampled=True)


def _hide_open_labels(leads: pd.DataFrame, history: History, launch: Launch) -> pd.DataFrame:
    """Return the leads, their labels missing where their windows are not over."""
    over = leads["until"] <= (history.observed_until or launch.as_of)
    leads = leads.assign(label=leads["label"].astype("Int8").where(over)).reset_index(drop=True)
    if leads.empty:
        raise LaunchError(
            f"{launch.launch_id} has no leads to monitor: nobody was known, or all own the product", "empty-cohort"
        )
    return leads


def _compute_rows(history: History, cohorts: Sequence[_LaunchLeads], model: Model) -> list[LaunchRows]:
    """Compute the rows of several launches in one pass over the history."""
    features = tuple(dict.fromkeys((*model.features, *BASELINE_FEATURES)))
    launches = [cohort.launch for cohort in cohorts]
    leads = [_hide_open_labels(cohort.leads, history, cohort.launch) for cohort in cohorts]
    contexts = _build_contexts(history, launches, model)
    tables = compute_features_of_launches(history, list(zip(launches, leads, contexts, strict=True)), features)
    fields = read_capture_fields(history, list(zip(launches, leads, strict=True)))
    first_known = read_first_known(history, leads)
    rows = []
    for position, cohort in enumerate(cohorts):
        table = tables[position].iloc[:, : len(model.features)]
        explained = model.explain(table)
        rows.append(
            LaunchRows(
                launch=cohort.launch,
                context=contexts[position],
                leads=leads[position],
                table=table,
                baseline_table=tables[position].iloc[:, len(model.features) :],
                capture_fields=fields[position],
                first_known=first_known[position],
                logit=explained.logit,
                contributions=explained.contributions,
                sampled=cohort.sampled,
            )
        )
    return rows


def _build_contexts(history: History, launches: Sequence[Launch], model: Model) -> list[Context]:
    """Build the contexts, the latest launch's first: it counts what the others need too."""
    latest_first = sorted(launches, key=lambda launch: launch.as_of, reverse=True)
    made = {launch: build_launch_context(history, launch, model) for launch in latest_first}
    return [made[launch] for launch in launches]
