"""The cohort of a launch: its leads, when each is scored, and who bought."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from .launch import Launch
from .membership import Membership
from .scan import RangeRows, scan_history
from .store import History
from .timestamps import duration_to_microseconds

DEFAULT_MATURITY_DAYS = 30

_TIMESTAMP = pa.timestamp("us", "UTC")
_KEYS = ["lead_id", "as_of"]
_LABELS = ["label", "label_mature"]


def build_cohort(
    history: History,
    launch: Launch,
    *,
    maturity_days: int = DEFAULT_MATURITY_DAYS,
    observed_until: datetime | None = None,
) -> pd.DataFrame:
    """Return the leads that a launch scores and whether they bought, one row a lead, ordered by lead.

    Parameters
    ----------
    history
        Where captures and purchases come from.
    launch
        The launch, with the times that its strategy needs.
    maturity_days
        How many days a purchase must last to count in ``label_mature``.
    observed_until
        The instant up to which purchases are known; by default the history's own.

    Returns
    -------
    DataFrame
        ``lead_id``; ``as_of`` and ``until`` (UTC), the half-open window in which a purchase counts; ``label`` (1
        bought, 0 not, by the rows of the history); ``label_mature`` (the same without what was canceled, refunded or
        charged back within ``maturity_days`` of the purchase; missing where that time is not over by
        ``observed_until``).

    Raises
    ------
    LaunchError
        If the launch lacks a time.

    Examples
    --------
    >>> history = open_history("data/sample")
    >>> build_cohort(history, history.get_launch("2025-02-cake-course"))["label"].mean()  # doctest: +SKIP
    """
    return build_cohorts(history, [launch], maturity_days=maturity_days, observed_until=observed_until)[0]


def build_cohorts(
    history: History,
    launches: Sequence[Launch],
    *,
    maturity_days: int = DEFAULT_MATURITY_DAYS,
    observed_until: datetime | None = None,
) -> list[pd.DataFrame]:
    """Return the cohort of each of several launches in one scan of the history.

    Parameters
    ----------
    history, maturity_days, observed_until
        As in ``build_cohort``.
    launches
        The launches, with the times that their strategies need.

    Returns
    -------
    list of DataFrame
        A cohort a launch, as ``build_cohort`` returns it.

    Raises
    ------
    LaunchError
        If a launch lacks a time.
    """
    accumulators = [CohortAccumulator(history, launch, maturity_days) for launch in launches]
    scan_history(history, accumulators)
    maturity = timedelta(days=maturity_days)
    until = observed_until or history.observed_until
    return [
        _build_frame(accumulator.to_table(), launch.length, maturity, until)
        for accumulator, launch in zip(accumulators, launches, strict=True)
    ]


class CohortAccumulator:
    """Collects the leads of one launch in a scan; ``maturity_days`` as in ``Membership``."""

    def __init__(self, history: History, launch: Launch, maturity_days: int | None = None) -> None:
        self._launch = launch
        self._membership = Membership(history, [launch], maturity_days)
        self.capture_columns = self._membership.capture_columns
        self.purchase_columns = self._membership.purchase_columns
        self._tables: list[pa.Table] = []

    def process(self, rows: RangeRows) -> pa.Table:
        """Return the launch's leads of one range."""
        members = self._membership.find_members(self._launch, rows)
        lead_ids = rows.lead_ids.take(pa.array(members.positions))
        return pa.table([lead_ids, members.as_of, members.label, members.label_mature], [*_KEYS, *_LABELS])

    def merge(self, partial: pa.Table) -> None:
        """Add the leads of the next range."""
        self._tables.append(partial)

    def to_table(self) -> pa.Table:
        """Return lead, ``as_of`` (microseconds since 1970), label and mature label, ordered by lead."""
        return pa.concat_tables(self._tables)

    def to_leads(self) -> pd.DataFrame:
        """Return ``lead_id`` and ``as_of`` as in a cohort."""
        table = self.to_table().combine_chunks()  # one chunk: the ids can then be taken as one array without a copy
        leads: pd.DataFrame = pa.table([table["lead_id"], table["as_of"].cast(_TIMESTAMP)], _KEYS).to_pandas()
        return leads


def _build_frame(
    table: pa.Table, length: timedelta, maturity: timedelta, observed_until: datetime | None
) -> pd.DataFrame:
    until = table["as_of"].to_numpy() + duration_to_microseconds(length)
    columns = {
        "lead_id": table["lead_id"],
        "as_of": table["as_of"].cast(_TIMESTAMP),
        "until": pa.array(until).cast(_TIMESTAMP),
        "label": table["label"],
    }
    frame: pd.DataFrame = pa.table(columns).to_pandas()
    is_mature = frame["until"] + maturity <= observed_until if observed_until else np.zeros(len(frame), np.bool_)
    frame["label_mature"] = pd.Series(table["label_mature"].to_numpy()).astype("Int8").where(is_mature)
    return frame
