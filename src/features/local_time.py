"""The clock where a lead lives, as far as its country tells."""

from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
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
# The contract's times lie between; what a clock did before and after is that of the first and last year.
_FIRST, _LAST = "1900-01-01", "2201-01-01"
_PROBE_DAYS = 7  # clocks that are changed back sooner are not known


class UtcOffsets(NamedTuple):
    """The clocks of some countries, and UTC's last: clock ``i`` has the entries ``[zones[i, 0], zones[i, 1])``."""

    zones: NDArray[np.int64]
    changes: NDArray[np.int64]  # microseconds UTC from which an entry holds; the first of a clock holds before it too
    shifts: NDArray[np.int64]  # microseconds to add to UTC


@lru_cache(maxsize=1024)
def build_utc_offsets(countries: tuple[str, ...]) -> UtcOffsets:
    """The clocks of these countries (ISO 3166-1 alpha-2), UTC for one that is not known, and UTC's behind them."""
    parts = [_changes(_zone(country)) for country in countries] + [(np.zeros(1, np.int64), np.zeros(1, np.int64))]
    ends = np.cumsum([len(changes) for changes, _ in parts])
    zones = np.column_stack([np.concatenate(([0], ends[:-1])), ends])
    return UtcOffsets(zones, np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]))


@lru_cache(maxsize=512)
def _changes(zone: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The instants at which a zone's clock is changed, each with the shift that holds from it on."""
    probes = pd.date_range(_FIRST, _LAST, freq=f"{_PROBE_DAYS}D", unit="us").asi8
    shifts = _shifts(probes, zone)
    changed = np.flatnonzero(np.diff(shifts))
    before, after, old = probes[changed], probes[changed + 1], shifts[changed]
    while len(changed) and (after - before).max() > 1:  # all changes are closed in on at once
        middle = (before + after) // 2
        same = _shifts(middle, zone) == old
        before, after = np.where(same, middle, before), np.where(same, after, middle)
    return np.concatenate((probes[:1], after)), np.concatenate((shifts[:1], shifts[changed + 1]))


def _shifts(instants: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    there = pd.DatetimeIndex(instants.view("datetime64[us]")).tz_localize("UTC").tz_convert(zone)
    return np.asarray(there.tz_localize(None).asi8 - instants, np.int64)


def _zone(country: str) -> str:
    zones = get_global("territory_zones").get(country.upper(), [])
    name = _MOST_PEOPLE.get(country.upper()) or (zones[0] if zones else "UTC")
    try:
        return ZoneInfo(name).key
    except (KeyError, OSError, ValueError):  # a zone that this system does not have
        return "UTC"
