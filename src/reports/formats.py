"""Numbers and instants as a report writes them."""

from datetime import datetime

#: Stands for a value that is undefined.
DASH = "–"


def format_percent(value: float | None) -> str:
    """Return a share as a percentage with one decimal."""
    return DASH if value is None else f"{100 * value:.1f}%"


def format_number(value: float | None, digits: int = 3) -> str:
    """Return a number with so many decimals."""
    if value is None:
        return DASH
    text = f"{abs(value):.{digits}f}"
    return f"−{text}" if value < 0 and float(text) else text


def format_signed(value: float | None, digits: int = 3) -> str:
    """Return a difference, with its sign."""
    text = format_number(value, digits)
    return f"+{text}" if value is not None and value >= 0 and not text.startswith("−") else text


def format_count(value: int) -> str:
    """Return a count with a comma between thousands."""
    return f"{value:,}"


def format_instant(value: str | None) -> str:
    """Return an ISO instant as date and minute; at midnight, as the date alone."""
    if not value:
        return DASH
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return value
    return f"{when:%Y-%m-%d}" if (when.hour, when.minute) == (0, 0) else f"{when:%Y-%m-%d %H:%M}"
