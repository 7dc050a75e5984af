"""The moments at which scores are judged: which score each lead had, and the window in which a purchase counts.

With launches each of a launch's leads is judged by the last score that was given at or before the lead's ``as_of``;
where the first came later, but inside the window, from that score's own time on. A launch is judged where the file has
a score from between the launch before it and its own end. Without launches each lead is judged once, by its first
score, for a number of days from then on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..history import History, Launch, LaunchError, build_cohorts
from ..history.outcomes import read_outcomes
from ..language import Phrase
from ..training.launch_backtest import MIN_SEEN_SHARE

_TIME = "datetime64[us, UTC]"
#: Why a lead of the file is not judged, in the order in which they are asked.
REASONS = (
    "no-time",
    "no-score",
    "unknown-lead",
    "scored-after-window",
    "already-bought",
    "outcome-unknown",
    "not-in-a-launch",
)
#: Leads by the reason why they may not be judged.
Leads = dict[str, list[pd.Series]]
COLUMNS = ("launch_id", "lead_id", "as_of", "until", "value", "scored_at", "label", "bought_at")

_KNOWN_SCORES = """
    SELECT m.place, l.value, l.scored_at FROM members m ASOF JOIN log l
    ON m.lead_id = l.lead_id AND m.as_of >= l.scored_at ORDER BY m.place
"""
_FIRST_SCORES = """
    SELECT place, min(scored_at) AS scored_at, arg_min(value, scored_at) AS value
    FROM members JOIN log USING (lead_id) WHERE scored_at > as_of GROUP BY place
