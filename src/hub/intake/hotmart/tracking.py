"""Where a sale came from: what a producer writes into ``sck``, split into UTM fields as the account says."""

import re

from ....language import Phrase
from ...errors import HubError
from ..row_writer import UTM_FIELDS
from .values import MAX_NAME, Object, read_label

#: How ``sck`` is split unless the account says otherwise.
DEFAULT_PATTERN = "campaign|medium|content"
_NAMES = {name.removeprefix("utm_"): name for name in UTM_FIELDS}
_FORM = re.compile(r"[a-z]+(?:([^a-z\s])[a-z]+(?:\1[a-z]+)*)?")


def check_pattern(pattern: str) -> str:
    """Return a pattern such as ``campaign|medium|content``. Raises HubError for one that names no UTM fields."""
    form = _FORM.fullmatch(pattern)
    names = re.split(r"[^a-z]", pattern)
    if form is None or not set(names) <= set(_NAMES) or len(set(names)) != len(names):
        raise HubError(
            Phrase(
                "{given!r} does not say how sck is split; name {names}, each once at most, with one sign between "
                "them, such as {example}",
                given=pattern,
                names=", ".join(_NAMES),
                example=DEFAULT_PATTERN,
            )
        )
    return pattern


def read_tracking(purchase: Object, pattern: str) -> dict[str, str]:
    """Return the UTM fields of a purchase. The pattern's last field has all that is left; ``src`` is the source."""
    origin = purchase.get("origin")
    origin = origin if isinstance(origin, dict) else {}
    sck = read_label(origin.get("sck") or purchase.get("sckPaymentLink"), MAX_NAME)
    source = read_label(origin.get("src"), MAX_NAME)
    names = re.split(r"[^a-z]", pattern)
    separator = next((letter for letter in pattern if not letter.isalpha()), "\n")
    parts = sck.split(separator, len(names) - 1) if sck else []
    fields = {_NAMES[name]: part.strip() for name, part in zip(names, parts, strict=False)}
    return dict.fromkeys(UTM_FIELDS, "") | ({"utm_source": source} if source else {}) | fields
