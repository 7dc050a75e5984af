"""E-mail addresses and telephone numbers in one normal form, so that one person's are equal."""

import phonenumbers

#: Addresses with one normal form have one key; others may share it. ``{email}`` stands for the column.
EMAIL_KEY_SQL = "replace(split_part(split_part(lower(trim({email})), '@', 1), '+', 1), '.', '')"

#: Providers that ignore dots in an address.
_DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}


def normalise_email(text: str) -> str | None:
    """Return an address in lower case, without a ``+tag`` and dots; None: no address.

    Dots are kept where the provider does not ignore them.
    """
    local, _, domain = text.strip().lower().rpartition("@")
    local = local.split("+", 1)[0]
    if domain in _DOTLESS:
        local, domain = local.replace(".", ""), _DOTLESS[domain]
    return f"{local}@{domain}" if local and "." in domain else None


def normalise_phone(text: str, country: str | None) -> str | None:
    """Return a number in E.164 (``+5511...``), by default of ``country`` (ISO 3166); None: invalid."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
