"""A launch worked by hand: six leads of a course whose cart is open for a week in March."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from hotleads.history import History, history_from_frames

OPENS, CLOSES = "2024-03-01T12:00:00Z", "2024-03-08T12:00:00Z"
LAUNCH = {
    "launch_id": "march",
    "strategy": "classic",
    "product_id": "course",
    "cart_opens_at": OPENS,
    "cart_closes_at": CLOSES,
}
#: Who bought the course when; ``owner`` before the launch.
SALES = {
    "ana": "2024-03-02T00:00:00Z",
    "bia": "2024-03-05T00:00:00Z",
    "owner": "2024-01-10T00:00:00Z",
    "late": "2024-03-20T00:00:00Z",
}
LEADS = ("ana", "bia", "caio", "davi", "owner", "late")


@pytest.fixture(scope="session")
def march() -> History:
    """The launch, its leads with addresses, and their purchases; the history ends in April."""
    captures = [
        {"lead_id": lead, "captured_at": "2024-02-20", "launch_id": "march", "email": f"{lead.title()}+x@Example.com"}
        for lead in LEADS
    ]
    sales = [
        {"lead_id": lead, "transaction_id": f"t-{lead}", "occurred_at": at, "product_id": "course", "amount": 100}
        for lead, at in SALES.items()
    ]
    other = {"lead_id": "caio", "transaction_id": "t-x", "occurred_at": "2024-04-02", "product_id": "book", "amount": 9}
    return history_from_frames(
        launches=pd.DataFrame([LAUNCH]), leads=pd.DataFrame(captures), purchases=pd.DataFrame([*sales, other])
    )


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[[str], Path]:
    """Write a file of scores."""

    def write(text: str) -> Path:
        path = tmp_path / "scores.csv"
        path.write_text(text.lstrip("\n"), encoding="utf-8")
        return path

    return write
