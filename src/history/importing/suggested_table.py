"""The section of a suggested mapping that makes a table of a file's columns."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from ..sql import quote_identifier, quote_literal
from .column_matching import STATUS_WORDS, is_personal, normalise_name
from .file_sniffing import SniffedFile
from .suggestion_text import render_doubt, render_toml, to_printable
from .type_inference import are_emails, infer_number_format, infer_unix_divisor, list_distinct

_QUANTITY = ("quantity", "quantidade", "qtd", "cantidad")
_TAKEN_BACK = ("refunded", "chargeback")
#: The least time that a buyer at a distance may take back a purchase in, by Brazilian law.
_GUARANTEE_DAYS = 7
_LAST_STATUS = (
    "each sale seems to stand once, with its last status. Those taken back are written twice: as paid when they were "
    f"sold, and as taken back {_GUARANTEE_DAYS} days later. Does a column tell when that was?"
)


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
    """

    file: SniffedFile
    table: str
    columns: dict[str, str]


def render_table(source: str, match: MatchedFile, several: bool) -> str:
    """Return the section of a table; ``several``: it has other sources, too."""
    taken_back = _find_taken_back(match) if match.table == "purchases" else None
    if taken_back is None:
        return _render_section(source, match, several)
    sold_at = quote_identifier(match.columns["occurred_at"])
    later = f"CAST(TRY_CAST({sold_at} AS TIMESTAMP) + INTERVAL {_GUARANTEE_DAYS} DAY AS VARCHAR)"
    ended = {"occurred_at": f"CASE WHEN {taken_back} THEN {later} ELSE {sold_at} END"}
    return "\n".join(
        [
            *render_doubt(_LAST_STATUS),
            _render_section(source, match, True, ended),
            _render_section(source, match, True, {"status": "'approved'"}, taken_back),
        ]
    )


def _render_section(
    source: str,
    match: MatchedFile,
    several: bool,
    expressions: Mapping[str, str] = MappingProxyType({}),
    condition: str = "",
) -> str:
    """Return a section; ``expressions`` replace columns, ``condition`` selects rows."""
    table = match.table
    lines = [f"[[{table}]]" if several else f"[{table}]", f'from = "{source}"', *_render_keep(match, condition)]
    lines.append(f"[{table}.columns]")
    if table == "purchases":
        lines += _render_missing(match)
    for name, column in sorted(match.columns.items(), key=lambda pair: pair[0] not in ("lead_id", "transaction_id")):
        if name in expressions:
            lines.append(f"{name} = {render_toml(expressions[name])}")
        else:
            lines += _render_column(name, column, match.file)
    if table == "leads":
        lines += _render_form_fields(match)
    return "\n".join(lines) + "\n"


def _find_taken_back(match: MatchedFile) -> str | None:
    """Return SQL of the sales that were taken back if the file has each sale once, with its last status; else None."""
    if not {"transaction_id", "status", "occurred_at"} <= set(match.columns):
        return None
    transactions = match.file.samples[match.columns["transaction_id"]]
    words = [
        v
        for v in list_distinct(match.file.samples[match.columns["status"]])
        if STATUS_WORDS.get(normalise_name(v)) in _TAKEN_BACK
    ]
    if (
        not words
        or len(set(transactions)) < len(transactions)
        or infer_unix_divisor(match.file.samples[match.columns["occurred_at"]])
    ):
        return None
    return f"{quote_identifier(match.columns['status'])} IN ({', '.join(map(quote_literal, words))})"


def _render_keep(match: MatchedFile, condition: str) -> list[str]:
    """Return the condition of the rows to keep: those that have a lead and fulfil ``condition``."""
    values = match.file.samples[match.columns["lead_id"]] if "lead_id" in match.columns else []
    if "" not in values:
        return [f"keep = {render_toml(condition)}"] if condition else []
    doubt = f"{values.count('')} of the first {len(values)} rows have no lead; they are left out, and counted"
    condition = " AND ".join(filter(None, [f"{quote_identifier(match.columns['lead_id'])} <> ''", condition]))
    return [*render_doubt(doubt), f"keep = {render_toml(condition)}"]


def _render_missing(match: MatchedFile) -> list[str]:
    """Return the columns that purchases should have and the file has not."""
    lines = []
    if "transaction_id" not in match.columns:
        lines += render_doubt("no column looks like the transaction's id: each row is taken for one")
        lines.append("""transaction_id = "'row-' || _file || '-' || _row\"""")
    if "status" not in match.columns:
        lines += render_doubt("no column looks like a status: every row is taken for a purchase")
        values = [value for value in match.file.samples.get(match.columns.get("transaction_id", ""), []) if value]
        if len(set(values)) < len(values):
            lines += render_doubt(
                "transactions have several rows: are they lines of one purchase? Then group_by, and sum"
            )
    if "amount" not in match.columns:
        lines += render_doubt("no column looks like the amount of a purchase")
    elif any(normalise_name(column) in _QUANTITY for column in match.file.samples):
        lines += render_doubt("there is a quantity: is the amount the price of one piece?")
    return lines


def _render_column(name: str, column: str, file: SniffedFile) -> list[str]:
    """Return the lines of one column of the table."""
    values, identifier = file.samples[column], quote_identifier(column)
    doubt, sql = "", identifier
    if name == "lead_id":
        if are_emails(values):  # an id is in every table, an address must not be
            doubt = "leads are told apart by their address, hashed: have the other files the same address?"
            sql = f"sha256(lower(trim({identifier})))"
    elif name == "status":
        doubt, sql = _build_status_sql(values, identifier)
    elif (divisor := infer_unix_divisor(values)) and name.endswith("_at"):
        sql = f"to_timestamp(CAST({identifier} AS DOUBLE) / {divisor})"
    elif name == "amount" and (inferred := infer_number_format(values)) and not inferred.format:
        doubt = inferred.doubt
    return [*render_doubt(doubt), f"{name} = {render_toml(sql)}"]


def _build_status_sql(values: Sequence[str], name: str) -> tuple[str, str]:
    statuses: dict[str, str] = {}
    unknown = []
    for value in list_distinct(values):
        status = STATUS_WORDS.get(normalise_name(value))
        if status is None:
            unknown.append(value)
        elif value.lower() != status:
            statuses[value.lower()] = status
    doubt = f"no translation for {', '.join(map(repr, unknown))}: add one, or leave those rows out" if unknown else ""
    if not statuses:
        return doubt, name
    cases = " ".join(f"WHEN {quote_literal(value)} THEN {quote_literal(status)}" for value, status in statuses.items())
    return doubt, f"CASE lower(trim({name})) {cases} ELSE {name} END"


def _render_form_fields(match: MatchedFile) -> list[str]:
    """Return the other columns as form fields to choose from; personal ones are named and left out."""
    left = [column for column in match.file.samples if column not in match.columns.values()]
    personal = [column for column in left if is_personal(column) or are_emails(match.file.samples[column])]
    lines = [f"# left out as personal: {', '.join(personal)}"] if personal else []
    for column in left:
        field = normalise_name(column).removeprefix("attr ").replace(" ", "_")
        if column in personal or not field:
            continue
        line = f"attr_{field} = {render_toml(quote_identifier(column))}"
        count = len(list_distinct(match.file.samples[column]))
        is_answer = column.startswith("attr_")
        lines.append(line if is_answer else f"# {line}     # an answer to learn from? different values: {count}")
    return list(map(to_printable, lines))
