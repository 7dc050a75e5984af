"""Match a file of an export to a table of the contract, and its columns to the table's, by names and values."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import NamedTuple

from ..schema import INPUTS
from .column_kinds import (
    WORDS,
    has_word,
    is_identifier,
    is_of_people,
    is_personal,
    is_time,
    normalise_name,
)
from .file_sniffing import SniffedFile
from .lead_keys import LeadKey
from .type_inference import infer_number_format, list_distinct

#: The words of exports for a purchase's status.
STATUS_WORDS: dict[str, str] = {word: status for status, words in WORDS["status"].items() for word in words}
#: The stages of a deal that is a sale.
WON_STAGES = set(WORDS["won"]["stages"])
#: The columns that make a file one of these tables.
_REQUIRED = {"launches": {"launch_id", "strategy"}, "rates": {"currency", "base", "day", "rate"}}
_TIMES = {"purchases": "occurred_at", "events": "occurred_at", "leads": "captured_at"}
_NAMES = {name: set(words) for name, words in WORDS["names"].items()}
_COLUMNS = [column for table in INPUTS.values() for column in table.columns]
_ALL_TIMES = {column.name for column in _COLUMNS if column.kind == "instant"}
_NUMBERS = {column.name for column in _COLUMNS if column.kind in ("money", "integer", "number")}
_MAX_STATUSES, _MAX_PRICES = 25, 60
_MIN_WEIGHT = 2
_UNIQUE_SHARE = 0.95
_FRACTION = re.compile(r"[.,]\d\d\d\d+$|^0[.,]\d{3}")
#: Words of the things that a purchase's id may be called by.
_SALES = {
    *("basket", "boleto", "charge", "deal", "invoice", "negocio", "opportunity", "order", "payment", "pedido"),
    *("receipt", "sale", "ticket", "transacao", "transaction", "venda"),
}
_MOMENTS = {"at", "on", "date", "datetime", "day", "time", "timestamp", "when", "data", "dia", "hora", "em", "fecha"}
#: How the second and later columns of one name are told apart.
_NUMBER_OF_SAME = re.compile(r"_\d+$")
_NEVER = {"birth", "birthday", "nascimento", "expires", "expiry", "vencimento"}


class MatchedFile(NamedTuple):
    """A sniffed file and the table that it seems to hold.

    Attributes
    ----------
    file
        The file.
    table
        The table of the contract.
    columns
        The file's column for each of the table's.
    key
        What tells its leads apart; None for tables of no leads.
    """

    file: SniffedFile
    table: str
    columns: dict[str, str]
    key: LeadKey | None = None

    @property
    def has_deals(self) -> bool:
        """Whether its rows are deals, of which only the won ones are sales."""
        stages = self.file.samples[self.columns["status"]] if "status" in self.columns else []
        return any(normalise_name(stage) in WON_STAGES for stage in list_distinct(stages))


def match_table(file: SniffedFile, key: LeadKey | None) -> MatchedFile | None:
    """Return the table that a file seems to be, with its columns by the contract's names; None if it seems none."""
    for table, needs in _REQUIRED.items():
        roles = match_columns(table, file, None)
        if needs <= set(roles):
            return MatchedFile(file, table, roles)
    if key is None:
        return _match_periods(file)
    matches: list[tuple[int, MatchedFile]] = []
    for table, time in _TIMES.items():
        match = MatchedFile(file, table, match_columns(table, file, key.column), key)
        if time in match.columns:
            matches.append((sum(_WEIGHTS[table](match)), match))
    weight, best = max(matches, key=lambda pair: pair[0], default=(0, None))
    return best if weight >= _MIN_WEIGHT else None


def match_columns(table: str, file: SniffedFile, lead: str | None) -> dict[str, str]:
    samples = file.samples
    matches: dict[str, str] = {} if lead is None else {"lead_id": lead}
    for is_exact in (True, False):  # a column of just that name, before one whose name holds it
        for role, names in WORDS[table].items():
            taken = set(matches.values()) - ({lead or ""} if role in ("email", "phone") else set())
            column = _find_column(role, names, samples, taken, is_exact)
            if role not in matches and column is not None:
                matches[role] = column
    time = _TIMES.get(table)
    if time is not None and (time not in matches or has_word(matches[time], _NAMES["neither"])):
        best = find_time(table, samples)
        if best is not None:
            matches[time] = best
    if table == "purchases":
        _add_by_values(matches, file)
        matches |= find_currency(matches, samples)
    return matches


