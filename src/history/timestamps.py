"""Instants as whole microseconds since 1970 (UTC): the form in which all kernels take them."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
MICROSECONDS_PER_SECOND = 1_000_000
MICROSECONDS_PER_MINUTE = 60 * MICROSECONDS_PER_SECOND
MICROSECONDS_PER_HOUR = 60 * MICROSECONDS_PER_MINUTE
MICROSECONDS_PER_DAY = 24 * MICROSECONDS_PER_HOUR
SECONDS_PER_HOUR = 3_600
SECONDS_PER_DAY = 24 * SECONDS_PER_HOUR
MILLISECONDS_PER_DAY = 1_000 * SECONDS_PER_DAY


def to_microseconds(time: datetime) -> int:
    """Return an aware time as microseconds since 1970 (UTC)."""
    return duration_to_microseconds(time - EPOCH)


def duration_to_microseconds(length: timedelta) -> int:
    """Return a length of time in whole microseconds."""
    return length // MICROSECOND


def series_to_microseconds(times: pd.Series) -> NDArray[np.int64]:
    """Return a column of aware times, none missing, as microseconds since 1970 (UTC)."""
    return np.asarray(times.astype("datetime64[us, UTC]").astype(np.int64), np.int64)
