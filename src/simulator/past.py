"""What has happened to a block of leads so far."""

from dataclasses import dataclass

from .activity import Activity
from .arrays import FloatArray
from .captures import Captures
from .habits import Habits
from .orders import Orders
from .people import People


@dataclass(frozen=True)
class Past:
    """``orders`` up to now, ``habits`` where the world has a yearly rhythm.

    Everything else is over the whole span, for readers to cut at their ``as_of``.
    """

    people: People
    captures: Captures
    activity: Activity
    drops_out_at: FloatArray
    orders: Orders
    habits: Habits | None
