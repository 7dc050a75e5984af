"""The features of captures: how often, how lately and when a lead showed interest."""

from functools import partial

from .declaration import Feature

_capture = partial(Feature, family="capture", source="captures", rows="any", phrase_missing="was never captured")

CAPTURE_FEATURES: tuple[Feature, ...] = (
    _capture(
        name="captures",
        unit="times",
        aggregate="count",
        description="Times the lead showed interest so far.",
        phrase="showed interest {value}",
    ),
    _capture(
        name="captures_30d",
        unit="times",
        aggregate="count",
        window_days=30,
        description="Times the lead showed interest in the last 30 days.",
        phrase="showed interest {value} in the last 30 days",
    ),
    _capture(
        name="days_since_last_capture",
        unit="days",
        aggregate="since_last",
        description="Days from the last capture to as_of.",
        phrase="last showed interest {value} ago",
    ),
    _capture(
        name="days_since_first_capture",
        unit="days",
        aggregate="since_first",
        description="Days from the first capture to as_of.",
        phrase="first showed interest {value} ago",
    ),
    _capture(
        name="captures_7d",
        unit="times",
        aggregate="count",
        window_days=7,
        description="Times the lead showed interest in the last 7 days.",
        phrase="showed interest {value} in the last 7 days",
    ),
    _capture(
        name="captures_90d",
        unit="times",
        aggregate="count",
        window_days=90,
        description="Times the lead showed interest in the last 90 days.",
        phrase="showed interest {value} in the last 90 days",
    ),
    _capture(
        name="mean_days_between_captures",
        unit="days",
        aggregate="gap_mean",
        description="Mean days between one capture and the next.",
        phrase="shows interest every {value}",
        phrase_missing="has not shown interest at two different times",
    ),
    _capture(
        name="launches_joined",
        unit="count",
        aggregate="count",
        rows="first_of_launch",
        description="Launches that the lead's captures name.",
        phrase="launches joined: {value}",
    ),
    _capture(
        name="capture_hour",
        unit="number",
        aggregate="last",
        measure="hour",
        description="Hour of the last capture where the lead lives (0 to 23; UTC where the country is unknown).",
        phrase="showed interest at {value} o'clock",
    ),
    _capture(
        name="capture_weekday",
        unit="number",
        aggregate="last",
        measure="weekday",
        description="Day of the week of the last capture where the lead lives (0 Monday to 6).",
        phrase="showed interest on a {value}",
    ),
)
