"""Why a score moved: the parts sum to the difference, and each is moved by its own cause alone."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from hotleads.features import compute_features
from hotleads.history import History, build_cohort, history_from_frames
from hotleads.scoring import (
    Model,
    ScoreChange,
    Snapshot,
    TextOptions,
    build_change_reasons,
    build_launch_context,
    compute_score_change,
    score_launch,
    take_snapshot,
)
from hotleads.scoring.score_change import PARTS
from hotleads.training import FitOptions, fit_model

Frames = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def older(history: History) -> Model:
    """Trained a launch earlier."""
    return fit_model(history, history.get_launch("L2"), history.get_launch("L2").as_of, FitOptions(trials=0)).model


@pytest.fixture(scope="module")
def leads(history: History) -> list[str]:
    lead_ids: list[str] = build_cohort(history, history.get_launch("L3"))["lead_id"].to_list()
    return lead_ids


@pytest.fixture(scope="module")
def opens(history: History) -> datetime:
    return history.get_launch("L3").as_of


@pytest.fixture(scope="module")
def before(history: History, older: Model, opens: datetime) -> Snapshot:
    return take_snapshot(history, older, opens - timedelta(days=45))


@pytest.fixture(scope="module")
def after(history: History, model: Model, opens: datetime) -> Snapshot:
    return Snapshot(model, opens, build_launch_context(history, history.get_launch("L3"), model))


@pytest.fixture(scope="module")
def moved(history: History, leads: list[str], before: Snapshot, after: Snapshot) -> ScoreChange:
    return compute_score_change(history, history.get_launch("L3"), leads, before, after)


def predict_at(history: History, leads: list[str], snapshot: Snapshot) -> np.ndarray:
    """The leads' logits from the whole history."""
    when = pd.Series([snapshot.as_of] * len(leads), dtype="datetime64[us, UTC]")
    cohort = pd.DataFrame({"lead_id": pd.Series(leads, dtype="str"), "as_of": when})
    return snapshot.model.predict_logits(
        compute_features(history, history.get_launch("L3"), cohort, snapshot.context, snapshot.model.features)
    )


# ----------------------------------------------------------------------------------------------------------------- sums
def test_the_parts_sum_to_the_difference(moved: ScoreChange) -> None:
    logits = moved.logits
    total = logits["before"] + logits["time"] + logits["lead"] + logits["model"]
    np.testing.assert_allclose(total, logits["after"], rtol=0, atol=1e-12)
    assert (logits[list(PARTS)].std() > 0.01).all()


def test_both_ends_are_the_scores_themselves(
    history: History, moved: ScoreChange, leads: list[str], before: Snapshot, after: Snapshot
) -> None:
    assert moved.logits.index.to_list() == leads
    assert moved.logits["before"].to_numpy().tobytes() == predict_at(history, leads, before).tobytes()
    assert moved.logits["after"].to_numpy().tobytes() == predict_at(history, leads, after).tobytes()
    scored = score_launch(history, history.get_launch("L3"), after.model).set_index("lead_id")["logit"]
    assert moved.logits["after"].to_numpy().tobytes() == scored[leads].to_numpy().tobytes()


@pytest.mark.parametrize("part", PARTS)
def test_features_sum_to_their_part(moved: ScoreChange, part: str) -> None:
    base = moved.base_change if part == "model" else 0.0
    sums = moved.split_by_feature(part).sum(axis=1) + base  # type: ignore[arg-type]
    np.testing.assert_allclose(sums, moved.logits[part], rtol=0, atol=1e-5)


# --------------------------------------------------------------------------------------------------- each its own cause
def test_who_did_nothing_is_moved_by_time_and_model_alone(
    frames: Frames, moved: ScoreChange, before: Snapshot, after: Snapshot
) -> None:
    did = [
        table.loc[table[time].between(before.as_of, after.as_of, inclusive="left"), "lead_id"]
        for table, time in ((frames["purchases"], "occurred_at"), (frames["leads"], "captured_at"))
    ]
    idle = moved.logits[~moved.logits.index.isin(pd.concat(did))]
    assert 10 < len(idle) < len(moved.logits) - 10
    assert (idle["lead"] == 0.0).all()
    assert (idle["time"] != 0.0).any()


def test_between_two_models_at_one_instant_nothing_else_moves(
    history: History, leads: list[str], older: Model, model: Model, opens: datetime
) -> None:
    ends = (take_snapshot(history, one, opens) for one in (older, model))
    logits = compute_score_change(history, history.get_launch("L3"), leads, *ends).logits
    assert (logits[["time", "lead"]] == 0.0).all(axis=None)
    assert logits["model"].abs().max() > 0.1


