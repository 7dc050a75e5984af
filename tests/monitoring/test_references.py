"""Which launches tell whether a model's level still holds."""

from dataclasses import replace
from typing import Any

import pytest

from hotleads.history import History
from hotleads.monitoring.launch_rows import LaunchRows
from hotleads.monitoring.references import select_trained_label, select_unlearned_launches
from hotleads.scoring import Model


@pytest.fixture
def trained_early(model: Model, earlier: list[LaunchRows]) -> Model:
    """Trained when the second of the earlier launches opened."""
    return _with(model, as_of=earlier[1].launch.as_of.isoformat())


def test_launches_that_closed_after_training_are_no_training_data(
    history: History, trained_early: Model, earlier: list[LaunchRows]
) -> None:
    assert _list_names(history, trained_early, earlier) == [launch.name for launch in earlier[1:]]


def test_launches_up_to_the_recalibration_are_training_data(
    history: History, trained_early: Model, earlier: list[LaunchRows]
) -> None:
    moved = _with(trained_early, recalibrated={"on": earlier[2].name})
    assert _list_names(history, moved, earlier) == [launch.name for launch in earlier[3:]]
    for other in (earlier[0].name, "another history's"):
        still = _with(trained_early, recalibrated={"on": other})
        assert _list_names(history, still, earlier) == [launch.name for launch in earlier[1:]]


def test_labels_are_of_the_kind_that_the_model_was_trained_on(model: Model, rows: LaunchRows) -> None:
    for kind, column in (("plain", "label"), ("mature", "label_mature")):
        assert select_trained_label(rows, _with(model, label=kind)).name == column


def _list_names(history: History, model: Model, earlier: list[LaunchRows]) -> list[str]:
    return [launch.name for launch in select_unlearned_launches(history, model, earlier)]


def _with(model: Model, **values: Any) -> Model:
    return replace(model, card={**model.card, **values})
