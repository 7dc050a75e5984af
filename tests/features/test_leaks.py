"""Nothing at or after as_of changes a feature, to the last bit, whatever it is."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotleads.features import build_context, build_features
from hotleads.history import History, build_cohort
from hotleads.history.schema import STATUSES

Rows = list[dict[str, Any]]
LEADS = [f"lead{i:03d}" for i in range(12)]

# Seconds after as_of: the very instant, a moment later, days later.
later = st.sampled_from([0.0, 1e-6, 1.0, 3600.0, 86_400.0, 86_400.0 * 40])
anyone = st.sampled_from([*LEADS, "somebody new"])
sales = st.fixed_dictionaries(
    {
        "lead_id": anyone,
        "transaction_id": st.sampled_from(["t0-0", "t1-0", "t2-0", "t3-1", "t9-0", "new-1", "new-2"]),
        "seconds": later,
        "status": st.sampled_from(STATUSES),
        "amount": st.sampled_from([None, "0", "1.5", "99999999"]),
        "currency": st.sampled_from([None, "BRL", "USD", "EUR"]),
        "product_id": st.sampled_from([None, "course", "ebook", "another"]),
        "recurrence_number": st.sampled_from([None, 1, 2, 7]),
        "event_id": st.sampled_from([None, "e0", "e1"]),
    }
)
captures = st.fixed_dictionaries({"lead_id": anyone, "seconds": later, "launch_id": st.sampled_from([None, "L", "M"])})
events = st.fixed_dictionaries({"lead_id": anyone, "seconds": later, "event_type": st.just("page_view")})
futures = st.tuples(st.lists(sales, max_size=25), st.lists(captures, max_size=10), st.lists(events, max_size=5))


def limit_examples(examples: int) -> Callable[..., Any]:
    return settings(max_examples=examples, deadline=None)


@pytest.fixture(scope="module")
def past(make: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Purchases and captures before ``as_of`` alone; some rows carry an event id that a later row may repeat."""
    purchases, seen = make.random_purchases(12, seed=11), make.random_captures(12, seed=12)
    purchases["event_id"] = [f"e{i}" if i < 4 else None for i in range(len(purchases))]
    return purchases[purchases["occurred_at"] < make.as_of], seen[seen["captured_at"] < make.as_of]


def add_future(make: Any, past: Any, future: Any, as_of: dict[str, pd.Timestamp], **launch: Any) -> History:
    """The past and then the future, each lead's counted from its own ``as_of``."""
    bought, seen, done = future
    return make.history(
        _with(past[0], _timed(bought, "occurred_at", as_of)),
        _with(past[1], _timed(seen, "captured_at", as_of)),
        _timed(done, "occurred_at", as_of),
        **launch,
    )


def _timed(rows: Rows, column: str, as_of: dict[str, pd.Timestamp]) -> Rows:
    last = max(as_of.values())
    return [
        {name: value for name, value in row.items() if name != "seconds"}
        | {column: as_of.get(row["lead_id"], last) + pd.Timedelta(seconds=row["seconds"])}
        for row in rows
    ]


def _with(rows: pd.DataFrame, more: Rows) -> pd.DataFrame:
    return pd.concat([rows.astype(object), pd.DataFrame(more, columns=rows.columns, dtype=object)], ignore_index=True)


@pytest.fixture(scope="module")
def classic(make: Any, past: Any) -> pd.DataFrame:
    return build_features(make.history(*past), "L")


@limit_examples(15)
@given(future=futures)
def test_of_a_classic_launch(
    future: Any, make: Any, past: Any, classic: pd.DataFrame, differing: Callable[..., list[str]]
) -> None:
    bought, seen, done = future
    # A capture at the very as_of that names the launch is the one thing that is known; see test_rows.
    seen = [row for row in seen if row["seconds"] > 0 or row["launch_id"] != "L"]
    history = add_future(make, past, (bought, seen, done), dict.fromkeys(LEADS, make.as_of))
    assert len(classic) >= 10
    assert differing(classic, build_features(history, "L")) == []


PAID = {"strategy": "paid", "entry_product_id": "ebook"}


@pytest.fixture(scope="module")
def paid(make: Any, past: Any) -> pd.DataFrame:
    return build_features(make.history(*past, **PAID), "L")


@pytest.mark.slow
@limit_examples(8)
@given(future=futures)
def test_of_a_paid_launch_whatever_is_captured(
    future: Any, make: Any, past: Any, paid: pd.DataFrame, differing: Callable[..., list[str]]
) -> None:
    assert len(paid) >= 2
    history = add_future(make, past, future, dict.fromkeys(LEADS, make.as_of), **PAID)
    assert differing(paid, build_features(history, "L")) == []


@dataclass(frozen=True)
class Perpetual:
    """A launch that scores each lead at a capture of its own, and what was known then."""

    launch: dict[str, Any]
    past: tuple[pd.DataFrame, pd.DataFrame]
    as_of: dict[str, pd.Timestamp]
    known: pd.DataFrame


