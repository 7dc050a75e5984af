"""The kernel: edges of windows, the law of half-lives, and agreement with a naive reading of the declarations."""

import math
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hotleads.features import Feature
from hotleads.features.declaration import Aggregate
from hotleads.features.kernel import KnownRows, Program, aggregate, compile_program, find_stops
from hotleads.history.timestamps import MICROSECONDS_PER_DAY

DAY = MICROSECONDS_PER_DAY
RHYTHM = ("since_first", "since_last", "span", "gap_mean", "gap_deviation", "gap_ratio", "gap_left")
AS_OF = 20_000 * DAY
KINDS = ("any", "bought", "refunded")
MEASURES = ("one", "amount", "net_amount")


def build_feature(aggregate: Aggregate, **more: Any) -> Feature:
    fields = {
        "name": "f",
        "family": "f",
        "unit": "number",
        "description": "",
        "phrase": "{value}",
        "phrase_missing": "",
    }
    return Feature(**{**fields, "aggregate": aggregate, "rows": "any", **more})


def compute_one(feature: Feature, times: list[int], values: list[float] | None = None) -> float:
    """The feature of one lead with rows at ``times``, whose every measure is its value."""
    program = compile_program([feature], [feature.rows], [feature.measure])
    measures = np.array([values or [1.0] * len(times)], np.float64)
    start, stop, as_of = (np.array([n], np.int64) for n in (0, len(times), AS_OF))
    flags = np.ones(len(times), np.int64)
    rows = KnownRows(np.array(times, np.int64), flags, measures, start, stop, as_of)
    return float(compute_table(program, rows)[0, 0])


def compute_table(program: Program, rows: KnownRows) -> NDArray[np.float64]:
    """Every feature in its own column."""
    out = np.full((len(rows.starts), len(program.order)), -1.0)
    aggregate(program, rows, out, np.arange(len(program.order), dtype=np.uint64))
    return out


# ------------------------------------------------------------------------------------------------------------ edges
@pytest.mark.parametrize("days", [7, 30, 90, 365])
def test_a_row_exactly_a_window_old_counts_and_an_older_one_does_not(days: int) -> None:
    edge = AS_OF - days * DAY
    assert compute_one(build_feature("count", window_days=days), [edge - 1]) == 0
    assert compute_one(build_feature("count", window_days=days), [edge]) == 1
    assert (
        compute_one(build_feature("sum", window_days=days, measure="amount"), [edge - 1, edge, edge + 1], [1, 10, 100])
        == 110
    )


def test_rows_at_as_of_are_not_known() -> None:
    times = np.array([1, 5, 5, 7, 9, 2, 5], np.int64)  # two leads
    starts, ends = np.array([0, 0, 0, 0, 5, 5]), np.array([5, 5, 5, 5, 7, 7])
    stops = find_stops(times, starts, ends, np.array([0, 5, 6, 100, 5, 6]))
    assert stops.tolist() == [0, 1, 3, 5, 6, 7]


def test_of_rows_at_one_instant_the_last_in_their_order_counts_as_last() -> None:
    assert compute_one(build_feature("last", measure="amount"), [AS_OF - DAY] * 3, [3, 1, 2]) == 2


