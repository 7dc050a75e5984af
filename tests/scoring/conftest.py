"""A small creator's history, and the model that training makes of it."""

import os

os.environ.setdefault(
    "OMP_WAIT_POLICY", "passive"
)  # before XGBoost loads: on a busy machine its threads spin otherwise

import numpy as np
import pandas as pd
import pytest

from hotleads.features import compute_features
from hotleads.history import History, build_cohort, history_from_frames
from hotleads.scoring import Model
from hotleads.training import FitOptions, fit_model

LEADS, STARTS = 300, pd.Timestamp("2024-01-01T00:00Z")
OPENS = {f"L{i}": STARTS + pd.Timedelta(days=days) for i, days in enumerate((90, 150, 210, 270))}


def _build_purchases(rng: np.random.Generator) -> pd.DataFrame:
    """Leads buy at rates of their own; some take their money back, some pay in dollars, some amounts are unknown."""
    rows = []
    for lead, rate in enumerate(rng.gamma(0.8, 6.0, LEADS)):
        for number, day in enumerate(np.sort(rng.uniform(0, 300, rng.poisson(rate)))):
            sold = {"lead_id": f"lead{lead:03d}", "transaction_id": f"t{lead}-{number}", "status": "approved"}
            sold |= {"occurred_at": STARTS + pd.Timedelta(days=day), "product_id": f"p{rng.integers(4)}"}
            sold |= {"amount": f"{rng.gamma(2, 50):.2f}", "currency": rng.choice(["BRL"] * 9 + ["USD"])}
            sold |= {"recurrence_number": rng.choice([None, 1, 2])}
            rows.append(sold if rng.random() > 0.05 else sold | {"amount": None})
            if rng.random() < 0.1:
                rows.append(sold | {"status": "refunded", "occurred_at": sold["occurred_at"] + pd.Timedelta(days=5)})
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def frames() -> dict[str, pd.DataFrame]:
    """Four launches of two weeks, captures of every lead with what is personal, purchases of most."""
    rng = np.random.default_rng(7)
    ids = [f"lead{lead:03d}" for lead in range(LEADS)]
    captured = [STARTS + pd.Timedelta(days=day) for day in rng.uniform(0, 280, LEADS).round(-1)]
    leads = pd.DataFrame({"lead_id": ids, "captured_at": captured})
    leads["email"], leads["name"] = [f"{lead}@example.org" for lead in ids], "Ana Personal"
    launches = pd.DataFrame({"launch_id": OPENS.keys(), "cart_opens_at": OPENS.values()}).assign(strategy="classic")
    launches["cart_closes_at"] = launches["cart_opens_at"] + pd.Timedelta(days=14)
    return {"launches": launches, "leads": leads, "purchases": _build_purchases(rng)}


@pytest.fixture(scope="session")
def history(frames: dict[str, pd.DataFrame]) -> History:
    return history_from_frames(**frames)


@pytest.fixture(scope="session")
def model(history: History) -> Model:
    """Trained on the first three launches for the fourth."""
    launch = history.get_launch("L3")
    return fit_model(history, launch, launch.as_of, FitOptions(trials=0)).model


@pytest.fixture(scope="session")
def table(history: History, model: Model) -> pd.DataFrame:
    """The features of the fourth launch."""
    launch = history.get_launch("L3")
    return compute_features(history, launch, build_cohort(history, launch), model.context, model.features)


@pytest.fixture(scope="session")
def many(table: pd.DataFrame) -> pd.DataFrame:
    """2,000 rows like those of ``table``, with more missing, and some far outside what was trained on."""
    rng = np.random.default_rng(8)
    values = table.to_numpy()[rng.integers(0, len(table), 2_000)] * rng.lognormal(0, 0.5, (2_000, table.shape[1]))
    values[rng.random(values.shape) < 0.1] = np.nan
    values[rng.random(values.shape) < 0.01] = 0.0
    values[rng.random(values.shape) < 0.005] *= -1e12
    values[0] = np.nan
    return pd.DataFrame(values, index=pd.Index([f"x{i}" for i in range(2_000)], name="lead_id"), columns=table.columns)
