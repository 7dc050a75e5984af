"""Who is scored in a launch, when, and who bought: cohort and label from one function."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from history.launch import Launch
from history.membership import Membership, duration
from history.parts import in_threads, ranges_of
from history.store import History

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
    membership = Membership(history, [launch], maturity_days)

    def of_range(part: tuple[str | None, str | None]) -> pa.Table:
        rows = membership.read(*part)
        found = membership.members(launch, rows)
        return pa.table([rows.leads.take(pa.array(found.places)), *found[1:]], ["lead_id", "as_of", *_LABELS])

    table = pa.concat_tables(in_threads(ranges_of(history, ("leads", "purchases")), of_range))
    return _frame(table, launch.length, timedelta(days=maturity_days), observed_until or history.observed_until)


_LABELS = ["label", "label_mature"]


def _frame(table: pa.Table, length: timedelta, maturity: timedelta, observed_until: datetime | None) -> pd.DataFrame:
    until = table["as_of"].to_numpy() + duration(length)
    columns: dict[str, Any] = {
        "lead_id": table["lead_id"].cast(pa.string()),
        "as_of": table["as_of"].cast(_INSTANT),
        "until": pa.array(until).cast(_INSTANT),
        "label": table["label"],
    }
    frame: pd.DataFrame = pa.table(columns).to_pandas()
    over = frame["until"] + maturity <= observed_until if observed_until else np.zeros(len(frame), np.bool_)
    frame["label_mature"] = pd.Series(table["label_mature"].to_numpy()).astype("Int8").where(over)
    return frame
