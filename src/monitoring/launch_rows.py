"""The launches that are compared: their leads as the model saw them when each opened."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features import Context, features_of_launches
from features.discovery import spoken_columns
from history import History, Launch, LaunchError, cohort
from scoring import Model, launch_context, probabilities
from training.rungs import NEEDED
from training.windows import training_windows

#: Leads of an earlier launch that are looked at: enough for every distance, and always the same ones.
MOST_EARLIER = 5_000

_SAID = """
    SELECT cohort.lead_id, arg_max(struct_pack({columns}), captured_at) AS said
    FROM cohort JOIN leads USING (lead_id) WHERE captured_at <= as_of GROUP BY cohort.lead_id
"""
_FIRST_KNOWN = """
    SELECT lead_id, min(known) AS known FROM (
        SELECT lead_id, captured_at AS known FROM leads UNION ALL SELECT lead_id, occurred_at FROM purchases)
    JOIN cohort USING (lead_id) WHERE known <= as_of GROUP BY lead_id
"""


@dataclass(frozen=True)
class LaunchRows:
    """One launch's leads, a row each, in one order.

    ``leads`` is the cohort (``lead_id, as_of, until, label, label_mature``; a label is missing until its window is
    over), ``table`` the model's features in ``context``, ``simple`` those that simple methods read beside them,
    ``said`` what each lead's latest capture said (columns of the leads table; missing where there was no capture),
    ``first_known`` since when each lead is known, ``contributions`` what each feature adds to each logit.
    ``sampled``: these are some of the leads.
    """

    launch: Launch
    context: Context
    leads: pd.DataFrame
    table: pd.DataFrame
    simple: pd.DataFrame
    said: pd.DataFrame
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
        return probabilities(self.logit)

    def is_new(self, within: timedelta) -> NDArray[np.bool_]:
        """Whether each lead was first heard of within so long before it was scored."""
        known = self.first_known.to_numpy("datetime64[us]")
        as_of = self.leads["as_of"].dt.tz_localize(None).to_numpy("datetime64[us]")
        return np.asarray(known >= as_of - np.timedelta64(within))


def launch_rows(history: History, launch: Launch, model: Model) -> LaunchRows:
    """The rows of a launch. Raises LaunchError where it has no leads."""
    return _rows(history, [(launch, _known(cohort(history, launch), history, launch))], model)[0]


def earlier_rows(
    history: History, launches: Sequence[Launch], model: Model, *, known_at: datetime, most: int | None = MOST_EARLIER
) -> list[LaunchRows]:
    """The rows of launches, without the leads that were scored from ``known_at`` on; of each about ``most`` at most.

    Raises LaunchError where a launch has none left.
    """
    found, sampled = [], []
    for launch in launches:
        leads = cohort(history, launch)
        leads = leads[leads["as_of"] < known_at]
        sampled.append(most is not None and len(leads) > most)
        if most is not None and len(leads) > most:
            number = np.array([zlib.crc32(lead.encode()) for lead in leads["lead_id"]])
            leads = leads[number < most / len(leads) * 2**32]
        found.append((launch, _known(leads, history, launch)))
    return [replace(rows, sampled=some) for rows, some in zip(_rows(history, found, model), sampled, strict=True)]


def _known(leads: pd.DataFrame, history: History, launch: Launch) -> pd.DataFrame:
    """The leads, their labels missing where their windows are not over."""
    over = leads["until"] <= (history.observed_until or launch.as_of)
    leads = leads.assign(label=leads["label"].astype("Int8").where(over)).reset_index(drop=True)
    if leads.empty:
        raise LaunchError(
            f"{launch.launch_id} has no leads to monitor: nobody was known, or all own the product", "empty-cohort"
        )
    return leads


def _rows(history: History, cohorts: Sequence[tuple[Launch, pd.DataFrame]], model: Model) -> list[LaunchRows]:
    """All of them in one pass over the history."""
    features = tuple(dict.fromkeys((*model.features, *NEEDED)))
    asked = [(launch, leads, launch_context(history, launch, model)) for launch, leads in cohorts]
    found = []
    for (launch, leads, context), whole in zip(asked, features_of_launches(history, asked, features), strict=True):
        table, simple = whole.iloc[:, : len(model.features)], whole.iloc[:, len(model.features) :]
        explained = model.explain(table)
        said, first = _said(history, leads)
        rows = (leads, table, simple, said, first, explained.logit, explained.contributions)
        found.append(LaunchRows(launch, context, *rows))
    return found


def earlier_launches(history: History, launch: Launch, model: Model) -> list[Launch]:
    """The launches of the same strategy that were over when this one opened, oldest first; where there are none, the
    cut-offs that the model learned from. Raises LaunchError where there is neither."""
    windows = training_windows(history, launch, launch.as_of)
    launches = [window for window in windows if window.launch_id in history.launches]
    if not (launches or windows):
        raise LaunchError(
            f"there is nothing to compare {launch.launch_id} with: no {launch.strategy} launch was over before it",
            "nothing-earlier",
        )
    learned = {window["name"] for window in model.card["windows"]}
    return launches or [window for window in windows if window.launch_id in learned] or windows


def _said(history: History, leads: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    columns = spoken_columns(history, leads["as_of"].max())
    packed = ", ".join(f'"{column}" := leads."{column}"' for column in columns)
    with history.connect() as con:
        con.register("cohort", leads[["lead_id", "as_of"]])
        latest = f"SELECT lead_id, unnest(said) FROM ({_SAID.format(columns=packed)})"
        said = con.sql(latest).to_arrow_table().to_pandas().set_index("lead_id")
        first = con.sql(_FIRST_KNOWN).to_arrow_table().to_pandas().set_index("lead_id")["known"]
    return said.reindex(leads["lead_id"]), first.dt.tz_localize(None).reindex(leads["lead_id"])


def pooled(launches: Sequence[LaunchRows]) -> pd.DataFrame:
    """The feature tables of several launches, one under the other."""
    return pd.concat([rows.table for rows in launches])
