"""Scored rows: their columns, their order, the same for a lead alone, and nothing of what came later."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import hotleads.features.partition
import hotleads.scoring.predictions
import hotleads.scoring.scored_rows
from hotleads.features import compute_features
from hotleads.history import History, build_cohort, history_from_frames
from hotleads.scoring import (
    TIERS,
    LaunchProfile,
    Model,
    ScoringOptions,
    TextOptions,
    build_launch_context,
    build_scored_rows,
    compute_launch_quantiles,
    compute_probabilities,
    compute_scores,
    describe_values,
    predict_launch,
    score_features,
    score_launch,
    tier_by_capacity,
    tier_by_probability,
    tier_by_rate,
)
from hotleads.scoring.reason_text.topics import assign_topics

COLUMNS = [
    "launch_id",
    "lead_id",
    "as_of",
    "probability",
    "logit",
    "score",
    "tier",
    "tier_policy",
    "reasons",
    "findings",
    "model_version",
    "feature_hash",
    "context_hash",
]


@pytest.fixture(scope="module")
def scored(history: History, model: Model) -> pd.DataFrame:
    return score_launch(history, history.get_launch("L3"), model)


@pytest.fixture(scope="module")
def text_options(table: pd.DataFrame, model: Model) -> TextOptions:
    """The launch's own: its reasons compare a lead with the others."""
    return TextOptions("en", "BRL", compute_launch_quantiles(table, model.features))


def test_columns_are_those_of_a_scored_row(scored: pd.DataFrame, history: History, model: Model) -> None:
    assert scored.columns.to_list() == COLUMNS
    assert {name: str(scored[name].dtype) for name in ("as_of", "probability", "logit", "score")} == {
        "as_of": "datetime64[us, UTC]",
        "probability": "float64",
        "logit": "float64",
        "score": "float64",
    }
    context = build_launch_context(history, history.get_launch("L3"), model)
    constants = scored[["launch_id", "tier_policy", "model_version", "feature_hash", "context_hash"]].drop_duplicates()
    assert constants.to_numpy().tolist() == [
        ["L3", "hot>=2x,warm>=1x", model.version, model.feature_hash, context.hash]
    ]


def test_every_lead_of_the_launch_is_there_once(scored: pd.DataFrame, history: History) -> None:
    leads = build_cohort(history, history.get_launch("L3"))
    assert len(leads) > 250
    assert sorted(scored["lead_id"]) == leads["lead_id"].to_list()
    assert (scored["as_of"] == history.get_launch("L3").as_of).all()


def test_hottest_come_first_and_equal_ones_by_their_id(scored: pd.DataFrame) -> None:
    keys = list(zip(-scored["probability"], scored["lead_id"], strict=True))
    assert keys == sorted(keys)
    assert scored["probability"].duplicated().any()
    assert scored.index.to_list() == list(range(len(scored)))


def test_numbers_follow_from_the_probability(scored: pd.DataFrame, model: Model, table: pd.DataFrame) -> None:
    probability = scored["probability"].to_numpy()
    assert probability.tobytes() == compute_probabilities(model.predict_logits(table.loc[scored["lead_id"]])).tobytes()
    assert probability.tobytes() == compute_probabilities(scored["logit"].to_numpy()).tobytes()
    assert scored["score"].to_list() == compute_scores(probability, model.context).tolist()
    assert scored["tier"].to_list() == tier_by_rate(model.context).assign_tiers(probability).tolist()
    assert set(scored["tier"]) == set(TIERS)


