"""The latest known capture: the query against the kernel, and the cases that they must agree on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotleads.history import History, Launch, history_from_frames
from hotleads.history.captures import find_known_captures, read_latest_captures, select_known_captures
from hotleads.history.lead_rows import encode, find_lead_offsets, times_to_microseconds
from hotleads.history.timestamps import series_to_microseconds

AS_OF = datetime(2024, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LAUNCHES = [
    {"launch_id": "classic", "strategy": "classic", "cart_opens_at": AS_OF, "cart_closes_at": AS_OF + HOUR},
    {
        "launch_id": "paid",
        "strategy": "paid",
        "entry_product_id": "ebook",
        "cart_opens_at": AS_OF,
        "cart_closes_at": AS_OF + HOUR,
    },
    {
        "launch_id": "perpetual",
        "strategy": "perpetual",
        "capture_starts_at": AS_OF - 9 * HOUR,
        "capture_ends_at": AS_OF + 9 * HOUR,
        "horizon_days": 7,
    },
]
COLUMNS = ["captured_at", "launch_id", "utm_source", "utm_campaign"]
Capture = tuple[str, int, str | None, str | None, str | None]


def build_history(captures: list[Capture]) -> History:
    """Captures of (lead, hours after the cart's opening, launch, source, campaign)."""
    rows = [(lead, AS_OF + hours * HOUR, *texts) for lead, hours, *texts in captures]
    frame = pd.DataFrame(rows, columns=["lead_id", *COLUMNS]).astype({"captured_at": "datetime64[us, UTC]"})
    return history_from_frames(launches=pd.DataFrame(LAUNCHES), leads=frame)


def build_leads(as_of: dict[str, int]) -> pd.DataFrame:
    """Leads, each scored some hours after the cart's opening."""
    times = pd.Series([AS_OF + hours * HOUR for hours in as_of.values()], dtype="datetime64[us, UTC]")
    return pd.DataFrame({"lead_id": pd.Series(list(as_of), dtype="str"), "as_of": times})


def read_latest_by_kernel(history: History, launch: Launch, leads: pd.DataFrame) -> dict[str, list[Any]]:
    """The last of each lead's captures that the kernel finds known."""
    table = history.read("leads", ["lead_id", *COLUMNS])
    ids, offsets = find_lead_offsets(table["lead_id"])
    as_of = dict(zip(leads["lead_id"], series_to_microseconds(leads["as_of"]).tolist(), strict=True))
    scored = [number for number, lead in enumerate(ids.to_pylist()) if lead in as_of]
    positions, starts, stops = find_known_captures(
        times_to_microseconds(table["captured_at"]),
        encode(table["launch_id"]),
        launch,
        offsets[scored],
        offsets[np.array(scored, np.int64) + 1],
        np.array([as_of[ids[number].as_py()] for number in scored], np.int64),
    )
    rows = table.to_pylist()
    latest = [rows[positions[stop - 1]] for start, stop in zip(starts, stops, strict=True) if stop > start]
    return {row["lead_id"]: [row[name] for name in COLUMNS] for row in latest}


def read_latest_by_query(history: History, cohorts: list[tuple[Launch, pd.DataFrame]]) -> list[dict[str, list[Any]]]:
    frames = read_latest_captures(history, cohorts, COLUMNS)
    plain = [frame.astype(object).where(frame.notna(), None) for frame in frames]
    return [dict(zip(frame.index, frame.to_numpy().tolist(), strict=True)) for frame in plain]


names = st.sampled_from([None, None, "classic", "paid", "perpetual", "another"])
texts = st.sampled_from([None, "a", "b", "ç"])
lead_ids = st.sampled_from("abcdefghijklmnopqr")
captures = st.tuples(lead_ids, st.sampled_from([-2, -1, -1, 0, 0, 0, 1]), names, texts, texts)


@pytest.mark.slow
@given(
    captures=st.lists(captures, min_size=1, max_size=180),
    as_of=st.dictionaries(lead_ids | st.just("nobody"), st.sampled_from([-1, 0, 0, 1]), min_size=1),
)
@settings(max_examples=12, deadline=None)
def test_the_query_finds_the_capture_that_the_kernel_finds_last(captures: list[Capture], as_of: dict[str, int]) -> None:
    history, leads = build_history(captures), build_leads(as_of)
    cohorts = [(launch, leads) for launch in history.launches.values()]
    by_kernel = [read_latest_by_kernel(history, launch, leads) for launch, _ in cohorts]
    assert read_latest_by_query(history, cohorts) == by_kernel


@pytest.mark.parametrize(
    ("launch", "source"),
    [
        ("classic", "own"),  # of those at as_of the one that names the launch
        ("perpetual", "own"),
        ("paid", "before"),  # whose leads are in it by what they own
    ],
)
def test_a_capture_at_as_of_is_known_where_it_makes_the_lead_part_of_the_launch(launch: str, source: str) -> None:
    captures: list[Capture] = [
        ("a", -1, None, "before", None),
        ("a", 0, launch, "own", None),
        ("a", 0, "z another", "other", None),  # stands last in the file
    ]
    history = build_history(captures)
    (latest,) = read_latest_captures(history, [(history.get_launch(launch), build_leads({"a": 0}))], ["utm_source"])
    assert latest["utm_source"].to_dict() == {"a": source}


@pytest.mark.parametrize(("launch", "source"), [("classic", "before"), ("perpetual", "unnamed"), ("paid", "before")])
def test_a_capture_at_as_of_that_names_no_launch_is_known_in_a_perpetual_one_alone(launch: str, source: str) -> None:
    history = build_history([("a", -1, None, "before", None), ("a", 0, None, "unnamed", None)])
    (latest,) = read_latest_captures(history, [(history.get_launch(launch), build_leads({"a": 0}))], ["utm_source"])
    assert latest["utm_source"].to_dict() == {"a": source}


def test_a_field_that_the_latest_capture_leaves_empty_is_empty() -> None:
    history = build_history([("a", -2, None, "before", "ad"), ("a", -1, None, None, "ad")])
    launch, leads = history.get_launch("classic"), build_leads({"a": 0, "never captured": 0})
    (latest,) = read_latest_captures(history, [(launch, leads)], ["utm_source", "utm_campaign"])
    assert list(latest.index) == ["a"]
    assert latest["utm_source"].isna().all()
    assert latest["utm_campaign"].to_list() == ["ad"]


def test_known_captures_keep_their_order() -> None:
    history = build_history([("b", 0, None, "x", None), ("b", -1, None, "y", None), ("a", 0, "classic", "z", None)])
    table = history.read("leads", history.list_columns("leads"))
    known = select_known_captures(table, history.get_launch("classic"), AS_OF)
    assert known["utm_source"].to_pylist() == ["z", "y"]
    assert known.schema == table.schema
