"""The hour and the day of the week where a lead lives, as far as its country tells."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from babel.core import get_global
from numpy.typing import NDArray

# Where a country has several zones: the one that most of its people live in.
_MOST_PEOPLE = {
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "ES": "Europe/Madrid",
    "ID": "Asia/Jakarta",
    "MX": "America/Mexico_City",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "US": "America/New_York",
}


def local_hour(instants: pa.ChunkedArray, countries: pa.ChunkedArray) -> NDArray[np.float64]:
    """0 to 23; UTC's where the country is unknown."""
    return _local(instants, countries, lambda times: times.dt.hour)


def local_weekday(instants: pa.ChunkedArray, countries: pa.ChunkedArray) -> NDArray[np.float64]:
    """0 (Monday) to 6; UTC's where the country is unknown."""
    return _local(instants, countries, lambda times: times.dt.dayofweek)


def _local(instants: pa.ChunkedArray, countries: pa.ChunkedArray, part: Callable[[Any], Any]) -> NDArray[np.float64]:
    times, country = instants.to_pandas(), countries.to_pandas().fillna("").astype("str")
    found = np.empty(len(times))
    for name, group in times.groupby(country.to_numpy()):
        found[group.index] = part(group.dt.tz_convert(_zone(str(name))))
    return found


def _zone(country: str) -> ZoneInfo:
    zones = get_global("territory_zones").get(country.upper(), [])
    name = _MOST_PEOPLE.get(country.upper()) or (zones[0] if zones else "UTC")
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # a zone that this system does not have
        return ZoneInfo("UTC")
