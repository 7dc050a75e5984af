"""One question to the database about the leads of several launches."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ..history import History


def of_cohorts(
    history: History, cohorts: Sequence[pd.DataFrame], sql: str, values: Mapping[str, Any] | None = None
) -> list[pd.DataFrame]:
    """What ``sql`` finds of each cohort: the query sees them as one table ``cohorts``, numbered by ``place``, and tells
    the ``place`` of each of its rows."""
    stacked = pd.concat([leads.assign(place=place) for place, leads in enumerate(cohorts)], ignore_index=True)
    with history.connect() as con:
        con.register("cohorts", stacked)
        found = con.sql(sql, params=values).to_arrow_table().to_pandas()
    return [found[found["place"] == place].drop(columns="place") for place in range(len(cohorts))]
