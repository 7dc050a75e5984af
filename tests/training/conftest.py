"""Histories that several of the training room's tests share; none of them changes one."""

from typing import Any

import pytest

from hotleads.history import History, history_from_frames
from hotleads.training import FittedModel, fit_model, gate, launch_backtest

from .businesses import Frames, build_launches_table, build_perpetual_launch, build_shop, draw_captures, draw_purchases


@pytest.fixture(scope="session")
def shop_frames() -> Frames:
    return build_shop()


@pytest.fixture(scope="session")
def shop(shop_frames: Frames) -> History:
    return history_from_frames(**shop_frames)


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[FittedModel]:
    """Every model that is fitted by a job's settings meanwhile, in order."""
    fitted_models: list[FittedModel] = []

    def fit(*arguments: Any, **settings: Any) -> FittedModel:
        fitted_models.append(fit_model(*arguments, **settings))
        return fitted_models[-1]

    for module in (gate, launch_backtest):
        monkeypatch.setattr(module, "fit_model", fit)
    return fitted_models


@pytest.fixture(scope="session")
def evergreen_frames() -> Frames:
    """A perpetual launch alone in its history: captures of 200 days, each lead has ten to buy."""
    sold = draw_purchases(leads=600)
    return {
        "launches": build_launches_table(build_perpetual_launch("evergreen", 10, 210, 10)),
        "purchases": sold,
        "leads": draw_captures(sold, [None, "evergreen"], 220),
    }


@pytest.fixture(scope="session")
def evergreen(evergreen_frames: Frames) -> History:
    return history_from_frames(**evergreen_frames)
