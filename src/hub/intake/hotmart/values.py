"""Values as Hotmart writes them: ids and amounts as numbers or texts, instants in milliseconds, seconds or ISO 8601."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from ....history.identity import normalise_phone
from ....history.timestamps import EPOCH
from ...errors import HubError

#: An object of JSON.
Object = Mapping[str, object]
MAX_ID = 200
MAX_NAME = 500
#: Below this a number of an instant is in seconds: in milliseconds it would be 1973.
_SECONDS_END = 100_000_000_000
_FIRST, _END = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_MAX_COUNT = 2_147_483_647
_MAX_AMOUNT = Decimal(10) ** 12
_MAX_COUNTRY_CODE = 3
_CURRENCY_LETTERS = 3
_MAX_LANGUAGE = 16


class UnreadableError(HubError):
    """A delivery whose rows cannot be made of it; ``code`` says which value is missing or wrong."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def get_object(value: object, *path: str) -> Object:
    """Return the object at a path inside another; empty where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def read_text(value: object, limit: int = MAX_ID) -> str:
    """Return a text, or a whole number as text; empty for anything else. What cannot be printed is left out."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    if isinstance(value, int) and abs(value) >= 10**limit:
        raise UnreadableError("text-too-long")
    text = "".join(letter for letter in str(value) if letter.isprintable()).strip()
    if len(text) > limit:
        raise UnreadableError("text-too-long")
    return text


def read_label(value: object, limit: int = MAX_ID) -> str:
    """Return a text that tells no sale apart: one that is too long is cut, since it keeps no sale out."""
    return read_text(value[:limit] if isinstance(value, str) else value, limit)


def read_instant(value: object) -> datetime | None:
    """Return an instant in UTC; None where nothing says one, as 0 does. Raises UnreadableError for what is none."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    if isinstance(value, str) and not value.strip().lstrip("-").isdigit():
        try:
            written = datetime.fromisoformat(value.strip())
        except ValueError:
            raise UnreadableError("instant") from None
        instant = written.replace(tzinfo=UTC) if written.tzinfo is None else written
    elif isinstance(value, int | float | str):
        try:
            number = int(value)
            if number <= 0:
                return None
            instant = EPOCH + timedelta(milliseconds=number * 1_000 if abs(number) < _SECONDS_END else number)
        except (ValueError, OverflowError):
            raise UnreadableError("instant") from None
    else:
        raise UnreadableError("instant")
    if not _FIRST <= instant < _END:
        raise UnreadableError("instant")
    return instant.astimezone(UTC)


def read_amount(value: object) -> Decimal | None:
    """Return an amount of money; None where nothing says one. Raises UnreadableError for what is none."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise UnreadableError("amount")
    try:
        amount = Decimal(str(value).strip())
    except (InvalidOperation, ValueError):
        raise UnreadableError("amount") from None
    if not amount.is_finite() or not 0 <= amount < _MAX_AMOUNT:
        raise UnreadableError("amount")
    return amount.quantize(Decimal("0.0001"))


def read_currency(text: str) -> str:
    """Return a currency's code; empty for what is none."""
    return text.upper() if len(text) == _CURRENCY_LETTERS and text.isalpha() and text.isascii() else ""


def read_language(text: str | None) -> str:
    """Return a language's tag; empty for what is none."""
    language = (text or "").strip()
    return language if len(language) <= _MAX_LANGUAGE and language.isprintable() else ""


def read_count(value: object) -> int | None:
    """Return a small whole number; None for anything else."""
    if isinstance(value, str) and value.strip().isdigit() and len(value.strip()) < MAX_ID:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None
    return int(value) if 0 <= value <= _MAX_COUNT and value == int(value) else None


def read_phone(number: str, code: str, country: str) -> str:
    """Return a number in E.164; empty where it is none. A checkout's code is often none, so the country decides."""
    if not number:
        return ""
    found = normalise_phone(number, country or None)
    if found is None and code.isdigit() and len(code) <= _MAX_COUNTRY_CODE:
        found = normalise_phone(f"+{code}{number}", None)
    return found or ""
