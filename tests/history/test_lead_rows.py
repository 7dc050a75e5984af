"""Leads of two ordered tables found in each other, against Python's sets and bytes."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from hotleads.history.lead_rows import (
    find_lead_offsets,
    find_positions,
    find_row_spans,
    is_same_text,
    merge_lead_ids,
    to_utf8_buffers,
)

LEADS = st.lists(st.text(max_size=4), max_size=12).map(lambda names: sorted(set(names), key=str.encode))


def array(leads: list[str]) -> pa.Array:
    return pa.array(["before", *leads, "behind"], pa.large_string())[1 : len(leads) + 1]  # an offset of its own


@settings(deadline=None)  # the first example compiles
@given(LEADS, LEADS)
def test_leads_of_two_tables_are_put_together(first: list[str], second: list[str]) -> None:
    both, ours, theirs = merge_lead_ids(array(first), array(second))
    assert both.to_pylist() == sorted({*first, *second}, key=str.encode)
    assert [first[at] if at >= 0 else None for at in ours] == [
        one if one in first else None for one in both.to_pylist()
    ]
    assert {second[at] for at in theirs if at >= 0} == set(second)


@settings(deadline=None)  # the first example compiles
@given(LEADS, LEADS)
def test_wanted_leads_have_the_rows_that_are_theirs(leads: list[str], wanted: list[str]) -> None:
    bounds = np.arange(len(leads) + 1) * 3
    starts, stops = find_row_spans(bounds, find_positions(array(leads), array(wanted)))
    expected = {one: (3 * at, 3 * at + 3) for at, one in enumerate(leads)}
    for one, start, stop in zip(wanted, starts.tolist(), stops.tolist(), strict=True):
        assert (start, stop) == expected[one] if one in expected else start == stop


@settings(deadline=None)  # the first example compiles
@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=9), max_size=4))
def test_rows_of_a_lead_may_go_on_in_the_next_chunk(chunks: list[list[str]]) -> None:
    ordered = sorted(one for chunk in chunks for one in chunk)
    cuts = np.cumsum([0, *map(len, chunks)]).tolist()
    parts = [pa.array(["before", *ordered[start:stop]], pa.string())[1:] for start, stop in pairwise(cuts)]
    column = pa.chunked_array(parts, pa.string())
    for lead_ids in (column, column.dictionary_encode()):
        leads, bounds = find_lead_offsets(lead_ids)
        assert leads.to_pylist() == sorted(set(ordered))
        assert np.diff(bounds).tolist() == [ordered.count(one) for one in sorted(set(ordered))]


def test_texts_are_compared_whole() -> None:
    buffers = to_utf8_buffers(pa.chunked_array([["T1", "T10"], ["T1", "", "é"]]))
    assert is_same_text(*buffers, 0, 2)
    assert not any(is_same_text(*buffers, 0, other) for other in (1, 3, 4))
