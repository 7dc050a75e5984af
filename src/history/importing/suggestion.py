"""A proposed mapping for a folder of exports: what it seems to hold, with whatever is unsure marked and why."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from ..errors import HistoryError
from .column_matching import match_table, normalise_name
from .csv_files import CsvDialect
from .file_sniffing import SniffedFile, list_sheets, sniff_file
from .files import SUFFIXES
from .suggested_people import has_people, render_people
from .suggested_table import render_table
from .suggestion_text import UNSURE, render_doubt, render_toml, render_toml_key, to_printable
from .type_inference import infer_number_format, infer_time_format, infer_unix_divisor, list_distinct

_HEAD = """\
# A proposal: read it, mend the lines marked UNSURE, then `hotleads import SRC DIR --mapping` this file.
# docs/importing.md explains every key.
"""
_WHICH_ZONE = "in which zone were the times without an offset written?"
_PORTUGUESE = {"data", "valor", "produto", "transacao", "nome", "telefone", "preco", "moeda", "pais", "situacao"}
_OTHER_SUFFIXES = (".txt", ".tsv")
_MANY = 12
_BLANKS = "blanks seem to keep them apart: take each line whole and cut it, as data/mappings/cdnow.toml does"


def suggest_mapping(folder: Path) -> str:
    """The text of a mapping for the exports in ``folder``. Raises HistoryError where there are none."""
    if not folder.is_dir():
        raise HistoryError(f"{folder} is no folder; give the folder that holds the exports")
    paths = sorted(p for p in folder.iterdir() if p.is_file() and p.name.endswith((*SUFFIXES, *_OTHER_SUFFIXES)))
    parts: list[str] = []
    unknown: list[SniffedFile] = []
    found: list[tuple[SniffedFile, str, dict[str, str]]] = []
    for sniffed in (sniffed for path in paths for sniffed in _sniffed(path, parts)):
        table = match_table(sniffed.samples)
        if table is None:
            unknown.append(sniffed)
        else:
            found.append((sniffed, *table))
    people = next(filter(has_people, unknown), None) if not found else None
    parts += [_left_out(sniffed) for sniffed in unknown if sniffed is not people]
    if people is not None:
        head = f'{_HEAD}timezone = "UTC"\n'
        return "\n".join([head, *parts, _source("people", [people], {}), render_people("people", people)])
    if not found:
        raise HistoryError(f"nothing in {folder} looks like leads, purchases, events or launches\n" + "".join(parts))
    groups = _groups(found)
    several = [table for _, table, _ in groups]
    parts += [_source(name, files, roles) for name, (files, _, roles) in zip(_names(groups), groups, strict=True)]
    parts += [
        render_table(name, files[0], table, roles, several.count(table) > 1)
        for name, (files, table, roles) in zip(_names(groups), groups, strict=True)
    ]
    if "launches" not in several:
        parts.append(_example_launch(found))
    return "\n".join([_HEAD + _zone(found), *parts])


def _sniffed(path: Path, left_out: list[str]) -> Iterator[SniffedFile]:
    """What a file, or each sheet of a workbook, seems to hold; what cannot be read is told to ``left_out``."""
    try:
        sheets = list_sheets(path)
    except HistoryError as error:
        left_out.append(f"{UNSURE}left out: {error}\n")
        return
    for sheet in sheets:
        try:
            yield sniff_file(path, sheet)
        except HistoryError as error:
            left_out.append(f"{UNSURE}left out: {error}\n")


def _left_out(sniffed: SniffedFile) -> str:
    named = ", ".join(list(sniffed.samples)[:_MANY])
    blanks = len(sniffed.samples) == 1 and len(re.split(r"\s{2,}|\t", named)) > 1
    hint = f"; {_BLANKS}" if blanks else ""
    return f"{UNSURE}left out: {sniffed.name} looks like none of the tables; its columns are {named}{hint}\n"


Group = tuple[list[SniffedFile], str, dict[str, str]]


def _groups(found: Sequence[tuple[SniffedFile, str, dict[str, str]]]) -> list[Group]:
    """Files of the same table, columns and form, together."""
    groups: dict[str, Group] = {}
    for sniffed, table, roles in found:
        key = repr((table, sorted(sniffed.samples), sniffed.form, _times(sniffed), _numbers(sniffed)))
        groups.setdefault(key, ([], table, roles))[0].append(sniffed)
    return list(groups.values())


def _names(groups: Sequence[Group]) -> list[str]:
    tables = [table for _, table, _ in groups]
    return [f"{table}_{number}" if tables.count(table) > 1 else table for number, table in enumerate(tables, 1)]


def _zone(found: Sequence[tuple[SniffedFile, str, dict[str, str]]]) -> str:
    words = {word for sniffed, _, _ in found for column in sniffed.samples for word in normalise_name(column).split()}
    if len(words & _PORTUGUESE) > 1:
        return f'{UNSURE}{_WHICH_ZONE}; the headers are in Portuguese\ntimezone = "America/Sao_Paulo"\n'
    return f'{UNSURE}{_WHICH_ZONE}\ntimezone = "UTC"\n'


def _source(name: str, files: Sequence[SniffedFile], roles: dict[str, str]) -> str:
    first = files[0]
    names = [sniffed.path.name for sniffed in files]
    lines = [f"[source.{name}]", f"file = {render_toml(names if len(names) > 1 else names[0])}"]
    for key, default in vars(CsvDialect()).items():
        value = getattr(first.form, key)
        doubt = next((sniffed.doubts[key] for sniffed in files if key in sniffed.doubts), "")
        if value != default or doubt:
            lines += [*render_doubt(doubt), f"{key} = {render_toml(value)}"]
    for key, columns in (("times", _times(first)), ("numbers", _numbers(first))):
        if columns:
            lines.append(f"[source.{name}.{key}]")
        for column, (form, doubt) in columns.items():
            line = f"{render_toml_key(column)} = {render_toml(form)}"
            lines += [*render_doubt(doubt), line] if column in roles.values() else [to_printable(f"# {line}")]
    return "\n".join(lines) + "\n"


def _times(sniffed: SniffedFile) -> dict[str, tuple[str, str]]:
    """The columns of times that are not in ISO 8601."""
    found = {column: infer_time_format(values) for column, values in sniffed.samples.items()}
    return {column: (form.form, form.doubt) for column, form in found.items() if form and form.form}


def _numbers(sniffed: SniffedFile) -> dict[str, tuple[str, str]]:
    """The columns of numbers that are written with more than digits and a point."""
    found = {column: infer_number_format(values) for column, values in sniffed.samples.items()}
    return {column: (form.form, form.doubt) for column, form in found.items() if form and form.form}


def _example_launch(found: Sequence[tuple[SniffedFile, str, dict[str, str]]]) -> str:
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
        f"{UNSURE}no file tells of launches. This one is an example: write yours, one [[launches]] each\n"
        f'[[launches]]\nlaunch_id = "example"\nstrategy = "classic"\n'
        f"cart_opens_at = {last - timedelta(days=7):%Y-%m-%d}\ncart_closes_at = {last:%Y-%m-%d}\n"
    )


def _days(sniffed: SniffedFile, column: str) -> list[datetime]:
    values = list_distinct(sniffed.samples[column])
    form, divisor = infer_time_format(values), infer_unix_divisor(values)
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
