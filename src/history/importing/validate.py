"""Validation: from text columns to typed ones, with the location of every invalid value."""

from collections.abc import Callable, Sequence

import duckdb

from ...language import Phrase
from ..errors import Problem
from ..schema import ATTRIBUTE_PREFIX, INPUTS, STATUSES, STRATEGIES, Column, Kind
from ..sql import quote_identifier, quote_literal
from .read_errors import describe_read_error
from .sources import SUGGEST_HINT, File, Source

_MAX_PLACES = 3


def _quote_list(words: tuple[str, ...]) -> str:
    return ", ".join(map(quote_literal, words))


# Each takes SQL of a trimmed, non-empty text and returns SQL that is NULL if the text is invalid.
_PARSERS: dict[Kind, Callable[[str], str]] = {
    # Bounds keep windows of any length inside 64-bit microseconds, and refuse 'infinity'.
    "instant": lambda x: (
        f"CASE WHEN TRY_CAST({x} AS TIMESTAMPTZ) BETWEEN '1900-01-01' AND '2200-01-01' "
        f"THEN TRY_CAST({x} AS TIMESTAMPTZ) END"
    ),
    "money": lambda x: (
        f"CASE WHEN regexp_full_match({x}, '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?') "
        f"THEN TRY_CAST({x} AS DECIMAL(18, 4)) END"
    ),
    # '2.0' is how a data frame writes an integer column that has gaps.
    "integer": lambda x: (
        f"CASE WHEN abs(TRY_CAST({x} AS DOUBLE)) < 1e15 AND TRY_CAST({x} AS DOUBLE) = floor(TRY_CAST({x} AS DOUBLE)) "
        f"THEN CAST(TRY_CAST({x} AS DOUBLE) AS BIGINT) END"
    ),
    "number": lambda x: f"CASE WHEN isfinite(TRY_CAST({x} AS DOUBLE)) THEN TRY_CAST({x} AS DOUBLE) END",
    "status": lambda x: f"CASE WHEN lower({x}) IN ({_quote_list(STATUSES)}) THEN lower({x}) END",
    "strategy": lambda x: f"CASE WHEN lower({x}) IN ({_quote_list(STRATEGIES)}) THEN lower({x}) END",
}
_TYPES: dict[Kind, str] = {"instant": "TIMESTAMPTZ", "money": "DECIMAL(18, 4)", "integer": "BIGINT", "number": "DOUBLE"}
_NUL = (Phrase("a text with a NUL byte"), Phrase("Save the file as CSV in UTF-8 again"), "")
#: What is wrong, the remedy, and the kind of problem.
_Explanation = tuple[Phrase, Phrase, str]
_REMEDIES: dict[Kind, _Explanation] = {
    "id": _NUL,
    "text": _NUL,
    "instant": (
        Phrase("not a time"),
        Phrase("Write ISO 8601 (2024-05-31T18:00:00Z), or declare its form in a mapping (times = ...)"),
        "no-time",
    ),
    "money": (
        Phrase("not a decimal amount"),
        Phrase(
            "Write digits with a decimal point and no currency sign, or declare its form in a mapping (numbers = ...)"
        ),
        "no-amount",
    ),
    "integer": (Phrase("not a whole number"), Phrase("Write a whole number or leave it empty"), ""),
    "number": (Phrase("not a number"), Phrase("Write a number or leave it empty"), ""),
    "status": (
        Phrase("not a known status"),
        Phrase("Use one of {words}, or translate it in a mapping", words=", ".join(STATUSES)),
        "no-status",
    ),
    "strategy": (Phrase("not a known strategy"), Phrase("Use one of {words}", words=", ".join(STRATEGIES)), ""),
}
_IS_EMPTY = (
    Phrase("empty, but required"),
    Phrase("Fill it in, or leave those rows out in a mapping"),
    "empty",
)
_EMPTY_MARK = " (empty)"
_FORMAT_MARK = " is not written as "
_NO_ROWS = Source("SELECT 0 AS _file, 0::BIGINT AS _row, CAST([] AS VARCHAR[]) AS _unread WHERE false", (), ())
# Rules of whole rows: the condition that breaks a rule, the column, what is wrong, the remedy.
_ROW_RULES: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "purchases": (
        (
            "amount < 0 AND status IN ('approved', 'complete')",
            "amount",
            Phrase("a purchase with a negative amount"),
            Phrase("Money taken back is a row of its own with status refunded"),
        ),
    ),
    "launches": (
        (
            "horizon_days < 0 OR horizon_days > 36500",
            "horizon_days",
            "not a number of days up to a hundred years",
            "Write the days that a lead of a perpetual launch has to buy",
        ),
        (
            "launch_id IN (SELECT launch_id FROM typed_launches GROUP BY launch_id HAVING count(*) > 1)",
            "launch_id",
            "the same launch more than once",
            "Keep one row a launch",
        ),
    ),
    "rates": (
        ("rate <= 0", "rate", "not above zero", "Write what one unit of the currency is worth in the base"),
        (
            "base <> (SELECT min(base) FROM typed_rates)",
            "base",
            "more than one base currency",
            "Give every rate in one currency",
        ),
        (
            "(currency, day) IN (SELECT (currency, day) FROM typed_rates GROUP BY ALL HAVING count(DISTINCT rate) > 1)",
            "rate",
            "several rates of a currency on one day",
            "Keep one rate a currency and day",
        ),
        (
            "currency = base AND rate <> 1",
            "rate",
            "the base currency in another worth than 1",
            "Leave those rows out: the base is worth 1 always",
        ),
    ),
}


