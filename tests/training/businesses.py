"""Small synthetic businesses: people who buy again at rates of their own, and rows to learn from."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from hotleads.features import FEATURES, Feature
from hotleads.training.examples import Examples

Frames = dict[str, pd.DataFrame]
Row = dict[str, object]

#: The first day of every synthetic business.
START = datetime(2023, 1, 1, tzinfo=UTC)


def to_instant(number: float) -> datetime:
    """Return the instant so many days after the business began."""
    return START + timedelta(days=number)


def build_classic_launch(launch_id: str, opens: float, closes: float, product_id: str | None = None) -> Row:
    """Build the row of a launch whose cart opens and closes for everybody; times in days of the business."""
    row: Row = {"launch_id": launch_id, "strategy": "classic", "product_id": product_id}
    return row | {"cart_opens_at": to_instant(opens), "cart_closes_at": to_instant(closes)}


def build_perpetual_launch(
    launch_id: str, starts: float, ends: float, horizon_days: int, product_id: str | None = None
) -> Row:
    """Build the row of a launch in which each lead has days of its own; times in days of the business."""
    row: Row = {"launch_id": launch_id, "strategy": "perpetual", "product_id": product_id}
    return row | {
        "capture_starts_at": to_instant(starts),
        "capture_ends_at": to_instant(ends),
        "horizon_days": horizon_days,
    }


def build_launches_table(*rows: Row) -> pd.DataFrame:
    """Build the launches table; every time column has the type of an instant, also where no row fills it."""
    times = ["cart_opens_at", "cart_closes_at", "capture_starts_at", "capture_ends_at"]
    texts = ["launch_id", "strategy", "product_id", "entry_product_id"]
    table = pd.DataFrame(list(rows)).reindex(columns=[*texts, *times, "horizon_days"])
    return table.astype(dict.fromkeys(times, "datetime64[us, UTC]") | {"horizon_days": "Int64"})


def draw_purchases(leads: int = 300, days: int = 220, seed: int = 0) -> pd.DataFrame:
    """Draw the purchases of people who arrive over time, buy at a rate of their own and leave; a few are refunded."""
    random = np.random.default_rng(seed)
    arrives = random.uniform(0, 0.8 * days, leads)
    leaves = np.minimum(arrives + random.exponential(120, leads), days)
    bought = random.poisson(random.gamma(0.7, 0.05, leads) * (leaves - arrives)) + 1
    lead = np.repeat(np.arange(leads), bought)
    again = np.arange(len(lead)) != np.repeat(np.cumsum(bought) - bought, bought)
    at = arrives[lead] + again * random.uniform(0, 1, len(lead)) * (leaves - arrives)[lead]
    table = pd.DataFrame(
        {
            "transaction_id": [f"t{number}" for number in range(len(lead))],
            "lead_id": [f"lead-{number:04}" for number in lead],
            "occurred_at": [to_instant(round(float(instant), 4)) for instant in at],
            "status": "approved",
            "product_id": np.where(random.uniform(size=len(lead)) < 0.7, "course", "ebook"),
            "amount": np.round(random.lognormal(4, 0.5, len(lead)), 2),
            "currency": np.where(random.uniform(size=len(lead)) < 0.9, "BRL", "USD"),
            "recurrence_number": np.where(random.uniform(size=len(lead)) < 0.8, 1, 2),
            "payment_method": random.choice(["card", "pix", "billet"], len(lead)),
            "installments": random.integers(1, 13, len(lead)),
        }
    )
    refunds = table.sample(frac=0.05, random_state=seed)
    refunds = refunds.assign(status="refunded", occurred_at=refunds["occurred_at"] + timedelta(days=3))
    return pd.concat([table, refunds[refunds["occurred_at"] < to_instant(days)]], ignore_index=True)


def build_seasonal_course(
    opens: Sequence[float] = (40, 100), leads: int = 600, rate: float = 0.08, seed: int = 0
) -> Frames:
    """Build a course that is sold for a week at a time to those captured in the three weeks before, and only then.

    The captures name no launch. A few pay late, up to four days after the cart has closed.
    """
    random = np.random.default_rng(seed)
    captured: list[Row] = []
    sold: list[Row] = []
    for number, start in enumerate(opens):
        for place in range(leads):
            lead, eager = f"lead-{number}-{place:04}", random.normal()
            at = start - 21 * random.uniform()
            campaign = f"captacao-2024-{number + 1:02}"
            captured.append(
                {
                    "lead_id": lead,
                    "captured_at": to_instant(round(at, 4)),
                    "utm_campaign": campaign,
                    "attr_age": f"{30 + 8 * eager + 4 * random.normal():.0f}",
                }
            )
            if random.uniform() < rate * np.exp(0.8 * eager - 0.32):
                waits = random.uniform(0, 7) if random.uniform() < 0.95 else random.uniform(7, 11)
                sold.append({"lead_id": lead, "occurred_at": to_instant(round(start + waits, 4))})
    purchases = pd.DataFrame(sold).assign(status="approved", product_id="course", amount=497.0, currency="BRL")
    purchases.insert(0, "transaction_id", [f"t{number}" for number in range(len(purchases))])
    carts = [
        build_classic_launch(f"launch-{number + 1}", start, start + 7, "course") for number, start in enumerate(opens)
    ]
    return {"launches": build_launches_table(*carts), "leads": pd.DataFrame(captured), "purchases": purchases}


def draw_captures(purchases: pd.DataFrame, launch_ids: list[str | None], days: float, seed: int = 0) -> pd.DataFrame:
    """Draw a capture or two of each lead, at any time, each for one of the launches; with personal data."""
    random = np.random.default_rng(seed)
    leads = np.repeat(purchases["lead_id"].unique(), 2)
    leads = leads[random.uniform(size=len(leads)) < 0.75]
    return pd.DataFrame(
        {
            "lead_id": leads,
            "captured_at": [to_instant(round(float(at), 4)) for at in random.uniform(0, days, len(leads))],
            "launch_id": random.choice(np.array(launch_ids, dtype=object), len(leads)),
            "email": [f"{lead}@person.example" for lead in leads],
            "name": [f"Name of {lead}" for lead in leads],
            "phone": [f"+55 11 9{number:08}" for number in range(len(leads))],
            "utm_source": random.choice(np.array(["ads", "friends", None], dtype=object), len(leads)),
            "attr_city": random.choice(["Recife", "Porto"], len(leads)),
            "attr_age": [str(age) for age in random.integers(18, 80, len(leads))],
        }
    )


def draw_events(purchases: pd.DataFrame, days: float, seed: int = 0) -> pd.DataFrame:
    """Draw three events of each lead."""
    random = np.random.default_rng(seed)
    leads = np.repeat(purchases["lead_id"].unique(), 3)
    at = [to_instant(round(float(instant), 4)) for instant in random.uniform(0, days, len(leads))]
    table = pd.DataFrame({"lead_id": leads, "occurred_at": at, "value": random.uniform(0, 1, len(leads))})
    return table.assign(event_type=random.choice(["sales_page_view", "lesson_watched"], len(leads)))


def build_shop() -> Frames:
    """Build 220 days of a shop with four monthly classic launches of any product; each table has rows."""
    sold = draw_purchases()
    months = [
        build_classic_launch(f"month-{number}", opens, opens + 30)
        for number, opens in enumerate((90, 120, 150, 180), 4)
    ]
    return {
        "launches": build_launches_table(*months),
        "purchases": sold,
        "leads": draw_captures(sold, [None], 220).assign(launch_id=None),
        "events": draw_events(sold, 220),
    }


#: Features whose directions are -1, 1, 0 and 1.
SOME_FEATURES: tuple[Feature, ...] = tuple(
    feature
    for feature in FEATURES
    if feature.name in ("days_since_last_purchase", "purchases", "spend_90d", "mean_purchase_amount")
)


def draw_examples(
    rows: int = 600, windows: int = 3, seed: int = 0, features: tuple[Feature, ...] = SOME_FEATURES
) -> Examples:
    """Draw rows in which the first feature lowers the chance to buy and the others raise it; a fifth is missing."""
    random = np.random.default_rng(seed)
    values = random.lognormal(2, 1, (rows, len(features)))
    signs = np.array([-1.0] + [1.0] * (len(features) - 1))
    chance = 1 / (1 + np.exp(-(np.log(values) - 2) @ signs * 0.7 + 0.5))
    label = (random.uniform(size=rows) < chance).astype(np.int64)
    values[random.uniform(size=values.shape) < 0.2] = np.nan
    index = pd.Index([f"lead-{number}" for number in random.permutation(rows)], name="lead_id")
    table = pd.DataFrame(values, index=index, columns=[feature.name for feature in features])
    window = np.sort(random.integers(0, windows, rows))
    as_of = np.full(rows, int(START.timestamp() * 1e6))
    return Examples(table, label, window, tuple(f"window {number}" for number in range(windows)), as_of)