@pytest.fixture(scope="module")
def perpetual(make: Any, past: Any) -> Perpetual:
    """Purchases at or after their own lead's ``as_of`` are taken out of the past."""
    starts, ends = make.ago(150), make.as_of
    launch = {"strategy": "perpetual", "capture_starts_at": starts, "capture_ends_at": ends, "horizon_days": 7}
    history = make.history(*past, **launch)
    leads = build_cohort(history, history.get_launch("L"))
    as_of = leads.set_index("lead_id")["as_of"]
    bought, seen = past
    bought = bought[bought["occurred_at"] < bought["lead_id"].map(as_of).fillna(make.as_of)]
    features = build_features(make.history(bought, seen, **launch), "L")
    return Perpetual(launch, (bought, seen), as_of.to_dict(), features)


@pytest.mark.slow
@limit_examples(10)
@given(future=futures)
def test_of_a_perpetual_launch_lead_by_lead(
    future: Any, make: Any, perpetual: Perpetual, differing: Callable[..., list[str]]
) -> None:
    assert len(perpetual.known) >= 5
    bought, seen, done = ([row for row in rows if row["lead_id"] in perpetual.as_of] for rows in future)
    seen = [row for row in seen if row["seconds"] > 0 or row["launch_id"] == "M"]
    history = add_future(make, perpetual.past, (bought, seen, done), perpetual.as_of, **perpetual.launch)
    assert differing(perpetual.known, build_features(history, "L")) == []


# ------------------------------------------------------------------------------------ what a history brings of its own
@dataclass(frozen=True)
class Business:
    """Purchases, captures and events before ``as_of``, enough for a history to bring features of its own."""

    bought: pd.DataFrame
    seen: pd.DataFrame
    done: pd.DataFrame

    def history(self, make: Any, *launches: dict[str, Any]) -> History:
        long_ago = {"cart_opens_at": make.ago(100), "cart_closes_at": make.ago(40)}
        launches = (make.earlier_launch() | {"product_id": None} | long_ago, *launches)
        return make.history(self.bought, self.seen, self.done, launches, product_id="club", entry_product_id="ebook")

    def then(self, **more: pd.DataFrame) -> "Business":
        """The same with more rows in its tables."""
        return replace(self, **{name: pd.concat([getattr(self, name), rows]) for name, rows in more.items()})


@pytest.fixture(scope="module")
def business(make: Any) -> Business:
    rng = np.random.default_rng(31)
    bought, seen, done = make.random_purchases(200, 1), make.random_captures(200, 2), make.random_events(200, 3)
    seen["attr_age"], seen["attr_job"] = (
        rng.integers(20, 60, len(seen)).astype(str),
        rng.choice(["nurse", "cook"], len(seen)),
    )
    seen["utm_source"], seen["country"] = rng.choice(["x", "y"], len(seen)), rng.choice(["BR", "PT"], len(seen))
    bought["payment_method"], done["value"] = rng.choice(["pix", "card"], len(bought)), rng.normal(size=len(done))
    tables = (("occurred_at", bought), ("captured_at", seen), ("occurred_at", done))
    return Business(*(rows[rows[time] < make.as_of] for time, rows in tables))


def change_answers(make: Any, past: Business) -> Business:
    answers = {"launch_id": None, "attr_age": "old", "attr_job": "judge", "attr_new": "yes", "utm_source": "z"}
    return past.then(seen=past.seen.assign(captured_at=make.as_of, country="AO", **answers))


def change_events(make: Any, past: Business) -> Business:
    return past.then(done=pd.concat([past.done.assign(occurred_at=make.as_of, event_type=t, value=None) for t in "ab"]))


def change_payments(make: Any, past: Business) -> Business:
    paid = {"payment_method": "coins", "amount": "999999", "currency": "USD", "installments": 99}
    sold = past.bought.assign(transaction_id="n" + past.bought["transaction_id"], status="approved", **paid)
    back = past.bought.assign(status="chargeback", amount=None)
    return past.then(bought=pd.concat([sold, back]).assign(occurred_at=make.as_of))


@pytest.mark.parametrize("later", [change_answers, change_events, change_payments])
def test_of_features_that_a_history_brings_itself(
    later: Callable[[Any, Business], Business], make: Any, business: Business, differing: Callable[..., list[str]]
) -> None:
    past, changed = business.history(make), later(make, business).history(make)
    context = build_context(past, make.as_of)
    assert {"attr_age", "attr_job=cook", "utm_source=x"} <= set(build_features(past, "L").columns)
    assert context.ratios["attr_job"].keys() == {"nurse", "cook"}
    assert build_context(changed, make.as_of).hash == context.hash
    assert differing(build_features(past, "L"), build_features(changed, "L")) == []


def test_of_launches_that_open_later(make: Any, business: Business, differing: Callable[..., list[str]]) -> None:
    opens = [{"cart_opens_at": make.ago(days), "cart_closes_at": make.ago(-9)} for days in (0, -1)]
    later = [
        {"launch_id": f"later{i}", "strategy": "classic", "product_id": "course"} | window
        for i, window in enumerate(opens)
    ]
    past, with_later = business.history(make), business.history(make, *later)
    assert build_context(with_later, make.as_of) == build_context(past, make.as_of)
    assert differing(build_features(past, "L"), build_features(with_later, "L")) == []
