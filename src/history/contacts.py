"""Names, e-mail addresses and telephone numbers: they stay in ``people.parquet`` until somebody asks for them.

Nothing here is for features, models, logs or messages.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq

from .identity import EMAIL_KEY_SQL, normalise_email
from .sql import quote_literal

if TYPE_CHECKING:
    from .store import History

#: In the order in which people read them.
CONTACT_COLUMNS = ("name", "email", "phone")
PEOPLE_FILE = "people.parquet"


def read_contacts(history: History) -> pd.DataFrame:
    """Return how each lead is reached, by the latest capture that says so.

    Parameters
    ----------
    history : History

    Returns
    -------
    pandas.DataFrame
        ``name``, ``email`` and ``phone`` with ``lead_id`` as index, missing where no capture has it.

    Raises
    ------
    LookupError
        The history has no name, address or number of anybody.
    """
    path = history.folder / PEOPLE_FILE
    rows = pq.read_table(path, columns=["lead_id", *CONTACT_COLUMNS]).to_pandas() if path.is_file() else pd.DataFrame()
    if rows.empty:
        raise LookupError(
            f"{history.name} holds no names, e-mail addresses or telephone numbers; import its leads with the columns "
            "name, email or phone, or map them"
        )
    return rows.groupby("lead_id", sort=False)[list(CONTACT_COLUMNS)].last()  # ordered by lead and time


def find_leads_by_email(history: History, address: str) -> list[str]:
    """Return the ids of the leads with an e-mail address, however it is written; none where it is no address."""
    form = normalise_email(address)
    path: Path = history.folder / PEOPLE_FILE
    if form is None or not path.is_file():
        return []
    key = EMAIL_KEY_SQL.format(email="email")
    wanted = EMAIL_KEY_SQL.format(email="$1::VARCHAR")
    with history.connect() as con:
        rows = con.execute(
            f"SELECT DISTINCT lead_id, email FROM read_parquet({quote_literal(str(path))}) "
            f"WHERE {key} = {wanted} ORDER BY lead_id",
            [address],
        ).fetchall()
    return list(dict.fromkeys(lead for lead, email in rows if normalise_email(email) == form))