def test_reasons_are_the_largest_parts_of_the_logit(
    scored: pd.DataFrame, model: Model, table: pd.DataFrame, text_options: TextOptions
) -> None:
    table = table.loc[scored["lead_id"]]
    parts = pd.DataFrame(model.explain(table).contributions, table.index, table.columns)
    as_of = scored["as_of"].astype(np.int64).to_numpy()[:1]
    by_name = {feature.name: feature for feature in model.features}
    for lead, reasons in zip(scored["lead_id"], scored["reasons"], strict=True):
        largest = parts.loc[lead].abs().groupby(assign_topics(model.features)).max().nlargest(3)  # of three topics
        assert [abs(reason["contribution"]) for reason in reasons] == pytest.approx(largest.to_list(), abs=0)
        for reason in reasons:
            name, value = reason["feature"], table.loc[lead, reason["feature"]]
            assert reason["contribution"] == parts.loc[lead, name]
            assert reason["value"] == (None if np.isnan(value) else value)
            assert reason["group"] == by_name[name].family
            assert [reason["text"]] == describe_values(by_name[name], np.array([value]), text_options, as_of)


def test_all_reasons_and_the_base_sum_to_the_logit(history: History, model: Model, table: pd.DataFrame) -> None:
    everything = score_launch(
        history, history.get_launch("L3"), model, options=ScoringOptions(reasons=len(model.features))
    )
    base = model.explain(table).base
    sums = [base + sum(reason["contribution"] for reason in reasons) for reasons in everything["reasons"]]
    np.testing.assert_allclose(sums, everything["logit"], rtol=0, atol=1e-5)


@pytest.mark.parametrize("reasons", [0, 1, 5])
def test_rows_have_as_many_reasons_as_the_options_say(
    reasons: int, history: History, model: Model, scored: pd.DataFrame
) -> None:
    with_reasons = score_launch(history, history.get_launch("L3"), model, options=ScoringOptions(reasons=reasons))
    assert set(with_reasons["reasons"].map(len)) == {reasons}
    assert with_reasons["probability"].equals(scored["probability"])


def test_nothing_personal_in_a_scored_row(scored: pd.DataFrame, frames: dict[str, pd.DataFrame]) -> None:
    text = scored.to_json()
    assert "lead007" in text
    assert "@" not in text
    assert "Personal" not in text
    assert "email" in frames["leads"].columns