# ---------------------------------------------------------------------------------------------------------- half-life
@given(
    half_life=st.integers(1, 400),
    age=st.integers(1, 20_000 * DAY),
    amount=st.floats(-1e9, 1e9, allow_nan=False, allow_subnormal=False),
)
@settings(deadline=None)
def test_a_weight_is_two_to_the_minus_age_in_half_lives(half_life: int, age: int, amount: float) -> None:
    decayed = compute_one(build_feature("sum", measure="amount", half_life_days=half_life), [AS_OF - age], [amount])
    assert decayed == pytest.approx(amount * 2.0 ** (-age / DAY / half_life), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("half_life", [7, 30, 90])
def test_value_halves_after_one_half_life(half_life: int) -> None:
    decayed = build_feature("sum", measure="amount", half_life_days=half_life)
    now, then = compute_one(decayed, [AS_OF - 1], [80.0]), compute_one(decayed, [AS_OF - 1 - half_life * DAY], [80.0])
    assert then == pytest.approx(now / 2, rel=1e-12)
    assert now == pytest.approx(80, rel=1e-9)


def test_what_was_bought_and_given_back_at_once_decays_to_nothing() -> None:
    decayed = build_feature("sum", measure="net_amount", half_life_days=7)
    assert compute_one(decayed, [AS_OF - 3 * DAY] * 2, [50, -50]) == 0


# ------------------------------------------------------------------------------------------------------------- rhythm
def test_rhythm_of_one_instant_is_none_however_many_rows() -> None:
    for kind in ("gap_mean", "gap_deviation", "gap_ratio"):
        assert math.isnan(compute_one(build_feature(kind), [AS_OF - DAY] * 4))
        assert math.isnan(compute_one(build_feature(kind), [AS_OF - DAY]))


def test_an_even_rhythm_has_no_deviation() -> None:
    times = [AS_OF - n * 30 * DAY - 12_345 for n in range(40, 0, -1)]
    assert compute_one(build_feature("gap_deviation"), times) == pytest.approx(0, abs=1e-5)


# -------------------------------------------------------------------------------------------------- against naive code
def compute_naively(
    feature: Feature, times: list[int], flags: list[int], measures: NDArray[np.float64], as_of: int
) -> float:
    """One feature of one lead as its declaration reads, row by row."""
    start = as_of - feature.window_days * DAY if feature.window_days else -math.inf
    rows = [i for i, t in enumerate(times) if start <= t < as_of and flags[i] >> KINDS.index(feature.rows) & 1]
    measure = measures[MEASURES.index(feature.measure)]
    if feature.aggregate not in ("count", "last", *RHYTHM):
        rows = [i for i in rows if not math.isnan(measure[i])]
    values = [float(measure[i]) for i in rows]
    ages = [(as_of - times[i]) / DAY for i in rows]
    if feature.half_life_days:
        values = [value * 0.5 ** (age / feature.half_life_days) for value, age in zip(values, ages, strict=True)]
    if feature.aggregate in ("count", "sum"):
        return len(rows) if feature.aggregate == "count" else math.fsum(values)
    if not rows:
        return math.nan
    plain = {"mean": np.mean(values), "max": max(values), "last": values[-1]}
    plain |= {"since_first": ages[0], "since_last": ages[-1], "span": ages[0] - ages[-1]}
    return (
        float(plain[feature.aggregate])
        if feature.aggregate in plain
        else compute_rhythm_naively(feature.aggregate, ages)
    )


def compute_rhythm_naively(aggregate: str, ages: list[float]) -> float:
    gaps = -np.diff(ages)
    if not gaps.any():
        return math.nan
    rhythm = {"gap_mean": gaps.mean(), "gap_deviation": gaps.std(), "gap_ratio": ages[-1] / gaps.mean()}
    return float((rhythm | {"gap_left": max(gaps.mean() - ages[-1], 0)})[aggregate])


def declarations() -> list[Feature]:
    """Every aggregate over every kind of row, some in windows, sums of every measure with half-lives."""
    kinds = [
        build_feature(kind, rows=rows, window_days=days)
        for kind in get_args(Aggregate)
        for rows in KINDS
        for days in (None, 45)
    ]
    sums = [
        build_feature(kind, measure=measure, half_life_days=days if kind == "sum" else None, window_days=window)
        for kind in ("sum", "mean", "max", "last")
        for measure in MEASURES
        for days in (None, 10, 90)
        for window in (None, 30)
    ]
    return [*kinds, *sums]


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_naive_code_on_random_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.choice([0, 1, 2, 5, 30], 60)
    ends = np.cumsum(counts)
    days = [np.sort(rng.choice([rng.uniform(0, 500, n), rng.integers(0, 120, n)])) for n in counts]
    times = AS_OF - 400 * DAY + (np.concatenate(days) * DAY).astype(np.int64)
    declared = declarations()
    program = compile_program(declared, KINDS, MEASURES)
    flags = rng.integers(0, 1 << len(KINDS), len(times))
    measures = rng.normal(20, 50, (len(MEASURES), len(times))).round(2)
    measures[rng.random(measures.shape) < 0.1] = math.nan
    as_of = AS_OF - rng.integers(0, 300, len(counts)) * DAY
    known_rows = KnownRows(times, flags, measures, ends - counts, find_stops(times, ends - counts, ends, as_of), as_of)

    features = compute_table(program, known_rows)
    for lead, (start, end) in enumerate(zip(ends - counts, ends, strict=True)):
        rows = times[start:end].tolist(), flags[start:end].tolist(), measures[:, start:end]
        expected = [compute_naively(one, *rows, int(as_of[lead])) for one in declared]
        assert features[lead] == pytest.approx(expected, rel=1e-9, abs=1e-5, nan_ok=True)


def test_no_leads_and_no_features_are_an_empty_table() -> None:
    nothing = np.empty(0, np.int64)
    empty = KnownRows(nothing, nothing, np.ones((len(MEASURES), 0)), nothing, nothing, nothing)
    assert compute_table(compile_program(declarations(), KINDS, MEASURES), empty).shape == (0, len(declarations()))
    assert compute_table(compile_program([], KINDS, MEASURES), empty).shape == (0, 0)


def test_features_go_to_the_columns_that_are_named_and_leave_the_others() -> None:
    one = np.array([0], np.int64), np.array([2], np.int64), np.array([AS_OF], np.int64)
    rows = KnownRows(np.array([1, 2]), np.ones(2, np.int64), np.ones((1, 2)), *one)
    out = np.full((1, 4), -1.0)
    program = compile_program([build_feature("count"), build_feature("sum", window_days=7)], ["any"], ["one"])
    aggregate(program, rows, out, np.array([3, 1], np.uint64))
    assert out.tolist() == [[-1, 0, -1, 2]]


def test_every_aggregate_has_its_place_in_the_kernel() -> None:
    programs = [compile_program([build_feature(kind)], KINDS, MEASURES).aggregates[0] for kind in get_args(Aggregate)]
    assert len(set(programs)) == len(programs)


def test_more_kinds_of_rows_than_bits_are_refused() -> None:
    with pytest.raises(ValueError, match="64 kinds"):
        compile_program([], [f"event {n}" for n in range(64)], MEASURES)


def test_rows_and_measures_that_a_source_does_not_have_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="f: purchases have no 'sold'; they have any, bought, refunded"):
        compile_program([build_feature("count", rows="sold")], KINDS, MEASURES)
    with pytest.raises(ValueError, match="f: purchases have no 'price'; they have one"):
        compile_program([build_feature("sum", measure="price")], KINDS, MEASURES)
