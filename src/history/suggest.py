"""A proposed mapping for a folder of exports: what it seems to hold, with whatever is unsure marked and why."""

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from history.csv_files import Form
from history.errors import HistoryError
from history.files import SUFFIXES
from history.roles import STATUSES, is_personal, plain, table_of
from history.sniff import Sniffed, sniff
from history.sources import literal, quoted
from history.written import distinct, number_form, seems_email, time_form, unix_divisor

_UNSURE = "# UNSURE: "
_HEAD = """\
# A proposal: read it, mend the lines marked UNSURE, then `hotleads import SRC DIR --mapping` this file.
# docs/importing.md explains every key.
"""
_WHICH_ZONE = "in which zone were the times without an offset written?"
_PORTUGUESE = {"data", "valor", "produto", "transacao", "nome", "telefone", "preco", "moeda", "pais", "situacao"}
_OTHER_SUFFIXES = (".txt", ".tsv")
_MANY = 12


def suggest(folder: Path) -> str:
    """The text of a mapping for the exports in ``folder``. Raises HistoryError where there are none."""
    if not folder.is_dir():
        raise HistoryError(f"{folder} is no folder; give the folder that holds the exports")
    paths = sorted(p for p in folder.iterdir() if p.is_file() and p.name.endswith((*SUFFIXES, *_OTHER_SUFFIXES)))
    parts: list[str] = []
    found: list[tuple[Sniffed, str, dict[str, str]]] = []
    for path in paths:
        try:
            sniffed = sniff(path)
        except HistoryError as error:
            parts.append(f"{_UNSURE}left out: {error}\n")
            continue
        table = table_of(sniffed.samples)
        if table is None:
            named = ", ".join(list(sniffed.samples)[:_MANY])
            parts.append(f"{_UNSURE}left out: {path.name} looks like none of the tables; its columns are {named}\n")
        else:
            found.append((sniffed, *table))
    if not found:
        raise HistoryError(f"nothing in {folder} looks like leads, purchases, events or launches\n" + "".join(parts))
    groups = _groups(found)
    several = [table for _, table, _ in groups]
    parts += [_source(name, files, roles) for name, (files, _, roles) in zip(_names(groups), groups, strict=True)]
    parts += [
        _table(name, files[0], table, roles, several.count(table) > 1)
        for name, (files, table, roles) in zip(_names(groups), groups, strict=True)
    ]
    if "launches" not in several:
        parts.append(_example_launch(found))
    return "\n".join([_HEAD + _zone(found), *parts])


Group = tuple[list[Sniffed], str, dict[str, str]]


def _groups(found: Sequence[tuple[Sniffed, str, dict[str, str]]]) -> list[Group]:
    """Files of the same table, columns and form, together."""
    groups: dict[str, Group] = {}
    for sniffed, table, roles in found:
        key = repr((table, sorted(sniffed.samples), sniffed.form, _times(sniffed), _numbers(sniffed)))
        groups.setdefault(key, ([], table, roles))[0].append(sniffed)
    return list(groups.values())


def _names(groups: Sequence[Group]) -> list[str]:
    tables = [table for _, table, _ in groups]
    return [f"{table}_{number}" if tables.count(table) > 1 else table for number, table in enumerate(tables, 1)]


def _zone(found: Sequence[tuple[Sniffed, str, dict[str, str]]]) -> str:
    words = {word for sniffed, _, _ in found for column in sniffed.samples for word in plain(column).split()}
    if len(words & _PORTUGUESE) > 1:
        return f'{_UNSURE}{_WHICH_ZONE}; the headers are in Portuguese\ntimezone = "America/Sao_Paulo"\n'
    return f'{_UNSURE}{_WHICH_ZONE}\ntimezone = "UTC"\n'


# -------------------------------------------------------------------------------------------------------- the sources
def _source(name: str, files: Sequence[Sniffed], roles: dict[str, str]) -> str:
    first = files[0]
    names = [sniffed.path.name for sniffed in files]
    lines = [f"[source.{name}]", f"file = {_toml(names if len(names) > 1 else names[0])}"]
    for key, default in vars(Form()).items():
        value = getattr(first.form, key)
        doubt = next((sniffed.doubts[key] for sniffed in files if key in sniffed.doubts), "")
        if value != default or doubt:
            lines += [*_doubted(doubt), f"{key} = {_toml(value)}"]
    for key, columns in (("times", _times(first)), ("numbers", _numbers(first))):
        if columns:
            lines.append(f"[source.{name}.{key}]")
        for column, (form, doubt) in columns.items():
            line = f"{_key(column)} = {_toml(form)}"
            lines += [*_doubted(doubt), line] if column in roles.values() else [_printable(f"# {line}")]
    return "\n".join(lines) + "\n"


def _times(sniffed: Sniffed) -> dict[str, tuple[str, str]]:
    """The columns of times that are not in ISO 8601."""
    found = {column: time_form(values) for column, values in sniffed.samples.items()}
    return {column: (form.form, form.doubt) for column, form in found.items() if form and form.form}


def _numbers(sniffed: Sniffed) -> dict[str, tuple[str, str]]:
    """The columns of numbers that are written with more than digits and a point."""
    found = {column: number_form(values) for column, values in sniffed.samples.items()}
    return {column: (form.form, form.doubt) for column, form in found.items() if form and form.form}


