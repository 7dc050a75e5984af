"""Estimators of one's own beside ours: on our features, on raw rows, refused where they are none, and said first."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from hotleads.history import History, HistoryError, get_sample_folder, open_history
from hotleads.language import Translator
from hotleads.training import FitOptions, backtest
from hotleads.training.own_models import predict_own_models
from hotleads.training.report_text import describe_better_models

LAUNCH = "2024-10-bread-course"


class RawModel:
    """Counts a lead's purchases itself, and remembers at which instants it was asked."""

    asked: ClassVar[list[datetime]] = []

    def features(self, history: History, leads: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
        RawModel.asked.append(as_of)
        rows = history.read("purchases", ["lead_id", "occurred_at"]).to_pandas()
        counts = rows[rows["occurred_at"] < as_of].groupby("lead_id").size()
        return leads[["lead_id"]].assign(purchases=leads["lead_id"].map(counts).fillna(0).to_numpy(float))

    def fit(self, X: pd.DataFrame, y: Any) -> "RawModel":
        self.rate = float(np.mean(y))
        return self

    def predict_proba(self, X: pd.DataFrame) -> Any:
        p = np.clip(self.rate * (1 + X["purchases"].to_numpy()) / (1 + X["purchases"].mean()), 0, 1)
        return np.column_stack([1 - p, p])


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    models = {
        "mine": make_pipeline(SimpleImputer(keep_empty_features=True), LogisticRegression(C=1e-4)),
        "raw": RawModel(),
        "dummy": DummyClassifier(),
    }
    history = open_history(get_sample_folder())
    return backtest(history, FitOptions(trials=0, reasons=0), [LAUNCH], models=models)[1]


def test_they_stand_in_the_ladder_with_metrics_and_intervals(report: dict[str, Any]) -> None:
    entries = {entry["baseline"]: entry for entry in report["launches"][0]["baselines"]}
    assert {"mine", "raw", "dummy", "recency rule"} <= set(entries)
    assert entries["dummy"]["metrics"]["roc_auc"] == 0.5
    low, high = entries["dummy"]["difference"]["roc_auc"][1:]
    assert 0 < low < high
    assert {"mine", "raw"} <= {entry["baseline"] for entry in report["baselines"]}


def test_features_of_ones_own_are_asked_for_at_each_window_and_at_the_launch(report: dict[str, Any]) -> None:
    opens = datetime.fromisoformat(report["launches"][0]["as_of"])
    assert RawModel.asked[-1] == opens
    assert all(as_of < opens for as_of in RawModel.asked[:-1])
    assert len(RawModel.asked) == 1 + len(report["launches"][0]["training"]["launches"])


def test_a_worse_model_is_not_said_to_win(report: dict[str, Any]) -> None:
    assert describe_better_models(report["launches"], Translator("en")) == ""


def test_a_better_model_is_said_first_in_both_languages() -> None:
    launches = [{"beaten_by_own": "the mine (ROC AUC -0.1)"}, {"beaten_by_own": None}]
    assert describe_better_models(launches, Translator("en")).endswith("in 1 of 2 launches.")
    assert "melhor" in describe_better_models(launches, Translator("pt_BR"))


@pytest.mark.parametrize("models", [{"recency rule": DummyClassifier()}, {"mine": object()}])
def test_what_is_no_estimator_or_has_a_taken_name_is_refused(models: dict[str, Any]) -> None:
    with pytest.raises(HistoryError):
        backtest(open_history(get_sample_folder()), FitOptions(trials=0), [LAUNCH], models=models)


class FailingModel(RawModel):
    """Fails where it looks at rows, with a text that is personal."""

    def features(self, history: History, leads: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
        raise KeyError("ana@example.com")


def test_a_model_that_fails_is_named_with_the_place_and_without_the_errors_text() -> None:
    examples = SimpleNamespace(
        windows=["march"], window=np.zeros(2), as_of=np.zeros(2, np.int64), table=pd.DataFrame(index=["a", "b"])
    )
    training_set: Any = SimpleNamespace(examples=examples)
    leads = pd.DataFrame({"lead_id": ["a"], "as_of": pd.to_datetime(["2024-03-01"], utc=True)})
    nothing: Any = None
    with pytest.raises(HistoryError, match=r"mine failed with KeyError at test_own_models\.py") as raised:
        predict_own_models({"mine": FailingModel()}, nothing, nothing, training_set, leads)
    assert "ana@" not in str(raised.value)
