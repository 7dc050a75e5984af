"""Poison: what comes after an instant is changed, removed, invented or reordered, to find out who reads it.

A row is of the future from ``as_of`` on; a capture, which may make a lead part of a launch at ``as_of`` itself,
from the next microsecond on. The past is never touched.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..history.schema import TABLES

Tables = Mapping[str, pd.DataFrame]

_KEYS = {"lead_id", "transaction_id", "event_id"}
#: Columns of text that have no other values than those of the contract.
_CLOSED = {"status", "currency"}
_NEW_SHARE = 0.05
_DAYS = 60
#: Of the rows that are made up, so many come soon after ``as_of``, and so many of these at the first instant of all.
_SOON_SHARE, _FIRST_SHARE = 0.3, 0.1
_MIN_INVENTED = 50


@dataclass(frozen=True)
class Poison:
    """One way to change the future.

    Attributes
    ----------
    table
        The table that is changed.
    kind
        What is done to its future rows.
    description
        The same in words.
    """

    table: str
    kind: str
    description: str

    @property
    def name(self) -> str:
        """A short name, such as ``purchases removed``."""
        return f"{self.table} {self.kind}"


_ON_ROWS = {
    "removed": "rows of {table} from as_of on were taken out",
    "changed": "the values of rows of {table} from as_of on were changed",
    "invented": "rows of {table} from as_of on were made up",
    "reordered": "people and times of rows of {table} from as_of on were exchanged",
}
POISONS: tuple[Poison, ...] = (
    *(
        Poison(table, kind, description.format(table=table))
        for table in ("purchases", "events", "leads")
        for kind, description in _ON_ROWS.items()
    ),
    Poison("purchases", "statuses", "purchases of before as_of were refunded or charged back later"),
    Poison("leads", "corrections", "people captured before as_of were captured again later, with other fields"),
)


def poison_tables(tables: Tables, as_of: pd.Timestamp, poison: Poison, seed: int) -> dict[str, pd.DataFrame]:
    """Return the tables with their future poisoned; rows of before ``as_of`` stay as they are, and in their order.

    Parameters
    ----------
    tables
        The four tables by name.
    as_of
        The instant.
    poison
        What to do.
    seed
        The same seed gives the same poison.
    """
    table, rng = tables[poison.table], np.random.default_rng(seed)
    is_future = find_future(poison.table, table, as_of)
    past, future = table[~is_future], table[is_future]
    made = _MAKERS[poison.kind](poison.table, past, future, as_of, rng)
    rows = pd.concat([past, made.astype(table.dtypes.to_dict())], ignore_index=True) if len(made) else past
    return {**tables, poison.table: rows.reset_index(drop=True)}


def find_future(name: str, table: pd.DataFrame, as_of: pd.Timestamp) -> pd.Series:
    """Return which rows of a table are of the future."""
    time = TABLES[name].time
    if time is None:
        return pd.Series(False, table.index)
    return table[time] > as_of if name == "leads" else table[time] >= as_of


def take_out_half(tables: Tables) -> dict[str, pd.DataFrame]:
    """Return the tables without every other person: whoever reads them must notice."""
    leads = pd.concat([table["lead_id"] for table in tables.values() if "lead_id" in table]).unique()
    kept = set(leads[::2])
    return {
        name: table[table["lead_id"].isin(kept)].reset_index(drop=True) if "lead_id" in table else table
        for name, table in tables.items()
    }


def find_known_leads(tables: Tables, as_of: pd.Timestamp) -> pd.Index:
    """Return the leads that a row of before ``as_of`` names."""
    parts = [
        table.loc[~find_future(name, table, as_of), "lead_id"] for name, table in tables.items() if "lead_id" in table
    ]
    known: pd.Index = pd.Index(pd.concat(parts).unique()).sort_values()
    return known


Rows = pd.DataFrame
Maker = Callable[[str, Rows, Rows, pd.Timestamp, np.random.Generator], Rows]


def _remove(name: str, past: Rows, future: Rows, as_of: pd.Timestamp, rng: np.random.Generator) -> Rows:
    return future[:0]


def _change(name: str, past: Rows, future: Rows, as_of: pd.Timestamp, rng: np.random.Generator) -> Rows:
    kept = _KEYS | {str(TABLES[name].time)}
    columns = [str(column) for column in future if column not in kept]
    changed = future.assign(**{column: _alter(future[column], rng) for column in columns})
    for column in [column for column in columns if column not in _CLOSED]:  # what nobody has seen yet may come, too
        if pd.api.types.is_string_dtype(changed[column]) or changed[column].dtype == object:
            changed[column] = changed[column].where(rng.random(len(changed)) >= _NEW_SHARE, "never-seen-before")
    return changed


def _invent(name: str, past: Rows, future: Rows, as_of: pd.Timestamp, rng: np.random.Generator) -> Rows:
    models = past if len(past) else future
    if models.empty:
        return models
    count = max(_MIN_INVENTED, len(models) // 4)
    made = models.iloc[rng.integers(len(models), size=count)].reset_index(drop=True)
    made = _change(name, past, made, as_of, rng)
    strangers = np.array([f"invented-{number}" for number in range(count)])
    leads = np.where(rng.random(count) < 0.8, rng.permutation(made["lead_id"].to_numpy(str)), strangers)
    new: dict[str, Any] = {"lead_id": leads, str(TABLES[name].time): _draw_times(name, as_of, count, rng)}
    if name == "purchases":
        new |= {"transaction_id": strangers, "status": "approved", "bought": True, "ends": False}
        new |= {"net_amount": made["amount"]} if "net_amount" in made else {}
    if "event_id" in made:
        new["event_id"] = strangers
    invented = made.assign(**{column: value for column, value in new.items() if column in made})
    return pd.concat([future, invented], ignore_index=True)


def _reorder(name: str, past: Rows, future: Rows, as_of: pd.Timestamp, rng: np.random.Generator) -> Rows:
    time = str(TABLES[name].time)
    shuffled = future.assign(
        **{column: future[column].iloc[rng.permutation(len(future))].to_numpy() for column in ("lead_id", time)}
    )
    shuffled[time] = shuffled[time].astype(future[time].dtype)
    return shuffled.iloc[rng.permutation(len(future))]


def _take_back(name: str, past: Rows, future: Rows, as_of: pd.Timestamp, rng: np.random.Generator) -> Rows:
    """Add statuses to every other purchase of the past, and take those of the others out of the future."""
    bought = past[past["bought"]].drop_duplicates("transaction_id")
    returned = bought[rng.random(len(bought)) < 0.5]
    statuses = rng.choice(["refunded", "chargeback"], len(returned))
    rows = returned.assign(
        status=statuses,
        occurred_at=_draw_times(name, as_of, len(returned), rng),
        bought=False,
        ends=True,
        first_of_product=False,
        net_amount=-returned["net_amount"],
    )
    if "event_id" in rows:
        rows["event_id"] = [f"returned-{number}" for number in range(len(rows))]
    others = future[~future["transaction_id"].isin(past["transaction_id"])]
    return pd.concat([others, rows], ignore_index=True)


def _correct(name: str, past: Rows, future: Rows, as_of: pd.Timestamp, rng: np.random.Generator) -> Rows:
    again = past.drop_duplicates("lead_id")
    again = again[rng.random(len(again)) < 0.5]
    rows = _change(name, past, again, as_of, rng).assign(captured_at=_draw_times(name, as_of, len(again), rng))
    return pd.concat([future, rows], ignore_index=True)


_MAKERS: Mapping[str, Maker] = {
    "removed": _remove,
    "changed": _change,
    "invented": _invent,
    "reordered": _reorder,
    "statuses": _take_back,
    "corrections": _correct,
}


def _alter(values: pd.Series, rng: np.random.Generator) -> pd.Series:
    """Return other values of the same kind: numbers larger, texts and missing ones exchanged, yes and no turned."""
    if pd.api.types.is_bool_dtype(values):
        return ~values.astype("bool")
    if pd.api.types.is_numeric_dtype(values):
        whole = pd.api.types.is_integer_dtype(values)
        return (values.fillna(0) * 3 + rng.integers(7, 99, len(values))).astype(values.dtype if whole else "float64")
    if pd.api.types.is_datetime64_any_dtype(values):
        return values
    filled = values.dropna().unique()
    if len(filled) < 2:
        return values.fillna("").astype(str) + "-poisoned"
    return pd.Series(rng.choice(filled.astype(str), len(values)), values.index)


def _draw_times(name: str, as_of: pd.Timestamp, count: int, rng: np.random.Generator) -> NDArray[np.datetime64]:
    """Draw times of the future: most of them days away, some at its first instant or soon after it."""
    last = _DAYS * 86_400
    seconds = rng.integers(1, last, count)
    kinds = rng.random(count)
    soon = kinds < _SOON_SHARE
    seconds[soon] = np.exp(rng.uniform(0, np.log(last), soon.sum())).astype(np.int64)
    # A capture at as_of itself is of the past; a second later none is, to a clock of seconds either.
    seconds[kinds < _FIRST_SHARE] = 1 if name == "leads" else 0
    return np.asarray(np.datetime64(as_of.tz_localize(None), "us") + seconds.astype("timedelta64[s]"))
