"""Which declared features a model gets, and why the others are dropped."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from hotleads.features.season_features import SEASON_FEATURES
from hotleads.training.examples import Examples
from hotleads.training.training_set import find_fleeting, select_features

from .businesses import SOME_FEATURES

NAMES = [feature.name for feature in SOME_FEATURES]
NAN = float("nan")


def select_names(*columns: list[float]) -> tuple[list[str], dict[str, str]]:
    kept, dropped = select_features(pd.DataFrame(dict(zip(NAMES, columns, strict=True)), dtype=float), SOME_FEATURES)
    return [feature.name for feature in kept], dropped


def test_features_with_something_of_their_own_stay_in_order() -> None:
    assert select_names([1, 2, 3], [3, 2, 1], [0, 0, 1], [NAN, 1, 2]) == (NAMES, {})


def test_each_dropped_one_has_its_reason() -> None:
    kept, dropped = select_names([1, 2, 3], [NAN, NAN, NAN], [7, 7, 7], [1, 2, 3])
    assert kept == NAMES[:1]
    assert dropped == {NAMES[1]: "empty", NAMES[2]: "constant", NAMES[3]: f"equal to {NAMES[0]}"}


def test_a_column_of_one_value_and_missing_ones_stays() -> None:
    kept, dropped = select_names([1, NAN, 1], [1, 2, 3], [NAN, 1, NAN], [3, 1, 2])
    assert kept == NAMES
    assert dropped == {}


def test_equal_where_missing_too() -> None:
    kept, dropped = select_names([1, NAN, 3], [1, NAN, 3], [1, 2, 3], [1, 2, NAN])
    assert kept == [NAMES[0], *NAMES[2:]]
    assert dropped == {NAMES[1]: f"equal to {NAMES[0]}"}


def test_the_first_stays_where_no_other_would() -> None:
    kept, dropped = select_names([1, 1], [NAN, NAN], [0, 0], [1, 1])
    assert kept == NAMES[:1]
    assert dropped == {NAMES[1]: "empty", NAMES[2]: "constant", NAMES[3]: "constant"}


values = st.sampled_from([0.0, 1.0, 2.0, NAN])


@settings(deadline=None)
@given(st.lists(st.tuples(values, values, values, values), min_size=1, max_size=6))
def test_every_feature_is_kept_or_dropped_and_a_second_look_drops_nothing(rows: list[tuple[float, ...]]) -> None:
    table = pd.DataFrame(rows, columns=NAMES)
    kept, dropped = select_features(table, SOME_FEATURES)
    assert sorted([*(feature.name for feature in kept), *dropped]) == sorted(NAMES)
    assert select_features(table, kept) == (kept, {})
    matrix = table[[feature.name for feature in kept]].to_numpy()
    assert len({column.tobytes() for column in matrix.T}) == len(kept)
    # NaN counts as a value.
    assert all(len(np.unique(column)) > 1 for column in matrix.T) or [feature.name for feature in kept] == NAMES[:1]


def test_features_of_years_need_every_window_and_what_was_bought_in_launches_the_latest_and_another() -> None:
    by_name = {feature.name: feature for feature in SEASON_FEATURES}
    table = pd.DataFrame(
        {
            "season_years": [0, 1, 2, 0, 1, 0.0],
            "season_purchases_2y": [0, 0, 0, 1, 1, 0.0],
            "launches_bought_in": [0, 0, 1, 0, 1, 0.0],
            "last_launch_purchases": [0, 0, 0, 0, 1, 0.0],
            "launches_since_first_purchase": [0, 0, 1, 0, 2, 1.0],
        }
    )
    window = np.array([0, 0, 1, 1, 2, 2])
    examples = Examples(table, np.zeros(6, np.int64), window, ("a", "b", "c"), window)
    assert find_fleeting(examples, [by_name[name] for name in table]) == {
        "season_purchases_2y": "too few years before",
        "last_launch_purchases": "too few launches before",
        "launches_since_first_purchase": "too few launches before",
    }
