"""A launch's facts on disk: the same bits and words for a lead alone as among the launch's leads."""

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
    TextOptions,
    build_scored_rows,
    predict_launch,
    score_features,
    tier_by_capacity,
)


@pytest.fixture(scope="module")
def told(history: History, model: Model) -> tuple[pd.DataFrame, LaunchProfile]:
    """The fourth launch's scored rows and facts."""
    ranked = predict_launch(history, history.get_launch("L3"), model)
    (rows,) = build_scored_rows(ranked)
    return rows, ranked.profile


def test_reads_back_to_the_bit_what_it_wrote(told: tuple[pd.DataFrame, LaunchProfile]) -> None:
    _, facts = told
    again = LaunchProfile.from_json(json.loads(json.dumps(facts.to_json())))
    assert (again.launch, again.context, again.policy) == (facts.launch, facts.context, facts.policy)
    assert again.context.hash == facts.context.hash
    assert again.quantiles is not None
    assert facts.quantiles is not None
    assert again.quantiles.leads == facts.quantiles.leads
    for name, known in facts.quantiles.known.items():
        read = again.quantiles.known[name]
        assert np.array_equal(read.values, known.values)
        assert np.array_equal(read.ranks, known.ranks)
        assert read.leads == known.leads


def test_a_lead_alone_gets_what_it_gets_in_its_launch(
    told: tuple[pd.DataFrame, LaunchProfile], table: pd.DataFrame, model: Model, history: History
) -> None:
    rows, facts = told
    again = LaunchProfile.from_json(json.loads(json.dumps(facts.to_json())))
    wording = TextOptions(currency=again.context.currency, quantiles=again.quantiles)
    lead = rows["lead_id"].iloc[3]
    at = pd.Series([pd.Timestamp(again.launch.as_of)])
    alone = score_features(table.loc[[lead]], at, model, again.context, wording=wording, tiers=again.policy)
    wanted = rows[rows["lead_id"] == lead].drop(columns="launch_id").reset_index(drop=True)
    assert wanted["probability"].iloc[0] == alone["probability"].iloc[0]
    pd.testing.assert_frame_equal(alone, wanted)


def test_a_capacity_that_no_lead_fits_stays_infinite(told: tuple[pd.DataFrame, LaunchProfile]) -> None:
    _, facts = told
    policy = tier_by_capacity(1)(np.array([0.5, 0.5]), facts.context)
    again = LaunchProfile.from_json(json.loads(json.dumps(replace(facts, policy=policy).to_json())))
    assert math.isinf(again.policy.hot)
    assert again.policy == policy
