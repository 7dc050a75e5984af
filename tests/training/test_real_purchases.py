"""Quality and leak-proofness on purchases that people made, with the settings that everyone gets."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from hotleads.features import build_features
from hotleads.history import History, history_from_frames
from hotleads.history.schema import TABLES
from hotleads.scoring import score_launch
from hotleads.training import FitOptions, backtest, fit_model

pytestmark = pytest.mark.slow


def test_cdnow_is_predicted_better_than_by_pareto_nbd(cdnow: History) -> None:
    """Published for the same task: Pareto/NBD ROC AUC .7998, log loss .4208."""
    _, report = backtest(cdnow, FitOptions(), ["1998-H1"])
    (launch,) = report["launches"]
    assert (launch["rows"], round(launch["metrics"]["base_rate"], 3)) == (23_570, 0.228)
    assert launch["metrics"]["roc_auc"] >= 0.805
    assert launch["metrics"]["log_loss"] <= 0.415


def test_online_retail_is_predicted_no_worse_than_by_rfm(online_retail: History) -> None:
    """A regularised logistic regression on RFM features reaches a mean ROC AUC of .738, a log loss of .527."""
    _, report = backtest(online_retail, FitOptions(), ["2011-09", "2011-10", "2011-11"])
    assert [(launch["rows"], launch["buyers"]) for launch in report["launches"]] == [
        (3360, 969),
        (3658, 984),
        (4010, 1344),
    ]
    assert report["mean"]["roc_auc"] >= 0.733
    assert report["mean"]["log_loss"] <= 0.532


AS_OF = datetime(2011, 10, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def frames(online_retail: History) -> dict[str, pd.DataFrame]:
    return {name: online_retail.read(name, TABLES[name].names).to_pandas() for name in ("purchases", "launches")}


def deleted(sold: pd.DataFrame) -> pd.DataFrame:
    return sold[sold["occurred_at"] < AS_OF]


def replaced(sold: pd.DataFrame) -> pd.DataFrame:
    """Every later row is another's, for another amount, at another time, in another currency, of another status."""
    random = np.random.default_rng(0)
    later = sold["occurred_at"] >= AS_OF
    story = sold[later].assign(
        lead_id=random.permutation(sold["lead_id"])[: later.sum()],
        amount=999,
        currency="EUR",
        status=random.choice(["approved", "refunded", "canceled", "billet_printed"], later.sum()),
        occurred_at=[AS_OF + timedelta(minutes=int(at)) for at in random.integers(0, 100_000, later.sum())],
    )
    return pd.concat([sold[~later], story])


def added(sold: pd.DataFrame) -> pd.DataFrame:
    """Everyone buys again at the very instant, and takes all earlier money back a day later."""
    earlier = sold[(sold["occurred_at"] < AS_OF) & (sold["status"] == "approved")]
    again = earlier.assign(transaction_id="again-" + earlier["transaction_id"], occurred_at=AS_OF, currency="EUR")
    back = earlier.assign(status="refunded", occurred_at=AS_OF + timedelta(days=1))
    strangers = again.assign(transaction_id="s" + again["transaction_id"], lead_id="stranger-" + again["lead_id"])
    return pd.concat([sold, again, back, strangers])


Result = tuple[str, pd.DataFrame, pd.DataFrame]


def result(history: History) -> Result:
    """Model version, features and scored rows of the launch that opens at ``AS_OF``."""
    launch = history.get_launch("2011-10")
    model = fit_model(history, launch, launch.as_of, FitOptions(trials=0)).model
    return model.version, build_features(history, launch), score_launch(history, launch, model)


@pytest.fixture(scope="module")
def original(online_retail: History) -> Result:
    return result(online_retail)


@pytest.mark.parametrize("change", [deleted, replaced, added])
def test_nothing_at_or_after_as_of_changes_a_bit(
    original: Result, frames: dict[str, pd.DataFrame], change: object
) -> None:
    version, features, scores = result(
        history_from_frames(**frames | {"purchases": change(frames["purchases"])})  # type: ignore[operator]
    )
    assert len(scores) == 3658
    assert version == original[0]
    pd.testing.assert_frame_equal(features, original[1], check_exact=True)
    pd.testing.assert_frame_equal(scores, original[2], check_exact=True)