def load_table(con: duckdb.DuckDBPyConnection, table: str, sources: Sequence[Source], zone: str) -> list[Problem]:
    """Create ``typed_<table>`` from its sources and return their problems.

    ``zone`` is the time zone of times without an offset if a source names no other.
    """
    problems = [
        _missing_column(table, column, source)
        for source in sources
        for column in INPUTS[table].columns
        if column.required and column.name not in source.columns
    ]
    if problems:
        return problems
    columns = _list_columns(table, sources)
    con.execute(f"CREATE OR REPLACE TABLE typed_{table} AS {_build_typed_sql(columns, _NO_ROWS, 0)}")
    files: list[File] = []
    for source in sources:
        con.execute(f"SET TimeZone = {quote_literal(source.timezone or zone)}")
        try:
            con.execute(f"INSERT INTO typed_{table} {_build_typed_sql(columns, source, len(files))}")
        except duckdb.Error as error:
            problems.append(describe_read_error(table, source, error))
        files += source.files
    return problems or (_find_problems(con, table, columns, files) if files else [])


def build_parser_sql(kind: Kind, text: str) -> str:
    """Return SQL of the value of a trimmed, non-empty text, NULL where it is none of that kind."""
    return _PARSERS[kind](text)


def list_form_fields(sources: Sequence[Source]) -> tuple[Column, ...]:
    """Return the form fields (``attr_<name>``) of the sources of leads."""
    names = (name for source in sources for name in source.columns if name.startswith(ATTRIBUTE_PREFIX))
    return tuple(Column(name, "text") for name in dict.fromkeys(names))


def _list_columns(table: str, sources: Sequence[Source]) -> tuple[Column, ...]:
    return INPUTS[table].columns + (list_form_fields(sources) if table == "leads" else ())


def _build_text_sql(column: Column) -> str:
    return f"nullif(trim({quote_identifier(column.name)}), '')"


def _build_value_sql(column: Column, source: Source) -> str:
    sql_type = _TYPES.get(column.kind, "VARCHAR")
    if column.name not in source.columns:
        return "'approved'" if column.kind == "status" else f"CAST(NULL AS {sql_type})"
    parsed = _PARSERS.get(column.kind, str)(_build_text_sql(column))
    if column.kind == "status":  # absent means approved
        parsed = f"CASE WHEN {_build_text_sql(column)} IS NULL THEN 'approved' ELSE {parsed} END"
    return parsed