# -------------------------------------------------------------------------------------------------------------- parity
def index_by_lead(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Every scored row by its lead; equal where all numbers are, to the bit."""
    return {row["lead_id"]: row for row in frame.drop(columns="launch_id", errors="ignore").to_dict("records")}


@pytest.fixture(scope="module")
def leads(history: History) -> pd.DataFrame:
    return build_cohort(history, history.get_launch("L3"))


def score_from_scratch(history: History, leads: pd.DataFrame, model: Model, text_options: TextOptions) -> pd.DataFrame:
    """The scored rows of some leads, features included."""
    leads = leads.reset_index(drop=True)
    launch = history.get_launch("L3")
    context = build_launch_context(history, launch, model)
    profile = LaunchProfile(launch, context, tier_by_rate(context), text_options.quantiles)
    features = compute_features(history, launch, leads, context, model.features)
    return score_features(features, leads["as_of"], model, profile)


def test_a_lead_alone_has_the_same_row(
    history: History, model: Model, leads: pd.DataFrame, scored: pd.DataFrame, text_options: TextOptions
) -> None:
    batch = index_by_lead(scored)
    for position in range(0, len(leads), 10):
        alone = score_from_scratch(history, leads.iloc[[position]], model, text_options)
        (lead, row), *others = index_by_lead(alone).items()
        assert row == batch[lead]
        assert not others


def test_a_shuffled_batch_has_the_same_rows(
    history: History, model: Model, leads: pd.DataFrame, scored: pd.DataFrame, text_options: TextOptions
) -> None:
    shuffled = leads.sample(frac=1, random_state=1)
    rows = score_from_scratch(history, shuffled, model, text_options)
    assert rows["lead_id"].to_list() == shuffled["lead_id"].to_list()
    assert index_by_lead(rows) == index_by_lead(scored)


@pytest.mark.parametrize("block", [7, 119, 120, 1000])
def test_blocks_of_any_size_and_features_in_a_file_give_the_same_rows(
    block: int, history: History, model: Model, scored: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hotleads.scoring.scored_rows, "_BLOCK_ROWS", block)
    monkeypatch.setattr(hotleads.scoring.predictions, "_MAX_MATRIX_BYTES", 0)
    monkeypatch.setattr(hotleads.features.partition, "MAX_LEADS_PER_PART", block)
    stages: list[tuple[str, int]] = []
    predictions = predict_launch(history, history.get_launch("L3"), model, progress=lambda *what: stages.append(what))
    assert isinstance(predictions.X, np.memmap)
    blocks = list(build_scored_rows(predictions, progress=lambda *what: stages.append(what)))
    assert [len(rows) for rows in blocks] == [*[block] * (len(scored) // block), len(scored) % block]
    pd.testing.assert_frame_equal(pd.concat(blocks, ignore_index=True), scored, check_exact=True)
    assert list(dict(stages)) == ["reading", "features", "model", "comparing", "reasons"]
    assert ("features", len(scored)) in stages


def test_a_launch_without_leads_has_the_same_columns_and_no_rows(
    frames: dict[str, pd.DataFrame], model: Model, scored: pd.DataFrame
) -> None:
    early = frames["launches"].assign(cart_opens_at=pd.Timestamp("2020-01-01T00:00Z"))
    history = history_from_frames(**frames | {"launches": early})
    nobody = score_launch(history, history.get_launch("L3"), model)
    assert len(nobody) == 0
    assert nobody.columns.to_list() == COLUMNS
    assert [str(nobody[name].dtype) for name in COLUMNS[2:6]] == [str(scored[name].dtype) for name in COLUMNS[2:6]]


# ------------------------------------------------------------------------------------------------------------- no leaks
def test_nothing_at_or_after_as_of_changes_a_scored_row(
    frames: dict[str, pd.DataFrame], history: History, model: Model, scored: pd.DataFrame
) -> None:
    as_of, purchases, leads = history.get_launch("L3").as_of, frames["purchases"], frames["leads"]
    past = purchases[purchases["occurred_at"] < as_of]
    more = purchases.assign(
        occurred_at=as_of, transaction_id=purchases["transaction_id"] + "!", amount="1000000", currency="XXX"
    )
    changes = {
        "deleted": frames | {"purchases": past, "leads": leads[leads["captured_at"] < as_of]},
        "added": frames | {"purchases": pd.concat([purchases, more], ignore_index=True)},
    }
    assert len(past) < len(purchases)
    for changed in changes.values():
        other = history_from_frames(**changed)
        assert index_by_lead(score_launch(other, other.get_launch("L3"), model)) == index_by_lead(scored)


def test_tiers_follow_the_given_policy(history: History, model: Model, scored: pd.DataFrame) -> None:
    launch = history.get_launch("L3")
    rows = score_launch(history, launch, model, tiers=tier_by_capacity(20))
    assert rows["tier_policy"].unique().tolist() == ["hot:20 leads,warm>=1x"]
    assert 0 < (rows["tier"] == "hot").sum() <= 20
    assert (rows["tier"].iloc[:10] == "hot").all()
    bands = tier_by_probability(0.3, 0.1)
    rows = score_launch(history, launch, model, tiers=bands)
    assert rows["tier"].to_list() == bands.assign_tiers(scored["probability"].to_numpy()).tolist()
    assert rows["probability"].equals(scored["probability"])


def test_findings_stand_in_the_rows_that_they_concern(history: History, model: Model, scored: pd.DataFrame) -> None:
    assert set(scored["findings"].map(len)) == {0}
    launch, some = history.get_launch("L3"), set(scored["lead_id"].iloc[[0, 5]])
    findings = {"c-of-the-launch": None, "a-of-two": some}
    from_card = replace(model, card={**model.card, "findings": ["b-of-the-model"]})
    rows = score_launch(history, launch, from_card, options=ScoringOptions(findings=findings))
    codes_by_lead = {lead: list(codes) for lead, codes in zip(rows["lead_id"], rows["findings"], strict=True)}
    everybody = ["b-of-the-model", "c-of-the-launch"]
    assert codes_by_lead == {
        lead: ["a-of-two", *everybody] if lead in some else everybody for lead in scored["lead_id"]
    }
