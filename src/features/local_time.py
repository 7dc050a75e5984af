"""The local time of a lead, by its country."""

from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from babel.core import get_global
from numpy.typing import NDArray

# Of countries with several zones, the one that most of their people live in.
_MAIN_ZONES = {
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
# The contract's times lie between; before and after, the offsets of the first and last year hold.
_FIRST, _LAST = "1900-01-01", "2201-01-01"
_PROBE_DAYS = 7  # a change that is undone sooner is not found


class UtcOffsets(NamedTuple):
    """UTC offsets of some countries, and UTC's last: country ``i`` has the entries ``[zones[i, 0], zones[i, 1])``."""

    zones: NDArray[np.int64]
    transitions: NDArray[np.int64]  # microseconds UTC from which an entry holds; a country's first holds before it too
    offsets: NDArray[np.int64]  # microseconds to add to UTC


@lru_cache(maxsize=1024)
def build_utc_offsets(countries: tuple[str, ...]) -> UtcOffsets:
    """Build the UTC offsets of countries (ISO 3166-1 alpha-2; UTC for an unknown one), and UTC's behind them."""
    parts = [_find_transitions(_find_zone(country)) for country in countries]
    parts.append((np.zeros(1, np.int64), np.zeros(1, np.int64)))
    ends = np.cumsum([len(transitions) for transitions, _ in parts])
    zones = np.column_stack([np.concatenate(([0], ends[:-1])), ends])
    return UtcOffsets(zones, np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]))


@lru_cache(maxsize=512)
def _find_transitions(zone: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the instants at which a zone's offset changes, each with the offset that holds from it on."""
    probes = pd.date_range(_FIRST, _LAST, freq=f"{_PROBE_DAYS}D", unit="us").asi8
    offsets = _compute_offsets(probes, zone)
    changed = np.flatnonzero(np.diff(offsets))
    before, after, old = probes[changed], probes[changed + 1], offsets[changed]
    while len(changed) and (after - before).max() > 1:  # bisect all transitions at once
        middle = (before + after) // 2
        same = _compute_offsets(middle, zone) == old
        before, after = np.where(same, middle, before), np.where(same, after, middle)
    return np.concatenate((probes[:1], after)), np.concatenate((offsets[:1], offsets[changed + 1]))


def _compute_offsets(instants: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    local = pd.DatetimeIndex(instants.view("datetime64[us]")).tz_localize("UTC").tz_convert(zone)
    return np.asarray(local.tz_localize(None).asi8 - instants, np.int64)


def _find_zone(country: str) -> str:
    zones = get_global("territory_zones").get(country.upper(), [])
    name = _MAIN_ZONES.get(country.upper()) or (zones[0] if zones else "UTC")
    try:
        return ZoneInfo(name).key
    except (KeyError, OSError, ValueError):  # a zone that this system does not have
        return "UTC"
