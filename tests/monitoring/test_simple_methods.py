"""What the simple methods learn from when a launch is monitored."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from history import History, Launch
from monitoring import simple_methods
from monitoring.launch_rows import LaunchRows
from scoring import Model
from training.training_set import training_set


def test_rows_at_hand_are_those_that_the_model_learned_from(
    history: History, launch: Launch, model: Model, rows: LaunchRows, earlier: list[LaunchRows]
) -> None:
    learned = simple_methods._at_hand(rows, earlier, model)
    assert learned is not None
    then = training_set(history, launch, datetime.fromisoformat(model.card["as_of"])).examples
    names = [feature.name for feature in model.features]
    pd.testing.assert_frame_equal(learned.examples.table[names], then.table[names])
    assert learned.examples.windows == then.windows
    for name in ("label", "window", "as_of", "weight"):
        np.testing.assert_array_equal(getattr(learned.examples, name), getattr(then, name))


def test_with_a_window_that_is_not_at_hand_they_are_gathered_anew(
    model: Model, rows: LaunchRows, earlier: list[LaunchRows]
) -> None:
    assert simple_methods._at_hand(rows, earlier[1:], model) is None


def test_of_many_rows_those_that_count_less_are_fewer(
    rows: LaunchRows, earlier: list[LaunchRows], model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = simple_methods._at_hand(rows, earlier, model)
    monkeypatch.setattr(simple_methods, "_MOST_LEARNED", 1_000)
    fewer = simple_methods._at_hand(rows, earlier, model)
    assert whole is not None
    assert fewer is not None
    assert abs(len(fewer.examples.label) - 1_000) <= 1
    assert (fewer.examples.weight == 1).all()
    counted = np.bincount(whole.examples.window, whole.examples.weight)
    kept = np.bincount(fewer.examples.window, minlength=len(counted))
    np.testing.assert_allclose(kept, counted / counted.sum() * 1_000, atol=1.5)
