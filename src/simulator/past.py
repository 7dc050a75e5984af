"""What has happened to a block of leads so far."""

from dataclasses import dataclass

from simulator.activity import Activity
from simulator.arrays import FloatArray
from simulator.captures import Captures
from simulator.orders import Orders
from simulator.people import People


@dataclass(frozen=True)
class Past:
    """``orders`` up to now; everything else over the whole span, for readers to cut at their ``as_of``."""

    people: People
    captures: Captures
    activity: Activity
    drops_out_at: FloatArray
    orders: Orders
