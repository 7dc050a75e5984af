"""Our distances are Evidently's."""

import numpy as np
import pandas as pd
import pytest

from hotleads.monitoring.distances import approximate_distances, compute_distances


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
