"""Numbers with their unit: 73%, 73 / 100, 73 pts."""

import re
from collections import Counter
from collections.abc import Sequence

from ..history.sql import quote_literal

_WITH_UNIT = re.compile(r"[+-]?\d[\d.,]*(?P<unit>\s*(%|/\s*\d+|[^\W\d_]{2,}\.?))?")
_MIN_SHARE = 0.5


def find_unit(values: Sequence[str]) -> str:
    """Return what stands behind the numbers, such as ``%``; empty: nothing, or not always the same."""
    matches = [match for value in values if value and (match := _WITH_UNIT.fullmatch(value.strip()))]
    units = Counter(str(match["unit"]).strip() for match in matches if match["unit"])
    if len(units) != 1 or units.total() < _MIN_SHARE * len(matches):
        return ""
    return next(iter(units))


def strip_unit(value: str, unit: str) -> str:
    """Return the number of a text."""
    return value.strip().removesuffix(unit).strip() if unit else value


def build_unit_sql(text: str, unit: str) -> str:
    """Return SQL of the numbers of texts with a unit."""
    pattern = quote_literal(r"\s*" + re.escape(unit) + "$")
    return f"regexp_replace({text}, {pattern}, '')" if unit else text