# --------------------------------------------------------------------------------------------------------- the tables
def _table(source: str, sniffed: Sniffed, table: str, roles: dict[str, str], several: bool) -> str:
    lines = [f"[[{table}]]" if several else f"[{table}]", f'from = "{source}"', f"[{table}.columns]"]
    if table == "purchases" and "transaction_id" not in roles:
        lines += _doubted("no column looks like the transaction's id: each row is taken for one")
        lines.append("""transaction_id = "'row-' || _file || '-' || _row\"""")
    if table == "purchases" and "status" not in roles:
        lines += _doubted("no column looks like a status: every row is taken for a purchase")
    if table == "purchases" and "amount" not in roles:
        lines += _doubted("no column looks like an amount")
    for role, column in sorted(roles.items(), key=lambda pair: pair[0] not in ("lead_id", "transaction_id")):
        lines += _column(role, column, sniffed)
    if table == "leads":
        lines += _answers(sniffed, roles)
    return "\n".join(lines) + "\n"


def _column(role: str, column: str, sniffed: Sniffed) -> list[str]:
    """The lines of one column of the table."""
    values, name = sniffed.samples[column], quoted(column)
    doubt, sql = "", name
    if role == "lead_id":
        if seems_email(values):  # an id is in every table, an address must not be
            doubt = "leads are told apart by their address, hashed: have the other files the same address?"
            sql = f"sha256(lower(trim({name})))"
    elif role == "status":
        doubt, sql = _status(values, name)
    elif (divisor := unix_divisor(values)) and role.endswith("_at"):
        sql = f"to_timestamp(CAST({name} AS DOUBLE) / {divisor})"
    elif role == "amount" and (form := number_form(values)) and not form.form:
        doubt = form.doubt
    return [*_doubted(doubt), f"{role} = {_toml(sql)}"]


def _status(values: Sequence[str], name: str) -> tuple[str, str]:
    known: dict[str, str] = {}
    unknown = []
    for value in distinct(values):
        status = STATUSES.get(plain(value))
        if status is None:
            unknown.append(value)
        elif value.lower() != status:
            known[value.lower()] = status
    doubt = f"no translation for {', '.join(map(repr, unknown))}: add one, or leave those rows out" if unknown else ""
    if not known:
        return doubt, name
    cases = " ".join(f"WHEN {literal(value)} THEN {literal(status)}" for value, status in known.items())
    return doubt, f"CASE lower(trim({name})) {cases} ELSE {name} END"


def _answers(sniffed: Sniffed, roles: dict[str, str]) -> list[str]:
    """The columns left over, as form fields to choose from; those that tell who somebody is are named and left out."""
    left = [column for column in sniffed.samples if column not in roles.values()]
    personal = [column for column in left if is_personal(column) or seems_email(sniffed.samples[column])]
    lines = [f"# left out as personal: {', '.join(personal)}"] if personal else []
    for column in left:
        field = plain(column).removeprefix("attr ").replace(" ", "_")
        if column in personal or not field:
            continue
        line = f"attr_{field} = {_toml(quoted(column))}"
        count = len(distinct(sniffed.samples[column]))
        known = column.startswith("attr_")
        lines.append(line if known else f"# {line}     # an answer to learn from? different values: {count}")
    return list(map(_printable, lines))


def _example_launch(found: Sequence[tuple[Sniffed, str, dict[str, str]]]) -> str:
    """A launch in the last week of what was read, to be replaced."""
    days = [
        day
        for sniffed, _, roles in found
        for role, column in roles.items()
        if role.endswith("_at")
        for day in _days(sniffed, column)
    ]
    last = max(days, default=datetime(2024, 1, 8)).replace(hour=0, minute=0, second=0, microsecond=0)  # noqa: DTZ001
    return (
        f"{_UNSURE}no file tells of launches. This one is an example: write yours, one [[launches]] each\n"
        f'[[launches]]\nlaunch_id = "example"\nstrategy = "classic"\n'
        f"cart_opens_at = {last - timedelta(days=7):%Y-%m-%d}\ncart_closes_at = {last:%Y-%m-%d}\n"
    )


def _days(sniffed: Sniffed, column: str) -> list[datetime]:
    values = distinct(sniffed.samples[column])
    form, divisor = time_form(values), unix_divisor(values)
    if divisor:
        return [datetime.fromtimestamp(int(value) / divisor) for value in values]  # noqa: DTZ006  (a day is enough)
    days = []
    for value in values if form else []:
        pattern, text = (form.form, value) if form and form.form else ("%Y-%m-%d", value[:10])
        try:
            days.append(datetime.strptime(text, pattern).replace(tzinfo=None))  # noqa: DTZ007
        except ValueError:
            continue
    return days


# ------------------------------------------------------------------------------------------------------------ as TOML
def _doubted(why: str) -> list[str]:
    return [_printable(_UNSURE + why)] if why else []


def _printable(line: str) -> str:
    """A comment's text on one line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in line).split(" "))


def _key(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else _toml(text)


def _toml(value: object) -> str:
    if isinstance(value, str) and value.isprintable() and '"' in value and "\\" not in value:
        if "'" not in value:
            return f"'{value}'"
        if not value.endswith('"') and '"""' not in value:
            return f'"""{value}"""'
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
