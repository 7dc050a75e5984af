"""Ids and instants as other services write them."""

from datetime import datetime, timedelta

from ...history.timestamps import EPOCH

#: An id: a number or a text.
WireId = int | str | None
#: An instant: milliseconds or seconds since 1970, or ISO 8601.
WireInstant = int | float | str | None


def format_milliseconds(instant: datetime) -> str:
    """Return an instant in milliseconds since 1970, as Hotmart's filters take it."""
    return str((instant - EPOCH) // timedelta(milliseconds=1))
