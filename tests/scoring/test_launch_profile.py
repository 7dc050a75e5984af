"""A launch's profile on disk: the same bits and words for a lead alone as among the launch's leads."""

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hotleads.history import History
from hotleads.scoring import (
    LaunchProfile,
    Model,
    build_scored_rows,
    predict_launch,
    score_features,
    tier_by_capacity,
)


@pytest.fixture(scope="module")
def scored(history: History, model: Model) -> tuple[pd.DataFrame, LaunchProfile]:
    """The fourth launch's scored rows and profile."""
    predictions = predict_launch(history, history.get_launch("L3"), model)
    (rows,) = build_scored_rows(predictions)
    return rows, predictions.profile


def test_reads_back_to_the_bit_what_it_wrote(scored: tuple[pd.DataFrame, LaunchProfile]) -> None:
    _, profile = scored
    again = LaunchProfile.from_json(json.loads(json.dumps(profile.to_json())))
    assert (again.launch, again.context, again.policy) == (profile.launch, profile.context, profile.policy)
    assert again.context.hash == profile.context.hash
    assert again.quantiles is not None
    assert profile.quantiles is not None
    assert again.quantiles.leads == profile.quantiles.leads
    for name, written in profile.quantiles.features.items():
        read = again.quantiles.features[name]
        assert np.array_equal(read.values, written.values)
        assert np.array_equal(read.ranks, written.ranks)
        assert read.leads == written.leads


def test_a_lead_alone_gets_what_it_gets_in_its_launch(
    scored: tuple[pd.DataFrame, LaunchProfile], table: pd.DataFrame, model: Model, history: History
) -> None:
    rows, profile = scored
    again = LaunchProfile.from_json(json.loads(json.dumps(profile.to_json())))
    lead = rows["lead_id"].iloc[3]
    at = pd.Series([pd.Timestamp(again.launch.as_of)])
    alone = score_features(table.loc[[lead]], at, model, again)
    expected = rows[rows["lead_id"] == lead].drop(columns="launch_id").reset_index(drop=True)
    assert expected["probability"].iloc[0] == alone["probability"].iloc[0]
    pd.testing.assert_frame_equal(alone, expected)


def test_a_capacity_that_no_lead_fits_stays_infinite(scored: tuple[pd.DataFrame, LaunchProfile]) -> None:
    _, profile = scored
    policy = tier_by_capacity(1)(np.array([0.5, 0.5]), profile.context)
    again = LaunchProfile.from_json(json.loads(json.dumps(replace(profile, policy=policy).to_json())))
    assert math.isinf(again.policy.hot)
    assert again.policy == policy