"""


@dataclass(frozen=True)
class Moments:
    """Judged moments.

    Attributes
    ----------
    rows
        ``launch_id, lead_id, as_of, until, value, scored_at, label, bought_at``, one row a lead of a launch: the score,
        and whether its product was bought in ``[as_of, until)``.
    launches
        The judged launches by their ids.
    excluded
        How many of the file's leads are not judged, by reason (``REASONS``).
    buyers_before_score
        Buyers of the judged windows who had bought before their score was given.
    cohort
        Leads, and buyers among them, of the judged launches, scored or not.
    notes
        What else a reader should know.
    """

    rows: pd.DataFrame
    launches: Mapping[str, Launch]
    excluded: Mapping[str, int]
    buyers_before_score: int = 0
    cohort: tuple[int, int] = (0, 0)
    notes: tuple[str, ...] = ()


def prepare_log(rows: pd.DataFrame, lead_ids: pd.Series) -> tuple[pd.DataFrame, Leads, int]:
    """Return the usable rows of a log, the leads of the other rows by reason, and how many keys have no known lead.

    Of rows of one lead, launch and instant the last in the file stays.
    """
    named = rows.assign(lead_id=lead_ids.to_numpy())
    unknown = int(named.loc[named["lead_id"].isna(), "key_0"].nunique())
    named = named[named["lead_id"].notna()]
    timed, scored = named["scored_at"].notna(), named["value"].notna()
    columns = ["lead_id", "value", "scored_at", *(["launch_id"] if "launch_id" in named else [])]
    usable = named.loc[timed & scored, columns]
    usable = usable.drop_duplicates([name for name in columns if name != "value"], keep="last")
    without = {"no-time": [named.loc[~timed & scored, "lead_id"]], "no-score": [named.loc[~scored, "lead_id"]]}
    return usable.reset_index(drop=True), without, unknown


def choose_launches(history: History, log: pd.DataFrame, names: Sequence[str] | None) -> list[Launch]:
    """Return the launches that the log can be judged by. Raises HistoryError for an unknown name."""
    if names:
        return [history.get_launch(name) for name in names]
    if "launch_id" in log:
        known = set(log["launch_id"].dropna())
        return [launch for launch in history.launches.values() if launch.launch_id in known]
    opened = [launch for launch in history.launches.values() if launch.problem is None]
    times = np.sort(log["scored_at"].to_numpy("datetime64[us]"))
    chosen = []
    for launch in opened:
        before = [other.as_of for other in opened if other.as_of < launch.as_of]
        start = max(before, default=datetime.min.replace(tzinfo=launch.as_of.tzinfo))
        inside = np.searchsorted(times, [_to_numpy(start), _to_numpy(launch.closes_at)])
        if inside[1] > inside[0]:
            chosen.append(launch)
    earlier = [launch for launch in opened if len(times) and _to_numpy(launch.as_of) < times[0]]
    return chosen or earlier[-1:]  # scores that came after every launch have come too late for the last one


def find_launch_moments(history: History, log: pd.DataFrame, without: Leads, launches: Sequence[Launch]) -> Moments:
    """Return the moments of the launches' leads.

    Parameters
    ----------
    history
        Where leads and purchases lie.
    log
        ``lead_id, value, scored_at`` and maybe ``launch_id``, as ``prepare_log`` returns them.
    without
        Leads without a usable row by reason.
    launches
        The launches to judge by.
    """
    parts, late_buyers, notes = [], 0, []
    cohort_leads = cohort_buyers = 0
    states: Leads = {reason: list(without.get(reason, ())) for reason in REASONS}
    for launch, cohort in zip(launches, _build_cohorts(history, launches), strict=True):
        own = log[log["launch_id"] == launch.launch_id] if "launch_id" in log else log
        seen = _find_seen(history, launch, cohort)
        states["outcome-unknown"].append(cohort.loc[~seen, "lead_id"])
        cohort = cohort[seen].reset_index(drop=True)
        cohort_leads, cohort_buyers = cohort_leads + len(cohort), cohort_buyers + int(cohort["label"].sum())
        after_this = [other.as_of for other in launches if other.as_of > launch.as_of and "launch_id" not in log]
        moments, late, after = _attach_scores(history, own, cohort, launch, min(after_this, default=None))
        states["scored-after-window"].append(after)
        late_buyers += late
        parts.append(moments)
        states["already-bought"].append(_find_owners(history, own, cohort, launch))
        if history.observed_until is not None and launch.closes_at > history.observed_until:
            notes.append(
                Phrase(
                    "{launch}: provisional, its window runs on after the history's last row", launch=launch.launch_id
                )
            )
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
    excluded = _count_excluded(rows, log, states)
    by_id = {launch.launch_id: launch for launch in launches}
    return Moments(rows, by_id, excluded, late_buyers, (cohort_leads, cohort_buyers), tuple(notes))


def find_horizon_moments(
    history: History, log: pd.DataFrame, without: Leads, horizon: timedelta, product_id: str | None
) -> Moments:
    """Return one moment a lead: its first score, and the days from then on."""
    first = log.sort_values("scored_at", kind="stable").drop_duplicates("lead_id").reset_index(drop=True)
    moments = first.assign(as_of=first["scored_at"], until=first["scored_at"] + horizon, launch_id="")
    outcomes = read_outcomes(history, moments, product_id)
    moments = moments.assign(label=outcomes["label"], bought_at=outcomes["bought_at"])
    observed = history.observed_until
    open_windows = moments["until"] > observed if observed is not None else pd.Series(True, moments.index)
    states: Leads = {
        **without,
        "already-bought": [moments.loc[outcomes["owned"], "lead_id"]],
        "outcome-unknown": [moments.loc[open_windows, "lead_id"]],
    }
    rows = moments[~outcomes["owned"] & ~open_windows][list(COLUMNS)].sort_values("lead_id", ignore_index=True)
    launch = build_horizon_launch(rows, horizon, product_id)
    excluded = _count_excluded(rows, log, states)
    cohort = (len(rows), int(rows["label"].sum()))
    return Moments(rows, {} if launch is None else {"": launch}, excluded, 0, cohort)


def build_horizon_launch(rows: pd.DataFrame, horizon: timedelta, product_id: str | None) -> Launch | None:
    """Return a launch that opens with the first judged score and is as long as the horizon; None without rows."""
    if rows.empty:
        return None
    opens = rows["as_of"].min().to_pydatetime()
    return Launch("scores", "classic", product_id, cart_opens_at=opens, cart_closes_at=opens + horizon)


def _build_cohorts(history: History, launches: Sequence[Launch]) -> list[pd.DataFrame]:
    for launch in launches:
        if launch.problem is not None:
            raise LaunchError(
                Phrase("{launch_id}: {message}", launch_id=launch.launch_id, message=launch.problem.message),
                launch.problem.code,
            )
    return build_cohorts(history, launches) if launches else []


def _find_seen(history: History, launch: Launch, cohort: pd.DataFrame) -> pd.Series:
    """Return which leads' outcomes the history shows, as a backtest asks for it."""
    observed, ended = history.observed_until, history.ended_at
    if observed is None or ended is None or ended < launch.as_of:
        return pd.Series(False, cohort.index)
    return cohort["as_of"] + MIN_SEEN_SHARE * launch.length <= observed


