"""What the simple methods learn from when a launch is monitored."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from hotleads.history import History, Launch
from hotleads.monitoring import baselines
from hotleads.monitoring.launch_rows import LaunchRows, read_earlier_rows
from hotleads.scoring import Model
from hotleads.training.training_set import build_training_set


def test_reused_rows_are_the_models_training_rows(
    history: History, launch: Launch, model: Model, rows: LaunchRows, earlier: list[LaunchRows]
) -> None:
    reused = baselines._reuse_rows(rows, earlier, model)
    assert reused is not None
    then = build_training_set(history, launch, datetime.fromisoformat(model.card["as_of"])).examples
    names = [feature.name for feature in model.features]
    pd.testing.assert_frame_equal(reused.examples.table[names], then.table[names])
    assert reused.examples.windows == then.windows
    for name in ("label", "window", "as_of", "weight"):
        np.testing.assert_array_equal(getattr(reused.examples, name), getattr(then, name))


def test_rows_are_not_reused_where_a_window_is_missing(
    model: Model, rows: LaunchRows, earlier: list[LaunchRows]
) -> None:
    assert baselines._reuse_rows(rows, earlier[1:], model) is None


@pytest.mark.slow
def test_gradient_boosting_is_left_out_where_it_cannot_have_every_row(
    history: History, launch: Launch, model: Model, rows: LaunchRows, earlier: list[LaunchRows]
) -> None:
    before = [launch_rows.launch for launch_rows in earlier]
    part = read_earlier_rows(history, before, model, known_at=launch.as_of, max_leads=len(earlier[0].leads) // 2)
    with_all_rows, with_a_part = (
        baselines.compare_launch_to_baselines(history, rows, references, model) for references in (earlier, part)
    )
    assert with_all_rows is not None
    assert with_a_part is not None
    assert [baseline["baseline"] for baseline in with_all_rows if baseline["baseline"] != "gradient boosting"] == [
        baseline["baseline"] for baseline in with_a_part
    ]
    assert len(with_all_rows) == len(with_a_part) + 1
