"""Read the files of an upload by their mappings, with the lab's own import: typed rows, or every problem of them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb

from ...history.errors import Problem
from ...history.importing.column_matching import MatchedFile
from ...history.importing.column_sql import build_time_sql
from ...history.importing.file_sniffing import sniff_file
from ...history.importing.mapping import MappedTables, read_mapping
from ...history.importing.sources import Source
from ...history.importing.staging import StagingDirectory
from ...history.importing.suggested_source import render_source
from ...history.importing.suggested_table import build_status_sql
from ...history.importing.suggestion_text import render_toml, render_toml_key
from ...history.importing.validate import load_table
from ...history.schema import ATTRIBUTE_PREFIX, TABLES
from ...history.sql import connect_duckdb, quote_identifier
from ..models import Capture, Purchase, UploadKind
from ..people.identifiers import MAX_EMAIL
from .file_fields import IDENTIFYING_FIELDS, NO_TRANSACTION, PERSON_FIELDS, PRICE_FIELDS
from .hostile_files import check_file, find_hostile_values
from .invoice_lines import build_amount_sql, split_lines
from .last_status import split_last_status
from .problems import name_problem
from .proposals import FileMapping, check_mapping, list_time_forms

#: Carried beside the lab's own columns; no file's column can have a name with a blank first.
EXTERNAL_ID = f"{ATTRIBUTE_PREFIX} external_id"
_CONTACTS: tuple[str, ...] = ("email", "phone")
_FORMED = {"at", *PRICE_FIELDS} | {
    column.name
    for table in TABLES.values()
    for column in table.columns
    if column.kind in ("money", "integer", "number")
}
#: A number of more digits has its area code.
_LOCAL_DIGITS = 9
_MEMORY = "500MB"


class StagedRows:
    """The typed rows of an upload in DuckDB, and what is wrong with them; ``open_staged_rows`` makes one.

    Attributes
    ----------
    connection
        Holds ``typed_leads``, one row a row of the files, and for purchases ``typed_purchases``, joined by ``lead_id``.
    problems
        Every problem but those whose rows are left out; where there is one nothing may be written.
    columns
        The fields that some file has.
    imported_at
        The time of rows that say none.
    left_out, left_out_rows
        The problems whose rows their owner leaves out, and how many rows these are.
    lines
        How many rows are lines of sales of several lines: each is a purchase of its own here.
    taken_back
        How many sales a report that has each sale once, with its last status, tells as taken back: each is two rows
        here, and the second one's time is made up.
    folder
        A temporary one, for what is made of the rows.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, columns: set[str], imported_at: datetime, folder: Path
    ) -> None:
        self.connection = connection
        self.columns = columns
        self.imported_at = imported_at
        self.folder = folder
        self.problems: list[Problem] = []
        self.left_out: list[Problem] = []
        self.left_out_rows = 0
        self.lines = 0
        self.taken_back = 0

    def leave_out(self, tables: Sequence[str], problems: Sequence[Problem], left_out: Collection[str]) -> None:
        """Keep problems, and remove the rows of those that are left out, by their names."""
        chosen = [problem for problem in problems if name_problem(problem) in left_out]
        self.problems += [problem for problem in problems if problem not in chosen]
        self.left_out += chosen
        if not chosen:
            return
        rows = " UNION ".join(f"SELECT lead_id FROM typed_{each.table} WHERE {each.condition}" for each in chosen)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE left_out AS {rows}")
        for table in tables:
            self.connection.execute(f"DELETE FROM typed_{table} WHERE lead_id IN (FROM left_out)")
        self.left_out_rows += int(self.connection.execute("SELECT count(*) FROM left_out").fetchall()[0][0])


