"""A suggested mapping for a folder of exports: what it seems to hold, with every doubt marked."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from ..errors import HistoryError
from .column_matching import match_table, normalise_name
from .csv_files import CsvDialect
from .file_sniffing import SniffedFile, list_sheets, sniff_file
from .files import SUFFIXES
from .suggested_people import has_people, render_people
from .suggested_table import MatchedFile, render_table
from .suggestion_text import UNSURE, render_doubt, render_toml, render_toml_key, to_printable
from .type_inference import InferredFormat, infer_number_format, infer_time_format, infer_unix_divisor, list_distinct

_HEAD = """\
# A suggestion: read it, correct the lines marked UNSURE, then `hotleads import SRC DIR --mapping` this file.
# docs/importing.md explains every key.
"""
_WHICH_ZONE = "in which zone were the times without an offset written?"
_PORTUGUESE = {"data", "valor", "produto", "transacao", "nome", "telefone", "preco", "moeda", "pais", "situacao"}
_OTHER_SUFFIXES = (".txt", ".tsv")
_MAX_COLUMNS = 12
_BLANKS = "blanks seem to keep them apart: take each line whole and cut it, as data/mappings/cdnow.toml does"


def suggest_mapping(folder: Path) -> str:
    """Suggest a mapping for a folder of exports.

    Parameters
    ----------
    folder
        The folder that holds the exports: CSV, text, Excel or Parquet files.

    Returns
    -------
    str
        The text of a mapping file (docs/importing.md), with every doubt marked.

    Raises
    ------
    HistoryError
        If no file looks like a table of the data contract.
    """
    if not folder.is_dir():
        raise HistoryError(f"{folder} is no folder; give the folder that holds the exports")
    paths = sorted(p for p in folder.iterdir() if p.is_file() and p.name.endswith((*SUFFIXES, *_OTHER_SUFFIXES)))
    parts: list[str] = []
    unmatched: list[SniffedFile] = []
    matched: list[MatchedFile] = []
    for file in (file for path in paths for file in _sniff_sheets(path, parts)):
        match = match_table(file.samples)
        if match is None:
            unmatched.append(file)
        else:
            matched.append(MatchedFile(file, *match))
    people = next(filter(has_people, unmatched), None) if not matched else None
    parts += [_render_left_out(file) for file in unmatched if file is not people]
    if people is not None:
        head = f'{_HEAD}timezone = "UTC"\n'
        return "\n".join([head, *parts, _render_source("people", [people], {}), render_people("people", people)])
    if not matched:
        raise HistoryError(f"nothing in {folder} looks like leads, purchases, events or launches\n" + "".join(parts))
    groups = _group_alike(matched)
    names = _name_sources(groups)
    tables = [group[0].table for group in groups]
    parts += [
        _render_source(name, [match.file for match in group], group[0].columns)
        for name, group in zip(names, groups, strict=True)
    ]
    parts += [
        render_table(name, group[0], tables.count(group[0].table) > 1)
        for name, group in zip(names, groups, strict=True)
    ]
    if "launches" not in tables:
        parts.append(_render_example_launch(matched))
    return "\n".join([_HEAD + _render_time_zone(matched), *parts])


def _sniff_sheets(path: Path, left_out: list[str]) -> Iterator[SniffedFile]:
    """Yield what a file, or each sheet of a workbook, seems to hold; add what cannot be read to ``left_out``."""
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


def _render_left_out(file: SniffedFile) -> str:
    columns = ", ".join(list(file.samples)[:_MAX_COLUMNS])
    blanks = len(file.samples) == 1 and len(re.split(r"\s{2,}|\t", columns)) > 1
    hint = f"; {_BLANKS}" if blanks else ""
    return f"{UNSURE}left out: {file.name} looks like none of the tables; its columns are {columns}{hint}\n"


def _group_alike(matched: Sequence[MatchedFile]) -> list[list[MatchedFile]]:
    """Group files of the same table, columns, dialect and formats."""
    groups: dict[str, list[MatchedFile]] = {}
    for match in matched:
        file = match.file
        key = repr((match.table, sorted(file.samples), file.dialect, _infer_times(file), _infer_numbers(file)))
        groups.setdefault(key, []).append(match)
    return list(groups.values())


def _name_sources(groups: Sequence[Sequence[MatchedFile]]) -> list[str]:
    tables = [group[0].table for group in groups]
    return [f"{table}_{number}" if tables.count(table) > 1 else table for number, table in enumerate(tables, 1)]


def _render_time_zone(matched: Sequence[MatchedFile]) -> str:
    words = {word for match in matched for column in match.file.samples for word in normalise_name(column).split()}
    if len(words & _PORTUGUESE) > 1:
        return f'{UNSURE}{_WHICH_ZONE}; the headers are in Portuguese\ntimezone = "America/Sao_Paulo"\n'
    return f'{UNSURE}{_WHICH_ZONE}\ntimezone = "UTC"\n'


def _render_source(name: str, files: Sequence[SniffedFile], columns: Mapping[str, str]) -> str:
    first = files[0]
    names = [file.path.name for file in files]
    lines = [f"[source.{name}]", f"file = {render_toml(names if len(names) > 1 else names[0])}"]
    for key, default in vars(CsvDialect()).items():
        value = getattr(first.dialect, key)
        doubt = next((file.doubts[key] for file in files if key in file.doubts), "")
        if value != default or doubt:
            lines += [*render_doubt(doubt), f"{key} = {render_toml(value)}"]
    for key, formats in (("times", _infer_times(first)), ("numbers", _infer_numbers(first))):
        if formats:
            lines.append(f"[source.{name}.{key}]")
        for column, inferred in formats.items():
            line = f"{render_toml_key(column)} = {render_toml(inferred.format)}"
            used = column in columns.values()
            lines += [*render_doubt(inferred.doubt), line] if used else [to_printable(f"# {line}")]
    return "\n".join(lines) + "\n"


def _infer_times(file: SniffedFile) -> dict[str, InferredFormat]:
    """Return the formats of the columns of times that are not in ISO 8601."""
    inferred = {column: infer_time_format(values) for column, values in file.samples.items()}
    return {
        column: inferred_format
        for column, inferred_format in inferred.items()
        if inferred_format and inferred_format.format
    }


def _infer_numbers(file: SniffedFile) -> dict[str, InferredFormat]:
    """Return the formats of the columns of numbers with more than digits and a point."""
    inferred = {column: infer_number_format(values) for column, values in file.samples.items()}
    return {
        column: inferred_format
        for column, inferred_format in inferred.items()
        if inferred_format and inferred_format.format
    }


def _render_example_launch(matched: Sequence[MatchedFile]) -> str:
    """Return an example of a launch, in the last week of the exports, to be replaced."""
    days = [
        day
        for match in matched
        for name, column in match.columns.items()
        if name.endswith("_at")
        for day in _parse_days(match.file.samples[column])
    ]
    last = max(days, default=datetime(2024, 1, 8)).replace(hour=0, minute=0, second=0, microsecond=0)  # noqa: DTZ001
    return (
        f"{UNSURE}no file holds launches. This one is an example: write yours, one [[launches]] each\n"
        f'[[launches]]\nlaunch_id = "example"\nstrategy = "classic"\n'
        f"cart_opens_at = {last - timedelta(days=7):%Y-%m-%d}\ncart_closes_at = {last:%Y-%m-%d}\n"
    )


def _parse_days(sample: Sequence[str]) -> list[datetime]:
    values = list_distinct(sample)
    inferred, divisor = infer_time_format(values), infer_unix_divisor(values)
    if divisor:
        return [datetime.fromtimestamp(int(value) / divisor) for value in values]  # noqa: DTZ006  (a day is enough)
    days = []
    for value in values if inferred else []:
        pattern, text = (inferred.format, value) if inferred and inferred.format else ("%Y-%m-%d", value[:10])
        try:
            days.append(datetime.strptime(text, pattern).replace(tzinfo=None))  # noqa: DTZ007
        except ValueError:
            continue
    return days
