"""Who a file's rows are about: ids as they are, e-mail addresses by their normal form or the hash that imports make."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pandas as pd

from ..history import History
from ..history.contacts import PEOPLE_FILE
from ..history.identity import normalise_email
from ..history.sql import quote_literal

_PROBE_ROWS = 2_000
#: Given a column's name and its values, the lead id of each; missing where it is nobody.
FindLeads = Callable[[str, pd.Series], pd.Series]

_KNOWN = """
    CREATE TEMP TABLE known AS
    SELECT DISTINCT lead_id FROM (
        SELECT lead_id FROM leads UNION ALL SELECT lead_id FROM purchases UNION ALL SELECT lead_id FROM events)
"""
# The id itself, then the hash of an address that a suggested mapping makes (`history.importing.column_sql`).
_MATCH = """
    SELECT position, coalesce(same.lead_id, hashed.lead_id) AS lead_id FROM keys
    LEFT JOIN known same ON same.lead_id = keys.key
    LEFT JOIN known hashed ON hashed.lead_id = sha256(lower(trim(keys.key))) AND contains(keys.key, '@')
    ORDER BY position
"""


class MatchedLeads(NamedTuple):
    """The leads of a file's rows.

    Attributes
    ----------
    lead_ids
        The history's id for each row; missing where it has none.
    column
        The file's column that told them.
    """

    lead_ids: pd.Series
    column: str


def match_leads(
    history: History, rows: pd.DataFrame, key_columns: Sequence[str], find_leads: FindLeads | None = None
) -> MatchedLeads:
    """Find the leads that rows are about, by the column of the file that most leads are found with.

    Parameters
    ----------
    history
        Where the leads are known.
    rows
        ``key_0``, ``key_1`` ...: what the file calls them.
    key_columns
        The names of these columns in the file.
    find_leads
        Who is who, for a history without addresses; None: the history knows.
    """
    keys = [f"key_{number}" for number in range(len(key_columns))]
    with history.connect() as con:
        con.execute(_KNOWN)

        def match(key: str, values: pd.Series) -> pd.Series:
            if find_leads is not None:
                return find_leads(key_columns[keys.index(key)], values.reset_index(drop=True)).astype("str")
            numbered = pd.DataFrame({"position": range(len(values)), "key": values.to_numpy()})
            con.register("keys", numbered.astype({"key": "str"}))
            found = con.sql(_MATCH).to_arrow_table()["lead_id"].to_pandas()
            con.unregister("keys")
            return _match_addresses(history, values.reset_index(drop=True), found.astype("str"))

        best = 0
        if len(keys) > 1:
            shares = [match(key, rows[key].head(_PROBE_ROWS)).notna().sum() for key in keys]
            best = shares.index(max(shares))
        return MatchedLeads(match(keys[best], rows[keys[best]]), key_columns[best])


def match_rows(keys: pd.Series, other: pd.Series) -> pd.Series:
    """Return, for each key of one file, the same person's key in another file; missing where there is none."""
    plain = pd.Series(other.to_numpy(), index=other.map(_normalise_key).to_numpy()).dropna()
    return keys.map(_normalise_key).map(plain[~plain.index.duplicated()])


def _normalise_key(key: object) -> str | None:
    if not isinstance(key, str):
        return None
    return (normalise_email(key) if "@" in key else None) or key.strip()


def _match_addresses(history: History, keys: pd.Series, found: pd.Series) -> pd.Series:
    """Fill in the leads whose address in ``people.parquet`` is that of the key, however both are written."""
    open_rows = found.isna() & keys.str.contains("@", na=False)
    path = history.folder / PEOPLE_FILE
    if not open_rows.any() or not path.is_file():
        return found
    lead_of = history.get_or_compute("leads by address", lambda: _read_addresses(history))
    return found.where(~open_rows, keys.map(normalise_email, na_action="ignore").map(lead_of))


def _read_addresses(history: History) -> pd.Series:
    """Return the lead of each address; where several leads have it, the one that had it last."""
    path = quote_literal(str(history.folder / PEOPLE_FILE))
    with history.connect() as con:
        people = (
            con.sql(
                f"SELECT email, lead_id FROM read_parquet({path}) WHERE email IS NOT NULL ORDER BY captured_at, lead_id"
            )
            .to_arrow_table()
            .to_pandas()
        )
    leads = pd.Series(people["lead_id"].to_numpy(), index=people["email"].map(normalise_email).to_numpy(), dtype="str")
    leads = leads[leads.index.notna()]
    return leads[~leads.index.duplicated(keep="last")]