def find_currency(matches: Mapping[str, str], columns: Iterable[str]) -> dict[str, str]:
    """Return the column of the currency where several have one name: that which stands last before the amount's.

    Hotmart's report of sales has a column ``Moeda`` before each of its prices.
    """
    if not {"amount", "currency"} <= set(matches):
        return {}
    name = normalise_name(_NUMBER_OF_SAME.sub("", matches["currency"]))
    before = list(columns)[: list(columns).index(matches["amount"])]
    same = [column for column in before if normalise_name(_NUMBER_OF_SAME.sub("", column)) == name]
    return {"currency": same[-1]} if same else {}


def _find_column(
    role: str, names: Sequence[str], samples: Mapping[str, Sequence[str]], taken: set[str], is_exact: bool
) -> str | None:
    """Return the column of the first name that matches (``is_exact``: the whole name) with plausible values."""
    called = {column: normalise_name(column) for column in samples if column not in taken}
    for name in names:
        for column, words in called.items():
            alike = words == name if is_exact else len(name) > 4 and f" {name} " in f" {words} "
            if alike and _is_plausible(role, column, samples[column]):
                return column
    return None


def _is_plausible(role: str, column: str, values: Sequence[str]) -> bool:
    distinct = list_distinct(values)
    if role == "amount" and has_word(column, _NAMES["no_amount"]):
        return False
    if role == "offer" and has_word(column, _NAMES["prices"]):
        return False
    if not distinct:
        return role != "amount"
    if role in _ALL_TIMES:
        return is_time(values)
    if role in _NUMBERS:
        return infer_number_format(values) is not None
    if role == "event_type":
        return len(distinct) <= _MAX_STATUSES and not is_time(values)
    return len(distinct) <= _MAX_STATUSES if role == "status" else True


def find_time(table: str, samples: Mapping[str, Sequence[str]]) -> str | None:
    """Return the column of times that fits a table best by its name; None if no column's values are times."""
    wanted = _NAMES["sign_up"] if table == "leads" else _NAMES["sale"]
    ranks: list[tuple[float, int, str]] = []
    for position, (column, values) in enumerate(samples.items()):
        if is_time(values) and not has_word(column, _NEVER):
            words = set(normalise_name(column).split())
            filled = sum(map(bool, values)) / len(values)
            points = len(words & wanted) - 2 * len(words & _NAMES["neither"]) + filled
            if table == "leads":
                points -= len(words & (_NAMES["sale"] - wanted - {"date", "data", "day", "dia"}))
            ranks.append((points, -position, column))
    return max(ranks)[2] if ranks else None


def _add_by_values(matches: dict[str, str], file: SniffedFile) -> None:
    """Add a purchase's amount and id where no name tells them: decimals, and ids that never come twice."""
    free = {column: values for column, values in file.samples.items() if column not in matches.values()}
    if "amount" not in matches:
        amounts = [column for column, values in free.items() if _is_money(column, values)]
        amounts = amounts or [column for column, values in free.items() if _is_whole_money(column, values)]
        if amounts:
            matches["amount"] = amounts[0]
    if "transaction_id" not in matches:
        ids = (column for column, values in free.items() if is_identifier(column, values))
        column = next((each for each in ids if _may_be_sale(each) and not is_personal(each, free[each])), None)
        if column is not None:
            matches["transaction_id"] = column


def _may_be_sale(column: str) -> bool:
    return is_of_people(column) is None or has_word(column, _SALES)


