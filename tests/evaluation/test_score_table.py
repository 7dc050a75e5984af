"""What the metrics refuse, and that row order never shows."""

import numpy as np
import pandas as pd
import pytest

from hotleads.evaluation import average_precision, brier, compute_gains_curve, log_loss, roc_auc, summarize
from hotleads.evaluation.score_table import build_score_table


def test_score_table_groups_equal_scores_highest_first() -> None:
    table = build_score_table([1, 0, 0, 1, 1], [0.2, 0.9, 0.2, 0.9, 0.5])

    assert table.score.tolist() == [0.9, 0.5, 0.2]
    assert table.rows.tolist() == [2, 1, 2]
    assert table.buyers.tolist() == [1, 1, 1]


def test_weights_count_rows_and_a_weight_of_zero_removes_one() -> None:
    table = build_score_table([1, 0, 1], [0.2, 0.9, 0.5], weight=[3, 0, 2])

    assert table.score.tolist() == [0.5, 0.2]
    assert table.rows.tolist() == [2, 3]
    assert table.buyers.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("y", "p", "message"),
    [
        ([0, 1], [0.1], "2 labels, 1 scores"),
        ([0, 2], [0.1, 0.2], r"y: 1 of 2 rows, first row 1 \(2.0\); labels are 0 or 1"),
        ([0, np.nan], [0.1, 0.2], "first row 1 .nan.; labels are 0 or 1"),
        ([0, 1], [np.nan, 0.2], r"p: 1 of 2 rows, first row 0 \(nan\); probabilities lie in"),
        ([0, 1], [0.5, 1.2], r"p: 1 of 2 rows, first row 1 \(1.2\); probabilities lie in \[0, 1\]"),
        ([0, 1], [-0.1, 0.2], "probabilities lie in"),
        ([[0, 1]], [[0.5, 0.1]], "one dimension"),
        (["no", "yes"], [0.5, 0.1], "y must hold numbers only"),
        (pd.array([1, pd.NA], "Int64"), [0.5, 0.1], "y"),
    ],
)
def test_probability_metrics_refuse_bad_rows(y: object, p: object, message: str) -> None:
    for metric in (brier, log_loss, summarize):
        with pytest.raises(ValueError, match=message):
            metric(y, p)


def test_ranking_takes_any_finite_score() -> None:
    assert roc_auc([0, 1], [-300.0, 2e9]) == 1.0
    for metric in (roc_auc, average_precision, compute_gains_curve):
        with pytest.raises(ValueError, match="scores are finite"):
            metric([0, 1], [0.1, np.inf])


@pytest.mark.parametrize("weight", [[-1, 1], [np.nan, 1], [np.inf, 1]])
def test_bad_weights_are_refused(weight: list[float]) -> None:
    with pytest.raises(ValueError, match="weights are finite and not negative"):
        roc_auc([0, 1], [0.1, 0.2], weight)


def test_booleans_and_pandas_columns_are_labels() -> None:
    p = pd.Series([0.1, 0.7, 0.4], index=[5, 6, 7])
    assert roc_auc([False, True, False], p) == 1.0
    assert roc_auc(pd.Series([0, 1, 0], dtype="int8"), p) == 1.0
