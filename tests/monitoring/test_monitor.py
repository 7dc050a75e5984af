"""One launch monitored: what the result holds, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hotleads.history import History, HistoryError, Launch, LaunchError
from hotleads.monitoring import MonitoringResult, monitor_launch
from hotleads.monitoring.drift import MAX_PLOTTED_COLUMNS, PREDICTION, TARGET
from hotleads.scoring import Model


def test_a_clean_launch_raises_no_alarm_and_keeps_its_model(monitored: MonitoringResult) -> None:
    assert monitored.diagnosis == "none"
    assert not [signal for signal in monitored.signals if signal.alarm]
    assert monitored.advice.action == "keep"
    assert not monitored.findings


def test_it_is_compared_with_training_and_with_the_last_launch_of_its_strategy(
    monitored: MonitoringResult, history: History, launch: Launch
) -> None:
    classic = [past.launch_id for past in history.launches.values() if past.strategy == "classic"]
    assert list(monitored.compared_with) == classic[:-1]
    assert list(monitored.drifts) == ["training", classic[-2]]


def test_drift_has_a_row_a_feature_by_family_and_both_outcomes(monitored: MonitoringResult, model: Model) -> None:
    table = monitored.drifts["training"].table
    assert table["feature"].to_list() == [feature.name for feature in model.features] + ["probability", "label"]
    families = {feature.name: feature.family for feature in model.features}
    assert all(families[row.feature] == row.family for row in table.iloc[:-2].itertuples())
    assert set(table["method"].dropna()) <= {"ks", "z", "wasserstein", "jensenshannon"}


@pytest.mark.slow  # it imports and draws with Evidently
def test_evidently_draws_distributions_of_the_outcomes_and_a_part_of_the_columns(monitored: MonitoringResult) -> None:
    for drift in monitored.drifts.values():
        results = drift.snapshot.metric_results.values()
        tabs = [[tab.title for widget in result.widget for tab in widget.tabs] for result in results]
        assert tabs == [["DATA DISTRIBUTION"]] * MAX_PLOTTED_COLUMNS
        plotted = {result.metric_value_location.metric.params["column"] for result in results}
        assert {PREDICTION, TARGET} < plotted <= set(drift.table["column"])


def test_what_features_add_moves_by_what_the_mean_logit_moves(monitored: MonitoringResult, rows, earlier) -> None:  # type: ignore[no-untyped-def]
    moved = rows.logit.mean() - np.mean([launch_rows.logit.mean() for launch_rows in earlier])
    assert monitored.drifts["training"].table["score_shift"].sum() == pytest.approx(moved, abs=1e-5)


def test_realised_figures_stand_beside_promised_ones(monitored: MonitoringResult) -> None:
    assert monitored.realised is not None
    auc = monitored.expected.roc_auc
    assert auc.low < auc.estimate < auc.high
    assert monitored.realised.tiers["leads"].sum() == monitored.leads
    assert monitored.realised.tiers["buyers"].sum() == monitored.realised.metrics["buyers"]
    assert monitored.realised.tiers["revenue"].sum() > 0


def test_plain_values_are_json_without_people(monitored: MonitoringResult, history: History) -> None:
    text = json.dumps(monitored.to_json(), allow_nan=False)
    assert json.loads(text)["advice"]["action"] == "keep"
    leads = history.read("leads", ["lead_id"])["lead_id"].to_pylist()
    assert not [lead for lead in leads if f'"{lead}"' in text]


@pytest.mark.slow
def test_before_the_cart_closes_nothing_rests_on_labels(tmp_path: Path, model: Model) -> None:
    from hotleads.history import open_history
    from hotleads.simulator import SimulationOptions, simulate

    simulate(tmp_path, SimulationOptions(leads=4_000, launches=6, seed=11, open_last_launch=True))
    result = monitor_launch(open_history(tmp_path), list(open_history(tmp_path).launches)[-1], model, reports=False)
    assert result.realised is None
    assert next(signal for signal in result.signals if signal.cause == "conversion").value is None
    assert result.cost.basis == "expected"
    assert any("nobody has bought yet" in note for note in result.notes)


def test_a_note_says_which_labels_count(monitored: MonitoringResult) -> None:
    assert monitored.realised is not None
    assert monitored.realised.label == "mature"
    assert any("net of refunds" in note for note in monitored.notes)


def test_a_model_trained_on_the_launch_is_refused(history: History, model: Model) -> None:
    with pytest.raises(LaunchError, match="has learned from") as refused:
        monitor_launch(history, model.card["windows"][-1]["name"], model)
    assert refused.value.code == "model-trained-on-launch"


def test_a_model_that_was_calibrated_on_the_launch_is_refused(history: History, launch: Launch, model: Model) -> None:
    moved = replace(model, card={**model.card, "recalibrated": {"on": launch.launch_id}})
    with pytest.raises(LaunchError, match="has learned from"):
        monitor_launch(history, launch, moved)


def test_a_later_launch_is_refused_as_reference(history: History, launch: Launch, model: Model) -> None:
    with pytest.raises(HistoryError, match="did not open before"):
        monitor_launch(history, launch, model, against=launch.launch_id)


def test_a_column_that_is_not_compared_has_no_distance_and_did_not_drift(monitored: MonitoringResult) -> None:
    for drift in monitored.drifts.values():
        idle = drift.table[drift.table["method"].isna()]
        assert len(idle)
        assert idle["distance"].isna().all()
        assert not idle["drifted"].any()