def _build_typed_sql(columns: tuple[Column, ...], source: Source, files_before: int) -> str:
    typed = ", ".join(f"{_build_value_sql(column, source)} AS {quote_identifier(column.name)}" for column in columns)
    bad = ", ".join(_build_fault_sql(column, source) for column in columns if column.name in source.columns) or "NULL"
    forms = ", ".join(
        f"{quote_literal(name)}: {quote_literal(name + _FORMAT_MARK + form)}" for name, form in source.formats.items()
    )
    unread = f"list_transform(_unread, lambda x: (MAP {{{forms}}})[x])" if forms else "_unread"
    return (
        f"SELECT {typed}, list_concat(list_filter([{bad}], lambda x: x IS NOT NULL), {unread}) AS _bad, "
        f"_file + {files_before} AS _file, _row FROM ({source.sql})"
    )


def _build_fault_sql(column: Column, source: Source) -> str:
    text, name = _build_text_sql(column), column.name
    empty = quote_literal(name + _EMPTY_MARK) if column.required else "NULL"
    unfit = f"{_build_value_sql(column, source)} IS NULL" if column.kind in _PARSERS else f"contains({text}, chr(0))"
    return f"CASE WHEN {text} IS NULL THEN {empty} WHEN {unfit} THEN {quote_literal(name)} END"


def _find_problems(
    con: duckdb.DuckDBPyConnection, table: str, columns: tuple[Column, ...], files: Sequence[File]
) -> list[Problem]:
    kinds = {column.name: column.kind for column in columns}
    problems = []
    faults = f"SELECT unnest(_bad) AS fault, _file, _row FROM typed_{table} WHERE len(_bad) > 0"
    for fault, rows, places in _group_faults(con, files, faults):
        name, (what, remedy, kind) = _explain_fault(fault, kinds)
        condition = f"list_contains(_bad, {quote_literal(fault)})"
        problems.append(Problem(table, name, what, remedy, rows, places, kind, condition))
    for condition, name, wrong, mend in _ROW_RULES.get(table, ()):
        broken = f"SELECT {quote_literal(name)} AS fault, _file, _row FROM typed_{table} WHERE {condition}"
        problems += [
            Problem(table, name, wrong, mend, rows, places, condition=condition)
            for _, rows, places in _group_faults(con, files, broken)
        ]
    return problems


def _explain_fault(fault: str, kinds: dict[str, Kind]) -> tuple[str, _Explanation]:
    """Return the column, and what is wrong with it."""
    name, declared, form = fault.partition(_FORMAT_MARK)
    if declared:
        what = Phrase("not written as declared, {form}", form=form)
        kind = "other-time" if "%" in form else "other-number"
        return name, (what, Phrase("Correct those values, or the form in the mapping"), kind)
    if fault.endswith(_EMPTY_MARK):
        return fault.removesuffix(_EMPTY_MARK), _IS_EMPTY
    return name, _REMEDIES[kinds[name]]


def _group_faults(
    con: duckdb.DuckDBPyConnection, files: Sequence[File], sql: str
) -> list[tuple[str, int, tuple[str, ...]]]:
    """Return (fault, rows, first locations) of ``sql``, which selects fault, _file and _row."""
    groups = con.execute(
        f"SELECT fault, count(*), list((_file, _row) ORDER BY _file, _row)[:{_MAX_PLACES}] "
        f"FROM ({sql}) GROUP BY fault ORDER BY fault"
    ).fetchall()
    return [(fault, rows, tuple(files[file].locate(row) for file, row in places)) for fault, rows, places in groups]


def _missing_column(table: str, column: Column, source: Source) -> Problem:
    has = ", ".join(source.columns[:12]) + ("..." if len(source.columns) > 12 else "")
    names = ", ".join(file.path.name for file in source.files)
    what = Phrase("{file} has no such column", file=names)
    remedy = Phrase("It has {has}: rename one, or {hint}", has=has, hint=SUGGEST_HINT)
    return Problem(table, column.name, what, remedy, kind="no-column")
