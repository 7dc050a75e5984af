"""What the simple methods learn from when a launch is monitored."""

from datetime import datetime

import numpy as np
import pandas as pd

from hotleads.history import History, Launch
from hotleads.monitoring import baselines
from hotleads.monitoring.launch_rows import LaunchRows, read_earlier_rows
from hotleads.scoring import Model
from hotleads.training.training_set import build_training_set


def test_reused_rows_are_those_that_the_model_learned_from(
    history: History, launch: Launch, model: Model, rows: LaunchRows, earlier: list[LaunchRows]
) -> None:
    learned = baselines._reuse_rows(rows, earlier, model)
    assert learned is not None
    then = build_training_set(history, launch, datetime.fromisoformat(model.card["as_of"])).examples
    names = [feature.name for feature in model.features]
    pd.testing.assert_frame_equal(learned.examples.table[names], then.table[names])
    assert learned.examples.windows == then.windows
    for name in ("label", "window", "as_of", "weight"):
        np.testing.assert_array_equal(getattr(learned.examples, name), getattr(then, name))


def test_rows_are_not_reused_where_a_window_is_missing(
    model: Model, rows: LaunchRows, earlier: list[LaunchRows]
) -> None:
    assert baselines._reuse_rows(rows, earlier[1:], model) is None


def test_gradient_boosting_is_left_out_where_it_cannot_have_every_row(
    history: History, launch: Launch, model: Model, rows: LaunchRows, earlier: list[LaunchRows]
) -> None:
    before = [each.launch for each in earlier]
    part = read_earlier_rows(history, before, model, known_at=launch.as_of, max_leads=len(earlier[0].leads) // 2)
    whole, fewer = (baselines.compare_launch_to_baselines(history, rows, each, model) for each in (earlier, part))
    assert whole is not None
    assert fewer is not None
    assert [each["baseline"] for each in whole if each["baseline"] != "gradient boosting"] == [
        each["baseline"] for each in fewer
    ]
    assert len(whole) == len(fewer) + 1
