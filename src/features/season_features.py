"""The features of a rhythm of years and of launches: purchases in the same weeks before, and in earlier launches."""

from functools import partial

from .declaration import Feature

_NEVER = "has never bought"
_season = partial(Feature, family="season", phrase_missing=_NEVER)
_launches = partial(Feature, family="launches", unit="count", phrase_missing=_NEVER)

_SEASONS = (
    *(
        _season(
            name=f"season_purchases_{years}y",
            unit="times",
            aggregate="count",
            rows=f"season_{years}",
            direction=1,
            description=f"Purchases in the launch's weeks {words} (a week more at both ends).",
            phrase=f"bought {{value}} in these weeks {words}",
        )
        for years, words in ((1, "a year ago"), (2, "two years ago"), (3, "three years ago"))
    ),
    _season(
        name="season_years",
        unit="count",
        aggregate="count",
        rows="first_in_season",
        direction=1,
        description="Earlier years with a purchase in the launch's weeks.",
        phrase="years with a purchase in these weeks: {value}",
    ),
    _season(
        name="season_share",
        unit="ratio",
        aggregate="mean",
        measure="season",
        description="Share of the purchases that were made in the launch's weeks of an earlier year.",
        phrase="share of purchases in these weeks of earlier years: {value}",
    ),
    _season(
        name="days_since_season_purchase",
        unit="days",
        aggregate="since_last",
        rows="in_season",
        description="Days from the last purchase in the launch's weeks of an earlier year to as_of.",
        phrase="last bought in these weeks {value} ago",
        phrase_missing="did not buy in these weeks of an earlier year",
    ),
    _season(
        name="days_to_anniversary",
        unit="days",
        aggregate="last",
        measure="anniversary_ahead",
        description="Days from as_of until whole years have passed since the last purchase.",
        phrase="whole years since the last purchase in {value}",
    ),
    _season(
        name="days_from_anniversary",
        unit="days",
        aggregate="last",
        measure="anniversary_distance",
        description="Days between the middle of the launch and the nearest anniversary of the last purchase.",
        phrase="the anniversary of the last purchase lies {value} from the middle of the launch",
    ),
)

_LAUNCHES = (
    _launches(
        name="launches_bought_in",
        aggregate="count",
        rows="first_in_launch",
        direction=1,
        description="Launches, of the latest three, in whose cart the lead bought.",
        phrase="of the last three launches, those with a purchase: {value}",
    ),
    _launches(
        name="last_launch_purchases",
        unit="times",
        aggregate="count",
        rows="in_last_launch",
        direction=1,
        description="Purchases in the launch that opened last.",
        phrase="bought {value} in the last launch",
    ),
    _launches(
        name="launches_since_first_purchase",
        aggregate="max",
        measure="launches_since",
        description="Launches, of the latest three, that opened since the first purchase.",
        phrase="of the last three launches, those since the first purchase: {value}",
    ),
    _launches(
        name="launches_since_last_purchase",
        aggregate="last",
        measure="launches_since",
        description="Launches, of the latest three, that opened since the last purchase.",
        phrase="of the last three launches, those since the last purchase: {value}",
    ),
    _launches(
        name="launches_since_first_capture",
        aggregate="max",
        source="captures",
        rows="any",
        measure="launches_since",
        description="Launches, of the latest three, that opened since the first capture.",
        phrase="of the last three launches, those since the lead first showed interest: {value}",
        phrase_missing="was never captured",
    ),
)

SEASON_FEATURES: tuple[Feature, ...] = _SEASONS + _LAUNCHES