@contextmanager
def open_staged_rows(
    folder: Path,
    kind: str,
    mappings: Sequence[FileMapping],
    *,
    time_zone: str,
    imported_at: datetime,
    left_out: Collection[str] = (),
) -> Iterator[StagedRows]:
    """Read an upload's files, without the rows of the problems that are left out, by their names.

    Raises HistoryError for unreadable files, HubError for mappings that do not fit.
    """
    with StagingDirectory(folder.parent / f"{folder.name}.rows") as staging:
        (staging / "copies").mkdir()
        mapped = _read(folder, kind, mappings, staging, imported_at)
        with connect_duckdb(_MEMORY, staging / "spill", str(staging / "rows.duckdb")) as con:
            tables = ["leads", *(["purchases"] if kind == UploadKind.PURCHASES else [])]
            columns = {name for mapping in mappings for name in mapping.columns}
            columns |= {"amount"} if set(PRICE_FIELDS) <= columns else set()
            staged = StagedRows(con, columns, imported_at, staging)
            problems = [
                problem for table in tables for problem in load_table(con, table, mapped.tables[table], time_zone)
            ]
            con.execute("SET TimeZone = 'UTC'")
            if all(problem.condition for problem in problems):
                staged.leave_out(tables, problems, left_out)
            else:  # a table is not there
                staged.problems = problems
            if not staged.problems:
                files = [file for source in mapped.tables["leads"] for file in source.files]
                staged.leave_out(tables, find_hostile_values(con, tables, files, _list_limits()), left_out)
            if kind == UploadKind.PURCHASES and not staged.problems:
                staged.lines = split_lines(con)
                staged.taken_back = split_last_status(con)
            yield staged


def _list_limits() -> dict[str, int]:
    """Return the longest text of each column, where the hub's column is shorter than any text may be."""
    fields = [*Capture._meta.concrete_fields, *Purchase._meta.concrete_fields]
    limits = {field.name: field.max_length for field in fields if field.max_length and field.name != "country"}
    return limits | {"email": MAX_EMAIL, "launch_id": limits["launch_key"], "phone": 64}


def _read(
    folder: Path, kind: str, mappings: Sequence[FileMapping], staging: Path, imported_at: datetime
) -> MappedTables:
    parts = []
    for number, mapping in enumerate(mappings):
        path = folder / Path(mapping.file).name
        check_file(path)
        file = sniff_file(path, mapping.sheet)
        check_mapping(mapping, file, kind)
        match = MatchedFile(file, "leads", mapping.columns)
        parts.append(_render(f"file_{number}", kind, match, mapping.times, imported_at))
    text = staging / "mapping.toml"
    text.write_text("\n".join(parts), encoding="utf-8")
    mapped = read_mapping(text, folder, staging / "copies")
    leads = [
        _excuse_nobody(source, imported_at) if kind == UploadKind.LEADS else _forget_forms(source)
        for source in mapped.tables["leads"]
    ]
    return replace(mapped, tables={**mapped.tables, "leads": leads})


def _excuse_nobody(source: Source, imported_at: datetime) -> Source:
    """Return a source whose rows that name nobody, such as one of totals, are wrong in nothing: they are left out."""
    nobody = _build_nobody_sql([name for name in (*_CONTACTS, EXTERNAL_ID) if name in source.columns])
    time = f"CASE WHEN {nobody} THEN '{imported_at.isoformat()}' ELSE CAST(captured_at AS VARCHAR) END AS captured_at"
    unread = f"CASE WHEN {nobody} THEN [] ELSE _unread END AS _unread"
    return replace(source, sql=f"SELECT * REPLACE ({time}, {unread}) FROM ({source.sql})")


def _forget_forms(source: Source) -> Source:
    """Return the people of purchases: the table of purchases says what is wrong with times and amounts."""
    return replace(source, sql=f"SELECT * REPLACE ([] AS _unread) FROM ({source.sql})", formats={})


def _build_nobody_sql(columns: Sequence[str]) -> str:
    """Return SQL of whether a row has nothing that could say who it is of."""
    return f"coalesce(trim(concat({', '.join(map(quote_identifier, columns))})), '') = ''"


