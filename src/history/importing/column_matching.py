"""Match the columns of an export to those of the contract, by their names and values."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from importlib import resources

from ..schema import INPUTS
from .type_inference import are_emails, infer_number_format, infer_time_format, infer_unix_divisor, list_distinct

_WORDS = tomllib.loads((resources.files(__package__) / "export_words.toml").read_text(encoding="utf-8"))
#: The words of exports for a purchase's status.
STATUS_WORDS: dict[str, str] = {word: status for status, words in _WORDS["status"].items() for word in words}
#: The columns that make a file a table: all of one of these sets.
_REQUIRED = {
    "launches": ({"launch_id", "strategy"},),
    "rates": ({"currency", "base", "day", "rate"},),
    "purchases": ({"occurred_at", "amount", "lead_id"}, {"occurred_at", "transaction_id", "lead_id"}),
    "events": ({"occurred_at", "event_type", "lead_id"},),
    "leads": ({"captured_at", "lead_id"},),
}
_COLUMNS = [column for table in INPUTS.values() for column in table.columns]
_TIMES = {column.name for column in _COLUMNS if column.kind == "instant"}
_NUMBERS = {column.name for column in _COLUMNS if column.kind in ("money", "integer", "number")}
_MAX_STATUSES = 25


def normalise_name(text: str) -> str:
    """Return a name as plain words: ``e mail`` for ``E-mail``, ``customer id`` for ``CustomerID``."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    letters = unicodedata.normalize("NFKD", spaced.lower()).encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[a-z0-9]+", letters))


def is_personal(column: str) -> bool:
    """Return whether a column is personal, by its name."""
    words = f"{normalise_name(column)} {normalise_name(column.lower())}"  # "WhatsApp" is one word and two
    return bool(set(_WORDS["who"]["personal"]) & set(words.split()))


def match_table(samples: Mapping[str, Sequence[str]]) -> tuple[str, dict[str, str]] | None:
    """Return the table that a file seems to be and its columns by the contract's names; None if it seems to be none."""
    for table, needs in _REQUIRED.items():
        roles = _match_columns(table, samples)
        if any(need <= set(roles) for need in needs):
            return table, roles
    return None


def _match_columns(table: str, samples: Mapping[str, Sequence[str]]) -> dict[str, str]:
    matches: dict[str, str] = {}
    for is_exact in (True, False):  # a column of just that name, before one whose name holds it
        for role, names in _WORDS[table].items():
            column = _find_column(role, names, samples, set(matches.values()), is_exact)
            if role not in matches and column is not None:
                matches[role] = column
    if table in ("purchases", "leads", "events"):
        emails = [column for column, values in samples.items() if are_emails(values)]
        free = {c: values for c, values in samples.items() if c not in matches.values() or c in emails}
        lead = _find_column("lead_id", _WORDS["who"]["lead_id"], free, set(), True) or next(iter(emails), None)
        if lead is not None:
            matches["lead_id"] = lead
    return matches


def _find_column(
    role: str, names: Sequence[str], samples: Mapping[str, Sequence[str]], taken: set[str], is_exact: bool
) -> str | None:
    """Return the column of the first name that matches (``is_exact``: the whole name) with plausible values."""
    called = {column: normalise_name(column) for column in samples if column not in taken}
    for name in names:
        for column, words in called.items():
            alike = words == name if is_exact else len(name) > 4 and f" {name} " in f" {words} "
            if alike and _is_plausible(role, samples[column]):
                return column
    return None


def _is_plausible(role: str, values: Sequence[str]) -> bool:
    distinct = list_distinct(values)
    if not distinct:
        return True
    if role in _TIMES:
        return infer_time_format(values) is not None or infer_unix_divisor(values) is not None
    if role in _NUMBERS:
        return infer_number_format(values) is not None
    return len(distinct) <= _MAX_STATUSES if role == "status" else True
