"""How leads of each campaign, source or form answer converted before, over how all leads did."""

from datetime import datetime

import numpy as np
import pandas as pd

from history import History, Launch, cohort

#: As many average leads are added to each level: a level must show more than that to stand out.
_PRIOR_LEADS = 30.0
_LEAST_LEADS = 20  # fewer tell nothing, and what few people wrote must not be kept

_LATEST = """
    SELECT cohort.lead_id, arg_max(struct_pack({columns}), (captured_at, capture.rowid)) AS said
    FROM cohort JOIN (SELECT row_number() OVER () AS rowid, * FROM leads) AS capture USING (lead_id)
    WHERE captured_at < as_of
        OR (captured_at = as_of AND coalesce(capture.launch_id = $launch_id, $is_perpetual))
    GROUP BY cohort.lead_id
"""


def conversion_ratios(history: History, as_of: datetime, columns: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """For each column, level -> conversion over the overall one, shrunk to 1 by how little the level's leads tell.

    Counted are the launches' leads whose label window was over by ``as_of``, each with what its latest known capture
    said; an empty field is the level ``""``. Levels that are not there stand at 1.
    """
    settled = [_settled(history, launch, as_of, columns) for launch in history.launches.values()]
    outcomes = pd.concat([frame for frame in settled if frame is not None and len(frame)] or [pd.DataFrame()])
    buyers = outcomes["label"].sum() if len(outcomes) else 0
    if not buyers:
        return {}
    return {column: _shrunk(outcomes[column], outcomes["label"], buyers / len(outcomes)) for column in columns}


def _settled(history: History, launch: Launch, as_of: datetime, columns: tuple[str, ...]) -> pd.DataFrame | None:
    if launch.problem is not None or launch.as_of + launch.length > as_of or not columns:
        return None
    outcomes = history.remember(("outcomes", launch, columns), lambda: _outcomes(history, launch, columns))
    return outcomes[outcomes["until"] <= as_of]


def _outcomes(history: History, launch: Launch, columns: tuple[str, ...]) -> pd.DataFrame:
    leads = cohort(history, launch)[["lead_id", "as_of", "until", "label"]]
    packed = ", ".join(f'"{column}" := capture."{column}"' for column in columns)
    with history.connect() as con:
        con.register("cohort", leads)
        values = {"launch_id": launch.launch_id, "is_perpetual": launch.strategy == "perpetual"}
        latest = f"SELECT lead_id, unnest(said) FROM ({_LATEST.format(columns=packed)})"
        said = con.sql(latest, params=values).to_arrow_table().to_pandas()
    merged = leads.merge(said, on="lead_id", how="inner")
    return merged.assign(**{column: merged[column].fillna("").astype("category") for column in columns})


def _shrunk(levels: pd.Series, label: pd.Series, rate: float) -> dict[str, float]:
    counts = label.groupby(levels.astype(str).to_numpy()).agg(["size", "sum"])
    counts = counts[counts["size"] >= _LEAST_LEADS].sort_index()
    shrunk = (counts["sum"] + _PRIOR_LEADS * rate) / (counts["size"] + _PRIOR_LEADS) / rate
    return {str(level): float(np.round(ratio, 6)) for level, ratio in shrunk.items()}
