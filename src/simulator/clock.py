"""Time inside the simulator: seconds since 1970 in UTC, and a daily rhythm as a change of clock.

People act by day and sleep by night. Instead of thinning every process hour by hour, all processes run on an *even*
clock, and one monotone map turns even time into real time: within each local day it follows the inverse of the
cumulated hourly activity. A day stays a day, so what is known in closed form on the even clock (a Poisson count in a
window of whole days, a waiting time) stays known in real time.
"""

import numpy as np

from ..history.timestamps import SECONDS_PER_DAY, SECONDS_PER_HOUR
from .arrays import FloatArray, IntArray

HOUR, DAY = SECONDS_PER_HOUR, SECONDS_PER_DAY
WEEK = 7 * DAY

# Share of a day's activity per local hour: asleep before six, peaks at noon and after dinner. Assumed, not measured.
HOURLY_ACTIVITY = np.array(
    [
        1.6,
        0.8,
        0.5,
        0.4,
        0.4,
        0.6,
        1.4,
        2.8,
        4.2,
        5.2,
        5.8,
        6.0,
        6.2,
        5.6,
        5.4,
        5.4,
        5.4,
        5.4,
        5.6,
        6.4,
        7.4,
        7.6,
        6.2,
        3.7,
    ]
)
FLAT_ACTIVITY = np.ones(24)


class DailyClock:
    """Maps even time to real time and back for leads at a fixed offset from UTC.

    Parameters
    ----------
    hourly_activity : 24 positive weights, local hour 0 to 23; equal weights give the identity.
    """

    def __init__(self, hourly_activity: FloatArray) -> None:
        share: FloatArray = np.asarray(np.cumsum(hourly_activity) / hourly_activity.sum(), dtype=np.float64)
        self._share: FloatArray = np.concatenate([np.zeros(1), share * DAY])
        self._hours: FloatArray = np.arange(25, dtype=np.float64) * HOUR

    def to_real(self, even: FloatArray, utc_offset: FloatArray) -> FloatArray:
        """Return even seconds (UTC) to real seconds (UTC); ``utc_offset`` in seconds, one a row."""
        return self._warp(even, utc_offset, self._share, self._hours)

    def to_even(self, real: FloatArray, utc_offset: FloatArray) -> FloatArray:
        """Return the inverse of :meth:`to_real`."""
        return self._warp(real, utc_offset, self._hours, self._share)

    def between(
        self,
        start: FloatArray | IntArray,
        end: FloatArray | IntArray,
        utc_offset: FloatArray,
        part: FloatArray,
    ) -> FloatArray:
        """Return the real instant at ``part`` (0 to 1) of the activity between two real instants."""
        first = self.to_even(start.astype(float), utc_offset)
        last = self.to_even(end.astype(float), utc_offset)
        return self.to_real(first + part * (last - first), utc_offset)

    @staticmethod
    def _warp(time: FloatArray, utc_offset: FloatArray, source: FloatArray, target: FloatArray) -> FloatArray:
        """Map times from one clock to the other; never (infinity) stays never."""
        local = np.where(np.isfinite(time), time + utc_offset, 0.0)
        midnight = np.floor(local / DAY) * DAY
        warped = midnight + np.interp(local - midnight, source, target) - utc_offset
        return np.where(np.isfinite(time), warped, time)


def floor_to_seconds(time: FloatArray) -> IntArray:
    """Round down to whole seconds, so that order relative to any whole second is kept."""
    return np.floor(time).astype(np.int64)
