"""Our distances are Evidently's."""

import numpy as np
import pandas as pd
import pytest

from hotleads.monitoring.distances import approximate_distances, compute_distances, find_furthest
from hotleads.monitoring.drift import _choose_methods


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "methods"), [(3_000, ("wasserstein", "jensenshannon")), (300, ("ks", "z"))])
def test_distances_equal_evidentlys(rows: int, methods: tuple[str, str]) -> None:
    from evidently import DataDefinition, Dataset, Report
    from evidently.metrics import ValueDrift

    random = np.random.default_rng(0)
    now = pd.DataFrame({"spend": random.lognormal(0.1, 1, rows), "is_new": random.random(rows) < 0.33}).astype(float)
    then = pd.DataFrame({"spend": random.lognormal(0, 1, 500), "is_new": random.random(500) < 0.25}).astype(float)
    now.loc[::7, "spend"] = np.nan
    definition = DataDefinition(numerical_columns=["spend"], categorical_columns=["is_new"])
    report = Report([ValueDrift(column=name, method=method) for name, method in zip(now, methods, strict=True)])
    sides = [Dataset.from_pandas(side, definition) for side in (now, then)]
    theirs = [float(metric["value"]) for metric in report.run(*sides).dict()["metrics"]]
    assert compute_distances(now, then, methods) == pytest.approx(theirs)


def test_approximate_distances_are_within_a_few_percent() -> None:
    random = np.random.default_rng(0)
    now = pd.DataFrame({"spend": random.lognormal(0.3, 1, 3_000), "is_new": random.random(3_000) < 0.4}).astype(float)
    then = pd.DataFrame({"spend": random.lognormal(0, 1, 2_000), "is_new": random.random(2_000) < 0.25}).astype(float)
    exact = compute_distances(now, then, ["wasserstein", "jensenshannon"])
    assert approximate_distances(now, then, np.array([False, True])) == pytest.approx(exact, rel=0.03)


def test_a_side_without_values_has_no_distance() -> None:
    nothing, some = pd.DataFrame({"a": [np.nan]}), pd.DataFrame({"a": [1.0]})
    assert np.isnan(compute_distances(nothing, some, ["wasserstein"]))[0]
    assert np.isnan(compute_distances(some, some, [None]))[0]
    assert np.isnan(approximate_distances(nothing, some, np.array([False])))[0]


@pytest.mark.parametrize(("method", "now", "then"), [("ks", 3, 4), ("z", 3, 4), ("jensenshannon", 50, 70)])
def test_no_two_samples_are_further_apart_than_the_furthest(method: str, now: int, then: int) -> None:
    ones, zeros = pd.DataFrame({"a": np.ones(now)}), pd.DataFrame({"a": np.zeros(then)})
    assert compute_distances(ones, zeros, [method])[0] == pytest.approx(find_furthest(method, now, then))


def test_a_limit_that_no_launch_can_pass_is_none() -> None:
    """Of two leads and two no order is rare enough; between shares no distance is beyond the root of log 2."""
    table = pd.DataFrame({"column": ["spend", "is_new"], "flag": [False, True]})
    few = pd.DataFrame({"spend": [1.0, 2.0], "is_new": [0.0, 1.0]})
    assert _choose_methods(table, few, few, [])["method"].isna().all()
    many = pd.DataFrame({"spend": np.arange(2_000.0), "is_new": np.arange(2_000) % 2})
    odd = [np.array([0.1, distance]) for distance in (0.0, 0.8, 0.1, 0.7)]
    chosen = _choose_methods(table, many, many, odd)
    assert chosen["method"].to_list()[0] == "wasserstein"
    assert chosen.loc[1, ["method", "limit"]].isna().all()