def _attach_scores(
    history: History, log: pd.DataFrame, cohort: pd.DataFrame, launch: Launch, next_opens_at: datetime | None
) -> tuple[pd.DataFrame, int, pd.Series]:
    """Return the launch's moments, the buyers scored too late, and the leads scored only after their window.

    A score that was first given after the next launch opened belongs to that one, and is not late for this one.
    """
    members = cohort.assign(place=range(len(cohort)))
    with history.connect() as con:
        con.register("members", members[["place", "lead_id", "as_of", "until"]])
        con.register("log", log[["lead_id", "value", "scored_at"]])
        known = con.sql(_KNOWN_SCORES).to_arrow_table().to_pandas().set_index("place")
        first = con.sql(_FIRST_SCORES).to_arrow_table().to_pandas().set_index("place")
    outcomes = read_outcomes(history, cohort, launch.product_id)
    later = members.loc[first.index.difference(known.index)].assign(scored_at=first["scored_at"], value=first["value"])
    if next_opens_at is not None:
        is_of_next = later["scored_at"] > pd.Timestamp(next_opens_at)
        later = later[~is_of_next | (later["scored_at"] < later["until"])]
    inside = later["scored_at"] < later["until"]
    bought_at = outcomes["bought_at"].loc[later.index]
    late_buyers = int((bought_at < later["scored_at"]).sum())
    after = later.loc[~inside, "lead_id"]
    on_time = members.loc[known.index].assign(scored_at=known["scored_at"], value=known["value"])
    later = later[inside].assign(as_of=later.loc[inside, "scored_at"])
    late_outcomes = read_outcomes(history, later, launch.product_id).set_index(later.index)
    is_buyer = late_outcomes["owned"] | (outcomes["bought_at"].loc[later.index] < later["scored_at"])
    later = later.assign(label=late_outcomes["label"], bought_at=late_outcomes["bought_at"])[~is_buyer]
    on_time = on_time.assign(bought_at=outcomes["bought_at"].loc[on_time.index])
    moments = pd.concat([on_time, later] if len(later) else [on_time]).sort_index()
    moments = moments.assign(launch_id=launch.launch_id)[list(COLUMNS)].reset_index(drop=True)
    moments["scored_at"] = moments["scored_at"].astype(_TIME)
    return moments, late_buyers, after


def _find_owners(history: History, log: pd.DataFrame, cohort: pd.DataFrame, launch: Launch) -> pd.Series:
    """Return the leads of the log who are left out of the cohort since they own the product."""
    others = log.loc[~is_among(log["lead_id"], cohort["lead_id"]), ["lead_id"]].drop_duplicates()
    windows = others.assign(as_of=pd.Timestamp(launch.as_of), until=pd.Timestamp(launch.closes_at))
    return others["lead_id"][read_outcomes(history, windows, launch.product_id)["owned"].to_numpy()]


def _count_excluded(rows: pd.DataFrame, log: pd.DataFrame, states: Leads) -> dict[str, int]:
    """Count each lead that is not judged once, under the first of the reasons that fits."""
    without = [leads for reason in ("no-time", "no-score") for leads in states.get(reason, ())]
    leads = pd.concat([log["lead_id"], *without]).drop_duplicates()
    left = leads[~is_among(leads, rows["lead_id"])]
    counts = {}
    for reason in REASONS:
        if reason in ("no-time", "no-score"):
            matching = is_among(left, pd.concat(states.get(reason) or [left[:0]])) & ~is_among(left, log["lead_id"])
        elif reason == REASONS[-1]:
            matching = np.ones(len(left), np.bool_)
        else:
            matching = is_among(left, pd.concat(states.get(reason) or [left[:0]]))
        counts[reason] = int(matching.sum())
        left = left[~matching]
    return counts


def is_among(leads: pd.Series, others: pd.Series) -> NDArray[np.bool_]:
    """Return which leads are among others; ``isin`` of pandas makes a Python object of each of the others."""
    tables = [pa.table({"lead": part.to_numpy(object) if part.empty else part}) for part in (leads, others)]
    ids, known = (table["lead"].cast(pa.large_string()).combine_chunks() for table in tables)
    return np.asarray(pc.is_in(ids, value_set=known).to_numpy(zero_copy_only=False))


def with_unknown(moments: Moments, unknown: int) -> Moments:
    """Add the leads of the file that the history does not know."""
    return replace(moments, excluded={**moments.excluded, "unknown-lead": unknown})


def _to_numpy(instant: datetime) -> np.datetime64:
    return np.datetime64(instant.replace(tzinfo=None), "us")