def test_between_two_instants_of_one_model_the_model_moves_nothing(
    history: History, leads: list[str], model: Model, opens: datetime
) -> None:
    ends = (take_snapshot(history, model, opens - timedelta(days=days)) for days in (30, 0))
    change = compute_score_change(history, history.get_launch("L3"), leads, *ends)
    assert (change.logits["model"] == 0.0).all()
    assert change.base_change == 0.0


def test_what_the_lead_did_is_what_taking_it_back_undoes(
    frames: Frames, history: History, leads: list[str], model: Model, opens: datetime
) -> None:
    ends = [take_snapshot(history, model, opens - timedelta(days=days)) for days in (30, 0)]
    sold = frames["purchases"]
    idle = history_from_frames(**frames | {"purchases": sold[~sold["occurred_at"].between(ends[0].as_of, opens)]})
    logits = compute_score_change(history, history.get_launch("L3"), leads, *ends).logits
    instead = compute_score_change(idle, history.get_launch("L3"), leads, *ends).logits
    captured = frames["leads"].loc[frames["leads"]["captured_at"] >= ends[0].as_of, "lead_id"]
    quiet = ~logits.index.isin(captured)
    assert (instead.loc[quiet, "lead"] == 0.0).all()
    assert instead["time"].equals(logits["time"])
    assert logits.loc[quiet, "lead"].abs().max() > 0.1


def test_nothing_of_later_and_nobody_else_changes_it(
    frames: Frames, history: History, moved: ScoreChange, before: Snapshot, after: Snapshot, opens: datetime
) -> None:
    some = moved.logits.index[::40].to_list()
    sold, captured = (frames[name][frames[name]["lead_id"].isin(some)] for name in ("purchases", "leads"))
    alone = history_from_frames(**frames | {"purchases": sold[sold["occurred_at"] < opens], "leads": captured})
    for some_history in (history, alone):
        change = compute_score_change(some_history, history.get_launch("L3"), some[::-1], before, after)
        assert change.logits.equals(moved.logits.loc[some])


def test_the_capture_at_the_instant_itself_is_known_where_it_names_the_launch(
    frames: Frames, model: Model, opens: datetime
) -> None:
    earlier = opens - timedelta(days=20)
    captures = pd.DataFrame(
        {"lead_id": ["lead000", "lead001"], "captured_at": [earlier] * 2, "launch_id": ["L3", "L2"]}
    )
    history = history_from_frames(**frames | {"leads": captures})
    leads = ["lead000", "lead001"]
    ends = [take_snapshot(history, model, instant) for instant in (earlier, opens)]
    logits = compute_score_change(history, history.get_launch("L3"), leads, *ends).logits
    assert logits["before"].to_numpy().tobytes() == predict_at(history, leads, ends[0]).tobytes()


def test_the_earlier_score_comes_first(history: History, leads: list[str], before: Snapshot, after: Snapshot) -> None:
    with pytest.raises(ValueError, match="give the earlier score first"):
        compute_score_change(history, history.get_launch("L3"), leads, after, before)


# ---------------------------------------------------------------------------------------------------------------- words
def test_reasons_are_the_largest_changes_in_words(moved: ScoreChange, frames: Frames) -> None:
    names = {feature.name for view in moved.views for feature in view.model.features}
    for lead in moved.logits.index[::20]:
        reasons = build_change_reasons(moved, lead, TextOptions(currency="BRL"), max_reasons=10_000)
        sizes = [abs(one["contribution"]) for one in reasons]
        assert sizes == sorted(sizes, reverse=True)
        for part in PARTS:
            of_part = sum(one["contribution"] for one in reasons if one["part"] == part)
            assert of_part == pytest.approx(moved.logits.loc[lead, part], abs=1e-5)
        for one in reasons:
            assert one["feature"] is None or one["feature"] in names
            assert not any(f"{name}" in one["text"] for name in names if "_" in name)
            assert lead not in one["text"]
        assert reasons[:3] == build_change_reasons(moved, lead, TextOptions(currency="BRL"), max_reasons=3)


def test_a_change_has_the_earlier_value(moved: ScoreChange) -> None:
    reasons = [
        one for lead in moved.logits.index for one in build_change_reasons(moved, lead, TextOptions(currency="BRL"))
    ]
    assert any("(before: " in one["text"] for one in reasons if one["part"] == "lead")
    assert all(one["text"].startswith("The model now ") for one in reasons if one["part"] == "model")
    in_portuguese = build_change_reasons(moved, moved.logits.index[0], TextOptions("pt_BR", "BRL"), max_reasons=99)
    assert any("(antes: " in one["text"] for one in in_portuguese)


def test_an_unknown_lead_has_no_reasons(moved: ScoreChange) -> None:
    with pytest.raises(KeyError, match="nobody"):
        build_change_reasons(moved, "nobody", TextOptions())
