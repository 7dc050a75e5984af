"""E-mail addresses and telephone numbers as one person's are written in one way."""

import phonenumbers

#: Providers that see no difference between addresses with and without dots.
_DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}


def normalise_email(text: str) -> str | None:
    """Lower case, without what follows a plus sign, without dots where the provider ignores them; None: no address."""
    local, _, domain = text.strip().lower().rpartition("@")
    local = local.split("+", 1)[0]
    if domain in _DOTLESS:
        local, domain = local.replace(".", ""), _DOTLESS[domain]
    return f"{local}@{domain}" if local and "." in domain else None


def normalise_phone(text: str, country: str | None) -> str | None:
    """E.164 (``+5511...``); a number without a country code is one of ``country`` (ISO 3166). None: no number."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
