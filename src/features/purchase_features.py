"""The features of what was bought: recency, frequency, spend, rhythm."""

from functools import partial

from .declaration import Feature

_WINDOWS = (7, 30, 90, 365)
_HALF_LIVES = (7, 30, 90)
_NEVER = "has never bought"
_NO_AMOUNT = "has no purchase with a known amount in the main currency"

_recency = partial(Feature, family="recency", unit="days", phrase_missing=_NEVER)
_frequency = partial(Feature, family="frequency", unit="times", phrase_missing=_NEVER)
_spend = partial(Feature, family="spend", unit="money", phrase_missing=_NEVER)
# Two purchases on one day are one visit: pauses are counted between days.
_rhythm = partial(
    Feature, family="rhythm", unit="days", rows="first_of_day", phrase_missing="has not bought on two different days"
)

_LIFETIME = (
    _recency(
        name="days_since_last_purchase",
        aggregate="since_last",
        direction=-1,
        description="Days from the last purchase to as_of.",
        phrase="last bought {value} ago",
    ),
    _recency(
        name="days_since_first_purchase",
        family="tenure",
        aggregate="since_first",
        description="Days from the first purchase to as_of.",
        phrase="first bought {value} ago",
    ),
    _recency(
        name="days_from_first_to_last_purchase",
        family="tenure",
        aggregate="span",
        description="Days from the first purchase to the last.",
        phrase="kept buying for {value}",
    ),
    _frequency(
        name="purchases",
        aggregate="count",
        direction=1,
        description="Purchases so far, renewals included.",
        phrase="bought {value} so far",
    ),
    _frequency(
        name="purchase_days",
        unit="count",
        aggregate="count",
        rows="first_of_day",
        direction=1,
        description="Days (UTC) with at least one purchase.",
        phrase="days with a purchase: {value}",
    ),
    _frequency(
        name="distinct_products",
        family="products",
        unit="count",
        aggregate="count",
        rows="first_of_product",
        direction=1,
        description="Different products bought so far.",
        phrase="different products bought: {value}",
    ),
    _spend(
        name="spend",
        aggregate="sum",
        rows="any",
        measure="net_amount",
        direction=1,
        description="Spend so far, less what was refunded or charged back.",
        phrase="spent {value} so far",
    ),
    _spend(
        name="mean_purchase_amount",
        aggregate="mean",
        rows="priced",
        measure="amount",
        phrase_missing=_NO_AMOUNT,
        description="Mean amount of the purchases whose amount is known, in the main currency.",
        phrase="spends {value} a purchase",
    ),
    _spend(
        name="largest_purchase_amount",
        aggregate="max",
        rows="priced",
        measure="amount",
        phrase_missing=_NO_AMOUNT,
        description="Largest amount of one purchase in the main currency.",
        phrase="spent up to {value} at once",
    ),
    _spend(
        name="last_purchase_amount",
        aggregate="last",
        rows="priced",
        measure="amount",
        phrase_missing=_NO_AMOUNT,
        description="Amount of the last purchase whose amount is known, in the main currency.",
        phrase="spent {value} the last time",
    ),
    _rhythm(
        name="mean_days_between_purchases",
        aggregate="gap_mean",
        description="Mean days between one purchase day and the next.",
        phrase="buys again after {value} on average",
    ),
    _rhythm(
        name="deviation_days_between_purchases",
        aggregate="gap_deviation",
        description="Standard deviation of the days between one purchase day and the next.",
        phrase="the days between purchases vary by {value}",
    ),
    _rhythm(
        name="days_since_last_over_mean_gap",
        aggregate="gap_ratio",
        unit="ratio",
        direction=-1,
        description="Days since the last purchase day over the mean days between purchase days.",
        phrase="silent for {value} times the usual pause",
    ),
)

_WINDOWED = tuple(
    feature
    for days in _WINDOWS
    for feature in (
        _frequency(
            name=f"purchases_{days}d",
            aggregate="count",
            window_days=days,
            direction=1,
            description=f"Purchases in the last {days} days.",
            phrase=f"bought {{value}} in the last {days} days",
        ),
        _spend(
            name=f"spend_{days}d",
            aggregate="sum",
            rows="any",
            measure="net_amount",
            window_days=days,
            direction=1,
            description=f"Spend in the last {days} days, less what was refunded or charged back in them.",
            phrase=f"spent {{value}} in the last {days} days",
        ),
    )
)

_DECAYED = tuple(
    feature
    for days in _HALF_LIVES
    for feature in (
        _frequency(
            name=f"purchases_decayed_{days}d",
            unit="number",
            aggregate="sum",
            half_life_days=days,
            direction=1,
            description=f"Purchases, each counting half as much every {days} days.",
            phrase=f"recent purchases: {{value}} (each counts half after {days} days)",
        ),
        _spend(
            name=f"spend_decayed_{days}d",
            aggregate="sum",
            rows="any",
            measure="net_amount",
            half_life_days=days,
            direction=1,
            description=f"Net spend, each amount counting half as much every {days} days.",
            phrase=f"recent spend: {{value}} (each amount counts half after {days} days)",
        ),
    )
)

PURCHASE_FEATURES: tuple[Feature, ...] = _LIFETIME + _WINDOWED + _DECAYED