def _is_money(column: str, values: Sequence[str]) -> bool:
    """Return whether values look like prices: not below zero, some with cents, none with more digits than two."""
    if has_word(column, _NAMES["no_amount"]) or infer_number_format(values) is None or is_time(values):
        return False
    different = list_distinct(values)
    has_cents = any(not value.isdigit() for value in different)
    return has_cents and not any(value.startswith("-") or _FRACTION.search(value) for value in different)


def _is_whole_money(column: str, values: Sequence[str]) -> bool:
    """Return whether values of a column without a name may be prices in whole units: some that come again and again."""
    different = list_distinct(values)
    some = 2 < len(different) <= min(_MAX_PRICES, len(values) / 4)
    return column.startswith("column_") and some and all(v.isdigit() and len(v) < 6 for v in different)


def _match_periods(file: SniffedFile) -> MatchedFile | None:
    """Return the launches of a file of campaigns, each with a name, a start and an end."""
    times = [column for column, values in file.samples.items() if is_time(values)]
    starts = [column for column in times if has_word(column, _NAMES["starts"])]
    ends = [column for column in times if has_word(column, _NAMES["ends"])]
    names = [
        column
        for column, values in file.samples.items()
        if column not in times and values and all(values) and len(set(values)) == len(values)
    ]
    if not (starts and ends and names):
        return None
    columns = {"launch_id": names[0], "cart_opens_at": starts[0], "cart_closes_at": ends[0]}
    return MatchedFile(file, "launches", columns)


def _weigh_purchases(match: MatchedFile) -> Iterator[int]:
    yield _weigh_contract(match)
    columns, samples = match.columns, match.file.samples
    named = "transaction_id" in columns and _has_role_name("purchases", "transaction_id", columns["transaction_id"])
    yield 2 * named
    yield 2 * ("amount" in columns)
    statuses = (
        {STATUS_WORDS.get(normalise_name(value)) for value in list_distinct(samples[columns["status"]])}
        if ("status" in columns)
        else set()
    )
    yield 2 * bool(statuses & {"approved", "complete"})
    yield 3 * (
        match.has_deals or bool({"won", "sold", "purchased"} & set(normalise_name(columns["occurred_at"]).split()))
    )
    yield 2 * _is_file_of(match.file, "sales_files")


def _weigh_leads(match: MatchedFile) -> Iterator[int]:
    yield _weigh_contract(match)
    samples, time = match.file.samples, match.columns["captured_at"]
    yield 2 * (not _comes_again(match))
    yield 2 * (has_word(time, _NAMES["sign_up"]) and not has_word(time, _NAMES["neither"] - {"activity"}))
    yield 2 * _is_file_of(match.file, "people_files")
    yield any(is_personal(column, values) for column, values in samples.items() if column != match.columns["lead_id"])
    yield 2 * any(name.startswith("utm_") for name in match.columns)


def _weigh_events(match: MatchedFile) -> Iterator[int]:
    yield _weigh_contract(match)
    yield 3 * ("event_type" in match.columns)
    moment = has_word(match.columns["occurred_at"], _MOMENTS | _NAMES["sale"])
    yield (1 + moment) * _comes_again(match)
    yield 2 * _is_file_of(match.file, "events_files")


def _weigh_contract(match: MatchedFile) -> int:
    """Return a great weight where the file has the contract's own columns."""
    required = {column.name for column in INPUTS[match.table].columns if column.required}
    return 10 * (required <= set(match.file.samples))


_WEIGHTS = {"purchases": _weigh_purchases, "leads": _weigh_leads, "events": _weigh_events}


def _comes_again(match: MatchedFile) -> bool:
    leads = [value for value in match.file.samples[match.columns["lead_id"]] if value]
    return len(set(leads)) < _UNIQUE_SHARE * len(leads)


def _has_role_name(table: str, role: str, column: str) -> bool:
    name = normalise_name(column)
    return any(name == word or (len(word) > 4 and f" {word} " in f" {name} ") for word in WORDS[table][role])


def _is_file_of(file: SniffedFile, kind: str) -> bool:
    name = normalise_name(PurePath(file.path.name).stem + " " + (file.dialect.sheet or "")).split()
    return bool(_NAMES[kind] & {*name, *(word.removesuffix("s") for word in name)})
