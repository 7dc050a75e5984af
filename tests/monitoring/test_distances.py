"""Our distances are Evidently's."""

import numpy as np
import pandas as pd
import pytest

from monitoring.distances import distances


def test_they_agree_with_evidentlys() -> None:
    from evidently import DataDefinition, Dataset, Report
    from evidently.metrics import ValueDrift

    random = np.random.default_rng(0)
    now = pd.DataFrame({"spend": random.lognormal(0.3, 1, 3_000), "is_new": random.random(3_000) < 0.4}).astype(float)
    then = pd.DataFrame({"spend": random.lognormal(0, 1, 2_000), "is_new": random.random(2_000) < 0.25}).astype(float)
    now.loc[::7, "spend"] = np.nan
    definition = DataDefinition(numerical_columns=["spend"], categorical_columns=["is_new"])
    methods = {"spend": "wasserstein", "is_new": "jensenshannon"}
    report = Report([ValueDrift(column=column, method=method) for column, method in methods.items()])
    sides = [Dataset.from_pandas(side, definition) for side in (now, then)]
    theirs = [float(each["value"]) for each in report.run(*sides).dict()["metrics"]]
    assert distances(now, then, np.array([False, True])) == pytest.approx(theirs, rel=0.03)


def test_a_side_without_values_has_no_distance() -> None:
    nothing, some = pd.DataFrame({"a": [np.nan]}), pd.DataFrame({"a": [1.0]})
    assert np.isnan(distances(nothing, some, np.array([False])))[0]
