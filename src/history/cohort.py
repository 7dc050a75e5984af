"""Who is scored in a launch, when, and who bought: cohort and label from one function."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from .launch import Launch
from .membership import Membership
from .one_pass import RangeRows, one_pass
from .store import History
from .timestamps import duration_microseconds

DEFAULT_MATURITY_DAYS = 30

_INSTANT = pa.timestamp("us", "UTC")


def cohort(
    history: History,
    launch: Launch,
    *,
    maturity_days: int = DEFAULT_MATURITY_DAYS,
    observed_until: datetime | None = None,
) -> pd.DataFrame:
    """The leads that ``launch`` scores and what they did, one row a lead, ordered by lead.

    Columns: ``lead_id``; ``as_of`` and ``until`` (UTC), between which a purchase counts, the second excluded;
    ``label`` (1 bought, 0 not, by the rows this history has); ``label_mature`` (the same net of what was canceled,
    refunded or charged back within ``maturity_days`` of the purchase; missing where that time is not over by
    ``observed_until``, by default the history's own).
    Raises LaunchError where the launch lacks a time.
    """
    return cohorts(history, [launch], maturity_days=maturity_days, observed_until=observed_until)[0]


def cohorts(
    history: History,
    launches: Sequence[Launch],
    *,
    maturity_days: int = DEFAULT_MATURITY_DAYS,
    observed_until: datetime | None = None,
) -> list[pd.DataFrame]:
    """The ``cohort`` of each of these launches, in one reading of the history."""
    members = [CohortCount(history, launch, maturity_days) for launch in launches]
    one_pass(history, members)
    maturity, until = timedelta(days=maturity_days), observed_until or history.observed_until
    return [_frame(one.table(), launch.length, maturity, until) for one, launch in zip(members, launches, strict=True)]


class CohortCount:
    """The leads of ``launch`` as a count of ``one_pass``; ``mature`` asks for mature labels, as in ``Membership``."""

    def __init__(self, history: History, launch: Launch, mature: int | None = None) -> None:
        self._launch, self._membership = launch, Membership(history, [launch], mature)
        self.captured, self.sold = self._membership.captured, self._membership.sold
        self._tables: list[pa.Table] = []

    def of_range(self, rows: RangeRows) -> pa.Table:
        """The leads of a range that the launch scores."""
        found = self._membership.members(self._launch, rows)
        return pa.table([rows.leads.take(pa.array(found.places)), *found[1:]], [*_WHO, *_LABELS])

    def add(self, found: pa.Table) -> None:
        """The next range's leads."""
        self._tables.append(found)

    def table(self) -> pa.Table:
        """Lead, ``as_of`` (microseconds since 1970), label and mature label, ordered by lead."""
        return pa.concat_tables(self._tables)

    def leads(self) -> pd.DataFrame:
        """``lead_id`` and ``as_of`` as in a cohort."""
        table = self.table().combine_chunks()  # whoever takes the ids as one array then takes these
        found: pd.DataFrame = pa.table([table["lead_id"], table["as_of"].cast(_INSTANT)], _WHO).to_pandas()
        return found


_WHO = ["lead_id", "as_of"]
_LABELS = ["label", "label_mature"]


def _frame(table: pa.Table, length: timedelta, maturity: timedelta, observed_until: datetime | None) -> pd.DataFrame:
    until = table["as_of"].to_numpy() + duration_microseconds(length)
    columns: dict[str, Any] = {
        "lead_id": table["lead_id"],
        "as_of": table["as_of"].cast(_INSTANT),
        "until": pa.array(until).cast(_INSTANT),
        "label": table["label"],
    }
    frame: pd.DataFrame = pa.table(columns).to_pandas()
    over = frame["until"] + maturity <= observed_until if observed_until else np.zeros(len(frame), np.bool_)
    frame["label_mature"] = pd.Series(table["label_mature"].to_numpy()).astype("Int8").where(over)
    return frame
