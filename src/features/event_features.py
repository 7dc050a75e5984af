"""The features of events of any type: how much a lead did, and how lately."""

from functools import partial

from .declaration import Feature

_event = partial(Feature, family="events", source="events", rows="any", phrase_missing="no event is recorded so far")

EVENT_FEATURES: tuple[Feature, ...] = (
    _event(
        name="events",
        unit="count",
        aggregate="count",
        description="Events so far.",
        phrase="things done so far: {value}",
    ),
    _event(
        name="events_7d",
        unit="count",
        aggregate="count",
        window_days=7,
        description="Events in the last 7 days.",
        phrase="things done in the last 7 days: {value}",
    ),
    _event(
        name="events_30d",
        unit="count",
        aggregate="count",
        window_days=30,
        description="Events in the last 30 days.",
        phrase="things done in the last 30 days: {value}",
    ),
    _event(
        name="events_decayed_14d",
        unit="number",
        aggregate="sum",
        half_life_days=14,
        description="Events, each counting half as much every 14 days.",
        phrase="recent activity: {value} (each action counts half after 14 days)",
    ),
    _event(
        name="days_since_last_event",
        unit="days",
        aggregate="since_last",
        description="Days from the last event to as_of.",
        phrase="last did something {value} ago",
    ),
    *(
        _event(
            name=f"subscriptions_canceled_by_{who}",
            family="subscription",
            unit="times",
            aggregate="count",
            rows=f"subscription_canceled_by_{who}",
            description=f"Subscriptions that the {named} canceled so far.",
            phrase=f"subscription canceled by the {named}: {{value}}",
        )
        for who, named in (("customer", "customer"), ("seller", "seller"), ("admin", "platform"))
    ),
)
