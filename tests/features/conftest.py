"""Histories of a few rows, told as days before the instant at which the launch is scored."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hotleads.history import History, history_from_frames
from hotleads.history.schema import STATUSES

AS_OF = pd.Timestamp("2024-07-01T12:00:00Z")
Row = dict[str, Any]


@dataclass(frozen=True)
class HistoryMaker:
    """Makes rows by how many days before ``as_of`` they happened (negative: after it)."""

    as_of: pd.Timestamp = AS_OF

    def ago(self, days: float, microseconds: int = 0) -> pd.Timestamp:
        return self.as_of - pd.Timedelta(days=days) - pd.Timedelta(microseconds=microseconds)

    def sale(self, lead: str, transaction: str, days: float, amount: float | str | None = 10, **more: Any) -> Row:
        row = {"lead_id": lead, "transaction_id": transaction, "occurred_at": self.ago(days), "status": "approved"}
        return row | {"amount": None if amount is None else str(amount), "currency": "BRL"} | more

    def capture(self, lead: str, days: float, launch: str | None = None) -> Row:
        return {"lead_id": lead, "captured_at": self.ago(days), "launch_id": launch}

    def event(self, lead: str, days: float) -> Row:
        return {"lead_id": lead, "occurred_at": self.ago(days), "event_type": "page_view", "value": 1}

    def history(
        self,
        purchases: Iterable[Row] | pd.DataFrame = (),
        captures: Iterable[Row] | pd.DataFrame = (),
        events: Iterable[Row] | pd.DataFrame = (),
        earlier: Iterable[Row] = (),
        **launch: Any,
    ) -> History:
        """A history with ``earlier`` launches and ``L``: classic, any product, a week long, unless told otherwise."""
        usual = {"launch_id": "L", "strategy": "classic", "product_id": None, "cart_opens_at": self.as_of}
        usual |= {"cart_closes_at": self.ago(-7)}
        return history_from_frames(
            launches=_frame([usual | launch, *earlier], "launch_id strategy"),
            purchases=_frame(purchases, "transaction_id lead_id occurred_at"),
            leads=_frame(captures, "lead_id captured_at launch_id"),
            events=_frame(events, "lead_id event_type occurred_at"),
        )

    def earlier_launch(self) -> Row:
        """A week in which the cart for the course was open."""
        opens = {"cart_opens_at": self.ago(32), "cart_closes_at": self.ago(25)}
        return {"launch_id": "E", "strategy": "classic", "product_id": "course"} | opens

    def cohort(self, *leads: str, as_of: pd.Timestamp | None = None) -> pd.DataFrame:
        """These leads, all scored at once."""
        times = pd.Series([as_of or self.as_of] * len(leads), dtype="datetime64[us, UTC]")
        return pd.DataFrame({"lead_id": pd.Series(list(leads), dtype="str"), "as_of": times})

    def random_purchases(self, leads: int, seed: int) -> pd.DataFrame:
        """Status rows of every kind around ``as_of``, many at one instant, in several currencies or none."""
        rng = np.random.default_rng(seed)
        return pd.DataFrame(
            [
                row
                for lead in range(leads)
                for number in range(int(rng.poisson(rng.choice([0, 2, 8]))))
                for row in self._random_transaction(rng, f"lead{lead:03d}", f"t{lead}-{number}")
            ]
        )

    def _random_transaction(self, rng: np.random.Generator, lead: str, transaction: str) -> list[Row]:
        statuses = ["approved", "approved", "complete", "refunded", *STATUSES]
        sold = {
            "product_id": rng.choice([None, "course", "ebook", "club"]),
            "recurrence_number": rng.choice([None, None, 1, 2, 3]),
            "currency": rng.choice([None, "BRL", "BRL", "BRL", "USD"]),
            "installments": rng.choice([None, 1, 3, 12]),
        }
        # Whole and half days meet the edges of windows, and one another.
        edges = [-1, 0, 0.5, 1, 7, 7.5, 30, 60, 90, 365, 730.5, 1100]
        days = np.sort(rng.choice([*edges, *rng.uniform(0, 500, 20).round(6)], 3))[::-1]
        return [
            self.sale(lead, transaction, float(day), _amount(rng), **sold, status=status)
            for day, status in zip(days[: rng.integers(1, 4)], rng.permutation(statuses), strict=False)
        ]

    def random_events(self, leads: int, seed: int) -> pd.DataFrame:
        """Events of some types around ``as_of``."""
        rng = np.random.default_rng(seed)
        ended = [f"subscription_canceled_by_{who}" for who in ("customer", "seller", "admin")]
        types = ["page_view", "click", "login", *ended]
        return pd.DataFrame(
            [
                self.event(f"lead{lead:03d}", days) | {"event_type": str(rng.choice(types))}
                for lead in range(leads)
                for days in rng.choice(
                    [-1, 0, 1, 7, 30, *rng.uniform(-20, 200, 4).round(6)], rng.integers(0, 6)
                ).tolist()
            ]
        )

    def random_captures(self, leads: int, seed: int) -> pd.DataFrame:
        """Captures around ``as_of``; only those after it name the launch ``L``."""
        rng = np.random.default_rng(seed)
        return pd.DataFrame(
            [
                self.capture(f"lead{lead:03d}", days, rng.choice([None, "L" if days < 0 else "earlier", "other"]))
                for lead in range(leads)
                for days in rng.choice([-1, 0, 1, 30, *rng.uniform(-20, 200, 4).round(6)], rng.integers(0, 4)).tolist()
            ]
        )


def _amount(rng: np.random.Generator) -> float | None:
    return None if rng.random() < 0.1 else float(rng.choice([0, round(rng.gamma(2, 50), 2)]))


def _frame(rows: Iterable[Row] | pd.DataFrame, columns: str) -> pd.DataFrame:
    frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
    return frame if len(frame) else pd.DataFrame(columns=columns.split(), dtype="str")


@pytest.fixture(scope="session")
def make() -> HistoryMaker:
    return HistoryMaker()


@pytest.fixture(scope="session")
def differing() -> Callable[[pd.DataFrame, pd.DataFrame], list[str]]:
    """The columns in which two tables of the same leads and features differ by as much as a bit."""

    def columns(left: pd.DataFrame, right: pd.DataFrame) -> list[str]:
        assert list(left.index) == list(right.index)
        assert list(left.columns) == list(right.columns)
        differ = left.to_numpy().view(np.int64) != right.to_numpy().view(np.int64)
        return left.columns[differ.any(axis=0)].to_list()

    return columns