def _render(source: str, kind: str, match: MatchedFile, times: Mapping[str, str], imported_at: datetime) -> str:
    """Return the sections of one file, in the lab's own language: its columns are quoted names, its texts literals."""
    columns = match.columns
    row_id = f"'{source}-' || _row"
    people: dict[str, str] = {name: quote_identifier(columns[name]) for name in _CONTACTS if name in columns}
    if {"phone", "area_code"} <= set(columns):
        people["phone"] = _build_phone_sql(people["phone"], quote_identifier(columns["area_code"]))
    names = [quote_identifier(columns[name]) for name in ("name", "last_name") if name in columns]
    if names:
        people["name"] = f"nullif(trim(concat_ws(' ', {', '.join(names)})), '')"
    if "external_id" in columns:
        people[EXTERNAL_ID] = quote_identifier(columns["external_id"])
    own = {name: _build_sql(name, match, imported_at) for name in columns if name not in PERSON_FIELDS}
    if kind == UploadKind.LEADS:
        fields = {"captured_at": f"'{imported_at.isoformat()}'"} | people | own
        sections = _render_table("leads", source, {"lead_id": row_id} | fields)
    else:
        own.setdefault("transaction_id", f"'{NO_TRANSACTION}{source}-' || _row")
        people |= {"country": own["country"]} if "country" in own else {}
        if set(PRICE_FIELDS) <= set(own):
            own = {name: sql for name, sql in own.items() if name not in PRICE_FIELDS} | {
                "amount": build_amount_sql(own)
            }
        # Of people who bought no capture is made: the lab's table wants a time all the same.
        fields = {"lead_id": row_id, "captured_at": f"'{imported_at.isoformat()}'"} | people
        named = f"NOT ({_build_nobody_sql([columns[name] for name in IDENTIFYING_FIELDS if name in columns])})"
        sections = _render_table("leads", source, fields)
        sections += _render_table("purchases", source, {"lead_id": row_id} | own, keep=named)
    # Only times and numbers have a form to infer, which takes seconds where there are many columns.
    formed = {column for name, column in columns.items() if _FORMED & {name, *name.split("_")[-1:]}}
    samples = {column: values for column, values in match.file.samples.items() if column in formed}
    # Of files with the same columns some may be sure where others are not.
    times = {name: form for name, form in times.items() if form in list_time_forms(samples.get(name, []))}
    return render_source(source, [replace(match.file, samples=samples)], formed, times) + sections


def _render_table(table: str, source: str, columns: dict[str, str], keep: str = "true") -> str:
    lines = [f"{render_toml_key(name)} = {render_toml(sql)}" for name, sql in columns.items()]
    head = [f"[[{table}]]", f'from = "{source}"', f"keep = {render_toml(keep)}"]
    return "\n".join([*head, f"[{table}.columns]", *lines]) + "\n"


def _build_phone_sql(phone: str, area_code: str) -> str:
    """Return SQL of a number with its area code before it, where it does not have one itself."""
    digits = f"length(regexp_replace({phone}, '\\D', '', 'g'))"
    is_local = f"{phone} NOT LIKE '+%' AND {digits} <= {_LOCAL_DIGITS}"
    return f"CASE WHEN {is_local} THEN concat_ws(' ', {area_code}, {phone}) ELSE {phone} END"


def _build_sql(name: str, match: MatchedFile, imported_at: datetime) -> str:
    column = match.columns[name]
    if name == "status":
        return build_status_sql(match.file.samples[column], quote_identifier(column))[1]
    if name == "captured_at":  # a row without a time was captured when it is imported
        written = f"nullif(trim(CAST(({build_time_sql(match, name)}) AS VARCHAR)), '')"
        return f"coalesce({written}, '{imported_at.isoformat()}')"
    return build_time_sql(match, name) if name.endswith("_at") else quote_identifier(column)
